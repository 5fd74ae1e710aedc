"""What the tools of DexToolBench are to do: drive a nail, write, wipe, or sweep beads.

Poses that are reached are no work done. What is to be done is derived from the recorded goals: the
nail and the board stand where the benchmark has them, the stroke is where the goals bring the tool
nearest to the board, and beads, which the benchmark does not have, lie on the way of the brush.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.dextool.scans import TABLE_SIZE
from habilis.assets.dextool.sequences import GoalSequence
from habilis.assets.scene.grains import Grains
from habilis.assets.scene.links import Joint
from habilis.assets.scene.solids.parts import Part, box_corners, rotation
from habilis.assets.scene.things import Thing

Deed = Literal["nail", "ink", "erase", "sweep"]
DEEDS: Mapping[str, Deed] = {
    "hammer": "nail", "marker": "ink", "eraser": "erase", "brush": "sweep",
}  # fmt: skip
"""By category of the benchmark; what spatulas and screwdrivers do is not measured."""
NAIL, BEADS = "nail", "beads"
FELT = "felt"
"""Name of the sensor of where the tool touches a board: ``POINTS`` rows of seven numbers, whether
there is a contact, its force in its own frame, N, and where it is in the world, m."""
POINTS = 8
NAIL_FREE = 0.04
"""By how much a nail can be driven, m: what counts as driven in the nail task of DexJoCo."""
_NAIL_FRICTION, _NAIL_MASS, _NAIL_ARMATURE = 10.0, 0.02, 0.02  # N, kg, kg
_NEAR = 0.02  # m from the board within which a goal is for writing or wiping
_LOW, _UP = 0.03, 0.05  # m above the table: where a brush sweeps, and where it is lifted
_BLUNT = 0.005  # m: what is so near to the nearest corner works too
_BEADS, _BEAD, _BEAD_MASS = 12, 0.008, 0.001  # count, m, kg
_LIE, _LINE, _WIDE = (0.3, 0.5), 0.75, 0.05  # shares of a brush's way; m


@dataclasses.dataclass(frozen=True, eq=False)
class NailWork:
    """A nail that only blows drive: dry friction of 10 N holds it.

    Attributes:
      stands: what is on the table, the nail among it.
      head: (3,) middle of its free end, m.
      axis: (3,) unit vector the way it goes.
    """

    deed: Deed
    stands: tuple[Thing, ...]
    head: Array
    axis: Array


@dataclasses.dataclass(frozen=True, eq=False)
class BoardWork:
    """A board, upright and facing -x, with strokes to be written or wiped off.

    Attributes:
      deed: "ink" or "erase".
      stands: what is on the table.
      board: name of the board among it.
      strokes: lines of (k, 2) points of its face, y and z in the world, m.
    """

    deed: Deed
    stands: tuple[Thing, ...]
    board: str
    strokes: tuple[Array, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class SweepWork:
    """Beads that are to be swept over a line on the table.

    Attributes:
      stands: what is on the table, the beads among it.
      axis: (2,) unit vector the way they go, along x or y.
      line: how far along it the line is, m.
    """

    deed: Deed
    stands: tuple[Thing, ...]
    axis: Array
    line: float


Work = NailWork | BoardWork | SweepWork


def work_of(sequence: GoalSequence, tool: Thing, stands: Sequence[Thing]) -> Work | None:
    """What the tool of a sequence is to do; None where that is not measured, or not come to.

    Args:
      sequence: of goals.
      tool: with its parts.
      stands: what the benchmark has on the table.
    """
    deed = DEEDS.get(sequence.category)
    if deed is None:
        return None
    points = corners_at(tool, sequence.goals)
    if deed == "nail":
        return _nail(points, tuple(stands))
    if deed == "sweep":
        return _sweep(points, tuple(stands))
    return _board(deed, points, tuple(stands))


def corners(tool: Thing) -> Array:
    """(V, 3) corners of a tool's parts in its own frame, m."""
    return np.concatenate([
        (np.array(part.vertices) @ rotation(part.euler).T + part.pos)
        if part.vertices else box_corners(*part.bounds())
        for part in tool.parts
    ])  # fmt: skip


