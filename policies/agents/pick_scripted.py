"""The scripted form of picking with a tool that is told of object and tool by a latent only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Mask
from habilis.envs.core import Core
from habilis.envs.pick.control import REACH
from habilis.envs.pick.latents import FITS, GAP, HEIGHT
from habilis.policies.agents.pick_oracle import (
    ABOVE,
    DOWN_SPEED,
    HIGH,
    LIFT_SPEED,
    LOWEST,
    REACH_OVER,
    ROOM,
    YIELD,
    PickPhase,
)

NEAR, DEEP, WIDE = 0.002, 0.003, 0.003  # m: of the tips, their height, their gap, to be there
QUIET = 0.0008  # m, that the gap changes in a step once something is gripped
CLOSING = 4  # steps, at least, until the gap counts as quiet
EMPTY = 0.5  # of what fits: a gap below means that nothing is held
_PATIENCE = np.array([25, 14, 10, 1000])  # steps of each phase, at most
_ENOUGH = np.array([1, 2, 3, 4])  # steps in a row that a phase is done


class PickScripted:
    """As ``PickOracle``, but what it knows is ``core.state.latent`` and where the arm is.

    That it holds something it tells from the tips: they stop before they meet.

    Args:
      core: the episodes.
    """

    def __init__(self, core: Core) -> None:
        self._core, n = core, core.n
        self.phase, self._waited, self._sure = np.zeros((3, n), int)
        self._gap, self._from = np.zeros((2, n))

    def reset(self, ids: Sequence[int] | npt.NDArray[np.int_]) -> None:
        """New episodes have begun in ``ids``."""
        index = np.asarray(ids, int)
        self.phase[index], self._waited[index], self._sure[index] = PickPhase.ABOVE, 0, 0

    def act(self, observation: Any) -> npt.NDArray[np.float32]:
        """(N, 4) the next step of each episode."""
        core = self._core
        limiter = core.world.controller.limiter
        now, _ = core.world.controller.kinematics.tcp(core.world.arm_q)
        seen = core.state.latent.read()
        away, (fits, gap, height) = seen[:, :3].copy(), seen[:, [FITS, GAP, HEIGHT]].T
        middle = height / 2  # low things are taken a little over the middle
        away[:, 2] += np.maximum(0.0, np.minimum(LOWEST - middle, REACH_OVER))
        away[:, 2] += np.where(self._at(PickPhase.ABOVE), ABOVE, 0.0)
        wide = np.minimum(fits + ROOM, core.world.held.tool.max_gap)
        open_ = self._at(PickPhase.ABOVE) | self._at(PickPhase.DOWN)
        goal = np.where(open_, self._openness(wide), 0.0)
        by = away - (limiter.pos - now)
        quiet = self._quiet(gap)
        close, lift = self._at(PickPhase.CLOSE), self._at(PickPhase.LIFT)
        # Never press what is held against the table.
        by[:, 2] = np.where(close, np.where(quiet, YIELD, np.maximum(by[:, 2], 0.0)), by[:, 2])
        rise = np.clip(self._from + HIGH - limiter.pos[:, 2], 0.0, LIFT_SPEED * core.dt)
        by = np.where(lift[:, None], np.column_stack((0 * rise, 0 * rise, rise)), by)
        by[:, 2] = np.maximum(by[:, 2], -DOWN_SPEED * core.dt)
        self._advance(away, (gap > wide - WIDE, quiet, gap < EMPTY * fits), limiter.pos[:, 2])
        self._gap = gap.copy()
        return np.column_stack((np.clip(by / REACH, -1, 1), 2 * goal - 1)).astype(np.float32)

    def _at(self, phase: PickPhase) -> Mask:
        out: Mask = self.phase == phase
        return out

    def _openness(self, gap: Array) -> Array:
        core = self._core
        return core.control.openness(core.world.held.tool.joint_at(gap))

    def _quiet(self, gap: Array) -> Mask:
        """(N,) whether the tips have come to rest."""
        out: Mask = (self._waited >= CLOSING) & (np.abs(gap - self._gap) < QUIET)
        return out

    def _advance(self, away: Array, seen: tuple[Mask, Mask, Mask], height: Array) -> None:
        """On to the next phase, where this one is done or has taken too long."""
        wide, quiet, empty = seen
        level = np.linalg.norm(away[:, :2], axis=1) < NEAR
        done = np.choose(
            self.phase, [level & wide, level & (np.abs(away[:, 2]) < DEEP), quiet, empty]
        )
        self._sure = np.where(done, self._sure + 1, 0)
        self._waited += 1
        on = (self._sure >= _ENOUGH[self.phase]) | (self._waited >= _PATIENCE[self.phase])
        self.phase = np.where(on, (self.phase + 1) % len(PickPhase), self.phase)
        self._from = np.where(on, height, self._from)
        self._waited[on], self._sure[on] = 0, 0


def scripted(env: Any, seed: int) -> PickScripted:
    """The scripted form, for a pick environment; nothing of it is drawn."""
    return PickScripted(env.core)
