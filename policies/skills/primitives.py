"""RoboTool's arm skills, with its names and meaning: translation only, gripper straight down."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.scene.things import Hand
from habilis.policies.skills.geometry.effector import HandRoom, effector_of
from habilis.policies.skills.senses import (
    Senses,
)
from habilis.policies.skills.skill import Result, Script, ScriptedSkill, fail, register, succeed

FREE_SPEED = 0.16  # m/s, mean, with nothing touching anything; the profile peaks at 1.5 times that
SLOWEST = 0.005  # m/s, mean: slower than any work here needs, and a reach takes minutes
SETTLE = 0.25  # s, the servos lag by 0.1 s
CLOSE_TIME = 0.5  # s
NOTHING = 0.002  # m, jaw opening below which nothing is between the pads
TOUCH = 0.004  # m, nearer than which things count as touching
ARRIVED, ASKEW = 0.01, np.radians(5)  # m, rad off a goal that count as there
SHORT = 0.005  # m that a thing may lack of the way asked for without a word
OPENED = 0.01  # m that an end effector may lack of its widest opening after it was opened


@register
@dataclasses.dataclass
class MoveToPosition(ScriptedSkill):
    """Move the tool centre point in a straight line, with what is held; the hand is not turned.

    Args:
      position: [x, y, z] in the world, m; must lie inside the workspace.
      speed: mean speed, m/s.
    """

    name: ClassVar[str] = "move_to_position"
    needs: ClassVar[Hand | None] = None
    empty_handed: ClassVar[bool] = False
    position: tuple[float, float, float]
    speed: float = FREE_SPEED

    def precondition(self) -> Result | None:
        """The position is inside the workspace."""
        refused = too_slow(self.speed)
        refused = refused or outside(self.senses, self.position)
        return refused or out_of_reach(self.senses, (np.array(self.position), self.last.rot))

    def script(self) -> Script:
        """Straight line, then settle."""
        yield from self.go(self.position, self.speed)
        yield from self.hold(SETTLE)
        gap = float(np.linalg.norm(self.senses.tcp - self.position))
        if gap > ARRIVED:
            why = against(self.senses) or "nothing stands near it; the arm did not come farther"
            return fail(f"stopped {gap:.3f} m short of the position: {why}", distance=gap)
        return succeed(f"at {_metres(self.senses.tcp)}", distance=gap)


@register
@dataclasses.dataclass
class OpenGripper(ScriptedSkill):
    """Open the jaw fully; what was held falls."""

    name: ClassVar[str] = "open_gripper"

    def script(self) -> Script:
        """Open and wait."""
        most = effector_of(self.senses.scene.robot).widest
        yield from self.jaw(most, CLOSE_TIME)
        if short := not_open(self.senses, most):
            return short
        return succeed(f"jaw {self.senses.aperture * 1e3:.0f} mm", aperture=self.senses.aperture)


@register
@dataclasses.dataclass
class CloseGripper(ScriptedSkill):
    """Close the jaw on whatever is between the fingers; fails if there is nothing."""

    name: ClassVar[str] = "close_gripper"

    def script(self) -> Script:
        """Close and look at the opening that is left."""
        yield from self.hold(SETTLE)
        yield from self.jaw(0.0, CLOSE_TIME)
        opening = self.senses.aperture
        if opening < NOTHING:
            return fail(f"gripper closed on nothing (jaw {opening * 1e3:.1f} mm)", aperture=opening)
        return succeed(f"holding {opening * 1e3:.0f} mm", aperture=opening)


def not_positive(name: str, value: float, unit: str) -> Result | None:
    """A failure naming a parameter that must be above zero and is not, or None."""
    if value > 0:
        return None
    return fail(f"{name} must be positive, got {value} {unit}", **{name: value})


def too_slow(speed: float) -> Result | None:
    """A failure with a mean speed, m/s, at which nothing would arrive in time, or None."""
    if speed >= SLOWEST:
        return None
    return fail(f"speed must be at least {SLOWEST:g} m/s, got {speed:g} m/s", speed=speed)


def not_open(senses: Senses, most: float) -> Result | None:
    """A failure with the opening if an end effector that was opened is not, or None."""
    opening = senses.aperture
    if opening > most - OPENED:
        return None
    why = f"; {met}" if (met := against(senses)) else ""
    return fail(
        f"the gripper did not open: jaw {opening * 1e3:.0f} of {most * 1e3:.0f} mm{why}",
        aperture=opening,
    )


def out_of_reach(senses: Senses, *poses: tuple[Array, Array]) -> Result | None:
    """A failure saying by how much the arm cannot follow poses (3,), (3, 3) of its tool centre
    point, one after the other, or None; a hand that holds a tool is not looked at."""
    if senses.scene.held is not None:
        return None
    for (pos, _), reach in zip(poses, senses.reach(poses), strict=False):
        if reach.short[0] > ARRIVED or reach.askew[0] > ASKEW:
            x, y, z = pos
            where = f"({x:.3f}, {y:.3f}, {z:.3f})"
            return fail(
                f"{where}: the arm {reach.trouble()}", short=reach.short[0], askew=reach.askew[0]
            )
    return None


def outside(senses: Senses, pos: npt.ArrayLike) -> Result | None:
    """A failure naming by how much a position lies outside the workspace, or None."""
    beyond = senses.scene.workspace.outside(pos)
    if not np.isfinite(np.asarray(pos, float)).all():
        return fail(f"position must be finite, got {np.asarray(pos).tolist()}")
    if (np.abs(beyond) < 1e-6).all():
        return None
    parts = [f"{abs(b):.3f} m in {a}" for a, b in zip("xyz", beyond, strict=True) if abs(b) > 1e-6]
    numbers = {f"beyond_{a}": float(b) for a, b in zip("xyz", beyond, strict=True)}
    return fail(f"{_metres(pos)} is out of the workspace by {', '.join(parts)}", **numbers)


def _metres(pos: npt.ArrayLike) -> str:
    x, y, z = np.asarray(pos, float)
    return f"({x:.3f}, {y:.3f}, {z:.3f})"


def against(senses: Senses, reached_for: str = "") -> str:
    """What the hand, or what it holds, has come up against; '' if nothing is near.

    What it has ``reached_for`` is not counted, neither as held nor as met.
    """
    hand = HandRoom(senses.scene.robot, senses.rot)
    fingers = hand.opened if senses.aperture > NOTHING else hand.closed
    boxes = [s.moved(senses.tcp, np.eye(3)).box() for s in (fingers, hand.palm)]
    names = [e.name for e in senses.scene.entities if e.name != reached_for]
    held = [n for n in names if senses.aperture > NOTHING and senses.apart(n, senses.tcp) < TOUCH]
    boxes += [senses.box(n) for n in held]
    met = [
        name
        for name in names
        if name not in held
        and any(
            b.overlaps(senses.part_box(name, p), TOUCH)
            for b in boxes
            for p in senses.entity(name).parts
        )
    ]
    if min(float(b.low[2]) for b in boxes) < TOUCH:
        met.append("the table")
    if not met:
        return ""
    what = " and ".join([*held, "the hand"] if held else ["the hand"])
    return f"{what} came up against {', '.join(met)}"
