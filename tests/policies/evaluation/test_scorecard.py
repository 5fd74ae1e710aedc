"""Rows of an evaluation: groups, reasons, pairs."""

import numpy as np
import pytest

from habilis.policies.evaluation.evaluate import EpisodeResult
from habilis.policies.evaluation.scorecard import lines, score
from habilis.policies.evaluation.statistics import wilson


def played(good: str, tools: str = "") -> list[EpisodeResult]:
    """``x`` succeeded, ``d`` dropped, ``.`` out of time."""
    return [
        EpisodeResult(
            i, c == "x", "dropped" if c == "d" else "", 5, 1.0, {"tool": t} if tools else {}
        )
        for i, (c, t) in enumerate(zip(good, tools or good, strict=True))
    ]


def test_a_row_counts_reasons_groups_and_pairs() -> None:
    first, other = played("xxxxxxd.", "aaaabbbb"), played("xdd..xxx", "aaaabbbb")
    row = score("pi", other, ["tool"], first)
    assert row["success"] == 4 and row["failures"]["dropped"]["count"] == 2
    assert (row["failures"]["out of time"]["low"], row["failures"]["out of time"]["high"]) == (
        wilson(2, 8)
    )
    assert {k: (v["count"], v["episodes"]) for k, v in row["groups"]["tool"].items()} == {
        "a": (1, 4),
        "b": (3, 4),
    }
    # By hand: 4 solved by the first only, 2 by this only: 2 * (1 + 6 + 15) / 64
    assert row["paired"] == {"only_first": 4, "only_this": 2, "p": 44 / 64}
    text = "\n".join(lines(row, 6, "policy"))
    assert "2 x dropped: 0.25 (0.07-0.59)" in text and "tool a  0.25" in text
    assert "2 only pi solved, 4 only policy; McNemar p = 0.69" in text


def test_an_unknown_key_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown key 'tol'; did you mean 'tool'"):
        score("pi", played("x", "a"), ["tol"])


def test_what_an_episode_says_more_is_kept() -> None:
    info = {"success": np.True_, "failure": None, "returns": {"a": 1.0}, "tool": "pliers",
            "goals": np.int64(3), "cloud": np.zeros(3)}  # fmt: skip
    e = EpisodeResult.ended(7, info, 4, 2.5, True)
    assert (e.success, e.failure, e.steps, e.total) == (True, "", 4, 2.5)
    assert e.extra == {"tool": "pliers", "goals": 3} and type(e.extra["goals"]) is int


def test_what_ends_without_a_word_is_not_out_of_time() -> None:
    assert EpisodeResult.ended(0, {}, 4, 2.5, True).failure == "terminated"
    assert EpisodeResult.ended(0, {"failure": "fell"}, 4, 2.5, True).failure == "fell"
    assert EpisodeResult.ended(0, {}, 4, 2.5, False).failure == ""
