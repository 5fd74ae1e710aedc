"""Cube-Lifting: raise a cube of 10 kg by stepping onto the other end of the board that it is on.

The board is of one piece with a roller, over which it tips. A foot of a chair is under its near
end, so that it stays where it is until the chair is pushed away; and the whole robot has to be on
it, as its front feet alone weigh less than the cube. A quadruped's task of RoboTool (arXiv
2310.13065), in its scene of 2023, mended where that cannot be: see the notes of the scene.

Twins: the cube is light and stands on the floor, from where it can be pushed; there is no roller
under the board.
"""

from __future__ import annotations

import dataclasses
import math

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import at
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.legged_task import LeggedTask
from habilis.envs.terms import legs, rewards
from habilis.envs.terms.term import Term

LIGHT, SMOOTH = 1.0, 0.5  # kg, friction of a cube that can be pushed
AWAY = 1.4  # m to the right of where it was that the board is then
PUSHED = 0.5  # m that the cube is pushed
ASIDE = 1.0  # m that the chair is pushed
BEFORE = 0.5  # m from the board's end to where the robot steps up
LOWER, FLATTER = 0.00525, 0.00553  # m, rad, that the board lies lower and flatter without a roller
ON = 0.26  # m from the board's end to the middle of a robot that has all its feet on it


@task_family
class CubeLifting(LeggedTask):
    """A cube on a board with a roller, and a chair."""

    scenes = {"2023": "cube_lifting_2023"}
    sizes = {"board": ("x",), "cube": (), "chair": ()}
    unaided = ("move",)
    level = 3

    def not_needed(self, scene: Scene) -> Scene:
        """Push a light cube away; the board, which is elsewhere, is forbidden."""
        cube = scene.entity("cube")
        x, y, _ = cube.pos
        low = (x, y, round(float(cube.size()[2]) / 2, 4))
        light = dataclasses.replace(
            cube, mass=LIGHT, friction=SMOOTH, pos=low, tilt=(0.0, 0.0, 0.0)
        )
        aside = [at(scene.entity(name), scene.entity(name).pos[0] + AWAY) for name in _IN_THE_WAY]
        return scene.replace_entities([light, *aside])

    def broken(self, scene: Scene) -> Scene:
        """Raise a cube by a board that has no roller."""
        board = scene.entity("board")
        parts = tuple(part for part in board.parts if part.name != "roller")
        x, y, z = board.pos
        pos, flatter = (x, y, round(z - LOWER, 6)), (round(board.tilt[0] + FLATTER, 6), 0.0, 0.0)
        low = dataclasses.replace(board, parts=parts, pos=pos, tilt=flatter)
        return scene.replace_entities([low])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Push the chair away, step onto the board's end, have the cube raised or moved."""
        chair = scene.entity("chair")
        away = {"body": "chair", "place": (chair.pos[0] + ASIDE, chair.pos[1])}
        return {
            "place": Term(legs.placed, away, 0.05),
            "step": Term(legs.at, {"place": _on_end(scene)[:2]}, 0.1),
            "move": Term(rewards.goal_share, weight=0.1),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Raise a cube by a board, from under which a chair is pushed first."""
        x, y, z = scene.entity("chair").pos
        on, facing = _on_end(scene), {"heading": math.pi / 2}
        before = (on[0], on[1] - ON - BEFORE, 0.0)
        return [
            call("push_to_position", "chair", position=(x + ASIDE, y, z)),
            call("walk_to_position", position=before, **facing),
            call("walk_to_position", position=on, **facing),
        ]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Push the cube away."""
        x, y, z = scene.entity("cube").pos
        return [call("push_to_position", "cube", position=(x + PUSHED, y, z))]


_IN_THE_WAY = ("board", "chair")


def _on_end(scene: Scene) -> tuple[float, float, float]:
    """Where the robot stands on the board's near end, m."""
    board = scene.entity("board")
    x, y, _ = board.pos
    return x, y + float(board.bounds()[0][1]) * math.cos(board.tilt[0]) + ON, 0.0
