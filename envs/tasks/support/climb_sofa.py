"""Climb-Sofa: climb onto a sofa that is too high, by a box that is pushed before another one.

The sofa is 0.34 m high. A box of 0.24 m stands against it, and one of 0.12 m on the floor: put
before the other, it makes stairs whose steps are no higher than the robot takes. A quadruped's task
of RoboTool (arXiv 2310.13065), in its scene of 2024.

Twins: the sofa is as low as a step; the low box is fixed where it stands.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.scaling import scaled
from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.legged_task import LeggedTask
from habilis.envs.terms import legs
from habilis.envs.terms.term import Term

CLEAR, BESIDE = 0.5, 0.85  # m from the middle of a robot to what it keeps away from
LOW = 0.12  # m, of a sofa that needs no stairs
TOUCHING = 0.02  # m beyond the side of the other box to which the low one is pushed


@task_family
class ClimbSofa(LeggedTask):
    """Two boxes and a sofa."""

    scenes = {"2024": "climb_sofa_2024"}
    sizes = {"sofa": (), "box_": ()}  # two kinds of boxes, whose heights make the stairs
    unaided = ("stand",)
    level = 1

    def not_needed(self, scene: Scene) -> Scene:
        """Climb a sofa that is as low as a step; the low box is forbidden."""
        sofa = scene.entity("sofa")
        return scene.replace_entities([scaled(sofa, (1.0, 1.0, LOW / float(sofa.size()[2])))])

    def broken(self, scene: Scene) -> Scene:
        """Climb a sofa where the low box is fixed in the wrong place."""
        return scene.replace_entities([dataclasses.replace(scene.entity("box_1"), fixed=True)])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Push the low box before the other, go to the sofa and stand on it."""
        done = Term(legs.onto, {"body": "sofa"})
        return {
            "place": Term(legs.placed, {"body": "box_1", "place": _before(scene)}, 0.1),
            "stand": dataclasses.replace(done, weight=0.15),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Climb onto a sofa by a box that is pushed before another one."""
        x, y = _before(scene)
        place = (x + TOUCHING, y, scene.entity("box_1").pos[2])
        return [call("push_to_position", "box_1", position=place), *_up(scene)]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Go around the low box, and climb onto the sofa beside the other."""
        box, sofa = scene.entity("box_1"), scene.entity("sofa")
        aside = box.pos[1] - float(box.size()[1]) / 2 - CLEAR
        beside = scene.entity("box_2").pos[1] - BESIDE
        x, near, top = box.pos[0], sofa.pos[0] - float(sofa.size()[0]) / 2 - CLEAR, _top(scene)
        way = [(x - 0.1, aside, 0.0), (x + 0.4, aside, 0.0), (near, beside, 0.0)]
        way.append((sofa.pos[0], beside, top))
        return [call("walk_to_position", position=place) for place in way]


def _before(scene: Scene) -> tuple[float, float]:
    """Where the low box makes a step before the other, x and y, m."""
    low, high = scene.entity("box_1"), scene.entity("box_2")
    return high.pos[0] - float(low.size()[0] + high.size()[0]) / 2, high.pos[1]


def _up(scene: Scene) -> list[SkillCall]:
    place = (scene.entity("sofa").pos[0], scene.entity("box_2").pos[1], _top(scene))
    return [call("walk_to_position", position=place)]


def _top(scene: Scene) -> float:
    sofa = scene.entity("sofa")
    return sofa.pos[2] + float(sofa.bounds()[1][2])
