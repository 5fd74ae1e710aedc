"""Joints as a recording has them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array


@dataclasses.dataclass(frozen=True)
class Joints:
    """T samples of n joints.

    Attributes:
      names: of the joints.
      time: (T,) s since the recording began, when it was recorded.
      stamp: (T,) s, as the message says; the robot's own clock.
      q: (T, n) rad or m.
      qd: (T, n) rad/s or m/s; NaN where it was not told.
      effort: (T, n) N m or N; NaN where it was not told.
    """

    names: tuple[str, ...]
    time: Array
    stamp: Array
    q: Array
    qd: Array
    effort: Array

    def __len__(self) -> int:
        return len(self.time)

    def known(self) -> Joints:
        """Return the samples in which every position is a number."""
        good = np.isfinite(self.q).all(axis=1)
        parts = (self.time, self.stamp, self.q, self.qd, self.effort)
        return Joints(self.names, *(part[good] for part in parts))

    def at(self, time: npt.ArrayLike) -> Array:
        """Return positions (k, n) at times (k,), s, interpolated.

        Before the first sample and after the last, the nearest one holds.
        """
        columns = [np.interp(np.asarray(time, float), self.time, row) for row in self.q.T]
        return np.stack(columns, axis=-1)


def merged(messages: Sequence[tuple[float, Any]], names: tuple[str, ...]) -> Joints:
    """Return a row for every message with any of the joints, from when all of them were known."""
    now = np.full((3, len(names)), np.nan)
    heard = np.zeros(len(names), bool)
    rows, times, stamps = [], [], []
    where: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for when, message in messages:
        told = tuple(message.name)
        if told not in where:
            where[told] = [(names.index(n), i) for i, n in enumerate(told) if n in names]
        for row, field in enumerate((message.position, message.velocity, message.effort)):
            for column, i in where[told]:
                if i < len(field):
                    now[row, column] = field[i]
                    heard[column] |= row == 0
        if where[told] and heard.all():
            stamp = message.header.stamp
            rows.append(now.copy())
            times.append(when)
            stamps.append(stamp.sec + stamp.nanosec * 1e-9)
    table = np.array(rows).reshape(-1, 3, len(names))
    return Joints(names, np.array(times), np.array(stamps), *np.moveaxis(table, 1, 0))


def points(names: tuple[str, ...], goal: Mapping[str, Any], began: float, end: float) -> Joints:
    """The points of a trajectory that was sent as a goal, those due before ``end``, s.

    Args:
      names: of the joints.
      goal: ``path`` (k, n), rad, and ``period`` from one to the next, s.
      began: when it was sent, s.
      end: s.
    """
    path, period = np.array(goal["path"], float), float(goal["period"])
    time: Array = began + period * np.arange(1.0, len(path) + 1)
    path, time = path[time <= end], time[time <= end]
    none = np.full_like(path, np.nan)
    return Joints(names, time, time, path, none, none)


def joined(names: tuple[str, ...], rows: Sequence[Joints]) -> Joints:
    """Join samples into one record, in the order of time."""
    empty = np.zeros((0, len(names)))
    rows = [*rows, Joints(names, np.zeros(0), np.zeros(0), empty, empty, empty)]
    order = np.argsort(np.concatenate([r.time for r in rows]), kind="stable")
    parts = zip(*((r.time, r.stamp, r.q, r.qd, r.effort) for r in rows), strict=True)
    return Joints(names, *(np.concatenate(part)[order] for part in parts))
