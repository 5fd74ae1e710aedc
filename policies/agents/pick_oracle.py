"""The scripted form of picking with a tool: it knows where the object is and how wide."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Mask
from habilis.envs.core import Core
from habilis.envs.pick.control import REACH

ROOM = 0.010  # m, by which the tips open wider than the object
ABOVE = 0.045  # m, of the tips over the object before they go down
LOWEST = 0.011  # m, of the tips; lower, their ends may press on the table
REACH_OVER = 0.0065  # m, at most, of the tips over the middle of a thing so flat that they must
NEAR, WIDE = 0.0015, 0.002  # m: of the tips, of their gap, to be where they were sent
LIFT_SPEED, DOWN_SPEED = 0.15, 0.12  # m/s
YIELD = 0.0005  # m, up a step while the grip builds up
HIGH = 0.09  # m, above the place of the grasp, where it waits
_PATIENCE = {0: 25, 1: 14, 2: 9, 3: 25}  # steps of each phase, at most


class PickPhase(enum.IntEnum):
    """What an episode is at."""

    ABOVE = 0
    DOWN = 1
    CLOSE = 2
    LIFT = 3


class PickOracle:
    """Opens to the object's size, goes above it, down, closes, lifts; again, if it is empty.

    It reads the true state of the simulation and acts through the environment's actions only.

    Args:
      core: the episodes.
      rng: of the errors.
      noise: lateral error of where it takes the object to be, m, in a direction drawn for each
        episode.
    """

    def __init__(self, core: Core, rng: np.random.Generator, noise: float = 0.0) -> None:
        self._core, self._rng, self._noise = core, rng, noise
        n = core.n
        self.phase, self._waited, self._sure = np.zeros((3, n), int)
        self._error, self._place = np.zeros((2, n, 3))

    def reset(self, ids: Sequence[int] | npt.NDArray[np.int_]) -> None:
        """New episodes have begun in ``ids``."""
        index = np.asarray(ids, int)
        self.phase[index], self._waited[index], self._sure[index] = PickPhase.ABOVE, 0, 0
        angle = self._rng.uniform(-np.pi, np.pi, len(index))
        off = (np.cos(angle), np.sin(angle), 0 * angle)
        self._error[index] = self._noise * np.column_stack(off)

    def act(self, observation: Any) -> npt.NDArray[np.float32]:
        """(N, 4) the next step of each episode."""
        core, world = self._core, self._core.world
        open_ = self._phase(PickPhase.ABOVE) | self._phase(PickPhase.DOWN)
        here = world.thing[:, :3] + self._error
        middle = world.height / 2
        here[:, 2] = np.maximum(middle, np.minimum(LOWEST, middle + REACH_OVER))
        self._place = np.where(open_[:, None], here, self._place)
        wanted = self._place.copy()
        wanted[:, 2] += np.where(self._phase(PickPhase.ABOVE), ABOVE, 0.0)
        gap = np.minimum(world.width() + ROOM, world.held.tool.max_gap)
        goal = np.where(open_, self._openness(gap), 0.0)
        by = wanted - core.control.tip_sent()
        up = self._place[:, 2] + HIGH - core.control.tip_sent()[:, 2]
        rise = np.clip(up, 0.0, LIFT_SPEED * core.dt)
        by[:, 2] = np.where(self._phase(PickPhase.LIFT), rise, by[:, 2])
        close = self._phase(PickPhase.CLOSE)  # never press what is held against the table
        by[:, 2] = np.where(
            close, np.where(core.monitor.gripped, YIELD, np.maximum(by[:, 2], 0)), by[:, 2]
        )
        by[:, 2] = np.maximum(by[:, 2], -DOWN_SPEED * core.dt)
        self._advance(wanted, gap)
        return np.column_stack((np.clip(by / REACH, -1, 1), 2 * goal - 1)).astype(np.float32)

    def _phase(self, phase: PickPhase) -> Mask:
        out: Mask = self.phase == phase
        return out

    def _openness(self, gap: Array) -> Array:
        """(N,) in [0, 1] of gaps (N,) m."""
        core = self._core
        return core.control.openness(core.world.held.tool.joint_at(gap))

    def _advance(self, wanted: Array, gap: Array) -> None:
        """On to the next phase, where this one is done or has taken too long."""
        world, lift = self._core.world, self._core.monitor
        base, moving = world.tips
        there = np.linalg.norm(wanted - (base + moving) / 2, axis=1) < NEAR
        level = np.linalg.norm((wanted - (base + moving) / 2)[:, :2], axis=1) < NEAR
        wide = np.linalg.norm(moving - base, axis=1) > gap - WIDE
        done = np.select(
            [
                self._phase(PickPhase.ABOVE),
                self._phase(PickPhase.DOWN),
                self._phase(PickPhase.CLOSE),
            ],
            [level & wide, there, lift.gripped],
            self._phase(PickPhase.LIFT) & world.found[:, 3],
        )
        self._sure = np.where(done, self._sure + 1, 0)
        self._waited += 1
        enough = np.select([self._phase(p) for p in PickPhase], [1, 2, 3, 5], 1)  # steps in a row
        patience = np.array([_PATIENCE[int(p)] for p in self.phase])
        late = (self._waited >= patience) & ~self._phase(PickPhase.LIFT)
        on = (self._sure >= enough) | late
        self.phase = np.where(on, (self.phase + 1) % len(PickPhase), self.phase)
        self._waited[on], self._sure[on] = 0, 0


def oracle(env: Any, seed: int) -> PickOracle:
    """The privileged heuristic, for a pick environment."""
    return PickOracle(env.core, np.random.default_rng(seed))
