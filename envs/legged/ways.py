"""Ways over the ground: around what is too high, over steps that are not, off edges."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Mask

CELL = 0.05  # m
STEP = 0.12  # m: the highest step that a way may have
CLEARANCE = 0.19  # m from the middle of a robot to a wall or an edge
_EVEN = 0.02  # m between cells that is no step
_TIGHT = (0.2, 0.25, 0.3, 0.35, 0.45)  # m from a wall or an edge, nearer than which a way is worse
_WORSE = 0.6  # cells that a cell costs more within each
_EXEMPT = 0.3  # m around both ends of a way, which are where they are
_STRAIGHT = 0.04  # of a leg's length that it may be off an axis where it goes over steps

_STRAIGHTEN = 0.4  # m from a step within which a way is not to bend
_TURN = 0.35  # m from a wall that a robot needs to turn
_BODY = 0.2  # m from a step within which a robot goes straight over it, or not at all
_BESIDE = 4.0  # cells that a cell there costs
_ASTRIDE = 0.3  # m from a step within which some feet are on it and others are not
_BEND, _BEND_AT_WALLS, _BEND_BY_STEPS, _BEND_ON_STEPS = 0.5, 8.0, 40.0, 200.0  # cells that it costs
_OVER = 60.0  # cells that a step costs

Cell = tuple[int, int]
_NEXT = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]


@dataclasses.dataclass(frozen=True)
class Way:
    """A way, or what there is instead.

    Attributes:
      points: (k, 2) from after the start to the goal, m; none where there is no way.
      step: of the easiest way there is, the highest step, m; ``inf`` where none is wide enough.
    """

    points: Array
    step: float

    @property
    def found(self) -> bool:
        """Whether there is one."""
        return len(self.points) > 0


class Ground:
    """The plane in cells, each with its height.

    Args:
      heights: of the ground (k,), m, at points (k, 2).
      low, high: (2,) corners of what may be walked on, m.
    """

    def __init__(self, heights: Callable[[Array], Array], low: Array, high: Array) -> None:
        self._low = np.asarray(low, float)
        nx, ny = np.maximum(1, np.ceil((np.asarray(high) - self._low) / CELL).astype(int))
        x = self._low[0] + CELL * (np.arange(nx) + 0.5)
        y = self._low[1] + CELL * (np.arange(ny) + 0.5)
        points = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
        z = heights(points.reshape(-1, 2)).reshape(nx, ny)
        for way in ((1, 0), (0, 1)):  # gaps of one cell are stepped over
            both = _moved(z, way, -np.inf), _moved(z, (-way[0], -way[1]), -np.inf)
            z = np.maximum(z, np.minimum(*both))
        self.z = z
        self._jump = _window(self.z, np.ptp)
        self._beside = _grown(self._jump > _EVEN, _BODY)

    def way(self, start: Array, goal: Array, step: float = STEP, around: Mask | None = None) -> Way:
        """The best way between two points (2,), m.

        Args:
          start, goal: m.
          step: the highest that it may have, m.
          around: cells that it goes around; see ``box``.
        """
        if not self._has(goal):
            return Way(np.zeros((0, 2)), np.inf)
        ends = self._cell(start), self._cell(goal)
        walls = self._jump > step + 0.005
        if around is not None:
            walls |= around
        blocked = _grown(walls, CLEARANCE)
        for end in ends:
            blocked &= ~self._around(end, _EXEMPT)
        cells = self._search(*ends, blocked, step)
        if not cells:
            return Way(np.zeros((0, 2)), self._least(*ends))
        kept = self._straightened(cells, blocked)
        points = [self._point(cell) for cell in kept[1:-1]]
        return Way(np.array([*points, goal]), self._highest(cells))

    def box(self, low: Array, high: Array) -> Mask:
        """The cells between two corners (2,), m."""
        (a, b), (c, d) = self._cell(low), self._cell(high)
        out = np.zeros(self.z.shape, bool)
        out[a : c + 1, b : d + 1] = True
        return out

    def height(self, point: Array) -> float:
        """Of the ground at a point (2,), m."""
        return float(self.z[self._cell(point)])

    def _has(self, point: Array) -> bool:
        far = (np.asarray(point) - self._low) / CELL
        return bool((far >= 0).all() and (far < self.z.shape).all())

    def _cell(self, point: Array) -> Cell:
        i, j = np.floor((np.asarray(point) - self._low) / CELL).astype(int)
        nx, ny = self.z.shape
        return int(np.clip(i, 0, nx - 1)), int(np.clip(j, 0, ny - 1))

    def _point(self, cell: Cell) -> Array:
        out: Array = self._low + CELL * (np.array(cell) + 0.5)
        return out

    def _around(self, cell: Cell, far: float) -> Mask:
        i, j = np.ogrid[: self.z.shape[0], : self.z.shape[1]]
        out: Mask = (i - cell[0]) ** 2 + (j - cell[1]) ** 2 <= (far / CELL) ** 2
        return out

    def _search(self, start: Cell, goal: Cell, blocked: Mask, step: float) -> list[Cell]:
        """Cells of the cheapest way; empty if there is none.

        What is left to go is found for every cell, and direction of entering it, by repeating that
        it is the cheapest move and what is left from there, until nothing changes.
        """
        steps = self._jump > _EVEN
        walls = self._jump > step + 0.005
        near = [_grown(walls, far) for far in _TIGHT]
        worse = 1.0 + _WORSE * np.sum(near, axis=0) + _BESIDE * self._beside
        bend = np.where(_grown(walls, _TURN), _BEND_AT_WALLS, _BEND)
        bend[_grown(steps & ~walls, _STRAIGHTEN)] = _BEND_BY_STEPS
        bend[_grown(steps & ~walls, _ASTRIDE)] = _BEND_ON_STEPS
        moves = np.empty((len(_NEXT), *self.z.shape))
        for move, way in zip(moves, _NEXT, strict=True):
            jump, skew = np.abs(_moved(self.z, way, np.inf) - self.z), 0 not in way
            far = (2**0.5 if skew else 1.0) * _moved(worse, way, np.inf)
            shut = _moved(blocked, way, True) | (jump > step + 0.005) | (skew & (jump > _EVEN))
            move[:] = np.where(shut, np.inf, far + np.where(jump > _EVEN, _OVER, 0.0))
        left = np.full(moves.shape, np.inf)
        left[:, goal[0], goal[1]] = 0.0
        while True:
            on = moves + [_moved(left[k], way, np.inf) for k, way in enumerate(_NEXT)]
            new = np.minimum(left, np.minimum(on, bend + on.min(axis=0)))
            if np.array_equal(new, left):
                return _followed(start, goal, on, bend)
            left = new

    def _least(self, start: Cell, goal: Cell) -> float:
        """Of all ways, however narrow, the lowest highest step, m."""
        jumps = [np.abs(_moved(self.z, way, np.inf) - self.z) for way in _NEXT]
        left = np.full(self.z.shape, np.inf)
        left[goal] = 0.0
        while True:
            on = [
                np.maximum(j, _moved(left, way, np.inf))
                for j, way in zip(jumps, _NEXT, strict=True)
            ]
            new = np.minimum(left, np.min(on, axis=0))
            if np.array_equal(new, left):
                return float(left[start])
            left = new

    def _highest(self, cells: list[Cell]) -> float:
        z = np.array([self.z[cell] for cell in cells])
        return float(np.abs(np.diff(z)).max()) if len(z) > 1 else 0.0

    def _straightened(self, cells: list[Cell], blocked: Mask) -> list[Cell]:
        """The corners of a way, of which straight lines add none near a step."""
        calm = ~_grown(self._jump > _EVEN, _STRAIGHTEN)
        moves = np.diff(np.array(cells), axis=0)
        bends = [*np.flatnonzero((moves[1:] != moves[:-1]).any(axis=1)) + 1, len(cells) - 1]
        corners = sorted({*bends, *(k for k, cell in enumerate(cells) if calm[cell])})
        kept, at = [cells[0]], 0
        while at < len(cells) - 1:
            far = (k for k in reversed(corners) if k > at)
            last = next(k for k in bends if k > at)
            at = next(
                (k for k in far if k > last and self._open(cells[at], cells[k], blocked)), last
            )
            kept.append(cells[at])
        return kept

    def _open(self, one: Cell, other: Cell, blocked: Mask) -> bool:
        """Whether a straight line is free, and by steps only where it is along an axis."""
        a, b = np.array(one), np.array(other)
        count = int(np.abs(b - a).max()) * 2 + 1
        i, j = np.round(a + np.linspace(0, 1, count)[:, None] * (b - a)).astype(int).T
        steps = self._beside[i, j].any()
        skew = np.abs(b - a).min() > 1 + _STRAIGHT * np.abs(b - a).max()
        return not blocked[i, j].any() and not (steps and skew)


def _followed(start: Cell, goal: Cell, on: Array, bend: Array) -> list[Cell]:
    """The cells of the cheapest way, given what is left by each move from each cell."""
    out, ahead = [start], -1
    while out[-1] != goal:
        i, j = out[-1]
        left = on[:, i, j] + bend[i, j] * ((np.arange(len(_NEXT)) != ahead) & (ahead >= 0))
        ahead = int(left.argmin())
        if not np.isfinite(left[ahead]):
            return []
        out.append((i + _NEXT[ahead][0], j + _NEXT[ahead][1]))
    return out


def _moved(values: npt.NDArray[Any], way: Cell, beyond: Any) -> npt.NDArray[Any]:
    """At each cell the value of the one that a move leads to; ``beyond`` the edge."""
    out = np.full_like(values, beyond)
    here = tuple(slice(max(0, -d), n - max(0, d)) for d, n in zip(way, values.shape, strict=True))
    there = tuple(slice(max(0, d), n - max(0, -d)) for d, n in zip(way, values.shape, strict=True))
    out[here] = values[there]
    return out


def _window(z: Array, reduce: Callable[..., npt.NDArray[np.float64]]) -> Array:
    """What ``reduce`` makes of each cell with its neighbours."""
    padded = np.pad(z, 1, mode="edge")
    return reduce(np.lib.stride_tricks.sliding_window_view(padded, (3, 3)), axis=(2, 3))


def _grown(mask: Mask, by: float) -> Mask:
    """A mask with all within a distance of it, m."""
    r = int(by / CELL)
    out = mask.copy()
    padded = np.pad(mask, r)
    nx, ny = mask.shape
    for i in range(-r, r + 1):
        for j in range(-r, r + 1):
            if i * i + j * j <= (by / CELL) ** 2:
                out |= padded[r + i : r + i + nx, r + j : r + j + ny]
    return out
