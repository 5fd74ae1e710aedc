"""Scripted control of a held tool: PI on one grasp synergy, for N hands at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.grasps import GraspKeyframe
from habilis.assets.tools.probe import OVERDRIVE
from habilis.envs.hand.holding import Holding
from habilis.envs.hand.synergy import Synergies


@dataclasses.dataclass(frozen=True)
class Gains:
    """Of a PI controller whose command is a tool joint value.

    Attributes:
      proportional: command per error; rad/rad or m/m for an opening, rad/N or m/N for a force.
      integral: the same per second.
      smoothing: part of the way to its new value that the command goes in a step.
    """

    proportional: float
    integral: float
    smoothing: float = 0.35


OPENING = Gains(0.5, 1.9)
"""0.06 of the error are added each step of 32 ms."""


class Commanded(Protocol):
    """What a controller must know of N hands: ``Synergies`` are such.

    Attributes:
      hold: (N,) commands to begin with; limits: (N, 2) least and greatest.
    """

    @property
    def hold(self) -> Array: ...
    @property
    def limits(self) -> Array: ...


class PI:
    """Commands around each grasp's own ``hold``, kept within its ``limits``.

    The integral does not grow farther than it takes to reach them.

    Args:
      synergies: of N hands; they are read at every step, so ``put`` takes effect at once.
      dt: time of one step, s.
      gains: N hands have the same.

    Attributes:
      overdrive: by which the command may pass the upper limit, rad or m: the limits are those of a
        tool with nothing between its jaws.
    """

    def __init__(self, synergies: Commanded, dt: float, gains: Gains) -> None:
        self.synergies, self.dt, self.gains, self.overdrive = synergies, dt, gains, 0.0
        self._sum = np.zeros_like(synergies.hold)
        self.u = synergies.hold.copy()

    def reset(self, ids: npt.ArrayLike, u: npt.ArrayLike | None = None) -> None:
        """Hands ``ids`` (k,) begin again, at commands (k,) or else at their ``hold``."""
        index = np.asarray(ids, int)
        hold = self.synergies.hold[index]
        self.u[index] = hold if u is None else u
        self._sum[index] = self.u[index] - hold

    def step(self, error: Array) -> Array:
        """Commands (N,), rad or m, for errors (N,) that a greater command makes smaller."""
        low, high = self.synergies.limits[:, 0], self.synergies.limits[:, 1] + self.overdrive
        now = self.synergies.hold + self.gains.proportional * error
        more = self._sum + self.gains.integral * self.dt * error
        most, least = np.maximum(self._sum, high - now), np.minimum(self._sum, low - now)
        self._sum = np.clip(more, least, most)
        wanted = np.clip(now + self._sum, low, high)
        self.u = np.clip(self.u + self.gains.smoothing * (wanted - self.u), low, high)
        return self.u.copy()


class OpeningPI(PI):
    """Brings N tools to opening goals: the scripted baseline.

    Args:
      synergies: of N hands.
      stroke: of the tool joint, rad or m; goals are clipped to it.
      dt: time of one step, s.
      gains: see ``Gains``.
    """

    def __init__(
        self, synergies: Synergies, stroke: float, dt: float, gains: Gains = OPENING
    ) -> None:
        super().__init__(synergies, dt, gains)
        self.stroke = stroke

    def act(self, opening: npt.ArrayLike, goal: npt.ArrayLike) -> Array:
        """Commands (N,) for openings (N,) and goals (N,), all rad or m."""
        wanted = np.clip(np.asarray(goal, float), 0.0, self.stroke)
        return self.step(wanted - np.asarray(opening, float))


FORCE = Gains(1.0, 6.0)
"""Of a whole stroke for a force error of the size of ``ForceRange.slope``."""


class SynergyControl:
    """``OpeningPI`` as a controller of held tools: from the measured opening to servo targets.

    Jaws that close on something may be commanded past the limits, to press on it.

    Args:
      world: N hands; grasps: what each holds the tool with.
      gains: see ``Gains``.
    """

    def __init__(
        self, world: Holding, grasps: Sequence[GraspKeyframe], gains: Gains = OPENING
    ) -> None:
        joint, self.hand = world.held.tool.joint, world.held.hand
        self.synergies = Synergies(grasps)
        self.pi = OpeningPI(self.synergies, joint.stroke, world.dt, gains)
        self.pi.overdrive = OVERDRIVE * joint.closed

    def reset(self, ids: npt.ArrayLike) -> None:
        """Hands ``ids`` (k,) begin again."""
        self.pi.reset(ids)

    def act(self, world: Holding, goal: Array) -> Array:
        """Targets (N, a) for openings (N,) wanted, rad or m."""
        return self.hand.command(self.synergies.joints(self.pi.act(world.opening, goal)))
