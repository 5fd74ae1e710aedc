"""What a family says of a tool that is ordered for it in place of its own: the design track."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.family import SkillCall, call

ROOM = 0.05  # m, between what was brought and a tool that is put down beside it
STRAIGHT = 0.015  # m of offset below which a head comes down straight behind a thing
Place = tuple[float, float]
INSIDE = 0.05  # m from the end of the workspace to where what is drawn in is brought


@dataclasses.dataclass(frozen=True)
class Orders:
    """That a tool may be ordered for a family, and the numbers of its use.

    Whatever is made as a tool in the family's scene is taken away. What was ordered lies where the
    family's own tool lay, its grip where the grip of that was.

    Attributes:
      motion: the numbers by which its use is adapted: name to least, first and greatest value, m.
      turned: its working end points towards the robot, and not away from it.
      at: where it lies, if the family's own tool is out of reach: name of another that is not.
    """

    motion: Mapping[str, tuple[float, float, float]] = dataclasses.field(default_factory=dict)
    turned: bool = False
    at: str = ""

    @property
    def first(self) -> dict[str, float]:
        """The motion that is tried first."""
        return {name: first for name, (_, first, _) in self.motion.items()}


OFFSET: Mapping[str, tuple[float, float, float]] = {"offset": (-0.08, 0.0, 0.08)}
"""The motion of what is swept with a head: how far the head's middle is beside the thing's, m."""


def tool_of(scene: Scene) -> str:
    """Name of the tool that a scene is about."""
    assert scene.tool is not None, f"{scene.name} names no tool"
    return scene.tool.name


def sweep(scene: Scene, name: str, offset: float = 0.0, **how: Any) -> SkillCall:
    """Sweep a thing with the working part of the tool, from one side if that is far beside it."""
    side = 0 if abs(offset) < STRAIGHT else 1 if offset > 0 else -1
    held = {"tool": tool_of(scene), "part": "work", "offset": offset, "side": side}
    return call("sweep", name, **held, **how)


def draw_in(scene: Scene, name: str, offset: float, **how: Any) -> list[SkillCall]:
    """Draw a thing in with the tool, put that down beside it, and pick the thing up."""
    thing, tool = scene.entity(name), scene.entity(tool_of(scene))
    end = scene.workspace.upper[0] - INSIDE
    way = float(thing.pos[0] + thing.grip()[0]) - end
    behind = thing.pos[0] - way + float(thing.bounds()[1][0])
    end_x = behind + float(tool.centre()[0] - tool.frames["work"][0])
    rest = _free_place(scene, name, (thing.pos[0] - way, thing.pos[1]), end_x)
    return [
        call("grasp", tool.name),
        sweep(scene, name, offset, direction="-x", distance=way, **how),
        call("place", tool.name, position=rest),
        call("grasp", name),
        call("lift", name),
    ]


def _free_place(scene: Scene, name: str, brought: Place, x: float) -> Place:
    """Where the middle of a tool is put down: where it lay, or at x beside what was brought to a
    place, on the side where most room is left; m."""
    thing, tool = scene.entity(name), scene.entity(tool_of(scene))
    half = (thing.size() + tool.size())[:2] / 2 + ROOM
    lay = (tool.turn() @ tool.centre() + tool.pos)[:2]
    sides = [np.array([x, brought[1] + side * float(half[1])]) for side in (1, -1)]
    others = [e for e in scene.entities if e.name not in (name, tool.name) and not e.sunk]
    boxes = [(half, np.array(brought))] + [
        ((e.size() + tool.size())[:2] / 2, (e.turn() @ e.centre() + e.pos)[:2]) for e in others
    ]

    def room(place: Array) -> float:
        return min(float(np.max(np.abs(place - middle) - wide)) for wide, middle in boxes)

    low, high = scene.workspace.lower[1], scene.workspace.upper[1]
    inside = [p for p in (lay, *sides) if low < p[1] < high]
    good = next((p for p in inside if room(p) > 0), max(inside, key=room))
    return float(good[0]), float(good[1])
