"""Traverse-Sofa: cross the gap between two sofas, on a surfboard that is pushed over it.

The robot stands on a sofa, and the board lies before it there. The gap to the next sofa is 0.4 m
wide and 0.34 m deep. A quadruped's task of RoboTool (arXiv 2310.13065), in its scene of 2024.

Twins: the sofas nearly touch, and are wide enough to go past the board; the far half of the board
comes off when more than 40 N press on it for 40 ms, a third of what the robot weighs.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.links import Break
from habilis.assets.scene.scaling import scaled
from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import at
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.legged_task import LeggedTask
from habilis.envs.terms import legs
from habilis.envs.terms.term import Term

NARROW = 0.03  # m, of a gap that feet step over
WIDER, BESIDE, ASIDE = 2.0, 0.55, 0.4  # share; m to the left, to the right of where they were
WEAK, HOLD = 40.0, 0.04  # N, s
BELOW = 0.45  # m, of the trunk when the robot is no longer on a sofa


@task_family
class TraverseSofa(LeggedTask):
    """Two sofas and a board."""

    scenes = {"2024": "traverse_sofa_2024"}
    sizes = {"sofa_": (), "surfboard": ()}
    unaided = ("stand",)

    def not_needed(self, scene: Scene) -> Scene:
        """Go to the other sofa over a gap that feet step over; the board is forbidden."""
        sofa, board = scene.entity("sofa_2"), scene.entity("surfboard")
        moved = at(sofa, x=_end(scene) + NARROW + float(sofa.size()[0]) / 2)
        still = [
            dataclasses.replace(scaled(e, (1.0, WIDER, 1.0)), strays=(0.0, 0.0))
            for e in (scene.entity("sofa_1"), moved)
        ]
        return scene.replace_entities([*still, at(board, y=board.pos[1] + BESIDE)])

    def broken(self, scene: Scene) -> Scene:
        """Cross a gap on a board whose far half comes off."""
        board = scene.entity("surfboard")
        (whole,) = board.parts
        size = (whole.size[0] / 2, *whole.size[1:])
        halves = [
            dataclasses.replace(whole, name=name, size=size, pos=(x * size[0] / 2, 0.0, 0.0))
            for name, x in (("near", -1), ("far", 1))
        ]
        weak = Break(("far",), WEAK, HOLD)
        return scene.replace_entities(
            [dataclasses.replace(board, parts=tuple(halves), breaks=weak)]
        )

    def lost(self, scene: Scene) -> dict[str, Term]:
        """The robot has come down to the floor."""
        return {"the robot left the sofas": Term(legs.below, {"height": BELOW})}

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Push the board across the gap, go to the other sofa and stand on it."""
        place = (_middle(scene), scene.entity("surfboard").pos[1])
        return {
            "place": Term(legs.placed, {"body": "surfboard", "place": place}, 0.1),
            "stand": Term(legs.onto, {"body": "sofa_2"}, 0.15),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Cross the gap between two sofas on a board that is pushed over it."""
        board = scene.entity("surfboard")
        place = (_middle(scene), board.pos[1], board.pos[2])
        return [call("push_to_position", "surfboard", position=place), *_over(scene)]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Go past the board to the other sofa."""
        first, y = scene.entity("sofa_1"), scene.entity("sofa_2").pos[1] - ASIDE
        top = first.pos[2] + float(first.bounds()[1][2])
        places = [(scene.entity(name).pos[0], y, top) for name in ("sofa_1", "sofa_2")]
        return [call("walk_to_position", position=place) for place in places]


def _end(scene: Scene) -> float:
    """Where the first sofa ends, x, m."""
    sofa = scene.entity("sofa_1")
    return sofa.pos[0] + float(sofa.size()[0]) / 2


def _middle(scene: Scene) -> float:
    """Of the gap, x, m."""
    sofa = scene.entity("sofa_2")
    return (_end(scene) + sofa.pos[0] - float(sofa.size()[0]) / 2) / 2


def _over(scene: Scene) -> list[SkillCall]:
    sofa = scene.entity("sofa_2")
    top = sofa.pos[2] + float(sofa.bounds()[1][2])
    return [call("walk_to_position", position=(sofa.pos[0], sofa.pos[1], top))]
