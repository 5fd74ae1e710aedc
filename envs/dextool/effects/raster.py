"""Boards of small square cells, on which lines and areas are marked."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask

CELL = 0.0005  # m


class Raster:
    """N boards of the same size.

    Args:
      n: how many.
      low, high: (2,) corners, m.

    Attributes:
      marked: (N, h, w) cells.
    """

    def __init__(self, n: int, low: Array, high: Array) -> None:
        self._low = np.asarray(low, float)
        self._shape: Ids = np.ceil((np.asarray(high) - self._low) / CELL).astype(int) + 1
        self.marked: Mask = np.zeros((n, *self._shape), bool)

    def line(self, board: int, points: Array) -> None:
        """Mark the cells on a line through points (k, 2); one point is a dot."""
        ends = points if len(points) > 1 else np.repeat(points, 2, axis=0)
        for start, end in zip(ends[:-1], ends[1:], strict=True):
            steps = int(np.linalg.norm(end - start) / CELL * 2) + 2
            way = np.linspace(0.0, 1.0, steps)[:, None]
            cells = np.rint((start + way * (end - start) - self._low) / CELL).astype(int)
            inside = ((cells >= 0) & (cells < self._shape)).all(axis=1)
            self.marked[board, cells[inside, 0], cells[inside, 1]] = True

    def area(self, board: int, points: Array) -> None:
        """Mark the convex hull of points (k, 2), its border included."""
        corners = hull(points)
        self.line(board, np.concatenate((corners, corners[:1])))
        if len(corners) < 3:
            return
        first = np.floor((corners.min(axis=0) - self._low) / CELL).astype(int).clip(0)
        last = np.ceil((corners.max(axis=0) - self._low) / CELL).astype(int) + 1
        last = np.minimum(last, self._shape)
        if (last <= first).any():
            return
        ranges = [np.arange(a, b) for a, b in zip(first, last, strict=True)]
        at = self._low + CELL * np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1)
        edge = np.roll(corners, -1, axis=0) - corners
        off = at[:, :, None] - corners
        within = (edge[:, 0] * off[..., 1] - edge[:, 1] * off[..., 0] >= 0).all(axis=-1)
        self.marked[board, ranges[0][0] : ranges[0][-1] + 1, ranges[1][0] : ranges[1][-1] + 1] |= (
            within
        )

    def widened(self, radius: float) -> Mask:
        """(N, h, w) with all cells within a radius, m, of those marked."""
        reach = int(radius / CELL)
        padded = np.pad(self.marked, ((0, 0), (reach, reach), (reach, reach)))
        out, (_, h, w) = np.zeros_like(self.marked), self.marked.shape
        for i in range(-reach, reach + 1):
            for j in range(-reach, reach + 1):
                if i * i + j * j <= reach * reach:
                    out |= padded[:, reach + i : reach + i + h, reach + j : reach + j + w]
        return out


def hull(points: Array) -> Array:
    """(c, 2) corners of the convex hull of points (k, 2), anticlockwise."""
    if len(points) < 3:
        return points
    rows = points[np.lexsort(points.T[::-1])]
    chains: list[Array] = []
    for order in (rows, rows[::-1]):
        chain: list[Array] = []
        for point in order:
            while len(chain) > 1 and not _left(chain[-2], chain[-1], point):
                chain.pop()
            chain.append(point)
        chains += chain[:-1]
    return np.array(chains)


def _left(a: Array, b: Array, c: Array) -> bool:
    """Whether the way from a by b to c turns left."""
    (x, y), (u, v) = b - a, c - a
    return bool(x * v - y * u > 0)
