"""The end of a tool that works, and how the tool may be turned for it."""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.dextool.sequences import GoalSequence
from habilis.assets.dextool.work import (
    BoardWork,
    NailWork,
    SweepWork,
    Work,
    corners,
    corners_at,
)
from habilis.assets.scene.things import Thing
from habilis.envs.dextool.effects.raster import hull
from habilis.envs.world.poses import matrices, quaternions

_BLUNT = {"nail": 0.004, "ink": 0.0005, "erase": 0.004, "sweep": 0.004}
"""M from the foremost corner within which corners work too; one corner of a pen does."""
_TILT = {"ink": (np.radians(15.0), np.radians(50.0)), "sweep": (0.0, np.radians(45.0))}
"""Rad by which tools may lean; those that are not named stand straight on what they work at."""
_BROAD = 0.85  # of the greatest width that is seen: how broadside a brush goes at least
_LEANS = 0.5  # cosine of the angle at which a face still leans on what it wipes
_TRIES = 8  # turns drawn for each that is kept


@dataclasses.dataclass(frozen=True, eq=False)
class Edge:
    """What of a tool works.

    Attributes:
      corners: (V, 3) of the tool, in its own frame, m.
      ahead: (3,) unit vector in that frame, which goes into what the tool works at.
      into: (3,) unit vector in the world, into what it works at.
      blunt: m from the foremost corner within which corners work too.
    """

    corners: Array
    ahead: Array
    into: Array
    blunt: float

    def at(self, quats: Array) -> Array:
        """(N, 3) middle of what works, in the tool's frame, of tools so turned (N, 4)."""
        far = matrices(quats).transpose(0, 2, 1) @ self.into @ self.corners.T
        works = (far > far.max(axis=1, keepdims=True) - self.blunt).astype(float)
        out: Array = works @ self.corners / works.sum(axis=1, keepdims=True)
        return out

    def breadth(self, quats: Array, across: Array) -> Array:
        """(N,) m, how broad what works is along a direction (3,) with tools so turned (N, 4)."""
        turns = matrices(quats)
        far = turns.transpose(0, 2, 1) @ self.into @ self.corners.T
        works = far > far.max(axis=1, keepdims=True) - self.blunt
        wide = turns.transpose(0, 2, 1) @ across @ self.corners.T
        high, low = np.where(works, wide, -np.inf), np.where(works, wide, np.inf)
        out: Array = high.max(axis=1) - low.min(axis=1)
        return out


def edges_of(tool: Thing, work: Work, sequence: GoalSequence) -> list[Edge]:
    """Ends of a tool that may do the work, the likeliest first: axes of its frame.

    The one that the recording holds straightest into the work; where a face is to wipe, all that
    it leans on, the broadest first, for people wipe with a pad that they hold askew.
    """
    into = into_of(work)
    points = corners_at(tool, sequence.goals)
    if isinstance(work, NailWork):
        far = np.linalg.norm(points - work.head, axis=-1).min(axis=1)
    else:
        far = -(points @ into).max(axis=1)
    turns = matrices(sequence.goals[np.argsort(far)[:5], 3:])
    ahead = (turns.transpose(0, 2, 1) @ into).mean(axis=0)
    axes = np.eye(3) * np.where(ahead < 0, -1.0, 1.0)
    worth, blunt, most = np.abs(ahead), _BLUNT[work.deed], 1
    if work.deed == "erase":
        most = int((worth > _LEANS).sum())
        broad = [_broad(corners(tool), axis, blunt) for axis in axes]
        worth = np.where(worth > _LEANS, broad, -1.0)
    likely = np.argsort(-worth)[:most]
    return [Edge(corners(tool), axes[k], into, blunt) for k in likely]


def _broad(points: Array, ahead: Array, blunt: float) -> float:
    """Area of what of points (V, 3) is foremost along a unit vector (3,), m^2."""
    far = points @ ahead
    face = points[far > far.max() - blunt] @ _frame(ahead)[:, 1:]
    x, y = hull(face).T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def into_of(work: Work) -> Array:
    """(3,) unit vector, the world's, into what a tool works at."""
    if isinstance(work, NailWork):
        return work.axis
    return np.array([1.0, 0.0, 0.0] if isinstance(work, BoardWork) else [0.0, 0.0, -1.0])


def draw_turns(edge: Edge, work: Work, rng: np.random.Generator, n: int) -> Array:
    """(n, 4) ways to turn a tool so that its edge goes into the work: about it, and leaning.

    A brush is turned so that it goes broadside.
    """
    count = n * _TRIES if isinstance(work, SweepWork) else n
    flat = _frame(edge.into) @ np.swapaxes(_frame(edge.ahead), 0, 1)
    about = _turns(np.tile(edge.into, (count, 1)), rng.uniform(-np.pi, np.pi, count))
    _, side, other = _frame(edge.into).T
    way = rng.uniform(-np.pi, np.pi, (count, 1))
    lean = _turns(
        np.cos(way) * side + np.sin(way) * other,
        rng.uniform(*_TILT.get(work.deed, (0.0, 0.0)), count),
    )
    quats = quaternions(lean @ about @ flat)
    if isinstance(work, SweepWork):
        across = np.array([-work.axis[1], work.axis[0], 0.0])
        broad = edge.breadth(quats, across)
        quats = quats[np.flatnonzero(broad > _BROAD * broad.max())]
        quats = quats[np.arange(n) % len(quats)]
    return quats


def _frame(first: Array) -> Array:
    """(3, 3) a rotation whose first column is a unit vector."""
    second = np.cross(first, np.eye(3)[int(np.argmin(np.abs(first)))])
    second /= np.linalg.norm(second)
    return np.column_stack((first, second, np.cross(first, second)))


def _turns(axes: Array, angles: Array) -> Array:
    """(n, 3, 3) rotations about unit vectors (n, 3) by angles (n,), rad."""
    half = angles[:, None] / 2
    return matrices(np.concatenate((np.cos(half), np.sin(half) * axes), axis=1))
