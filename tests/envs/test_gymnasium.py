"""What Gymnasium's own tools ask of environments: modes of resetting, wrappers, copies, specs."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import FlattenObservation, NormalizeObservation

import habilis.envs  # noqa: F401  (registers the tasks)

ID, N = "habilis/PressButton-v0", 3
STEPS = 12  # ends of episodes are those of a limit that the test sets


def made(mode: AutoresetMode | str = AutoresetMode.SAME_STEP, limit: int = 4) -> Any:
    env: Any = gymnasium.make_vec(ID, N, autoreset_mode=mode)
    env.core.step_limit = limit
    return env


def actions(env: Any) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.uniform(-1, 1, env.action_space.shape).astype(np.float32) for _ in range(STEPS)]


def test_next_step_is_same_step_with_a_step_between_episodes() -> None:
    same, after = made(), made(AutoresetMode.NEXT_STEP)
    first, other = same.reset(seed=3)[0], after.reset(seed=3)[0]
    np.testing.assert_array_equal(first, other)
    ends = 0
    for action in actions(same):
        obs, reward, _, truncated, info = same.step(action)
        seen, got, _, over, told = after.step(action)
        np.testing.assert_array_equal(over, truncated)
        np.testing.assert_array_equal(got, reward)
        if not over.any():
            np.testing.assert_array_equal(seen, obs)
            continue
        ends += 1
        assert over.all() and told["success"].tolist() == [False] * N
        np.testing.assert_array_equal(seen, np.stack(info["final_obs"]))
        np.testing.assert_array_equal(told["returns"]["_" + next(iter(_terms(told)))], over)
        seen, got, _, over, told = after.step(np.ones_like(action))  # not acted upon
        np.testing.assert_array_equal(seen, obs)
        assert not got.any() and not over.any() and told == {}
    assert ends == STEPS // 4


def _terms(told: dict[str, Any]) -> list[str]:
    return [name for name in told["returns"] if not name.startswith("_")]


def test_disabled_leaves_the_end_to_be_seen_until_reset() -> None:
    env = made("Disabled")
    env.reset(seed=0)
    for action in actions(env)[:5]:
        _, _, _, truncated, _ = env.step(action)
    assert truncated.all() and (env.core.steps == 5).all()
    env.reset(options={"reset_mask": np.array([True, False, False])})
    assert env.core.steps.tolist() == [0, 5, 5]


@pytest.mark.parametrize("wrapper", [NormalizeObservation, FlattenObservation])
def test_vector_wrappers_take_it(wrapper: Any) -> None:
    env = wrapper(made(AutoresetMode.NEXT_STEP, limit=2))
    env.reset(seed=0)
    for action in actions(env)[:5]:
        obs = env.step(action)[0]
    assert np.isfinite(obs).all()


def test_an_unknown_mode_is_an_error() -> None:
    with pytest.raises(ValueError, match="Later"):
        made("Later")


@pytest.mark.parametrize("how", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
@pytest.mark.parametrize("more", [{}, {"mixed": [{"scene": "2023"}, {"scene": "2024"}]}])
def test_a_copy_of_many_goes_on_as_the_original(how: Any, more: dict[str, Any]) -> None:
    env: Any = gymnasium.make_vec(ID, N, **more)
    env.reset(seed=1)
    given = actions(env)
    env.step(given[0])
    twin = how(env)
    assert twin.spec == env.spec
    for action in given[1:4]:
        np.testing.assert_array_equal(env.step(action)[0], twin.step(action)[0])
    np.testing.assert_array_equal(env.reset()[0], twin.reset()[0])  # generators too


def test_a_copy_that_was_never_reset_says_so() -> None:
    with pytest.raises(gymnasium.error.ResetNeeded):
        copy.deepcopy(made()).step(np.zeros((N, 4), np.float32))


def test_the_spec_says_how_long_an_episode_is() -> None:
    for env in (gymnasium.make(ID), gymnasium.make_vec(ID, N)):
        core: Any = env.unwrapped.core  # type: ignore[union-attr]
        assert env.spec is not None and env.spec.max_episode_steps == core.step_limit
    again = gymnasium.make(gymnasium.make(ID).spec)  # type: ignore[arg-type]
    assert again.spec is not None and again.spec.max_episode_steps == core.step_limit
    assert gymnasium.spec(ID).max_episode_steps is None, "it depends on the scene"


@pytest.mark.parametrize("more", [{}, {"mixed": [{"scene": "2023"}, {"scene": "2024"}]}])
def test_many_episodes_are_as_short_as_gymnasium_is_asked_for(more: dict[str, Any]) -> None:
    env: Any = gymnasium.make_vec(ID, N, max_episode_steps=3, **more)
    assert env.spec.max_episode_steps == 3
    env.reset(seed=0)
    ends = [env.step(action)[3].all() for action in actions(env)[:3]]
    assert ends == [False, False, True]
    assert gymnasium.make_vec(env.spec).spec.max_episode_steps == 3  # type: ignore[union-attr]
    whole: Any = gymnasium.make_vec(ID, N).spec
    assert gymnasium.make_vec(whole).spec.max_episode_steps == whole.max_episode_steps  # type: ignore[union-attr]
    longer: Any = gymnasium.make_vec(ID, N, max_episode_steps=10**6).spec
    assert longer.max_episode_steps == whole.max_episode_steps
    with pytest.raises(ValueError, match="at least one step, got 0"):
        gymnasium.make_vec(ID, N, max_episode_steps=0)


@pytest.mark.parametrize(
    ("id", "goals"),
    [(ID, False), ("habilis/TweezersAperture-v0", True), ("habilis/Go1Walk-v0", False)],
)
def test_what_looks_for_goals_finds_them_only_where_there_are_some(id: str, goals: bool) -> None:
    env, envs = gymnasium.make(id).unwrapped, gymnasium.make_vec(id, 1)
    assert hasattr(env, "compute_reward") is hasattr(envs, "compute_reward") is goals


def test_the_checker_of_stable_baselines3_is_content() -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(gymnasium.make(ID).unwrapped, warn=False)
