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


def test_what_was_done_and_taken_up_is_counted_apart_from_goals() -> None:
    def row(deed: str, score: float, taken: int) -> dict[str, object]:
        done = {"score": [score, score]}
        return {
            "goals": 1, "episodes": 2, "reached": [1, 0], "complete": 1, "dropped": 0,
            "effect": {"deed": deed, "recorded": {"score": [0.0, 0.0]}, "aimed": done},
            "taken": taken,
        }  # fmt: skip

    found = summed([row("ink", 0.2, 2), row("ink", 0.6, 1), row("nail", 0.5, 0)])
    ink = found["effects"]["ink"]
    assert (ink["sequences"], ink["recorded"]) == (2, 0.0)
    assert ink["aimed"] == pytest.approx(0.4)
    assert found["effects"]["nail"]["aimed"] == pytest.approx(0.5)
    assert (found["taken"], found["taken_sequences"]) == (3, 1)
