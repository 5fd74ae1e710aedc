"""Fingers of N hands along the synergies of their grasps, with small residuals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import gymnasium
import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.assets.grasps import GraspKeyframe
from habilis.assets.tools.probe import OVERDRIVE
from habilis.envs.aperture.cells import SLACK, first_command
from habilis.envs.aperture.fleet import Fleet
from habilis.envs.aperture.loads import Loads
from habilis.envs.parts import (
    Rows,
)

RATE = 0.1  # of the range, what the command may change by in one step
RESIDUAL = 0.2  # rad, the most that single joints are moved off the synergy
SMOOTH = 0.35  # of a new residual that gets through in one step
BEYOND = (0.3, 0.4)  # of the range, that commands may pass those of a nominal spring: open, closed
RINGS_OPEN = 1.0  # of the range, the same for rings that the fingers must push open


class SynergyActions:
    """An action has 1 + j numbers for a hand of j joints.

    The first changes the synergy's command, ``RATE`` of the tool's range a step; the others are a
    residual of each joint, ``RESIDUAL`` rad, low-passed.

    Args:
      fleet: hands and tools.
      force: whether goals are forces, for which commands reach further beyond the closed end.

    Attributes:
      u: (N,) command of the synergy, as a share of the range; limits: (N, 2) of it.
      first: (N,) its command at the start.
      residual: (N, j) rad.
      slope: (N, j) of the synergy, rad for the whole range.
    """

    def __init__(self, fleet: Fleet, force: bool) -> None:
        self.fleet, self.dt, self._force = fleet, fleet.dt, force
        n, joints = fleet.n, len(fleet.hand.joints)
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (1 + joints,), np.float32)
        self.u, self.first = np.zeros((2, n))
        self.limits = np.zeros((n, 2))
        self.residual, self.slope = np.zeros((2, n, joints))

    def take_up(self, ids: Ids, grasps: Sequence[GraspKeyframe]) -> None:
        """Hands ``ids`` (k,) begin with grasps (k of them), their springs as of the fleet."""
        fleet = self.fleet
        stroke, spring = fleet.stroke[ids], fleet.spring[ids]
        self.first[ids] = first_command(grasps, spring) / stroke
        self.u[ids] = self.first[ids]
        self.limits[ids] = np.array([g.limits for g in grasps]) / stroke[:, None]
        self.limits[ids, 0] -= np.where(spring < SLACK, RINGS_OPEN, BEYOND[0])
        self.limits[ids, 1] += OVERDRIVE if self._force else BEYOND[1]
        half, by = np.full(fleet.n, 0.5), 0.05
        change = self._synergy(half + by) - self._synergy(half - by)
        self.slope[ids] = change[ids] / (2 * by)
        self.residual[ids] = 0.0

    def command(self, act: Array) -> Array:
        """(N, a) of the servos, rad, after actions (N, 1 + j); once a step."""
        self.u = np.clip(self.u + RATE * act[:, 0], *self.limits.T)
        self.residual += SMOOTH * (RESIDUAL * act[:, 1:] - self.residual)
        return self.fleet.hand.command(self._synergy(self.u) + self.residual)

    def rows(self) -> Rows:
        """See ``Control``."""
        return {
            "u": self.u, "first": self.first, "limits": self.limits, "residual": self.residual,
            "slope": self.slope,
        }  # fmt: skip

    def _synergy(self, u: Array) -> Array:
        return self.fleet.synergies.joints(u * self.fleet.stroke)


class LoadedControl(SynergyActions):
    """The same while gravity comes on and something pushes the tool; see ``Control``.

    Args:
      fleet, force: see ``SynergyActions``.
      loads: on the tools.
    """

    def __init__(self, fleet: Fleet, force: bool, loads: Loads) -> None:
        super().__init__(fleet, force)
        self._loads = loads

    def reset(self, ids: Ids) -> None:
        """Hold the tools of episodes ``ids`` (k,) as they were placed."""
        self.take_up(ids, self.fleet.grasps(ids))

    def act(self, action: Array) -> Iterator[float]:
        """See ``Control``."""
        self._loads.apply()
        self.fleet.step(self.command(action))
        yield self.dt

    def rows(self) -> Rows:
        """See ``Control``."""
        loads = {f"loads_{name}": row for name, row in self._loads.rows().items()}
        return {**super().rows(), **loads}
