"""Agents by name, and evaluation over seeded episodes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from habilis.envs.vector_env import ToolVectorEnv
from habilis.policies.agents.base import AGENTS, Scripted, make_agent
from habilis.policies.evaluation.evaluate import evaluate

TASK = "habilis/ReachMilkNotNeeded-v0"


def env(n: int = 3, **options: Any) -> ToolVectorEnv:
    return ToolVectorEnv(TASK, n, scene="2023", **options)


@pytest.mark.parametrize("name", [a for a in AGENTS if a != "policy"])
def test_actions_are_legal(name: str) -> None:
    world = env(variation=1.0)
    agent = make_agent(name, world.core, TASK, 0)
    observation, _ = world.reset(seed=0)
    agent.reset(range(3))
    for _ in range(20):
        action = agent.act(observation)
        assert action.dtype == np.float32 and world.action_space.contains(action)
        observation, *_ = world.step(action)


def test_the_random_agent_repeats_itself_for_a_seed_only() -> None:
    core = env().core
    first, same, other = (make_agent("random", core, TASK, seed) for seed in (1, 1, 2))
    a = first.act(None)
    np.testing.assert_array_equal(a, same.act(None))
    assert not np.array_equal(a, other.act(None))
    assert not np.array_equal(a, first.act(None))


def test_an_unknown_agent_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown agent 'orakel'; did you mean 'oracle'"):
        make_agent("orakel", env(1).core, TASK, 0)


def test_the_oracle_says_which_control_it_needs() -> None:
    with pytest.raises(ValueError, match="'ee', 'ee6' or 'tool' control, got 'joint'"):
        make_agent("oracle", env(1, control="joint").core, TASK, 0)


@pytest.mark.parametrize("task", ["habilis/TweezersAperture-v0", "habilis/Scene-v0"])
def test_a_task_without_an_oracle_says_so_and_names_other_agents(task: str) -> None:
    core = ToolVectorEnv(task, 1).core
    with pytest.raises(ValueError, match=f"no oracle for {task}; its other agents: zero, random"):
        make_agent("oracle", core, task, 0)


def test_a_plan_is_refused_where_there_is_no_arm() -> None:
    core = ToolVectorEnv("habilis/TweezersAperture-v0", 1).core
    with pytest.raises(ValueError, match=r"an arm or on legs; habilis/TweezersAperture-v0"):
        Scripted(core, TASK)


def test_the_oracle_says_that_it_was_never_reset() -> None:
    world = env(1)
    observation, _ = world.reset(seed=0)
    with pytest.raises(RuntimeError, match="call reset first"):
        make_agent("oracle", world.core, TASK, 0).act(observation)


def test_a_policy_needs_its_file(tmp_path: Path) -> None:
    core = env(1).core
    with pytest.raises(ValueError, match="--policy FILE"):
        make_agent("policy", core, TASK, 0)
    with pytest.raises(FileNotFoundError, match=r"no policy file .*none\.zip"):
        make_agent("policy", core, TASK, 0, tmp_path / "none.zip")


def test_a_file_that_holds_no_policy_is_said_so(tmp_path: Path) -> None:
    pytest.importorskip("stable_baselines3", reason="needs the rl extra")
    path = tmp_path / "text.zip"
    path.write_text("not a zip", encoding="utf-8")
    with pytest.raises(ValueError, match=r"text\.zip is no policy of PPO, SAC or TD3"):
        make_agent("policy", env(1).core, TASK, 0, f"sb3:{path}")


@pytest.mark.slow
def test_a_saved_policy_is_loaded_and_acts_the_same_each_time(tmp_path: Path) -> None:
    sb3 = pytest.importorskip("stable_baselines3", reason="needs the rl extra")
    from habilis.envs.tool_env import ToolEnv

    single = ToolEnv(TASK, scene="2023")
    sb3.PPO("MlpPolicy", single, n_steps=8, batch_size=8, device="cpu", seed=0).save(
        tmp_path / "policy.zip"
    )
    world = env(2)
    with pytest.raises(ValueError, match=r"is no bundle.* write sb3:.*policy\.zip"):
        make_agent("policy", world.core, TASK, 0, tmp_path / "policy.zip")
    agent = make_agent("policy", world.core, TASK, 0, f"sb3:{tmp_path / 'policy.zip'}")
    observation, _ = world.reset(seed=0)
    action = agent.act(observation)
    assert world.action_space.contains(action)
    np.testing.assert_array_equal(action, agent.act(observation))


def test_episodes_are_those_of_their_seeds_however_many_at_a_time() -> None:
    """Five seeds, by three and by one; also their order, and none of a half-used round."""
    by_three, by_one = env(3, variation=1.0), env(1, variation=1.0)
    seen: list[tuple[int, int]] = []
    three = evaluate(
        by_three, Scripted(by_three.core, TASK), 5, 40, lambda *done: seen.append(done)
    )
    one = evaluate(by_one, Scripted(by_one.core, TASK), 5, 40)
    assert [e.seed for e in three] == [40, 41, 42, 43, 44]
    assert three == one
    assert all(e.success and not e.failure and 0 < e.steps < 100 for e in three)
    assert seen == [(3, 5), (5, 5)]


def test_the_idle_fail_and_their_returns_are_summed() -> None:
    world = env(2, variation=1.0)
    episodes = evaluate(world, make_agent("zero", world.core, TASK, 0), 2, 0)
    for e in episodes:
        assert not e.success and e.steps == world.core.step_limit
        assert 0 < e.total < 0.25 * e.steps
