"""habilis bench cheats: rows with counts, and an exit code that says whether a cheat counted."""

import json
from pathlib import Path

import numpy as np
import pytest

from habilis.policies.evaluation import verify
from habilis.policies.evaluation.cheats import Attempts
from habilis.scripts import cli

TASK = "habilis/ReachMilkBroken-v0"


def test_each_way_to_cheat_is_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "cheats.json"
    args = ["bench", "cheats", "--tasks", TASK, "--episodes", "2", "--seed", "3", "--out", str(out)]
    assert cli.main(args) == 0
    rows = json.loads(out.read_text(encoding="utf-8"))["rows"]
    assert [row["scene"] for row in rows] == ["2023", "2024"]
    for row in rows:
        assert (row["cheat"], row["episodes"], row["seed"]) == ("random actions", 2, 3)
        assert row["success"] == row["reached"] == 0
    assert f"{TASK} 2024, random actions" in capsys.readouterr().err


def test_a_cheat_that_counts_is_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    got = Attempts(np.array([True, True]), np.array([False, True]))
    monkeypatch.setattr(verify, "cheat", lambda *_: got)
    assert cli.main(["bench", "cheats", "--tasks", TASK, "--episodes", "2", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["reached"], row["success"]) for row in rows] == [(2, 1)] * 2


@pytest.mark.parametrize(
    ("task", "says"),
    [
        ("habilis/ReachMilkNotNeeded-v0", "where a tool is needed, or broken"),
        ("habilis/TongsPick-v0", "where a tool is needed, or broken"),
        ("habilis/ReachMlk-v0", "did you mean 'habilis/ReachMilk-v0'"),
    ],
)
def test_bad_input_is_named(task: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "cheats", "--tasks", task, "--episodes", "1"]) == 2
    assert says in capsys.readouterr().err
