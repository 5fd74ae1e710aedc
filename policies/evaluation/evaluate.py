"""Success of an agent over seeded episodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from habilis.policies.agents.base import Agent
from habilis.policies.vector import Vector, row

ENDED = "terminated"
"""The failure of an episode that its environment ended without a word."""


@dataclasses.dataclass(frozen=True)
class EpisodeResult:
    """How one episode ended.

    Attributes:
      seed: of the episode.
      success: reached the goal.
      failure: reason, '' if none.
      steps: environment steps.
      total: sum of rewards.
      extra: what else ``final_info`` says in a number or word, such as the tool.
    """

    seed: int
    success: bool
    failure: str
    steps: int
    total: float
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def ended(
        cls, seed: int, info: Mapping[str, Any], steps: int, total: float, terminated: bool
    ) -> EpisodeResult:
        """Make the result of one episode from the ``final_info`` that its environment gave.

        One that was terminated has failed if nothing else is said, as of an environment that is
        not ours.
        """
        good, why = bool(info.get("success", False)), str(info.get("failure", "") or "")
        if terminated and not good:
            why = why or ENDED
        plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in info.items()}
        extra = {
            k: v
            for k, v in plain.items()
            if k not in ("success", "failure") and isinstance(v, (int, float, str))
        }
        return cls(seed, good, why, int(steps), float(total), extra)


def evaluate(
    env: Vector,
    agent: Agent,
    episodes: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[EpisodeResult]:
    """Run every seed from ``seed`` to ``seed + episodes - 1`` once, ``env.num_envs`` at a time.

    The results are in the order of the seeds, whatever order the episodes end in.
    """
    out: list[EpisodeResult] = []
    while len(out) < episodes:
        first = seed + len(out)
        out += _round(env, agent, first)[: episodes - len(out)]
        if progress is not None:
            progress(len(out), episodes)
    return out


def _round(env: Vector, agent: Agent, first: int) -> list[EpisodeResult]:
    n = env.num_envs
    observation, _ = env.reset(seed=first)
    agent.reset(range(n))
    total, steps = np.zeros(n), np.zeros(n, int)
    ended: dict[int, EpisodeResult] = {}
    while len(ended) < n:
        observation, reward, terminated, truncated, info = env.step(agent.act(observation))
        total += reward
        steps += 1
        for i in np.flatnonzero(terminated | truncated):
            if int(i) not in ended:
                last = row(info["final_info"], int(i))
                how = int(steps[i]), float(total[i]), bool(terminated[i])
                ended[int(i)] = EpisodeResult.ended(first + int(i), last, *how)
        over = [int(i) for i in np.flatnonzero(terminated | truncated)]
        if over:
            agent.reset(over)
    return [ended[i] for i in range(n)]
