"""The Stable-Baselines3 adapter."""

import builtins
import importlib
from typing import Any

import numpy as np
import pytest

from habilis.envs.vector_env import ToolVectorEnv
from habilis.policies.sb3 import adapter, make_sb3

pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')


def test_it_does_what_the_vector_env_does() -> None:
    ours, plain = make_sb3(num_envs=3), ToolVectorEnv(num_envs=3)
    ours.seed(4)
    np.testing.assert_array_equal(ours.reset(), plain.reset(seed=4)[0])
    action = np.full((3, 4), 0.5, np.float32)
    for _ in range(3):
        obs, reward, done, infos = ours.step(action)
        want = plain.step(action)
        np.testing.assert_array_equal(obs, want[0])
        np.testing.assert_array_equal(reward, want[1].astype(np.float32))
        assert not done.any() and infos == [{}, {}, {}]


def test_the_end_of_an_episode_is_told_as_sb3_wants_it() -> None:
    ours, plain = make_sb3(num_envs=3), ToolVectorEnv(num_envs=3)
    ours.seed(0)
    ours.reset()
    plain.reset(seed=0)
    for env in (ours.env, plain):
        env.core.steps[1] = env.core.step_limit - 1
        env.core.world._qvel[2, 9] = np.nan
    obs, _, done, infos = ours.step(np.zeros((3, 4), np.float32))
    want = plain.step(np.zeros((3, 4), np.float32))
    assert done.tolist() == [False, True, True] and infos[0] == {}
    assert [infos[i]["TimeLimit.truncated"] for i in (1, 2)] == [True, False]
    np.testing.assert_array_equal(infos[1]["terminal_observation"], want[4]["final_obs"][1])
    np.testing.assert_array_equal(obs, want[0])
    assert infos[2]["failure"] == "the simulation diverged" and not infos[2]["is_success"]
    assert set(infos[1]["returns"]) == set(plain.core.scores.names)


def test_seeds_are_used_once() -> None:
    ours = make_sb3(num_envs=2)
    ours.seed(0)
    first, second = ours.reset(), ours.reset()
    ours.seed(0)
    np.testing.assert_array_equal(ours.reset(), first)
    assert not np.array_equal(first, second)


def test_sb3_reads_and_writes_attributes() -> None:
    ours = make_sb3(num_envs=2)
    assert ours.get_attr("render_mode") == [None, None]
    assert ours.env_method("save", indices=[0])[0].rows["core/steps"].tolist() == [0, 0]
    ours.set_attr("note", 3)
    assert ours.get_attr("note", 0) == [3]
    assert ours.env_is_wrapped(object) == [False, False]
    with pytest.raises(ValueError, match="no indices"):
        ours.set_attr("note", 4, 0)


def test_ppo_learns_on_it() -> None:
    sb3: Any = importlib.import_module("stable_baselines3")
    monitor: Any = importlib.import_module("stable_baselines3.common.vec_env").VecMonitor
    env = monitor(make_sb3(num_envs=2))
    sb3.PPO("MlpPolicy", env, n_steps=8, batch_size=16, n_epochs=1, device="cpu").learn(32)


def test_without_sb3_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__
    adapter.cache_clear()

    def refuse(name: str, *args: Any) -> Any:
        if name.startswith("stable_baselines3"):
            raise ModuleNotFoundError(name)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ImportError, match=r'pip install "habilis\[rl\]"'):
        make_sb3()
    adapter.cache_clear()
