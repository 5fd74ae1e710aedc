"""The training benchmark: all kinds train, on the same samples."""

import pytest

pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')

import gymnasium
import numpy as np
from tests.policies.learn import point  # noqa: F401  (registers the task)

from habilis.policies.throughput import training as bench


@pytest.mark.slow
def test_all_kinds_train() -> None:
    result = bench.measure("Pendulum-v1", {}, 16, [2], 1, 1, lambda text: None)
    rows = {(r["kind"], r["envs"]) for r in result["rows"]}
    assert rows == {("SubprocVecEnv", 2), ("batch", 16), ("batch", 2)}
    assert all(0 < r["low"] <= r["env_steps_per_s"] <= r["high"] for r in result["rows"])
    assert result["ratio"] > 0 and len(result["summary"]) == 2


def test_a_vector_environment_alone_is_a_single_one() -> None:
    env = bench.single("test/Point-v0", {"flat": True})
    vector = gymnasium.make_vec("test/Point-v0", num_envs=1, flat=True)
    seen, _ = env.reset(seed=3)
    np.testing.assert_array_equal(seen, vector.reset(seed=3)[0][0])
    over = False
    while not over:
        seen, reward, terminated, truncated, _ = env.step(np.zeros(2))
        over = terminated or truncated
    assert env.observation_space.contains(seen)


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="must divide 2048, got 3"):
        bench.measure("Pendulum-v1", {}, 16, [3], 1, 1, lambda text: None)
