"""How rows of DexToolBench are added up."""

import pytest

from habilis.policies.evaluation.dexterous.dextoolbench import summed
from habilis.policies.evaluation.dexterous.using import use_summed


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
            "effect": {"deed": deed, "recorded": done},
            "taken": taken,
        }  # fmt: skip

    found = summed([row("ink", 0.2, 2), row("ink", 0.6, 1), row("nail", 0.5, 0)])
    ink = found["effects"]["ink"]
    assert ink["sequences"] == 2 and ink["recorded"] == pytest.approx(0.4)
    assert found["effects"]["nail"]["recorded"] == pytest.approx(0.5)
    assert (found["taken"], found["taken_sequences"]) == (3, 1)


def test_what_is_done_when_it_is_aimed_at_is_a_mean_over_sequences() -> None:
    rows = [
        {"deed": deed, "episodes": 2, "done": {"score": scores}}
        for deed, scores in (("ink", [0.2, 0.4]), ("nail", [1.0, 1.0]), ("ink", [0.7, 0.7]))
    ]
    found = use_summed(rows)
    assert found["episodes"] == 6 and found["effects"]["ink"]["done"] == pytest.approx(0.5)
    assert found["effects"]["nail"] == {"sequences": 1, "done": 1.0, "done_interval": [1.0, 1.0]}
