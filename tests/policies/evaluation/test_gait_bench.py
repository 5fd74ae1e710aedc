"""Rows of the trot and of a policy on the same episodes."""

from typing import Any

import pytest

pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')

from habilis.policies.evaluation import gait
from habilis.policies.evaluation.evaluate import EpisodeResult
from habilis.policies.learn import build, run
from habilis.policies.learn.config import load
from habilis.policies.vector import make_vector
from habilis.scripts.bench.walking import command


def untrained() -> Any:
    """A bundle that adds next to nothing to the trot."""
    config = load("walk", ["env.num_envs=2", "hyperparameters.batch_size=48"])
    model = build.make_model(config, build.make_env(config), "cpu")
    vector = make_vector(config.task, 2, **config.env.options)
    result = EpisodeResult(7, False, "", 3, -1.0)
    return run.pack(config, model, vector, [result], 1.0, ["train", "x"])


def test_rows_are_of_the_same_episodes_and_count_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gait, "CONDITIONS", {"pushed": {"pushes": [2.5, 2.5], "aside": True}})
    rows = gait.measure_gait("pushed", untrained(), 6, 3)
    assert [row["agent"] for row in rows] == [
        gait.PLAIN, "trot", "policy, mean", "policy, sampled",
    ]  # fmt: skip
    for row in rows:
        assert row["runs"] == 6 and row["fell"] == len(row["fell_seeds"]) > 0
        assert set(row["fell_seeds"]) <= set(range(3, 9))
        assert row["interval"][0] <= row["success"] / 6 <= row["interval"][1]
        assert row["speed_error"] > 0.1


def test_without_a_policy_it_is_the_trot_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gait, "CONDITIONS", {"here": {"terrain": "flat"}})
    monkeypatch.setattr(gait, "evaluate", lambda env, agent, runs, seed: [_walked(seed)] * runs)
    _, row = gait.measure_gait("here", None, 2, 5)
    assert (row["agent"], row["success"], row["fell"]) == ("trot", 2, 0)
    assert row["speed_error"] == 0.05


def _walked(seed: int) -> EpisodeResult:
    return EpisodeResult(seed, True, "", 500, 120.0, {"speed_error": 0.05, "turn_error": 0.1})


def test_a_policy_follows_velocities_and_does_no_chores() -> None:
    with pytest.raises(ValueError, match="--told"):
        command(["--policy", "walk"])


def test_conditions_are_options_of_the_task() -> None:
    for options in gait.CONDITIONS.values():
        make_vector(gait.TASK, 1, **options).close()
