"""How far tools are from the openings, or tip forces, that are wanted of them."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.tools.registry import forces_of
from habilis.envs.aperture.fleet import Fleet
from habilis.envs.aperture.levers import Levers
from habilis.envs.parts import (
    Rows,
)

TOLERANCE = 0.05  # of the joint's range
FORCE_TOLERANCE = 0.15  # of the goal
HOLD_S = 0.5  # s that a goal must be held
WOUND_UP = 0.2  # range s, the most that the integral of the error grows to


class Pursuit(abc.ABC):
    """A goal for each of N tools, the distance to it, and for how long it has been held.

    Args:
      fleet: hands and tools.
      force: whether goals are tip forces; openings otherwise.

    Attributes:
      levers: of the tools, where goals are forces.
      held: (N,) steps for which the goal has been held.
      integral: (N,) of ``off`` since the start, range s, within ``WOUND_UP``.
    """

    def __init__(self, fleet: Fleet, force: bool) -> None:
        self.fleet, self.force = fleet, force
        self.held, self.integral = np.zeros(fleet.n, int), np.zeros(fleet.n)
        if force:
            self.levers = Levers(fleet.cells)
            slopes = [forces_of(cell.tool).slope for cell in fleet.cells]
            self._per_share = self.levers.greatest / slopes

    @property
    @abc.abstractmethod
    def goal(self) -> Array:
        """(N,) the present one, in the unit of ``value``."""

    @property
    def opening(self) -> Array:
        """(N,) share of the range."""
        return self.fleet.opening / self.fleet.stroke

    @property
    def value(self) -> Array:
        """(N,) what the goal is about: the opening as a share of the range, or the tip force as a
        share of the greatest goal of this tool."""
        if self.force:
            return self.fleet.tip_force / self.levers.greatest[self.fleet.cell]
        return self.opening

    @property
    def off(self) -> Array:
        """(N,) what is lacking to the goal, as a share of the range: of a force, what closes it on
        the pad of a probe."""
        lacking = self.goal - self.value
        return self.in_range(lacking) if self.force else lacking

    @property
    def lost(self) -> Mask:
        """(N,) whose tool was dropped, or whose simulation diverged."""
        return self.fleet.dropped | self.fleet.diverged

    def in_range(self, force: Array) -> Array:
        """(N,) shares of the range that bring about forces (N,), shares of the greatest goal."""
        return force * self._per_share[self.fleet.cell]

    def tolerance(self, goal: Array) -> Array:
        """(...) how far off goals (...) counts as there: 5 % of the range, 15 % of a force."""
        return tolerance(goal, self.force)

    def begin(self) -> None:
        """A step begins."""
        more = self.integral + self.fleet.dt * self.off
        self.integral = np.clip(more, -WOUND_UP, WOUND_UP)

    def count(self, near: Mask) -> Mask:
        """(N,) which have now been ``near`` (N,) their goals for long enough; they start anew."""
        self.held = np.where(near, self.held + 1, 0)
        done: Mask = self.held >= round(HOLD_S / self.fleet.dt)
        self.held[done] = 0
        return done

    def rows(self) -> Rows:
        """Live arrays (N, ...) that make up its state, by name."""
        return {"held": self.held, "integral": self.integral}


class HeldGoals(Pursuit):
    """A ``Judge``: one goal after the other, each held for ``HOLD_S``; a lost tool ends it.

    Args:
      fleet, force: see ``Pursuit``.
      count: goals in an episode.

    Attributes:
      goals: (N, G) in the unit of ``value``; the start draws them.
      reached: (N,) how many are.
    """

    def __init__(self, fleet: Fleet, force: bool, count: int) -> None:
        super().__init__(fleet, force)
        self.goals = np.full((fleet.n, count), 0.5)
        self.reached = np.zeros(fleet.n, int)
        self.success: Mask = np.zeros(fleet.n, bool)
        self.failure = np.full(fleet.n, "", dtype=object)

    @property
    def goal(self) -> Array:
        """(N,) the present one, in the unit of ``value``."""
        now = np.minimum(self.reached, self.goals.shape[1] - 1)
        return self.goals[np.arange(self.fleet.n), now]

    def reset(self, ids: Ids) -> None:
        """See ``Judge``."""
        self.reached[ids], self.held[ids], self.integral[ids] = 0, 0, 0.0
        self.success[ids], self.failure[ids] = False, ""

    def update(self, dt: float) -> None:
        """See ``Judge``."""
        self.failure[self.fleet.dropped] = "dropped"
        self.failure[self.fleet.diverged] = "diverged"
        near = (np.abs(self.value - self.goal) <= self.tolerance(self.goal)) & ~self.lost
        self.reached += self.count(near)
        self.success = (self.reached >= self.goals.shape[1]) & ~self.lost

    def rows(self) -> Rows:
        """See ``Judge``."""
        return {
            **super().rows(), "goals": self.goals, "reached": self.reached,
            "success": self.success, "failure": self.failure,
        }  # fmt: skip

    def told(self) -> Mapping[str, npt.NDArray[Any]]:
        """Tool, size, and goals reached."""
        cells, which = self.fleet.cells, self.fleet.cell
        return {
            "tool": np.array([cell.tool for cell in cells], object)[which],
            "size": np.array([cell.size for cell in cells], object)[which],
            "goals": self.reached,
        }


def tolerance(goal: Array, force: bool) -> Array:
    """(...) how far off goals (...) counts as there: 5 % of the range, 15 % of a force."""
    return FORCE_TOLERANCE * goal if force else np.full(np.shape(goal), TOLERANCE)
