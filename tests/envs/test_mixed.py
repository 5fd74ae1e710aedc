"""Episodes of several scenes in one batch."""

from typing import Any

import gymnasium
import numpy as np
import pytest

import habilis.envs  # noqa: F401
from habilis.envs.vector_env import ToolVectorEnv

CAN = "habilis/GraspCan-v0"
MIXED: list[dict[str, Any]] = [{"scene": "2023"}, {"scene": "2024"}]


def play(env: ToolVectorEnv, actions: np.ndarray) -> list[tuple[np.ndarray, ...]]:
    return [env.step(action)[:4] for action in actions]


def test_each_episode_is_what_it_would_be_among_its_like() -> None:
    mixed = ToolVectorEnv(CAN, 4, mixed=MIXED)
    actions = np.random.default_rng(0).uniform(-1, 1, (6, 4, 4)).astype(np.float32)
    first, _ = mixed.reset(seed=[3, 4, 5, 6])
    got = play(mixed, actions)
    for k, options in enumerate(MIXED):
        alone = ToolVectorEnv(CAN, 2, **options)
        obs, _ = alone.reset(seed=[3 + k, 5 + k])
        np.testing.assert_array_equal(first[k::2], obs)
        for ours, theirs in zip(got, play(alone, actions[:, k::2]), strict=True):
            for a, b in zip(ours, theirs, strict=True):
                np.testing.assert_array_equal(a[k::2], b)
    assert not np.array_equal(first[0], first[1])


def test_a_saved_mix_goes_on_bit_for_bit_and_ends_as_any_other() -> None:
    env = gymnasium.make_vec(CAN, num_envs=3, mixed=MIXED, obs=("state",))
    inner: Any = env.unwrapped
    env.reset(seed=0)
    actions = np.random.default_rng(1).uniform(-1, 1, (4, 3, 4)).astype(np.float32)
    env.step(actions[0])
    saved = inner.save()
    after = [env.step(action)[0]["state"] for action in actions[1:]]
    inner.restore(saved)
    again = [env.step(action)[0]["state"] for action in actions[1:]]
    np.testing.assert_array_equal(after, again)
    for core in inner.core.cores:
        core.steps[:] = core.step_limit - 1
    *_, truncated, info = env.step(actions[0])
    assert truncated.all() and info["final_info"]["failure"].tolist() == [""] * 3


def test_what_cannot_be_mixed_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="cannot be mixed: their observation_space differ"):
        ToolVectorEnv("habilis/ReachMilk-v0", 4, mixed=MIXED)
    with pytest.raises(ValueError, match="1 episodes of 2 tasks"):
        ToolVectorEnv(CAN, 1, mixed=MIXED)
