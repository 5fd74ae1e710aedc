"""Whole episodes of an agent, step by step: to be kept, and to learn from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from habilis.policies.agents.base import Agent
from habilis.policies.evaluation.evaluate import EpisodeResult
from habilis.policies.vector import Vector, row

Array = npt.NDArray[Any]
PATIENCE, HOPE = 256, 0.02
"""After so many episodes an agent that succeeds less often than this is given up."""


@dataclasses.dataclass(frozen=True)
class Trajectory:
    """A finished episode of T steps.

    Attributes:
      observations: (T + 1, ...), or a dict of such.
      actions: (T, A) as carried out.
      meant: (T, A) of the agent, before noise was added.
      rewards: (T,).
      terminated: ended by the task; else by the time limit, or cut off.
      result: seed, success, reason of failure, and what else was told at its end.
    """

    observations: Any
    actions: Array
    meant: Array
    rewards: Array
    terminated: bool
    result: EpisodeResult

    @property
    def success(self) -> bool:
        """Whether it reached the goal."""
        return self.result.success

    def __len__(self) -> int:
        return len(self.rewards)

    def cut(self, steps: int) -> Trajectory:
        """Return the first steps of the trajectory, or all of it if it has no more than that."""
        if steps >= len(self):
            return self
        kept = each(self.observations, lambda a: a[: steps + 1])
        actions, meant, rewards = (a[:steps] for a in (self.actions, self.meant, self.rewards))
        result = dataclasses.replace(
            self.result, success=False, failure="", steps=steps, total=float(rewards.sum())
        )
        return Trajectory(kept, actions, meant, rewards, terminated=False, result=result)


def gather(
    env: Vector,
    agent: Agent,
    seed: int,
    rng: np.random.Generator,
    noise: float,
    only: bool,
    learner: Agent | None = None,
) -> Iterator[Trajectory]:
    """Episodes without end, of the seeds from ``seed`` on, in their order.

    Each seed is played to its end, so that short episodes are not found more often than long ones.

    Args:
      env: that the agent acts in.
      agent: who acts, or says at each step what it would do where the learner is.
      seed: of the first episode.
      rng: of the noise.
      noise: standard deviation of what is added to the actions.
      only: leave out episodes that fail.
      learner: who acts in the agent's place, if anyone.

    Raises:
      ValueError: hardly any episode succeeds, or actions are no rows of numbers.
    """
    if not isinstance(env.single_action_space, spaces.Box):
        raise ValueError(f"to show actions they must be a Box, got {env.single_action_space}")
    tried = kept = 0
    while True:
        played = _round(env, agent, learner or agent, seed + tried, rng, noise)
        tried += len(played)
        good = [one for one in played if one.success or not only]
        kept += len(good)
        yield from good
        if tried >= PATIENCE and kept < HOPE * tried:
            raise ValueError(
                f"the agent succeeded in {kept} of {tried} episodes: too few to learn from"
            )


def each(observation: Any, fn: Any) -> Any:
    """Apply ``fn`` to an observation, or to each part of one that is a dict."""
    if isinstance(observation, dict):
        return {k: each(v, fn) for k, v in observation.items()}
    return fn(observation)


def join(observations: list[Any]) -> Any:
    """Concatenate observations along their first axis, part by part where they are dicts."""
    if isinstance(observations[0], dict):
        return {k: join([o[k] for o in observations]) for k in observations[0]}
    return np.concatenate(observations)


def _round(
    env: Vector, agent: Agent, acting: Agent, seed: int, rng: np.random.Generator, noise: float
) -> list[Trajectory]:
    """One episode of each seed ``seed .. seed + N - 1``."""
    n, space = env.num_envs, env.single_action_space
    assert isinstance(space, spaces.Box)
    now, _ = env.reset(seed=seed)
    both = (agent,) if acting is agent else (agent, acting)
    for one in both:
        one.reset(range(n))
    seen, steps = [], []
    ended: dict[int, Trajectory] = {}
    while len(ended) < n:
        meant = np.asarray(agent.act(now), np.float32)
        sent = meant if acting is agent else np.asarray(acting.act(now), np.float32)
        if noise:
            shaken = sent + rng.normal(0, noise, meant.shape)
            sent = np.clip(shaken, space.low, space.high).astype(np.float32)
        seen.append(each(now, np.copy))
        now, reward, terminated, truncated, info = env.step(sent)
        steps.append((sent, meant, reward.copy()))
        over = [int(i) for i in np.flatnonzero(terminated | truncated)]
        for i in over:
            if i not in ended:
                ended[i] = _ended(i, seed + i, seen, steps, bool(terminated[i]), info)
        if over:
            for one in both:
                one.reset(over)
    return [ended[i] for i in range(n)]


def _ended(
    i: int, seed: int, seen: list[Any], steps: list[Any], terminated: bool, info: dict[str, Any]
) -> Trajectory:
    last = each(row(info["final_obs"], i), lambda a: a[None])
    observations = join([*(each(o, lambda a: a[i : i + 1]) for o in seen), last])
    actions, meant, rewards = (np.stack([step[k][i] for step in steps]) for k in range(3))
    total = float(np.cumsum(rewards)[-1])  # in order, as an evaluation adds them up
    told = EpisodeResult.ended(seed, row(info["final_info"], i), len(steps), total, terminated)
    return Trajectory(observations, actions, meant, rewards, terminated, told)
