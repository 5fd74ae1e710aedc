"""Stone-Twice: raise a cube out of a well with two heavy stones, one got at by the other.

The cube lies in a well that fingers do not get into, on the end of a beam that a spring holds down.
Only two heavy stones tip it. One lies on the table beside two light ones; the other lies in a pit,
under a cover that a spring pulls shut. The first stone, left behind the cover's fin, keeps it open,
which the light ones do not. It is needed again: once the second stone is out, it has to be taken
back, and both go onto the beam.

Twins: the beam stays where fingers press it; the stone in the pit is as light as the light ones.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.support.cube_under_cover import push_open
from habilis.envs.tasks.support.stones_on_beam import LIGHT, StonesOnBeam, loaded
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

OPEN = {"body": "cover", "value": 0.05}  # m


@task_family
class StoneTwice(StonesOnBeam):
    """Two heavy stones, one of them under a cover, and a cube in a well on the end of a beam."""

    scenes = {"first": "stone_twice"}
    sizes = {**StonesOnBeam.sizes, "bed": (), "cover": ()}  # the cover covers the pit
    control, level = "ee6", 5

    def not_needed(self, scene: Scene) -> Scene:
        """Raise a cube on a beam that stays where it is pressed; stone2 is forbidden."""
        return super().not_needed(scene)

    def broken(self, scene: Scene) -> Scene:
        """Tip a beam with two stones of which the one under a cover is too light."""
        return scene.replace_entities([dataclasses.replace(scene.entity("stone2"), mass=LIGHT)])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Open the cover, take the stone below it, tip the beam, pick up the cube."""
        terms = super().dense(scene)
        tip = terms["tip"]
        opened = stages.until(stages.complete(tip), Term(stages.travel, OPEN, 0.03))
        return {**terms, "open": opened, "tip": dataclasses.replace(tip, weight=0.04)}

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Open a cover with a stone to get at another, then tip a beam with both."""
        opened = [push_open(scene, tool="stone1"), call("open_gripper")]
        return [call("grasp", "stone1"), *opened, *loaded(scene, ("stone2", "stone1"))]
