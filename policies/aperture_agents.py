"""Scripted agents of the aperture environments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.envs.aperture.episodes import RATE, ApertureEpisodes

KP, KI, SMOOTH = 0.5, 0.06, 0.35


class Pi:
    def __init__(self, core: ApertureEpisodes) -> None:
        self._core = core
        self._sum = np.zeros(core.n)
        self._goal = np.zeros(core.n)

    def reset(self, ids: Sequence[int]) -> None:
        index = np.asarray(ids, int)
        self._sum[index] = self._core.u[index]

    def act(self, observation: Any) -> npt.NDArray[np.float32]:
        core = self._core
        measured = core.opening if core.options.obs == "privileged" else core.felt
        error = core.goal - measured
        low, high = core.limits.T
        more = self._sum + KI * error
        wanted = more + KP * error
        outward = ((wanted > high) & (error > 0)) | ((wanted < low) & (error < 0))
        self._sum = np.where(outward, self._sum, more)
        wanted = np.clip(wanted, low, high)
        action = np.zeros((core.n, *core.action_space.shape), np.float32)
        action[:, 0] = np.clip(SMOOTH * (wanted - core.u) / RATE, -1, 1)
        return action


def pi(env: Any, seed: int) -> Pi:
    """PI on the synergy."""
    return Pi(env.core)
