"""Whether the hand took the tool off its stand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.pick.stand import STAND
from habilis.envs.pick.picking import Picking
from habilis.envs.world.poses import matrices

RISE = 0.02  # m, of the tool over where it hung, to be taken
TILT, ASIDE, SUNK = 0.7, 0.10, 0.02  # rad, m, m: from there, to have fallen before it was taken
FELL = "the tool fell off its stand"


class Taking:
    """Watches N simulations, once a step.

    Attributes:
      origin: (N, 7) of the tool frame where it hung, m and wxyz.
      taken: (N,) whether it has been up by ``RISE``, clear of stand and table, with fingers, at
        least two, on both its halves. From then on it can be dropped.
      fallen: (N,) whether it is far from where it hung, and was never taken.
    """

    def __init__(self, world: Picking) -> None:
        self._world = world
        self.origin = world.tool_in_world.copy()
        self.taken, self.fallen = np.zeros((2, world.n), bool)

    @property
    def rise(self) -> Array:
        """(N,) of the tool over where it hung, m."""
        out: Array = self._world.tool_in_world[:, 2] - self.origin[:, 2]
        return out

    def reset(self, ids: Ids) -> None:
        """New episodes have begun in ``ids`` (k,)."""
        self.origin[ids] = self._world.tool_in_world[ids]
        self.taken[ids], self.fallen[ids] = False, False

    def update(self) -> None:
        """A step is over."""
        world = self._world
        world.mark(np.flatnonzero(~self.taken))  # what was not taken cannot be dropped
        away = world.tool_in_world[:, :3] - self.origin[:, :3]
        touch = world.touching
        both = np.all(touch.any(axis=1), axis=1)
        grip = both & (touch.any(axis=2).sum(axis=1) > 1)
        free = ~world.touched("tool", STAND) & ~world.touched("tool", "table")
        self.taken |= grip & free & (away[:, 2] > RISE)
        now, before = matrices(world.tool_in_world[:, 3:]), matrices(self.origin[:, 3:])
        tilted = np.vecdot(now[:, :, 0], before[:, :, 0]) < np.cos(TILT)
        moved = (np.linalg.norm(away[:, :2], axis=1) > ASIDE) | (away[:, 2] < -SUNK)
        self.fallen |= ~self.taken & (tilted | moved)

    def rows(self) -> dict[str, npt.NDArray[np.generic]]:
        """Live arrays (N, ...) that make up its state, by name."""
        return {"origin": self.origin, "taken": self.taken, "fallen": self.fallen}
