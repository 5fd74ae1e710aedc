"""Behaviour cloning: an actor fitted to episodes that it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecNormalize

from habilis.policies.agents.learned import FLAT, running
from habilis.policies.data.episodes import Trajectory, each, join
from habilis.policies.learn.config import Demonstrations

Array = npt.NDArray[Any]


def clone(
    model: BaseAlgorithm,
    shown: Sequence[Trajectory],
    new: Sequence[Trajectory],
    of: Demonstrations,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Fit the actor's mean to the actions shown; of PPO also the values to the returns.

    The normaliser takes in the observations (and returns) first that are ``new`` of those shown.
    The spread of the actions stays as it is. Beyond a time limit a return counts nothing.

    Returns:
      Mean losses over the last epoch: ``action_loss``, the mean squared error of actions scaled to
      [-1, 1], and of PPO ``value_loss``.
    """
    env = model.get_vec_normalize_env()
    assert env is not None
    take_in(env, join([each(e.observations, lambda a: a[:-1]) for e in new]))
    if env.norm_reward and isinstance(model, PPO):
        env.ret_rms.update(np.concatenate([_discounted(e.rewards, env.gamma) for e in new]))
    seen = join([each(e.observations, lambda a: a[:-1]) for e in shown])
    inputs, _ = model.policy.obs_to_tensor(env.normalize_obs(seen))
    actions = _tensor(model, model.policy.scale_action(np.concatenate([e.meant for e in shown])))
    values = _tensor(model, _values(env, shown)) if isinstance(model, PPO) else None
    return _fit(model, inputs, actions, values, of, rng)


def take_in(env: VecNormalize, observations: Any) -> None:
    """Update the running statistics of an environment with T observations, (T, ...)."""
    for key, rms in running(env).items():
        rms.update(observations if key == FLAT else observations[key])


def _fit(
    model: BaseAlgorithm,
    seen: Any,
    actions: torch.Tensor,
    values: torch.Tensor | None,
    of: Demonstrations,
    rng: np.random.Generator,
) -> dict[str, float]:
    policy: Any = model.policy
    policy.set_training_mode(True)
    optimiser = torch.optim.Adam(policy.parameters(), of.learning_rate)
    losses: list[list[float]] = []
    batches = -(-len(actions) // of.batch_size)
    for _ in range(of.epochs):
        losses = []
        for rows in np.array_split(rng.permutation(len(actions)), batches):
            at = torch.as_tensor(rows, device=model.device)
            part = each(seen, lambda a: a[at])  # noqa: B023
            parts = [torch.nn.functional.mse_loss(_mean(model, part), actions[at])]
            if values is not None:
                guess = policy.predict_values(part).flatten()
                parts.append(torch.nn.functional.mse_loss(guess, values[at]))
            optimiser.zero_grad()
            torch.stack(parts).sum().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            losses.append([loss.item() for loss in parts])
    policy.set_training_mode(False)
    names = ("action_loss", "value_loss")
    return dict(zip(names, np.mean(losses, axis=0).tolist(), strict=False))


def _mean(model: BaseAlgorithm, seen: Any) -> torch.Tensor:
    """(n, A) what the actor would do, scaled to [-1, 1]."""
    policy: Any = model.policy
    if not isinstance(model, PPO):
        squashed: torch.Tensor = policy.actor(seen, deterministic=True)
        return squashed
    low, high = (_tensor(model, bound) for bound in (policy.action_space.low,
                                                     policy.action_space.high))  # fmt: skip
    raw: torch.Tensor = policy.get_distribution(seen).mode()
    return 2 * (raw - low) / (high - low) - 1


def _values(env: VecNormalize, shown: Sequence[Trajectory]) -> Array:
    """Discounted returns to come at each step, of rewards normalised as in training."""
    ahead = [_discounted(env.normalize_reward(e.rewards)[::-1], env.gamma)[::-1] for e in shown]
    return np.concatenate(ahead)


def _discounted(rewards: Array, gamma: float) -> Array:
    """Sums up to each step, what is longer ago weighing less."""
    out, total = np.empty(len(rewards)), 0.0
    for i, reward in enumerate(rewards):
        out[i] = total = gamma * total + reward
    return out


def _tensor(model: BaseAlgorithm, values: Array) -> torch.Tensor:
    return torch.as_tensor(values.astype(np.float32), device=model.device)
