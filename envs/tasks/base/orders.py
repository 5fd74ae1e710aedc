"""What a family says of a tool that is ordered for it in place of its own: the design track."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.family import SkillCall, call

ROOM = 0.05  # m, between what was brought and a tool that is put down beside it
STRAIGHT = 0.015  # m of offset below which a head comes down straight behind a thing
INSIDE = 0.05  # m from the end of the workspace to where what is drawn in is brought


@dataclasses.dataclass(frozen=True)
class Orders:
    """That a tool may be ordered for a family, and the numbers of its use.

    It lies where the family's own tool lay, which is taken away with whatever else is made as a
    tool: its grip where the grip of that was.

    Attributes:
      motion: the numbers by which its use is adapted: name to least, first and greatest value, m.
      turned: its working end points towards the robot, and not away from it.
    """

    motion: Mapping[str, tuple[float, float, float]] = dataclasses.field(default_factory=dict)
    turned: bool = False

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
    side = 1 if tool.pos[1] > thing.pos[1] else -1
    room = float(thing.size()[1] + tool.size()[1]) / 2 + ROOM
    rest = (behind + float(tool.centre()[0] - tool.frames["work"][0]), thing.pos[1] + side * room)
    return [
        call("grasp", tool.name),
        sweep(scene, name, offset, direction="-x", distance=way, **how),
        call("place", tool.name, position=rest),
        call("grasp", name),
        call("lift", name),
    ]
