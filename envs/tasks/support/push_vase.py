"""Push-Vase: get a vase down from a sofa unbroken, onto a cushion that is laid below it first.

The vase lies 0.15 m from the edge of a sofa 0.34 m high, to which boxes lead up as stairs. What
hits it harder than 13 times its weight breaks it: the floor does, and so do feet that kick it; a
cushion against the sofa takes the fall. A quadruped's task of RoboTool (arXiv 2310.13065), in its
scene of 2024.

Twins: a soft mat lies below the edge already; the cushion is hard.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import at
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.legged_task import LeggedTask
from habilis.envs.terms import legs
from habilis.envs.terms.term import Term

WIDE, INTO = 0.3, 0.03  # m: how far from the sofa the cushion passes the stairs; pushed against it
GAP = 0.01  # m between sofa and mat
BEHIND = 0.5  # m from the middle of the vase to where the robot comes up to it
BEYOND = 0.25  # m from the edge of the sofa to where the vase is pushed


@task_family
class PushVase(LeggedTask):
    """A vase on a sofa, stairs and a cushion."""

    scenes = {"2024": "push_vase_2024"}
    sizes = {"sofa": (), "box_": (), "mat": (), "cushion": ("xy",), "vase": ()}
    unaided = ("push",)
    level = 3

    def not_needed(self, scene: Scene) -> Scene:
        """Get a vase down from a sofa beside which the floor is soft; the cushion is forbidden."""
        mat = scene.entity("mat")
        beside = _edge(scene) + GAP + float(mat.size()[1]) / 2
        return scene.replace_entities([at(mat, scene.entity("vase").pos[0], beside)])

    def broken(self, scene: Scene) -> Scene:
        """Get a vase down from a sofa with a cushion that is hard."""
        return scene.replace_entities(
            [dataclasses.replace(scene.entity("cushion"), surface="stiff")]
        )

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Push the cushion below the edge, then the vase over it."""
        x = scene.entity("vase").pos[0]
        below = {"body": "cushion", "place": (x, _below(scene))}
        over = {"body": "vase", "place": (x, _edge(scene))}
        return {"place": Term(legs.placed, below, 0.1), "push": Term(legs.placed, over, 0.15)}

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Get a vase down from a sofa onto a cushion that is laid below first."""
        cushion, x, y = scene.entity("cushion"), scene.entity("vase").pos[0], _below(scene)
        places = [(x, y + WIDE, cushion.pos[2]), (x, y - INTO, cushion.pos[2])]
        laid = [call("push_to_position", "cushion", position=place) for place in places]
        return [*laid, *self.by_hand(scene)]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Go up to the vase and push it over the edge."""
        vase = scene.entity("vase")
        x, y, z = vase.pos
        behind, over = (x, y - BEHIND, z), (x, _edge(scene) + BEYOND, z)
        return [
            call("walk_to_position", position=behind),
            call("push_to_position", "vase", position=over),
        ]


def _edge(scene: Scene) -> float:
    """Where the sofa ends beside the vase, y, m."""
    sofa = scene.entity("sofa")
    return sofa.pos[1] + float(sofa.size()[1]) / 2


def _below(scene: Scene) -> float:
    """Where the cushion lies against the sofa, y, m."""
    return _edge(scene) + float(scene.entity("cushion").size()[1]) / 2
