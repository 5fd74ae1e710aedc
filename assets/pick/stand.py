"""A stand on the table in which a hand tool is upright, tips down, and is taken off upwards.

A tool whose arms spread hangs: a fin between the arms bears it at its hinge, and a fence around
the tips keeps it from swinging. A tool whose spring shuts its jaws stands on them: walls at their
sides, and bars below its hinge, keep it upright, and leave them room to open when fingers close on
the handles above. Nothing but its weight holds either.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.scene.solids.parts import Part, Vec3, rotation
from habilis.assets.scene.things import Thing
from habilis.assets.tools import ArticulatedTool

STAND = "stand"
PLAY = 0.0015  # m, between the fence and the tool, on each side
HANG = 0.002  # m, between the floor and the tips
FLOOR, WALL = 0.005, 0.005  # m, thickness
REACH = 0.3  # of the way from the tips' ends to the finger that is nearest to them: of the fence
FIN_PLAY = 0.00075  # m, between the fin and the squeezed handles, on each side
BELOW, BAR = 0.006, 0.010  # m, of the bars' tops from the hinge, and their height
_FRICTION = 0.25
_RGBA = (0.36, 0.44, 0.52, 1.0)


@dataclasses.dataclass(frozen=True)
class Slot:
    """Where a tool hangs, in the stand's frame: z up, y the direction in which it closes.

    Attributes:
      half: inner half widths of the fence along x and y, m.
      height: of its top, m.
      fin: half widths of the fin along x and y, and the height of its top, m.
      pivot: height of the tool's pivot, m.
    """

    half: tuple[float, float]
    height: float
    fin: tuple[float, float, float]
    pivot: float


def slot(tool: ArticulatedTool) -> Slot:
    """The stand that a tool with its tips open fits on.

    Raises:
      ValueError: it has no arms that spread from a hinge when it is let go.
    """
    ahead = min(p.point[0] for p in tool.patches) > 0
    if tool.joint.kind != "hinge" or not tool.joint.closed or not ahead:
        raise ValueError(f"{tool.name!r} does not hang on a fin between its arms")
    turn = middle(tool, 0.0).T
    solid = [p for p in tool.parts if p.use != "decor"]
    ends = [_extent(tool, p.half, p.part, turn) for p in solid]
    low, high = np.array([e[0] for e in ends]), np.array([e[1] for e in ends])
    tip = float(high[:, 0].max())
    fence = REACH * (tip - max(p.point[0] for p in tool.patches))
    inside = high[:, 0] > tip - fence
    wide = np.abs(np.concatenate((low[inside], high[inside]))).max(axis=0)
    across = (low[:, 1] < 0) & (high[:, 1] > 0)
    hub = float(high[across, 0].max())
    pivot = FLOOR + HANG + tip
    fin = (tool.params["handle_width"] / 2, tool.params["gap"] / 2 - FIN_PLAY, pivot - hub)
    return Slot((float(wide[2]) + PLAY, float(wide[1]) + PLAY), FLOOR + HANG + fence, fin, pivot)


def middle(tool: ArticulatedTool, value: npt.ArrayLike) -> Array:
    """(..., 3, 3) from the axes midway between the arms, x to the tips, to the tool's."""
    half = (np.asarray(value, float)[..., None, None] - tool.joint.closed) / 2
    K = np.cross(np.eye(3), np.array(tool.joint.axis))
    out: Array = np.eye(3) + np.sin(half) * K + (1 - np.cos(half)) * (K @ K)
    return out


def standing(tool: ArticulatedTool) -> Array:
    """(3, 3) how an open tool hangs, its tips down, if it closes along y."""
    down = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    out: Array = down @ middle(tool, 0.0).T
    return out


def pivot_height(tool: ArticulatedTool) -> float:
    """Of the hinge of a tool above the foot of its stand, m; ValueError if it fits on none."""
    return FLOOR + _jaws(tool, 0.0)[0] if tool.shuts else slot(tool).pivot


def stand_thing(tool: ArticulatedTool, pos: Vec3 = (0.0, 0.0, 0.0)) -> Thing:
    """The stand of a tool, which stands fast; ValueError if it fits on none."""
    parts = _cradle(tool) if tool.shuts else _hanger(tool)
    return Thing(STAND, parts, pos, friction=_FRICTION, fixed=True, surface="stand")


def _jaws(tool: ArticulatedTool, value: float) -> tuple[float, float, float]:
    """How far jaws reach from the hinge at a joint value: ahead, to a side, and in width, m."""
    turn = middle(tool, value).T
    solid = [p for p in tool.parts if p.use == "jaw"]
    reach = [np.abs(_extent(tool, p.half, p.part, turn, value)).max(axis=0) for p in solid]
    ahead, aside, wide = np.max(reach, axis=0)
    return float(ahead), float(aside), float(wide)


def _cradle(tool: ArticulatedTool) -> tuple[Part, ...]:
    ahead, _, wide = _jaws(tool, 0.0)
    x, y = wide + PLAY, _jaws(tool, tool.joint.stroke)[1] + PLAY
    top = FLOOR + ahead - BELOW
    tall = (top - FLOOR) / 2
    return (
        _box("floor", (0, 0, FLOOR / 2), (x + 3 * WALL, y + 3 * WALL, FLOOR / 2)),
        *(_box(name, (k * (x + WALL / 2), 0, FLOOR + tall), (WALL / 2, y + WALL, tall))
          for k, name in ((-1, "back"), (1, "front"))),
        *(_box(name, (0, k * (y + WALL / 2), top - BAR / 2), (x, WALL / 2, BAR / 2))
          for k, name in ((-1, "right"), (1, "left"))),
    )  # fmt: skip


def _hanger(tool: ArticulatedTool) -> tuple[Part, ...]:
    made = slot(tool)
    x, y = made.half
    tall = (made.height - FLOOR) / 2
    up = FLOOR + tall
    deep, thin, top = made.fin
    return (
        _box("floor", (0, 0, FLOOR / 2), (x + 3 * WALL, y + 3 * WALL, FLOOR / 2)),
        _box("fin", (0, 0, (FLOOR + top) / 2), (deep, thin, (top - FLOOR) / 2)),
        *(_box(name, (k * (x + WALL / 2), 0, up), (WALL / 2, y + WALL, tall))
          for k, name in ((-1, "back"), (1, "front"))),
        *(_box(name, (0, k * (y + WALL / 2), up), (x, WALL / 2, tall))
          for k, name in ((-1, "right"), (1, "left"))),
    )  # fmt: skip


def _box(name: str, pos: Vec3, half: Vec3) -> Part:
    x, y, z = (2 * h for h in half)
    return Part(name, "box", (x, y, z), pos, rgba=_RGBA)


def _extent(
    tool: ArticulatedTool, half: str, part: Part, turn: Array, value: float = 0.0
) -> tuple[Array, Array]:
    """Lowest and highest coordinates (3,) of a part at a joint value, in turned axes, m."""
    frame = tool.T_bm(value) if half == "moving" else np.eye(4)
    own = turn @ frame[:3, :3]
    centre = own @ np.array(part.pos) + turn @ frame[:3, 3]
    low, high = part.extent(own @ rotation(part.euler))
    return centre + low, centre + high