def corners_at(tool: Thing, poses: Array) -> Array:
    """(G, V, 3) corners of a tool's parts, with the tool at poses (G, 7), world, m."""
    own = corners(tool)
    w, vec = poses[:, None, 3:4], poses[:, None, 4:]
    cross = 2 * np.cross(vec, own[None])
    out: Array = poses[:, None, :3] + own + w * cross + np.cross(vec, cross)
    return out


def _nail(points: Array, stands: tuple[Thing, ...]) -> NailWork:
    """The slimmest of what stands there becomes the nail; it goes away from the tool."""
    old = min(stands, key=lambda thing: float(np.prod(thing.size())))
    size, pos = old.size(), np.array(old.pos)
    axis = np.eye(3)[int(np.argmax(size))]
    axis = axis * np.sign((pos - points.mean(axis=(0, 1))) @ axis)
    x, y, z = axis.tolist()
    joint = Joint(
        "slide", (x, y, z), (0.0, NAIL_FREE), damping=0.0, frictionloss=_NAIL_FRICTION,
        armature=_NAIL_ARMATURE,
    )  # fmt: skip
    nail = dataclasses.replace(old, name=NAIL, fixed=False, joint=joint, mass=_NAIL_MASS, sunk=True)
    kept = tuple(thing for thing in stands if thing is not old)
    return NailWork("nail", (*kept, nail), pos - axis * size.max() / 2, axis)


def _board(deed: Deed, points: Array, stands: tuple[Thing, ...]) -> BoardWork | None:
    board = max(stands, key=lambda thing: float(np.prod(thing.size())))
    gap = _gap(points, board)
    nearest = gap.min(axis=1)
    if nearest.min() >= _NEAR:
        return None
    works = np.median((gap - nearest[:, None])[nearest < _NEAR], axis=0) < _BLUNT
    middle = points[:, works, 1:].mean(axis=1)
    strokes = tuple(middle[run] for run in _runs(nearest < _NEAR))
    return BoardWork(deed, stands, board.name, strokes)


def _gap(points: Array, board: Thing) -> Array:
    """(G, V) how far corners are before a board, m."""
    out: Array = board.pos[0] - board.size()[0] / 2 - points[..., 0]
    return out


def _sweeping(height: Array) -> Mask:
    """(G,) whether a brush sweeps whose lowest corner is at heights (G,), m: once it was lifted."""
    lifted = int(np.argmax(height > _UP))
    out: Mask = (height < _LOW) & (np.arange(len(height)) > lifted)
    return out


def _sweep(points: Array, stands: tuple[Thing, ...]) -> SweepWork | None:
    low = _sweeping(points[..., 2].min(axis=1))
    if not low.any():
        return None
    middle = np.array([
        one[one[:, 2] < one[:, 2].min() + _BLUNT, :2].mean(axis=0) for one in points
    ])  # fmt: skip
    run = max(_runs(low), key=len)
    way = middle[run[-1]] - middle[run[0]]
    along = int(np.argmax(np.abs(way)))
    axis = np.eye(2)[along] * np.sign(way[along])
    start = middle[run[0]] @ axis
    length = min(np.abs(way[along]), TABLE_SIZE[along] / 2 - start)  # then they fall off
    near, far = start + length * np.array(_LIE)
    pos = axis * (near + far) / 2 + np.eye(2)[1 - along] * middle[run].mean(axis=0)
    size = [_WIDE, _WIDE]
    size[along] = float(far - near)
    x, y = pos.tolist()
    look = Part("bead", "sphere", (_BEAD,), rgba=(0.85, 0.25, 0.2, 1.0))
    tall = 3 * _BEAD
    beads = Thing(
        BEADS, (look,), (x, y, tall / 2), friction=0.4, rolling=0.0005,
        grains=Grains(_BEADS, _BEAD, _BEAD_MASS, (size[0], size[1], tall)),
    )  # fmt: skip
    return SweepWork("sweep", (*stands, beads), axis, float(start + _LINE * length))


def touched(bead: str) -> str:
    """Name of the sensor of whether the robot itself touches a bead."""
    return f"robot:{bead}"


def _runs(flags: Mask) -> list[Ids]:
    """Indices of each uninterrupted run of what is true."""
    where = np.flatnonzero(flags)
    return np.split(where, np.flatnonzero(np.diff(where) > 1) + 1) if len(where) else []
