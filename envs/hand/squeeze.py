"""Integral control of a held tool's joint along one synergy, with a bounded grip."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.tools.spec import ToolJoint

BEYOND = 0.20  # of the stroke: how far past a grasp's limits an object may be squeezed
LAG = 1.0  # of the stroke, more than when it moves freely, of the tool behind the command
RELEASE = 0.40  # the most where letting go is what closes the tips: beyond, the tool is lost
FREE = 0.10  # of the stroke from the goal, where the tool is taken to be free


@dataclasses.dataclass(frozen=True, eq=False)
class Squeezing:
    """Bounds of N commands, in the units of the joint, each (N,).

    Attributes:
      sign: of the command, to close the tips.
      low, high: least and greatest command.
      lag: by which it may run further ahead of a tool that met something than of a free one.
      near: from the goal, where the tool is taken to be free.
    """

    sign: Array
    low: Array
    high: Array
    lag: Array
    near: Array

    @classmethod
    def of(cls, joints: Sequence[ToolJoint], limits: npt.ArrayLike, lag: float = LAG) -> Squeezing:
        """Those of grasps with ``limits`` (N, 2) of tools with N joints; lag: of the stroke."""
        stroke = np.array([joint.stroke for joint in joints])
        sign = np.array([1.0 if joint.closed else -1.0 for joint in joints])
        low, high = np.asarray(limits, float).T
        most = np.where(sign > 0, lag, min(lag, RELEASE))
        beyond = np.where(sign > 0, BEYOND * stroke, 0.0)
        return cls(sign, low, high + beyond, most * stroke, FREE * stroke)

    def take(self, rows: Ids) -> Squeezing:
        """Those of rows (k,)."""
        return Squeezing(*(getattr(self, f.name)[rows] for f in dataclasses.fields(self)))


class Squeeze:
    """The commands of N hands.

    Where something is between the tips, the command runs ahead of the tool: by at most ``lag`` more
    than it would with the tool free, as that is what bounds the grip.

    Attributes:
      u: (N,) commands, rad or m.
      seen: (N, 2, 2) joint value, and how far the command was ahead of it, of a free tool: at the
        start, and at the last goal. Between and beyond, a spring makes it a straight line.
    """

    def __init__(self, n: int) -> None:
        self.u, self.seen = np.zeros(n), np.zeros((n, 2, 2))

    def begin(self, ids: Ids, u: Array, opening: Array) -> None:
        """Hands ``ids`` (k,) go on from commands (k,) at joint values (k,)."""
        self.u[ids] = u
        self.seen[ids] = np.column_stack((opening, u - opening))[:, None]

    def step(
        self, ids: Ids, goal: Array, opening: Array, bounds: Squeezing, gain: float, smooth: float
    ) -> None:
        """Bring the joint values (N,) of hands ``ids`` (k,) nearer to goals (N,)."""
        error = goal - opening
        there = np.abs(error) < bounds.near
        now = np.column_stack((opening, self.u - opening))
        seen = self.seen[:, 1] + np.where(there[:, None], smooth * (now - self.seen[:, 1]), 0.0)
        self.seen[ids, 1] = seen[ids]
        most = opening + self._free(opening, bounds.near) + bounds.sign * bounds.lag
        u = self.u + gain * error
        u = np.where(bounds.sign > 0, np.minimum(u, most), np.maximum(u, most))
        self.u[ids] = np.clip(u, bounds.low, bounds.high)[ids]

    def _free(self, opening: Array, near: Array) -> Array:
        """(N,) how far the command would be ahead of a free tool at joint values (N,)."""
        (start, first), (last, ahead) = self.seen.transpose(1, 2, 0)
        apart = last - start
        far = np.abs(apart) > near
        slope = np.where(far, (ahead - first) / np.where(far, apart, 1.0), 0.0)
        out: Array = ahead + np.clip(slope, 0.0, 1.0) * (opening - last)
        return out

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""
        return {"u": self.u, "seen": self.seen}
