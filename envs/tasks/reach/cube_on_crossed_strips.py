"""Cube-On-Crossed-Strips: of two strips that cross, pull the one that a cube stands on.

The cube stands on the far end of one strip, 11 cm beyond the box that the tool centre point may not
leave. The tab that is nearest to it belongs to the other strip, which passes below.

Twins: the cube stands within reach; the strip that it stands on is cut beyond the crossing.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import cut_strip
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

NEAR = (0.14, 0.06)  # m, where the cube stands if no tool is needed
WAY = 0.21  # m that the strip is pulled along its length
END = 0.1  # m, of the far end of a strip that is cut
UP = 0.1  # m above the tab, to which the hand leaves
SLOW = 0.08  # m/s


@task_family
class CubeOnCrossedStrips(ToolTask):
    """Two strips that cross, and a cube on the far end of one."""

    scenes = {"first": "cube_on_crossed_strips"}
    target = "cube"
    sizes = {"strip": (), "cube": ("z",)}
    control, level, lookalike = "ee6", 2, False  # the look-alike is there in every layout

    def not_needed(self, scene: Scene) -> Scene:
        """Pick up a cube that is within reach; strip1 is forbidden."""
        cube = scene.entity("cube")
        on_table = (*NEAR, float(cube.size()[2]) / 2)
        return scene.replace_entities([dataclasses.replace(cube, pos=on_table)])

    def broken(self, scene: Scene) -> Scene:
        """Pick up a cube on the far end of a strip that is cut off."""
        return cut_strip(scene, "strip1", END)

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the strip, bring the cube, pick it up."""
        brought = stages.within("cube/grip")
        return {
            **stages.get_tool("strip1", brought, (0.04, 0.05)),
            "bring": Term(stages.bring, {"point": "cube/grip"}, 0.06),
            **stages.get_target("cube", (0.02, 0.03, 0.05)),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Pull, of two strips that cross, the one that a cube stands on, and pick up the cube."""
        strip = scene.entity("strip1")
        tab = np.array(strip.pos) + strip.turn() @ strip.grip()
        x, y, z = map(float, tab - WAY * strip.turn()[:, 0])
        pull = call("move_to_position", position=(x, y, z), speed=SLOW)
        leave = [call("open_gripper"), call("move_to_position", position=(x, y, z + UP))]
        return [call("grasp", "strip1", raise_by=0.0), pull, *leave, *self.by_hand(scene)]
