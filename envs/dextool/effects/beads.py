"""Which beads a brush swept over a line."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.dextool.work import BEADS, SweepWork, touched
from habilis.assets.scene.model.heaps import grain_names
from habilis.envs.world.world import World


class BeadsEffect:
    """Beads of N episodes; none counts that the robot itself touched.

    Args:
      world: the physics, with beads in its scene.
      work: where the line is.
    """

    def __init__(self, world: World, work: SweepWork) -> None:
        self._world, self._work = world, work
        names = [touched(bead) for bead in grain_names(work.stands[-1])]
        self._columns = world.compiled.index.sensor(names).reshape(len(names), -1)[:, 0]
        self._sensed = world.sim.bind("sensordata")
        self._handled, self._across = np.zeros((2, world.n, len(names)), bool)

    def note(self, tool: Array, over: Mask) -> None:
        """See ``Effect``."""
        self._handled |= self._sensed[:, self._columns] > 0
        far = self._world.grains(BEADS)[..., :2] @ self._work.axis > self._work.line
        self._across = np.where(over[:, None], self._across, far & ~self._handled)

    def scores(self) -> dict[str, Array]:
        """See ``Effect``: the share of the mass that lies beyond the line."""
        return {"score": self._across.mean(axis=1), "handled": self._handled.mean(axis=1)}
