"""Policies beside PI on matched starts."""

from typing import Any

import numpy as np
import pytest
from tests.envs.made import many, one

pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')


from habilis.policies.agents.aperture import Pi
from habilis.policies.evaluation import aperture as aperture_bench
from habilis.policies.evaluation.evaluate import EpisodeResult, evaluate
from habilis.policies.learn import build, run
from habilis.policies.learn.config import parse
from habilis.policies.vector import make_vector

OPTIONS = {"tools": ["tongs"], "sizes": ["medium"]}


def untrained() -> Any:
    """A bundle that does next to nothing."""
    config = parse(
        {
            "algorithm": "PPO",
            "task": aperture_bench.TASK,
            "env": {"num_envs": 2, "options": OPTIONS},
        }
    )
    model = build.make_model(config, build.make_env(config), "cpu")
    vector = make_vector(config.task, 2, **OPTIONS)
    return run.pack(
        config, model, vector, [EpisodeResult(7, False, "", 3, -1.0)], 1.0, ["train", "x"]
    )


def test_rows_pair_each_policy_with_pi(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = {"here": {"split": "held_out", "tools": ["tongs"]}}
    monkeypatch.setattr(aperture_bench, "CELLS", cell)
    rows = aperture_bench.measure({"lazy": untrained()}, cell, 12, 0, 12, lambda text: None)
    pi, lazy = rows
    assert (pi.agent, lazy.agent, lazy.condition, lazy.obs) == ("pi", "lazy", "here", "privileged")
    assert pi.success > 0.7 and lazy.success == 0.0 and pi.p is None
    assert lazy.only_pi == round(12 * pi.success) and lazy.only_this == 0
    assert lazy.p is not None and lazy.p < 0.05
    assert pi.interval[0] < pi.success <= pi.interval[1] and set(pi.tools) == {"tongs"}
    assert pi.seconds is not None and 1.5 < pi.seconds < 12 and lazy.seconds is None


def test_pi_reaches_openings_that_it_only_sees() -> None:
    env = many("TweezersAperture", 6, obs="cloud", estimate="encoder", sizes=("medium",))
    assert sum(e.success for e in evaluate(env, Pi(env.core), 6, 0)) >= 3


def test_what_the_encoder_sees_is_the_opening_to_a_few_percent_and_repeats() -> None:
    made: dict[str, Any] = {"obs": "cloud", "estimate": "encoder", "sizes": ("medium",)}
    vector, single = many("TweezersAperture", 8, **made), one("TweezersAperture", **made)
    seen, _ = vector.reset(seed=0)
    assert np.abs(vector.core.state.seen - vector.core.monitor.opening).mean() < 0.1
    alone, _ = single.reset(seed=5)
    np.testing.assert_allclose(alone["observation"], seen["observation"][5], atol=1e-4)
    np.testing.assert_array_equal(vector.core.state.seen, vector.core.state.seen)
