"""The synergies of N hands at once: from one number each to the joints of all fingers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.grasps import GraspKeyframe


class Synergies:
    """What N hands command, each by its own grasp; the same maths as ``GraspKeyframe.joints``.

    Args:
      grasps: N of one tool; see ``put`` for giving some hands others.

    Attributes:
      hold: (N,) tool joint values commanded at the keyframes, rad or m.
      limits: (N, 2) least and greatest to command; found with the tool's own spring.
    """

    def __init__(self, grasps: Sequence[GraspKeyframe]) -> None:
        self._values = np.array([grasp.values for grasp in grasps])
        self._table = np.array([grasp.table for grasp in grasps])
        self.hold = np.array([grasp.hold for grasp in grasps])
        self.limits = np.array([grasp.limits for grasp in grasps])
        self._rows = np.arange(len(grasps))
        self._grasps = np.empty(len(grasps), object)
        self._grasps[:] = grasps

    def put(self, ids: Ids, grasps: Sequence[GraspKeyframe]) -> None:
        """From now on hands ``ids`` (k,) have other grasps (k of them)."""
        other = Synergies(grasps)
        self._values[ids], self._table[ids] = other._values, other._table
        self.hold[ids], self.limits[ids] = other.hold, other.limits
        self._grasps[ids] = other._grasps

    def grasps(self, ids: Ids) -> list[GraspKeyframe]:
        """Of hands ``ids`` (k,)."""
        return list(self._grasps[ids])

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""
        return {
            "values": self._values, "table": self._table, "hold": self.hold,
            "limits": self.limits, "grasps": self._grasps,
        }  # fmt: skip

    def joints(self, u: npt.ArrayLike) -> Array:
        """Hand joints (N, j) to command for tool joint values ``u`` (N,); not clipped."""
        value = np.asarray(u, float)
        above = np.sum(self._values < value[:, None], axis=1)
        row = np.clip(above - 1, 0, self._values.shape[1] - 2)
        low, high = self._values[self._rows, row], self._values[self._rows, row + 1]
        part = ((value - low) / (high - low))[:, None]
        a, b = self._table[self._rows, row], self._table[self._rows, row + 1]
        return a + part * (b - a)
