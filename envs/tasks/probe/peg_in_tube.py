"""Peg-In-Tube: push a peg out of a tube that fingers do not get into, with a stick.

The tube is fixed to the table, open at both ends and roofed over; the peg lies in its middle. The
gripper, which comes from above, takes the stick by its near end and pushes the far one through.

Twins: the peg lies in front of the tube, where fingers push it; the stick has half the length, so
that the hand meets the tube before the peg is out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import put, shorten
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, sweep, tool_of
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

BEFORE = 0.12  # m in front of the tube
WAY = 0.115  # m that the peg is pushed
SHORT = 0.5  # of its length


@task_family
class PegInTube(ToolTask):
    """A stick, a tube and a peg in it."""

    scenes = {"first": "peg_in_tube"}
    sizes = {"stick": ("x",), "tube": (), "peg": ()}  # the peg fits into the tube, and so the stick
    unaided = ("goal",)
    far = False
    orders: ClassVar[Orders | None] = Orders({"height": (0.002, 0.004, 0.015)})

    def not_needed(self, scene: Scene) -> Scene:
        """Push a peg that lies in front of a tube, with the fingers; the stick is forbidden."""
        tube = scene.entity("tube")
        return put(scene, "peg", tube.pos[0] + float(tube.bounds()[0][0]) - BEFORE, tube.pos[1])

    def broken(self, scene: Scene) -> Scene:
        """Push a peg out of a tube with a stick that is too short."""
        return shorten(scene, "stick", SHORT)

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the stick, bring its tip to the peg, push."""
        near = scene.entity("peg").bounds()[0][0] + scene.entity("stick").part("tip").bounds()[0][0]
        last = {"goal": Term(rewards.goal_share, weight=0.1)}
        return stages.use_tool("stick", "tip", "peg/origin", last, (float(near), 0.0))

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Push a peg out of a tube that fingers do not get into, with a stick."""
        tip = {"tool": "stick", "part": "tip"}
        return [call("grasp", "stick"), call("sweep", "peg", direction="+x", distance=WAY, **tip)]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Push the peg out with whatever was made for it."""
        push = sweep(scene, "peg", direction="+x", distance=WAY, height=motion["height"])
        return [call("grasp", tool_of(scene)), push]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Push the peg back with the fingers."""
        return [call("sweep", "peg", direction="-x", distance=WAY)]
