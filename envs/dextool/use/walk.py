"""How far along their ways edges are, and how fast they go on."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.dextool.following import DT
from habilis.envs.dextool.use.ways import EdgeWay

_FASTER, _SLOWER = 5.0, 10.0  # m/s^2
_STILL, _COMING = 0.05, 6
"""M/s below which an edge is at rest, and steps that it is given to come to rest: servos lag."""
_WAIT = 80  # steps that an edge waits for a touch before it goes on
_LATE = 4.0  # times what a way would take before it is given up
_PAUSE = 0.2  # s for a knot


class EdgeWalk:
    """N edges on their way from where they are.

    Args:
      start: (N, 3) where they are, m.
      way: where they go.

    Attributes:
      patience: steps until it is given up.
    """

    def __init__(self, start: Array, way: EdgeWay) -> None:
        self._way, n = way, len(start)
        self._rows, self._last = np.arange(n), len(way.speed) - 1
        self._knots = np.concatenate((start[:, None], way.points), axis=1)
        self._length = np.linalg.norm(np.diff(self._knots, axis=1), axis=2)
        least = (self._length / way.speed).sum(axis=1).max() + len(way.speed) * _PAUSE
        self.patience = int(_LATE * least / DT) + _WAIT
        self._to, self._waited, self._coming = np.zeros((3, n), int)
        self._gone, self._speed, self._ahead = np.zeros((3, n))

    @property
    def arrived(self) -> Mask:
        """(N,) which are at the end."""
        out: Mask = self._to > self._last
        return out

    @property
    def _now(self) -> Ids:
        out: Ids = np.minimum(self._to, self._last)
        return out

    @property
    def press(self) -> Mask:
        """(N,) which edges are pressed on."""
        out: Mask = self._way.press[self._now] & ~self.arrived
        return out

    def next(self, moving: Array, touching: Mask, care: Array) -> Array:
        """(N, 3) where edges should be after the next step, m.

        Args:
          moving: (N,) how fast they are, m/s.
          touching: (N,) which touch what they are to press on; the others wait for a while.
          care: (N,) share of their speed at which they are to go on.
        """
        now, way = self._now, self._way
        left = self._length[self._rows, now] - self._gone
        speed = np.minimum(self._speed + _FASTER * DT, way.speed[now])
        braked = np.sqrt(2 * _SLOWER * np.maximum(left, 0.0))
        speed = np.where(way.rest[now], np.minimum(speed, braked), speed)
        idle = self.press & np.insert(way.press, 0, False)[now] & ~touching
        self._waited = np.where(idle, self._waited + 1, 0)
        self._coming = np.where(moving > _STILL, self._coming - 1, 0)
        wait = (idle & (self._waited < _WAIT)) | (self._coming > 0) | self.arrived
        self._speed = np.where(wait, 0.0, speed)
        self._ahead = np.minimum(care * self._speed * DT, np.maximum(left, 0.0))
        return self._point(self._gone + self._ahead)

    def went(self, share: Array) -> Array:
        """Note which share (N,) of the last step was gone; returns where that is, (N, 3)."""
        now = self._now
        self._gone = self._gone + self._ahead * share
        here = self._point(self._gone)
        near = 1e-6 + 0.02 * self._speed * DT
        done = ~self.arrived & (self._length[self._rows, now] - self._gone < near)
        rest = done & self._way.rest[now]
        self._speed = np.where(rest, 0.0, self._speed)
        self._coming = np.where(rest, _COMING, self._coming)
        self._to, self._gone = self._to + done, np.where(done, 0.0, self._gone)
        return here

    def _point(self, gone: Array) -> Array:
        rows, now = self._rows, self._now
        part = np.clip(gone / np.maximum(self._length[rows, now], 1e-9), 0.0, 1.0)
        part = np.where(self.arrived, 1.0, part)[:, None]
        out: Array = self._knots[rows, now] + part * (
            self._knots[rows, now + 1] - self._knots[rows, now]
        )
        return out
