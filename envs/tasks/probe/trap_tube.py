"""Trap-Tube: push a peg out of a tube whose floor has a hole on one side, so from that side.

The tube stands within reach, open at both ends and roofed over; fingers do not get in. On the far
side of the peg the floor has a hole that is deeper than the peg is high: what is pushed there stays
there. A stick, brought in over the hole from the far end, pushes the peg out towards the robot.

Twins: the peg lies behind the tube, where fingers push it; the stick's end is thicker than the tube
is wide.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, tool_of
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

BEHIND = 0.2  # m behind the tube's middle, where the peg lies if no tool is needed
WAY = 0.09  # m that the peg is pushed
OVER = 0.006  # m, of what pushes it above the floor
THICK = 0.05  # m, of an end that does not go in


@task_family
class TrapTube(ToolTask):
    """A stick, and a peg in a tube with a hole in its floor."""

    scenes = {"first": "trap_tube"}
    sizes = {"stick": (), "tube": (), "peg": ()}  # each fits into the other
    unaided = ("goal",)
    far = False
    orders: ClassVar[Orders | None] = Orders(turned=True)

    def not_needed(self, scene: Scene) -> Scene:
        """Push a peg that lies behind a tube, with the fingers; the stick is forbidden."""
        peg, tube = scene.entity("peg"), scene.entity("tube")
        place = (tube.pos[0] + BEHIND, tube.pos[1], float(peg.size()[2]) / 2)
        return scene.replace_entities([dataclasses.replace(peg, pos=place)])

    def broken(self, scene: Scene) -> Scene:
        """Push a peg out of a tube with a hole in its floor, with a stick that does not go in."""
        stick = scene.entity("stick")
        tip, shaft = stick.part("tip"), stick.part("shaft")
        up = (THICK - tip.size[2]) / 2
        thick = dataclasses.replace(tip, size=(tip.size[0], THICK, THICK), pos=(*tip.pos[:2], up))
        return scene.replace_entities([dataclasses.replace(stick, parts=(shaft, thick))])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the stick, bring its end behind the peg, push."""
        behind = (float(scene.entity("peg").bounds()[1][0]), 0.0)
        last = {"goal": Term(rewards.goal_share, weight=0.1)}
        return stages.use_tool("stick", "tip", "peg/origin", last, behind)

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Push a peg out of a tube with a hole in its floor, with a stick, away from the hole."""
        return [call("grasp", "stick"), push(scene, "-x", tool="stick", part="tip")]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Push the peg out, away from the hole, with whatever was made for it."""
        tool = tool_of(scene)
        return [call("grasp", tool), push(scene, "-x", tool=tool, part="work")]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Push the peg with the fingers."""
        return [push(scene, "+y")]


def push(scene: Scene, direction: str, **tool: str) -> SkillCall:
    """Push the peg along a direction, just above what it lies on, with the fingers or a tool."""
    peg = scene.entity("peg")
    height = float(peg.pos[2] + peg.bounds()[0][2]) + OVER
    return call("sweep", "peg", direction=direction, distance=WAY, height=height, **tool)
