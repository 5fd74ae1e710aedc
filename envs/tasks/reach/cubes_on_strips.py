"""Cubes-On-Strips: of three cubes out of reach, the one that stands on a whole strip can be had.

Three strips slide towards the robot, each with a tab within reach and a cube at its far end, 6 cm
and more beyond the box that the tool centre point may not leave. The first cube stands on its
strip. The second stands on a piece that is cut off its strip, the third beyond the end of its own.

Twins: the first cube stands within reach; the first strip is cut, too.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import cut_strip, pull_in
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

NEAR = (0.22, 0.06)  # m, where the first cube stands if no tool is needed
SPARE = 0.16  # m from the near end of the workspace to which the tab is pulled
END = 0.095  # m, of the far end of a strip that is cut, which stays behind


@task_family
class CubesOnStrips(ToolTask):
    """Three cubes and three strips, of which one is whole and long enough."""

    scenes = {"first": "cubes_on_strips"}
    sizes = {"strip": (), "piece": (), "cube": ("z",)}
    level, lookalike = 2, False  # the look-alikes are there in every layout

    def not_needed(self, scene: Scene) -> Scene:
        """Pick up one of three cubes, of which one is within reach; strip1 is forbidden."""
        cube = scene.entity("cube1")
        on_table = (*NEAR, float(cube.size()[2]) / 2)
        return scene.replace_entities([dataclasses.replace(cube, pos=on_table)])

    def broken(self, scene: Scene) -> Scene:
        """Pick up one of three cubes by strips none of which it stands on whole."""
        return cut_strip(scene, "strip1", END)

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the strip, bring the cube, pick it up."""
        brought = stages.within("cube1/grip")
        return {
            **stages.get_tool("strip1", brought, (0.04, 0.05)),
            "bring": Term(stages.bring, {"point": "cube1/grip"}, 0.06),
            **stages.get_target("cube1", (0.02, 0.03, 0.05)),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Pull in, of three strips, the one that has a cube on it, and pick up the cube."""
        return [*pull_in(scene, "strip1", SPARE), call("grasp", "cube1"), call("lift", "cube1")]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Pick up the cube that is nearest."""
        cubes = [e for e in scene.entities if e.name.startswith("cube")]
        near = min(cubes, key=lambda e: float(np.linalg.norm(e.pos[:2]))).name
        return [call("grasp", near), call("lift", near)]
