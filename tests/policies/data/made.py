"""Datasets for tests: of the point, and one with pictures that nobody played."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from tests.policies.learn import point

from habilis.policies.agents.base import make_agent
from habilis.policies.data.about import About, Dataset
from habilis.policies.data.episodes import Trajectory
from habilis.policies.data.record import at_once, recorded
from habilis.policies.evaluation.evaluate import EpisodeResult
from habilis.policies.vector import make_vector

TASK = "test/Point-v0"


def point_dataset(
    episodes: int = 6, agent: str = "random", noise: float = 0.0, seed: int = 7, **options: Any
) -> Dataset:
    """Played once, then kept: may be iterated over again."""
    assert point
    env = make_vector(TASK, at_once(episodes), **options)
    actor = make_agent(agent, env, TASK, 3)
    found = recorded(
        env, actor, agent, episodes, seed, noise, options, {"command": "habilis record"}
    )
    kept = list(found.episodes)
    return Dataset(found.about, found.observation_space, found.action_space, len(kept), kept)


def picture_dataset(lengths: tuple[int, ...] = (4, 6), side: int = 48) -> Dataset:
    """Two groups, of which one is pictures: a bright block that moves on a dark ground."""
    seen = spaces.Dict(
        {"rgb": spaces.Box(0, 255, (side, side, 3), np.uint8),
         "state": spaces.Box(-np.inf, np.inf, (3,), np.float32)}
    )  # fmt: skip
    acted = spaces.Box(-1, 1, (1,), np.float32)
    rng = np.random.default_rng(0)
    episodes = []
    for number, steps in enumerate(lengths):
        pictures = np.full((steps + 1, side, side, 3), 40, np.uint8)
        for i in range(steps + 1):
            pictures[i, 8 + 16 * number : 24 + 16 * number, 2 * i : 2 * i + 16] = (220, 180, 60)
        state = rng.normal(size=(steps + 1, 3)).astype(np.float32)
        actions = rng.uniform(-1, 1, (steps, 1)).astype(np.float32)
        rewards = rng.normal(size=steps)
        result = EpisodeResult(number, number == 0, "" if number == 0 else "dropped", steps,
                               float(rewards.sum()), {"tool": "tongs"})  # fmt: skip
        observations = {"rgb": pictures, "state": state}
        episodes.append(Trajectory(observations, actions, actions, rewards, True, result))
    about = About(
        "mine/Task-v0", {"obs": ["rgb", "state"]}, "tester", "Move the block.", "fr3+panda_hand",
        0.1, names={"state": ("x", "y", "z")},
    )  # fmt: skip
    return Dataset(about, seen, acted, len(episodes), episodes)


def assert_same(one: Trajectory, other: Trajectory, without: tuple[str, ...] = ()) -> None:
    """All that is kept of an episode is the same, but for some groups of what was seen."""
    seen = [dict(t.observations) if isinstance(t.observations, dict) else {"": t.observations}
            for t in (one, other)]  # fmt: skip
    assert seen[0].keys() == seen[1].keys()
    for key in seen[0].keys() - set(without):
        np.testing.assert_array_equal(seen[0][key], seen[1][key])
        assert seen[0][key].dtype == seen[1][key].dtype
    for name in ("actions", "meant", "rewards"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.result == other.result and one.terminated == other.terminated
