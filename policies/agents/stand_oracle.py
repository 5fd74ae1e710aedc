"""The scripted form of taking a tool off its stand and picking with it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.envs.core import Core
from habilis.envs.pick.control import REACH
from habilis.envs.pick.stand.stand_task import SHUT
from habilis.policies.agents.pick_oracle import PickOracle

NEAR = 0.0015  # m, of the hand to be where it was sent
CLOSE_STEPS = 5  # for the fingers from open to the handles, and from there to pressing
REST_STEPS = 3  # while the grip settles
SPEED = 0.15  # m/s
_PATIENCE = 20  # steps of a phase, at most


class StandPhase(enum.IntEnum):
    """What an episode is at, before it picks."""

    BESIDE = 0
    AROUND = 1
    CLOSE = 2
    UP = 3
    OUT = 4
    PICK = 5


# m, of the tips from where the tool hung, at the end of each phase: behind it, around it, up, back.
_OFF = np.array(
    [[-0.09, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0.05], [-0.06, 0, 0.05], [-0.06, 0, 0.05]]
)


class StandOracle:
    """Goes around the tool with the hand open, closes it, lifts the tool off; then ``PickOracle``.

    It reads the true state of the simulation and acts through the environment's actions only.

    Args:
      core: the episodes.
      rng: of the errors of picking.
      noise: see ``PickOracle``.
    """

    def __init__(self, core: Core, rng: np.random.Generator, noise: float = 0.0) -> None:
        self._core = core
        self._pick = PickOracle(core, rng, noise)
        self.phase, self._waited = np.zeros((2, core.n), int)
        self._tip = np.zeros((core.n, 3))

    def reset(self, ids: Sequence[int] | npt.NDArray[np.int_]) -> None:
        """New episodes have begun in ``ids``."""
        index = np.asarray(ids, int)
        self.phase[index], self._waited[index] = StandPhase.BESIDE, 0
        self._tip[index] = self._core.world.tip[index]
        self._pick.reset(index)

    def act(self, observation: Any) -> npt.NDArray[np.float32]:
        """(N, 5) the next step of each episode."""
        core, phase = self._core, self.phase
        out = np.zeros((core.n, 5), np.float32)
        out[:, :4], out[:, 4] = self._pick.act(observation), 1.0
        taking = phase < StandPhase.PICK
        self._pick.reset(np.flatnonzero(taking))
        by = self._tip + _OFF[phase] - core.control.tip_sent()
        far = np.linalg.norm(by, axis=1)
        by *= np.minimum(1.0, SPEED * core.dt / np.maximum(far, 1e-9))[:, None]
        out[taking, :3] = np.clip(by / REACH, -1, 1)[taking]
        now = np.clip(core.control.openness(core.world.opening), 0, 1)
        out[taking, 3] = (2 * now - 1)[taking]
        closing = np.minimum(SHUT * (self._waited + 1) / CLOSE_STEPS - 1, SHUT - 0.01)
        closing = np.where(phase < StandPhase.CLOSE, -1.0, closing)
        out[phase <= StandPhase.CLOSE, 4] = closing[phase <= StandPhase.CLOSE]
        self._advance(far)
        return out

    def _advance(self, far: Array) -> None:
        closed = self._waited >= 2 * CLOSE_STEPS + REST_STEPS
        done = np.where(self.phase == StandPhase.CLOSE, closed, far < NEAR)
        self._waited += 1
        on = (done | (self._waited > _PATIENCE)) & (self.phase < StandPhase.PICK)
        self.phase[on] += 1
        self._waited[on] = 0


def oracle(env: Any, seed: int) -> StandOracle:
    """The privileged heuristic, for an environment that starts at the stand."""
    return StandOracle(env.core, np.random.default_rng(seed))
