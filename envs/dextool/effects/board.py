"""Ink on a board and what is wiped off it, drawn where the tool's contacts with it are."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.dextool.work import FELT, POINTS, BoardWork
from habilis.envs.dextool.effects.raster import Raster
from habilis.envs.world.world import World

PEN = 0.001  # m, radius of a line of ink; a broad pen would let any blot cover a letter
CHALK = 0.002  # m, radius of the line that is to be wiped off
FORCE = 0.05  # N: a lighter touch leaves nothing
_MARGIN = 0.05  # m of board around the strokes
_JUMP = 0.01  # m: points of contact that are farther apart are not joined


class BoardEffect:
    """Marks of N tools on a board.

    Args:
      world: the physics, whose scene has the sensor ``FELT``.
      work: the strokes that are wanted, or wanted off.
    """

    def __init__(self, world: World, work: BoardWork) -> None:
        self._work, n = work, world.n
        columns = world.compiled.index.sensor(FELT)
        self._felt = slice(int(columns[0]), int(columns[-1]) + 1)
        self._sensed, self._n = world.sim.bind("sensordata"), n
        ends = np.concatenate(work.strokes)
        box = ends.min(axis=0) - _MARGIN, ends.max(axis=0) + _MARGIN
        self._wanted, self.made = Raster(1, *box), Raster(n, *box)
        for stroke in work.strokes:
            self._wanted.line(0, stroke)
        self._last: list[Array | None] = [None] * n

    def note(self, tool: Array, over: Mask) -> None:
        """See ``Effect``."""
        rows = self._sensed[:, self._felt].reshape(self._n, POINTS, 7)
        there = (rows[..., 0] > 0) & (np.linalg.norm(rows[..., 1:4], axis=-1) > FORCE)
        for i, last in enumerate(self._last):
            self._last[i] = None
            if over[i] or not there[i].any():
                continue
            points = rows[i, there[i], 5:7]
            self._last[i] = points
            before = last if last is not None and _apart(last, points) < _JUMP else None
            if self._work.deed == "erase":
                both = points if before is None else np.concatenate((before, points))
                self.made.area(i, both)  # what lies between is wiped too
            else:
                middles = [one.mean(axis=0) for one in (before, points) if one is not None]
                self.made.line(i, np.array(middles))

    @property
    def wanted(self) -> Mask:
        """(h, w) cells of the strokes."""
        wide = CHALK if self._work.deed == "erase" else PEN
        out: Mask = self._wanted.widened(wide)[0]
        return out

    def scores(self) -> dict[str, Array]:
        """See ``Effect``.

        Of ink, how much of the stroke is covered, how much of the ink lies on it, and as the score
        the cells of both over those of either; of wiping, the share of the stroke that is off.
        """
        wanted = self.wanted
        if self._work.deed == "erase":
            off = (self.made.marked & wanted).sum(axis=(1, 2)) / wanted.sum()
            return {"score": off}
        ink = self.made.widened(PEN)
        both, either = ((ink & wanted).sum(axis=(1, 2)), (ink | wanted).sum(axis=(1, 2)))
        drawn = np.maximum(ink.sum(axis=(1, 2)), 1)
        return {
            "score": both / either, "covered": both / wanted.sum(), "on_stroke": both / drawn,
        }  # fmt: skip


def _apart(first: Array, second: Array) -> float:
    """How far the middles of points (k, 2) are apart, m."""
    return float(np.linalg.norm(first.mean(axis=0) - second.mean(axis=0)))
