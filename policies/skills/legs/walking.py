"""RoboTool's skills of a quadruped: walk to a position, over steps that are low enough."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.legged.standing import weight
from habilis.assets.scene.solids.parts import rotation
from habilis.assets.scene.things import Hand
from habilis.envs.control.command import Command
from habilis.envs.legged.gait import Size
from habilis.envs.legged.steering import THERE
from habilis.envs.legged.terrain import Terrain
from habilis.envs.legged.trot import wrapped
from habilis.envs.legged.ways import STEP, Ground, Way
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Result, Script, ScriptedSkill, fail, register, succeed

ARRIVED, ASKEW = 0.05, 0.1  # m, rad off a goal that count as there
PASSED = 0.08  # m from a corner of a way at which the next leg begins
NARROW = 0.25  # m: what is loose and narrower is nothing to stand on
WALL = 1.0  # m, higher than any step
STUCK = 4.0  # s without coming nearer after which a walk is given up
UPRIGHT = 0.5  # cosine of the tilt beyond which a robot has fallen
SETTLE = 0.5  # s to come to rest
TURN, LEG_ROOM = 0.36, 0.05  # m around a robot within which nothing may be so much higher to turn
_CIRCLE = np.stack([f(np.arange(12) * np.pi / 6) for f in (np.cos, np.sin)], axis=-1)

Walk = Generator[Command, None, Result | None]
"""Walks, and returns why it could not; None if it is there."""


def ground(
    senses: Senses, without: Sequence[str] = (), moved: str = "", by: Array | None = None
) -> Ground:
    """What a robot may walk on, as it sees things now; what is loose and narrow it goes around.

    Args:
      senses: the present.
      without: names of things that are not to count.
      moved: name of a thing that is taken to be elsewhere, by (2,) m.
    """
    bodies, pos, quat = senses.all_poses()
    if by is not None:
        pos = pos.copy()
        pos[bodies.index(moved), :2] += by
    terrain = Terrain(senses.scene, bodies, without)
    low, high = np.array(senses.scene.workspace.lower), np.array(senses.scene.workspace.upper)

    narrow = [
        senses.box(e.name) for e in senses.scene.entities
        if e.movable and e.name not in without and e.size()[:2].min() < NARROW
    ]  # fmt: skip

    def heights(points: Array) -> Array:
        out = terrain.heights(points[None], pos[None], quat[None])[0]
        for box in narrow:
            off = np.abs(points - box.centre[:2])
            out[(off < box.size[:2] / 2).all(axis=1)] += WALL
        return out

    return Ground(heights, low[:2], high[:2])


def heading(senses: Senses) -> float:
    """Of the trunk, rad."""
    return float(np.arctan2(senses.rot[1, 0], senses.rot[0, 0]))


def size_of(robot: str) -> Size:
    """How large a robot on legs is beside the one that the numbers of these skills are of."""
    mass, height = weight(robot)
    return Size.of(mass, height)


class LeggedSkill(ScriptedSkill):
    """A skill of a robot that walks: made of walks and looks."""

    needs: ClassVar[Hand | None] = "legs"

    @property
    def size(self) -> Size:
        """Of the robot, beside the one that the numbers here are of."""
        return size_of(self.senses.scene.robot)

    def fallen(self) -> Result | None:
        """A failure if the robot lies."""
        up = float(self.senses.rot[2, 2])
        return None if up > UPRIGHT else fail("the robot fell", upright=up)

    def has_room(self) -> bool:
        """Whether it can turn where it is without its legs meeting a wall."""
        seen, here = ground(self.senses), self.senses.tcp[:2]
        at = seen.height(here)
        turn = TURN * self.size.length
        return not any(seen.height(here + turn * spot) > at + LEG_ROOM for spot in _CIRCLE)

    def no_way(self, way: Way, goal: Array) -> Result | None:
        """A failure saying what is in the way, or None."""
        where = f"({goal[0]:.2f}, {goal[1]:.2f})"
        if way.found:
            return None
        if not np.isfinite(way.step):
            return fail(f"there is no way to {where}: it lies outside what may be walked on")
        if way.step <= STEP + 0.005:
            return fail(f"there is no way to {where} that is wide enough", step=way.step)
        return fail(
            f"there is no way to {where}: the easiest has a step of {way.step:.2f} m,"
            f" {STEP:g} m at the most",
            step=way.step,
        )

    def walk(self, way: Array, last: float | None = None, push: str = "") -> Walk:
        """Walk along a way (k, 2), m, and stand at its end with a heading, rad.

        ``push`` names what is right before the feet and is not to be stepped onto.
        """
        for k, point in enumerate(way):
            final = k == len(way) - 1
            ahead = point - self.senses.tcp[:2]  # it turns where it is, not on the way there
            if np.linalg.norm(ahead) < 0.1:
                ahead = self.senses.rot[:2, 0]
            yaw = float(np.arctan2(ahead[1], ahead[0]))
            if final and last is not None:
                yaw = last
            failed = yield from self._leg(point, yaw, push, final)
            if failed is not None:
                return failed
        return None

    def _leg(self, point: Array, yaw: float, push: str, final: bool) -> Walk:
        best, since = np.inf, self.senses.time
        self.last = Command(np.array([*point, 0.0]), 0.0, rotation((0.0, 0.0, yaw)), push=push)
        while True:
            yield self.last
            off = float(np.linalg.norm(self.senses.tcp[:2] - point))
            askew = float(abs(wrapped(np.array(heading(self.senses) - yaw))))
            if off < (THERE * 1.2 if final else PASSED) and (not final or askew < 0.5 * ASKEW):
                return None
            lacks = off + 0.2 * askew
            if lacks < best - 0.01:
                best, since = lacks, self.senses.time
            if fell := self.fallen():
                return fell
            if self.senses.time - since > STUCK:
                if off < ARRIVED and askew < ASKEW:
                    return None
                return fail(f"the robot got stuck {off:.2f} m short", distance=off)


@register
@dataclasses.dataclass
class WalkToPosition(LeggedSkill):
    """Walk to a position; around what is in the way, and over steps of 0.12 m at the most.

    Args:
      position: [x, y, z] in the world, m; z does not matter.
      heading: at the end, rad about z; as it arrives if left out.
    """

    name: ClassVar[str] = "walk_to_position"
    position: tuple[float, float, float]
    heading: float | None = None

    def precondition(self) -> Result | None:
        """There is a way."""
        goal = np.array(self.position[:2])
        self._way = ground(self.senses).way(self.senses.tcp[:2], goal)
        return self.no_way(self._way, goal)

    def script(self) -> Script:
        """Along the way."""
        failed = yield from self.walk(self._way.points, self.heading)
        if failed is not None:
            return failed
        yield from self.hold(SETTLE)
        return self.fallen() or self._there()

    def _there(self) -> Result:
        x, y, z = self.senses.tcp
        off = float(np.hypot(x - self.position[0], y - self.position[1]))
        if off > ARRIVED:
            return fail(f"stopped {off:.2f} m short of the position", distance=off)
        return succeed(f"at ({x:.2f}, {y:.2f}), its trunk at z {z:.2f}", distance=off)


@register
@dataclasses.dataclass
class ClimbToPosition(WalkToPosition):
    """Climb onto something that stands higher than the robot does, by steps of 0.12 m at the most.

    Args:
      position: [x, y, z] in the world, m, on top of it; z does not matter.
      heading: at the end, rad about z; as it arrives if left out.
    """

    name: ClassVar[str] = "climb_to_position"

    def precondition(self) -> Result | None:
        """It is higher there, and there is a way."""
        seen = ground(self.senses)
        here, there = (seen.height(np.array(p[:2])) for p in (self.senses.tcp, self.position))
        if there < here + 0.01:
            return fail(
                f"it is not higher there: the ground is at {there:.2f} m, here {here:.2f} m"
            )
        return super().precondition()
