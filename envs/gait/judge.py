"""Whether a robot walks as it is told: it must not fall, nor stray far from its velocity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.gait.orders import PaceOrders
from habilis.envs.legged.trot import turns
from habilis.envs.parts import Rows
from habilis.envs.terms.legs import LYING
from habilis.envs.world.world import World

TRACKED = 0.2  # m/s that the velocity may be off in the mean


class Follows:
    """A ``Judge`` of episodes that last till time is up, or until the robot falls.

    Args:
      world: physics.
      orders: velocities that are asked for.

    Attributes:
      terrain: (N,) names of what each robot walks on.
      off: (N,) the velocity's error, m/s, of the plane; turned_off: (N,) rad/s: sums of all steps.
    """

    def __init__(self, world: World, orders: PaceOrders) -> None:
        self._world, self._orders = world, orders
        n = world.n
        self.off, self.turned_off, self._count = np.zeros((3, n))
        self.terrain = np.full(n, "", dtype=object)
        self.success: Mask = np.zeros(n, bool)
        self.failure = np.full(n, "", dtype=object)

    def errors(self) -> tuple[Array, Array]:
        """How far velocities (N, 2), m/s, in the frame of the heading, and turning (N,), rad/s, are
        off what is asked for."""
        forward, spin = heading_velocity(self._world)
        told = self._orders.told
        return forward[:, :2] - told[:, :2], spin - told[:, 2]

    @property
    def fallen(self) -> Mask:
        """(N,) who lies, or has tilted so far that it will."""
        out: Mask = self._world.trunk[1][:, 2, 2] < LYING
        return out

    def reset(self, ids: Ids) -> None:
        """See ``Judge``."""
        self.success[ids], self.failure[ids] = False, ""
        for row in (self.off, self.turned_off, self._count):
            row[ids] = 0.0

    def begin(self) -> None:
        """See ``Judge``."""

    def update(self, dt: float) -> None:
        """See ``Judge``."""
        off, turned = self.errors()
        self.off += np.sqrt(np.vecdot(off, off))
        self.turned_off += np.abs(turned)
        self._count += 1
        self.failure[self.fallen] = "the robot fell"
        self.failure[self._world.diverged] = "the simulation diverged"
        self.success = (self.off < TRACKED * self._count) & (self.failure == "")

    def rows(self) -> Rows:
        """See ``Judge``."""
        return {
            "off": self.off, "turned_off": self.turned_off, "count": self._count,
            "terrain": self.terrain, "success": self.success, "failure": self.failure,
        }  # fmt: skip

    def told(self) -> Mapping[str, npt.NDArray[Any]]:
        """Terrain, and mean errors of velocity, m/s, and turning, rad/s."""
        count = np.maximum(self._count, 1)
        return {
            "terrain": self.terrain, "speed_error": self.off / count,
            "turn_error": self.turned_off / count,
        }  # fmt: skip


def heading_velocity(world: World) -> tuple[Array, Array]:
    """Velocities of trunks (N, 3), m/s: forward, to the left and up, as if they were level; and how
    fast they turn about the vertical (N,), rad/s."""
    rot, velocity = world.trunk[1], world.trunk_velocity
    yaw = turns(np.arctan2(rot[:, 1, 0], rot[:, 0, 0]))
    level = (velocity[:, None, :3] @ yaw)[:, 0]
    return level, np.vecdot(rot[:, 2], velocity[:, 3:])
