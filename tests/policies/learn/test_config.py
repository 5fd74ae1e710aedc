"""Configurations: what is read, what is refused and how."""

from pathlib import Path
from typing import Any

import gymnasium
import pytest
import yaml
from tests.policies.learn.point import PPO

import habilis.envs  # noqa: F401  (registers the tasks)
from habilis.policies.learn import config
from habilis.policies.learn.config import dump, for_task, load, named, parse


@pytest.mark.filterwarnings("ignore:You have specified a mini-batch size")
@pytest.mark.parametrize("name", named())
def test_every_shipped_configuration_is_sound(name: str) -> None:
    made = load(name)
    assert parse(yaml.safe_load(yaml.safe_dump(dump(made)))) == made
    assert not made.task or made.task in gymnasium.registry
    task = made.task or "test/Point-v0"
    build: Any = pytest.importorskip("habilis.policies.learn.build", reason="needs the rl extra")
    few = ["env.num_envs=2"]
    if "Aperture" in task:  # whose starts are simulated
        few.append("env.options.starts=2")
    env = build.make_env(load(name, few, task=task))
    build.make_model(made, env, "cpu")


def test_a_task_without_its_own_configuration_gets_the_general_one() -> None:
    assert for_task("habilis/ReachMilk-v0") == "ppo"
    assert for_task("habilis/Scene-v0") == "push"


def test_changes_reach_every_level_and_numbers_may_lack_the_point() -> None:
    changes = ["env.options.scene=2024", "hyperparameters.learning_rate=5e-4", "goals=null",
               "network.hidden=[8, 8]", "evaluation.every=7"]  # fmt: skip
    made = load("ppo", changes, task="habilis/ReachMilk-v0", seed=3)
    assert made.env.options == {"scene": 2024} and made.env.num_envs == 64
    assert made.hyperparameters["learning_rate"] == 5e-4 and made.network.hidden == (8, 8)
    assert (made.evaluation.every, made.seed, made.task) == (7, 3, "habilis/ReachMilk-v0")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"algoritm": "PPO"}, "unknown key 'algoritm'; did you mean 'algorithm'"),
        ({"evaluation": {"evry": 1}}, "evaluation: unknown key 'evry'; did you mean 'every'"),
        ({"algorithm": "PPOO"}, "unknown algorithm 'PPOO'; did you mean 'PPO'"),
        ({"network": {"activation": "eLu"}}, "unknown activation 'eLu'; did you mean 'elu'"),
        ({"total_steps": "many"}, "total_steps must be int, got 'many'"),
        ({"total_steps": 0}, "total_steps must be at least 1, got 0"),
        ({"network": {"hidden": 64}}, "network: hidden must be a list, got 64"),
        ({"env": 4}, "env must hold keys and values, got 4"),
        ({"env": {"num_envs": True}}, "num_envs must be int, got True"),
        ({"seed": 999_999}, "must not overlap: 999999-1000006 and 1000000-1000015"),
        ({"goals": {}}, "needs SAC, got PPO"),
    ],
)
def test_a_mistake_is_named(data: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse(PPO | data)
    assert said in str(caught.value)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="key 'algorithm' is missing"):
        parse({"total_steps": 5})


def test_an_unknown_name_lists_the_shipped_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown configuration 'ppoo'; did you mean 'ppo'"):
        load("ppoo")
    with pytest.raises(ValueError, match="written key=value, got 'seed'"):
        load("ppo", ["seed"])
    (tmp_path / "list.yaml").write_text("- 1", encoding="utf-8")
    with pytest.raises(ValueError, match=r"list\.yaml must hold keys and values, got list"):
        load(tmp_path / "list.yaml")
    (tmp_path / "bad.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.yaml is not YAML"):
        load(tmp_path / "bad.yaml")


def test_the_folder_is_the_packages_own() -> None:
    assert config.FOLDER.is_dir() and "ppo" in named()
