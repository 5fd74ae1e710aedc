"""What an articulated tool in the hand does: its tips opened to a gap, and a thing picked up."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Generator
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import robot_spec
from habilis.assets.scene.things import Hand, Scene
from habilis.assets.tools.spec import ArticulatedTool
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import Command
from habilis.envs.world.grips import takeable
from habilis.policies.agents.pick_oracle import ABOVE, LOWEST, NEAR, REACH_OVER, ROOM
from habilis.policies.skills.geometry.in_hand import CLEARANCE, obstacles
from habilis.policies.skills.geometry.solids import around
from habilis.policies.skills.primitives import FREE_SPEED, NOTHING, SETTLE, out_of_reach, outside
from habilis.policies.skills.skill import (
    Result,
    Script,
    ScriptedSkill,
    fail,
    register,
    succeed,
)

WITHIN = 0.05  # of the greatest gap, to count as there
REACH_TIME = 4.0  # s, to get to a gap
LOST = 0.05  # m, of the tips from where they were sent: the tool is no longer in the hand
BESIDE = 0.03  # m from the tips that is in their way
NARROW = 0.004  # m to either side of the middle of the tips that is between them for sure
BARELY = 0.0005  # m, between the object and the opened tips, at the least
DOWN_SPEED = 0.08  # m/s
CLOSE_SPEED, GENTLE_SPEED = 0.06, 0.03  # m/s, of the gap
STILL, STILL_TIME = 0.0002, 0.16  # m that a gap changes by, in s, when the tips have met something
GRIP_TIME = 4.0  # s, to grip
PRESS_TIME = 0.35  # s, of pressing on what the tips have met
TENDER = 0.7  # N, at which a gentle grip stops pressing
LEAD = 0.004  # m, of a gentle command before the tips
YIELD = 0.004  # m/s upwards while the grip builds up: it never presses on the table
RISE = 0.09  # m
LIFTED = 0.05  # m, to count as lifted
STAY = 1.2  # s, in the air


def takeable_tools(scene: Scene) -> tuple[str, ...]:
    """Names of the hand tools of a scene that its robot can take up."""
    return tuple(takeable(scene, robot_spec(scene.robot)))


def no_tool(name: str, scene: Scene) -> str:
    """Why a skill of that name has no tool to use in a scene, '' if it has one."""
    if takeable_tools(scene):
        return ""
    tools = [e.name for e in scene.entities if e.hand_tool is not None]
    if not tools:
        return f"{name} needs a hand tool; there is none"
    hand = robot_spec(scene.robot).effector
    if hand.hand is None:
        return f"{name} needs a hand of several fingers; {scene.robot} has {hand.name}"
    return f"{name}: no grasps of {', '.join(tools)} are stored for {hand.name}"


class HeldToolSkill(ScriptedSkill):
    """Motions shared by skills of a held tool; the tool centre point is the middle of its tips."""

    needs: ClassVar[Hand | None] = "held tool"
    empty_handed: ClassVar[bool] = False

    @classmethod
    def unfit(cls, scene: Scene) -> str:
        """See ``Skill``: a tool is in the hand, or there is one that the hand can take."""
        return "" if scene.held is not None else no_tool(cls.name, scene)

    @property
    def spec(self) -> ArticulatedTool:
        """What the hand holds."""
        scene, grip = self.senses.scene, self.senses.grip
        tool = scene.held if grip is None else scene.entity(grip.tool).hand_tool
        assert tool is not None
        return tool

    def empty(self) -> Result | None:
        """A failure if there is no tool in the hand."""
        if self.senses.scene.held is not None or self.senses.grip is not None:
            return None
        tools = ", ".join(takeable_tools(self.senses.scene))
        return fail(f"{self.name} needs a tool in the hand: take_tool takes {tools}")

    def slipped(self) -> Result | None:
        """A failure if the tips are far from where they were sent."""
        away = float(np.linalg.norm(self.senses.tcp - self.last.pos))
        if away < LOST:
            return None
        return fail(
            f"the {self.spec.kind} slipped: its tips are {away:.3f} m from where they were sent",
            distance=away, gap=self.senses.aperture,
        )  # fmt: skip

    def open_to(self, gap: float) -> Generator[Command, None, Result | None]:
        """Bring the tips to a gap, m; a failure if they do not get there."""
        self.last = dataclasses.replace(self.last, aperture=gap)
        there = 0.0
        for _ in range(round(REACH_TIME / TICK)):
            yield self.last
            if wrong := self.slipped():
                return wrong
            off = abs(self.senses.aperture - gap)
            there = there + TICK if off <= WITHIN * self.spec.max_gap else 0.0
            if there >= SETTLE:
                return None
        now = self.senses.aperture
        return fail(
            f"the tips of the {self.spec.kind} are {now * 1e3:.1f} mm apart after {REACH_TIME} s,"
            f" {gap * 1e3:.1f} mm are wanted",
            gap=now, wanted=gap, **self.pressing(),
        )  # fmt: skip

    def over(self, goal: Array, *touched: str) -> Generator[Command, None, None]:
        """Bring the tips to (3,) m, over whatever is on the way but for things that are named."""
        start, own = self.last.pos, (*touched, self.senses.grip.tool if self.senses.grip else None)
        low, high = np.minimum(start, goal)[:2] - BESIDE, np.maximum(start, goal)[:2] + BESIDE
        tops = [
            float(box.high[2])
            for box in obstacles(self.senses, own).values()
            if (low < box.high[:2]).all() and (box.low[:2] < high).all()
        ]
        if tops:
            z = min(max([start[2], goal[2], max(tops) + CLEARANCE]), self.highest())
            yield from self.go((start[0], start[1], z), FREE_SPEED)
            yield from self.go((goal[0], goal[1], z), FREE_SPEED)
        yield from self.go(goal, FREE_SPEED)

    def unreachable(self, *places: Array) -> Result | None:
        """A failure if the tips, turned as they are, do not get to places (3,) in turn."""
        refused = next((out for out in (outside(self.senses, p) for p in places) if out), None)
        if refused or self.senses.grip is None:
            return refused
        return out_of_reach(self.senses, *((p, self.last.rot) for p in places))

    def highest(self) -> float:
        """Of the tips in the workspace, m."""
        return float(self.senses.scene.workspace.upper[2])

    def pressing(self) -> dict[str, float]:
        """The force at the tips as a number of a result, if it is measured, N."""
        force = self.senses.force
        return {} if force is None else {"force": force}


@register
@dataclasses.dataclass
class SetAperture(HeldToolSkill):
    """Open or close the tips of the tool in the hand and wait until they are there.

    Args:
      gap: between the tips, m; 0 closes them.
    """

    name: ClassVar[str] = "set_aperture"
    gap: float

    def precondition(self) -> Result | None:
        """The tool opens that far."""
        if empty := self.empty():
            return empty
        most = self.spec.max_gap
        if 0 <= self.gap <= most:
            return None
        return fail(
            f"the tips of the {self.spec.kind} open 0 to {most * 1e3:.1f} mm,"
            f" got {self.gap * 1e3:.1f} mm",
            gap=self.gap, greatest=most,
        )  # fmt: skip

    def script(self) -> Script:
        """Command it and watch."""
        wrong = yield from self.open_to(self.gap)
        now = self.senses.aperture
        return wrong or succeed(f"tips {now * 1e3:.1f} mm apart", gap=now, **self.pressing())


@register
@dataclasses.dataclass
class PickWithTool(HeldToolSkill):
    """Pick a small object up with the tips of the tool in the hand.

    Args:
      object: what to pick.
      gentle: press less hard, for what is easily crushed.
    """

    name: ClassVar[str] = "pick_with_tool"
    object: str
    gentle: bool = False

    def precondition(self) -> Result | None:
        """It fits between the tips, and they can get there."""
        if empty := self.empty():
            return empty
        width, most = self.width(), self.spec.max_gap
        if width + 2 * BARELY > most:
            return fail(
                f"{self.object} is {width * 1e3:.1f} mm wide, the tips of the {self.spec.kind}"
                f" open {most * 1e3:.1f} mm",
                width=width, greatest=most,
            )  # fmt: skip
        return self.unreachable(self.place(), self.place() + (0, 0, ABOVE))

    def width(self) -> float:
        """Extent, in the direction the tips close in, of what comes between them, m."""
        place, rot = self.place(), self.senses.rot
        solids = self.senses.solids(self.object)
        boxes = [solid.seen_from(place, rot).box() for solid in solids]
        between = [b for b in boxes if b.low[0] < NARROW and b.high[0] > -NARROW]
        box = around(between or boxes)
        return float(box.size[1])

    def place(self) -> Array:
        """Where the middle of the tips goes to grip (3,), m: at the frame ``grip``, if any."""
        box, name = self.senses.box(self.object), self.object
        point = box.centre
        if "grip" in self.senses.scene.body(name).frames:
            point = self.senses.get_graspable_point(name)
        middle = float(point[2] - box.low[2])
        height = box.low[2] + max(middle, min(LOWEST, middle + REACH_OVER))
        return np.array([*point[:2], max(height, self.senses.scene.workspace.lower[2])])

    def script(self) -> Script:
        """Open, above, down, close, lift; again if it came out of the tips."""
        for last in (False, True):
            result = yield from self.attempt()
            away = outside(self.senses, self.place())
            if last or result.ok or away or self.slipped():
                return result
        raise AssertionError("the last attempt returns")

    def attempt(self) -> Script:
        """One go at it."""
        before = float(self.senses.get_center(self.object)[2])
        width = self.width()
        wrong = yield from self.open_to(min(width + ROOM, self.spec.max_gap))
        if wrong is None:
            yield from self.approach()
            wrong = self.slipped() or (yield from self.grip(width))
        if wrong is not None:
            return wrong
        yield from self.rise()
        return self.slipped() or self.outcome(before)

    def approach(self) -> Generator[Command, None, None]:
        """Above the object, then down around it."""
        place = self.place()
        yield from self.over(place + (0, 0, ABOVE), self.object)
        yield from self.hold(SETTLE)
        yield from self.go(place, DOWN_SPEED)
        for _ in range(round(1.0 / TICK)):
            yield self.last
            if np.linalg.norm(self.senses.tcp - place) < NEAR:
                return

    def grip(self, width: float) -> Generator[Command, None, Result | None]:
        """Close until the gap stays, and press; a failure if nothing is between the tips."""
        gaps = deque([np.inf], maxlen=round(STILL_TIME / TICK))
        met = 0.0
        for _ in range(round(GRIP_TIME / TICK)):
            gap = self.senses.aperture
            still = len(gaps) == gaps.maxlen and max(gaps) - gap < STILL
            gaps.append(gap)
            stuck = still and self.last.aperture < gap - NOTHING and self.senses.force != 0.0
            met = met + TICK if met or stuck else 0.0
            if met >= PRESS_TIME:
                break
            up = YIELD * TICK if met else 0.0
            yield self.onward(self.last.pos + (0, 0, up))
            if wrong := self.slipped():
                return wrong
        now = self.senses.aperture
        if now > max(NOTHING, width / 3):
            return None
        return fail(
            f"the tips closed on nothing: they are {now * 1e3:.1f} mm apart,"
            f" {self.object} is {width * 1e3:.1f} mm wide",
            gap=now, width=width,
        )  # fmt: skip

    def squeeze(self) -> float:
        """The next gap to command on the way to a closed tool, or to press on something, m."""
        force = self.senses.force
        if not self.gentle or force == 0.0:
            speed = GENTLE_SPEED if self.gentle else CLOSE_SPEED
            return max(0.0, self.last.aperture - speed * TICK)
        lead = LEAD * (1 - min(1.0, (force or 0.0) / TENDER))
        return max(0.0, self.senses.aperture - lead)

    def onward(self, pos: Array) -> Command:
        """Go on to (3,) m, gripping on."""
        return dataclasses.replace(self.last, pos=pos, aperture=self.squeeze())

    def rise(self) -> Generator[Command, None, None]:
        """Up, and stay there, gripping on."""
        top = self.senses.scene.workspace.upper[2]
        x, y, z = self.last.pos
        for command in self.go((x, y, min(z + RISE, top)), FREE_SPEED):
            yield self.onward(command.pos)
        for _ in range(round(STAY / TICK)):
            yield self.onward(self.last.pos)

    def outcome(self, before: float) -> Result:
        """What came of it; the object's middle was at ``before`` m."""
        height = float(self.senses.get_center(self.object)[2]) - before
        gap = self.senses.aperture
        numbers = {"height": height, "gap": gap, **self.pressing()}
        force = f", {numbers['force']:.1f} N" if "force" in numbers else ""
        text = f"{self.object} rose {height * 1e3:.0f} mm, tips {gap * 1e3:.1f} mm apart{force}"
        return succeed(text, **numbers) if height >= LIFTED else fail(text, **numbers)
