"""Taking a hand tool off its stand: from then on the tool centre point is that of its tips."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Generator, Iterator
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.grasps import GraspKeyframe
from habilis.assets.names import did_you_mean
from habilis.assets.scene.things import Scene
from habilis.assets.tools.spec import ArticulatedTool
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import Command, ToolGrip
from habilis.envs.world.grips import tips_frames
from habilis.policies.skills.geometry.in_hand import CLEARANCE, obstacles
from habilis.policies.skills.grasping import APPROACH_SPEED
from habilis.policies.skills.hand_tools.letting_go import HIGH, HandOnTool
from habilis.policies.skills.held_tool import BESIDE, LOST, no_tool, takeable_tools
from habilis.policies.skills.primitives import ASKEW, FREE_SPEED, SETTLE, outside
from habilis.policies.skills.skill import Result, Script, fail, register, succeed

UPRIGHT = np.radians(10)  # rad that a tool may lean and still hang on its stand
CLOSE_TIME, GRIP_TIME = 0.4, 0.4  # s, until the fingers are at the handles, and until they press
RISEN = 0.8  # of the way up, to count as taken
NEAR = 0.003  # m that the arm may fall short of the way around a tool
ATTEMPTS = 2


@register
@dataclasses.dataclass
class TakeTool(HandOnTool):
    """Take a hand tool off its stand with the fingers, and lift it clear of it.

    From then on the tips of the tool are what is moved, and the gap between them what is opened.

    Args:
      tool: what to take.
    """

    name: ClassVar[str] = "take_tool"
    empty_handed: ClassVar[bool] = True
    tool: str

    @classmethod
    def unfit(cls, scene: Scene) -> str:
        """See ``Skill``: there is a tool that the hand can take."""
        return no_tool(cls.name, scene)

    @property
    def spec(self) -> ArticulatedTool:
        """What is to be taken."""
        tool = self.senses.entity(self.tool).hand_tool
        assert tool is not None
        return tool

    def precondition(self) -> Result | None:
        """It hangs tips down, and the arm gets around it with one of the stored grasps."""
        known = takeable_tools(self.senses.scene)
        if self.tool not in known:
            return fail(did_you_mean("tool that the hand can take", self.tool, known))
        lean = float(np.arccos(np.clip(-self.tips()[2, 2], -1.0, 1.0)))
        if lean > UPRIGHT:
            return fail(
                f"{self.tool} does not hang on a stand: its tips point {np.degrees(lean):.0f}"
                " degrees off straight down",
                lean=lean,
            )
        if refused := outside(self.senses, self.top()):
            return refused
        return None if any(True for _ in self.ways()) else self.stays_away()

    def tips(self) -> Array:
        """(4, 4) of the tips of the tool at rest, world."""
        frame = tips_frames(self.spec, np.zeros(1))[0]
        pos, rot = self.senses.pose(self.tool)
        out = np.eye(4)
        out[:3, :3], out[:3, 3] = rot @ frame[:3, :3], pos + rot @ frame[:3, 3]
        return out

    def top(self) -> Array:
        """Where the tips are once they are clear of what is around them, at the same place (3,)."""
        tip = self.tips()[:3, 3]
        low, high = tip[:2] - BESIDE, tip[:2] + BESIDE
        tops = [
            float(box.high[2])
            for box in obstacles(self.senses, (self.tool,)).values()
            if (low < box.high[:2]).all() and (box.low[:2] < high).all()
        ]
        bottom = float(self.senses.box(self.tool).low[2])
        rise = max([HIGH, *(top + CLEARANCE - bottom for top in tops)])
        return tip + np.array([0.0, 0.0, rise])

    def grasps(self) -> tuple[GraspKeyframe, ...]:
        """Stored ones, best first."""
        return self.grasps_of(self.tool)

    def offset(self, grasp: int) -> Array:
        """(4, 4) of the tips in the tool centre point of the bare hand, by a grasp."""
        return self.tips_in_hand(ToolGrip(self.tool, grasp))

    def way(self, grasp: int) -> list[Array]:
        """Where the tips would be (3,): above the tool on the palm's side, beside it, around it."""
        tips = self.tips()
        beside = self.beside(tips, ToolGrip(self.tool, grasp))
        return [beside + (0.0, 0.0, HIGH), beside, tips[:3, 3]]

    def ways(self) -> Iterator[int]:
        """Grasps with which the arm gets around the tool and away with it, best first."""
        rot = self.tips()[:3, :3]
        for grasp in range(len(self.grasps())):
            poses = [(pos, rot) for pos in (*self.way(grasp), self.top())]
            reached = self.senses.reach(poses, self.offset(grasp))
            if all(r.short[0] <= NEAR and r.askew[0] <= ASKEW for r in reached):
                yield grasp

    def stays_away(self) -> Result:
        """A failure naming what the best grasp lacks."""
        rot = self.tips()[:3, :3]
        poses = [(pos, rot) for pos in self.way(0)]
        worst = list(self.senses.reach(poses, self.offset(0)))[-1]
        return fail(
            f"the arm gets around {self.tool} with none of {len(self.grasps())} grasps; with the"
            f" best it {worst.trouble() or 'cannot follow the way there'}",
            short=worst.short[0], askew=worst.askew[0],
        )  # fmt: skip

    def script(self) -> Script:
        """Around it, close, up; again with another grasp if it stayed where it was."""
        result = fail("not tried")
        for grasp in itertools.islice(list(self.ways()), ATTEMPTS):
            result = yield from self.take(grasp)
            if result.ok or not self.stands():
                return result
        return result

    def stands(self) -> bool:
        """Whether the tool hangs still, tips down."""
        return bool(-self.tips()[2, 2] > np.cos(UPRIGHT))

    def take(self, grasp: int) -> Script:
        """One go at it, by a grasp."""
        above, beside, there = self.way(grasp)
        top, rot, before = self.top(), self.tips()[:3, :3], self.senses.pose(self.tool)[0]
        self.hold_by(ToolGrip(self.tool, grasp, -1.0))
        yield from self.go(above, FREE_SPEED, rot)
        yield from self.go(beside, APPROACH_SPEED)
        yield from self.hold(SETTLE)
        yield from self.go(there, APPROACH_SPEED)
        yield from self.hold(SETTLE)
        yield from self.close(grasp)
        yield from self.go(top, APPROACH_SPEED)
        yield from self.hold(SETTLE)
        rise = float(self.senses.pose(self.tool)[0][2] - before[2])
        asked = float(top[2] - there[2])
        away = float(np.linalg.norm(self.senses.tcp - self.last.pos))
        if rise > RISEN * asked and away < LOST:
            gap = self.senses.aperture
            return succeed(
                f"holding {self.tool} by grasp {grasp}, tips {gap * 1e3:.0f} mm apart",
                rise=rise, gap=gap, grasp=grasp,
            )  # fmt: skip
        yield from self.let_go()
        yield from self.back_off()
        return fail(
            f"{self.tool} rose {rise * 1e3:.0f} of {asked * 1e3:.0f} mm by grasp {grasp}",
            rise=rise, grasp=grasp,
        )  # fmt: skip

    def close(self, grasp: int) -> Generator[Command, None, None]:
        """Close the fingers around the tool, and keep the gap that it then has."""
        for closure, seconds in ((0.0, CLOSE_TIME), (1.0, GRIP_TIME)):
            ticks = round(seconds / TICK)
            for k in range(1, ticks + 1):
                now = ToolGrip(self.tool, grasp, closure - 1 + k / ticks)
                self.last = dataclasses.replace(self.last, grip=now)
                yield self.last
        gap = float(self.spec.gap(self.grasps()[grasp].hold))
        self.last = dataclasses.replace(self.last, aperture=gap)
        yield from self.hold(SETTLE)
        self.last = dataclasses.replace(self.last, aperture=self.senses.aperture)
        yield from self.hold(SETTLE)
