"""habilis layouts: rows for a person, JSON, and files that other commands read."""

import json
from pathlib import Path

import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.policies.layouts.layouts import Recipe, serve
from habilis.scripts import cli

TASK = "habilis/ReachMilkNotNeeded-v0"


def test_files_hold_the_very_scenes_that_are_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--count", "2", "--seed", "4", "--distractors", "1", "2", "--out", str(tmp_path)]
    assert cli.main(["layouts", TASK, *options, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["seed"] for row in rows] == [4, 5]
    for row in rows:
        challenge = serve(TASK, "2024", row["seed"], Recipe(distractors=(1, 2)))
        assert load_scene(row["file"]) == challenge.scene
        assert row["distractors"] == list(challenge.distractors)
        assert set(row["sizes_m"]) == {"hammer", "milk"}


def test_rows_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["layouts", TASK, "--count", "1", "--distractors", "0", "0"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("seed 0   1 draw; hammer ") and "distractors: none" in out
    assert "--out FOLDER" in err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["habilis/ReachMlik-v0"], "did you mean 'habilis/ReachMilk-v0'"),
        ([TASK, "--generation", "2025"], "unknown scene of ReachMilk '2025'"),
        ([TASK, "--count", "0"], "--count must be at least 1"),
        ([TASK, "--sizes", "2"], "sizes may change by 0 to 0.3, got 2.0"),
    ],
)
def test_bad_input_ends_with_two(
    args: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["layouts", *args]) == 2
    assert says in capsys.readouterr().err
