"""Cube-In-Well: tip a beam with a block, to raise a cube out of a well too narrow for fingers.

The cube lies on the end of a beam, below the rim of a well that leaves 1 cm around it. A block put
down on the other end tips the beam and keeps it tipped, while the hand takes the cube.

Twins: the beam's pivot is stiff, so that the beam stays where the hand has pressed it; the block is
as large as it was, and too light to tip the beam.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, tool_of
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

LIGHT = 0.03  # kg
TIPPED = {"body": "beam", "value": 0.2}  # rad
RISE = 0.12  # m that the cube is lifted
SLOW = 0.05  # m/s


@task_family
class CubeInWell(ToolTask):
    """A block, and a cube in a well on the end of a beam."""

    scenes = {"first": "cube_in_well"}
    sizes = {"block": (), "well": (), "beam": (), "cube": ()}  # the cube just fits into the well
    unaided = ("tip", "reach_target", "hold_target", "lift")
    far = False
    stiff = 0.4  # N m, of a pivot that holds the beam where it is
    orders: ClassVar[Orders | None] = Orders({"along": (-0.02, 0.0, 0.04)})

    def not_needed(self, scene: Scene) -> Scene:
        """Raise a cube on a beam that stays where it is pressed; the block is forbidden."""
        beam = scene.entity("beam")
        assert beam.joint is not None
        joint = dataclasses.replace(beam.joint, frictionloss=self.stiff)
        return scene.replace_entities([dataclasses.replace(beam, joint=joint)])

    def broken(self, scene: Scene) -> Scene:
        """Tip a beam with a block that is too light."""
        return scene.replace_entities([dataclasses.replace(scene.entity("block"), mass=LIGHT)])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take what is heavy, tip the beam, pick up the cube."""
        assert scene.tool is not None
        tip = Term(stages.travel, TIPPED, 0.07)
        return {
            **stages.get_tool(scene.tool.name, stages.complete(tip), (0.03, 0.04)),
            "tip": tip,
            **stages.get_target("cube", (0.03, 0.03, 0.05)),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Tip a beam with a block, to raise a cube out of a well that fingers do not get into."""
        x, y, _ = _end(scene.entity("beam"))
        down = call("place", "block", on="beam", position=(x, y))
        return [call("grasp", "block"), down, *take()]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Tip the beam with whatever was made for it, and take the cube."""
        tool, (x, y, _) = tool_of(scene), _end(scene.entity("beam"))
        down = call("place", tool, on="beam", position=(x + motion["along"], y))
        return [call("grasp", tool), down, *take()]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Press the beam down by its end, let go, and take the cube."""
        beam = scene.entity("beam")
        assert beam.joint is not None
        end, pivot = _end(beam), np.array(beam.pos)
        out, steps = end - pivot, [call("grasp", "beam", raise_by=0.0)]
        for angle in np.linspace(0.0, beam.joint.range[1], 4)[1:]:
            c, s = np.cos(angle), np.sin(angle)
            x, z = c * out[0] - s * out[2], c * out[2] + s * out[0]
            at = (float(pivot[0] + x), float(pivot[1]), float(pivot[2] + z))
            steps.append(call("move_to_position", position=at, speed=SLOW))
        return [*steps, call("open_gripper"), *take()]


def _end(beam: Thing) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Where the beam is taken or loaded (3,), m."""
    out: np.ndarray[tuple[int], np.dtype[np.float64]] = np.array(beam.pos) + beam.grip()
    return out


def take() -> list[SkillCall]:
    """Take the cube, and lift it."""
    return [call("grasp", "cube"), call("lift", "cube", height=RISE)]
