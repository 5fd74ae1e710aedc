"""Success of an agent over seeded episodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from habilis.policies.agents import Agent
from habilis.policies.vector import Vector, row


@dataclasses.dataclass(frozen=True)
class Episode:
    """How one episode ended.

    Attributes:
      seed: of the episode.
      success: reached the goal.
      failure: reason, '' if none.
      steps: environment steps.
      total: sum of rewards.
    """

    seed: int
    success: bool
    failure: str
    steps: int
    total: float


def evaluate(
    env: Vector,
    agent: Agent,
    episodes: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Episode]:
    """Run each seed of ``seed .. seed + episodes - 1`` once, ``env.num_envs`` at a time."""
    out: list[Episode] = []
    while len(out) < episodes:
        first = seed + len(out)
        out += _round(env, agent, first)[: episodes - len(out)]
        if progress is not None:
            progress(len(out), episodes)
    return out


def _round(env: Vector, agent: Agent, first: int) -> list[Episode]:
    n = env.num_envs
    observation, _ = env.reset(seed=first)
    agent.reset(range(n))
    total, steps = np.zeros(n), np.zeros(n, int)
    ended: dict[int, Episode] = {}
    while len(ended) < n:
        observation, reward, terminated, truncated, info = env.step(agent.act(observation))
        total += reward
        steps += 1
        for i in np.flatnonzero(terminated | truncated):
            if int(i) not in ended:
                last = row(info["final_info"], int(i))
                ended[int(i)] = Episode(
                    first + int(i), bool(last.get("success", False)),
                    str(last.get("failure", "")),
                    int(steps[i]), float(total[i]),
                )  # fmt: skip
        over = [int(i) for i in np.flatnonzero(terminated | truncated)]
        if over:
            agent.reset(over)
    return [ended[i] for i in range(n)]
