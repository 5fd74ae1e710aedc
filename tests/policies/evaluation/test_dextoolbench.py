"""How rows of DexToolBench are added up."""

import pytest

from habilis.policies.evaluation.dexterous.dextoolbench import summed


def test_progress_is_the_mean_over_sequences_and_drops_count_per_goal_tried() -> None:
    rows = [
        {"goals": 10, "episodes": 2, "reached": [10, 10], "complete": 2, "dropped": 0},
        {"goals": 30, "episodes": 2, "reached": [0, 6], "complete": 0, "dropped": 1},
    ]
    found = summed(rows)
    assert found["progress"] == pytest.approx((1 + 0.1) / 2)
    assert found["goals"] == pytest.approx(13 / 40)
    assert (found["complete"], found["complete_sequences"], found["episodes"]) == (2, 1, 4)
    assert found["drops_per_hundred_goals"] == pytest.approx(100 * 1 / 28)
    low, high = found["complete_interval"]
    assert low < 0.5 < high
