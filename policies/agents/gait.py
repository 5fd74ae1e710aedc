"""Agents of the walking environment: the model-based trot, and a policy with its exploration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from habilis.envs.gait.control import GaitControl
from habilis.policies.agents.acts import Actions
from habilis.policies.agents.learned import Normaliser


class Trotting:
    """The trot of ``habilis.envs.legged.trot``, which knows the ground, through actions.

    Args:
      control: of the environment.
    """

    def __init__(self, control: GaitControl) -> None:
        self._control = control

    def reset(self, ids: Sequence[int]) -> None:
        """The environment's reset has stood it up."""

    def act(self, observation: Any) -> Actions:
        """(N, j) actions of the next control period."""
        return self._control.trot().astype(np.float32)


def trotting(env: Any, seed: int) -> Trotting:
    """The agent for an environment; nothing about it is drawn."""
    return Trotting(getattr(env, "core", env).control)


class Exploring:
    """Acts with samples of a policy, as it did while it learned.

    A gait that leans on its own noise falls without it, so both are to be measured.

    Args:
      policy: of PPO, with normally distributed actions.
      normaliser: of the observations it was trained on.
      rng: of the samples.
    """

    def __init__(self, policy: Any, normaliser: Normaliser, rng: np.random.Generator) -> None:
        self._policy, self._normaliser, self._rng = policy, normaliser, rng
        self._spread = policy.log_std.detach().exp().numpy()

    def reset(self, ids: Sequence[int]) -> None:
        """Nothing to forget."""

    def act(self, observation: Any) -> Actions:
        """(N, A) actions, drawn anew in every step."""
        mean, _ = self._policy.predict(self._normaliser(observation), deterministic=True)
        drawn = mean + self._spread * self._rng.standard_normal(mean.shape)
        return np.clip(drawn, -1.0, 1.0).astype(np.float32)
