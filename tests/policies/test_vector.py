"""Any id of Gymnasium is trained on: those whose batch resets later run one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from habilis.policies.vector import make_drawable, make_vector


@pytest.mark.parametrize("make", [make_vector, make_drawable])
def test_ids_with_a_batch_that_resets_in_the_next_step(make: Any) -> None:
    env = make("CartPole-v1", 2)
    assert env.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    env.reset(seed=0)
    for _ in range(100):
        *_, terminated, _, info = env.step(np.ones(2, int))
        if terminated.any():
            assert info["final_obs"][int(np.argmax(terminated))].shape == (4,)
            break
    else:
        raise AssertionError("no pole fell")
