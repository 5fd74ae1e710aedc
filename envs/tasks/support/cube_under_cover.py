"""Cube-Under-Cover: keep a cover open with a stone that is left in its way, to take what is below.

The cube lies in a pit under a cover that slides, and that a spring pulls shut. A stone pushes the
cover open by its fin. Let go there, it is heavy enough to keep it open, and the hand is free.

Twins: there is no spring, and the cover stays where fingers push it; the tool is round, so that the
cover rolls it away.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, tool_of
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

WAY = 0.078  # m that the cover is pushed
ABOVE = 0.002  # m, of what pushes it above the slab
OPEN = {"body": "cover", "value": 0.05}  # m
STICKS = 1.5  # N, of a cover without a spring
ROLLS = 0.0005  # m, rolling friction
SMOOTH = 0.4  # sliding friction of what is round


@task_family
class CubeUnderCover(ToolTask):
    """A stone, and a cube under a cover that a spring pulls shut."""

    scenes = {"first": "cube_under_cover"}
    sizes = {"stone": (), "bed": (), "cover": (), "cube": ()}  # the cover covers the pit
    unaided = ("open", "reach_target", "hold_target", "lift")
    control, far = "ee6", False
    orders = Orders({"farther": (-0.01, 0.0, 0.01)})

    def not_needed(self, scene: Scene) -> Scene:
        """Take a cube under a cover that stays where it is pushed; the stone is forbidden."""
        cover = scene.entity("cover")
        assert cover.joint is not None
        joint = dataclasses.replace(cover.joint, stiffness=0.0, rest=0.0, frictionloss=STICKS)
        return scene.replace_entities([dataclasses.replace(cover, joint=joint)])

    def broken(self, scene: Scene) -> Scene:
        """Take a cube under a cover that rolls what is left in its way aside."""
        stone = scene.entity("stone")
        (part,) = stone.parts
        x, y, _ = part.size
        round_ = dataclasses.replace(
            part, shape="cylinder", size=(x, y), euler=(np.pi / 2, 0.0, 0.0)
        )
        rolls = dataclasses.replace(stone, parts=(round_,), friction=SMOOTH, rolling=ROLLS)
        return scene.replace_entities([rolls])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the stone, open the cover, pick up the cube."""
        opened = Term(stages.travel, OPEN, 0.07)
        done = stages.complete(opened)
        return {
            **stages.get_tool("stone", done, (0.03, 0.04)),
            "open": opened,
            **stages.get_target("cube", (0.03, 0.03, 0.05)),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Keep a cover open with a stone that is left in its way, to take a cube below it."""
        return [call("grasp", "stone"), push_open(scene, tool="stone"), *_leave_and_take()]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Keep the cover open with whatever was made for it, and take the cube."""
        tool = tool_of(scene)
        return [
            call("grasp", tool),
            push_open(scene, motion["farther"], tool=tool),
            *_leave_and_take(),
        ]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Push the cover open with the fingers, and take the cube."""
        return [push_open(scene), *_leave_and_take()]


def push_open(scene: Scene, farther: float = 0.0, **tool: str) -> SkillCall:
    """Push the cover open by its fin, ``farther`` (m) than usual, and stay there."""
    bed = scene.entity("bed")
    height = float(bed.pos[2] + bed.bounds()[1][2]) + ABOVE
    how = {"object_part": "fin", "direction": "-x", "distance": WAY + farther, "height": height}
    return call("sweep", "cover", **how, leave=False, **tool)


def _leave_and_take() -> list[SkillCall]:
    return [call("open_gripper"), call("grasp", "cube"), call("lift", "cube")]
