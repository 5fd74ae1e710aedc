"""habilis layouts: rows for a person, JSON, and files that other commands read."""

import json
from pathlib import Path

import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.policies.layouts.layouts import Recipe, serve
from habilis.scripts import cli
from habilis.scripts.layouts import LayoutsOptions, _kept
from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import journal_of

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


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/b", "", "x" * 300, 7])
def test_what_was_left_by_another_writes_nothing_outside(
    name: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    o = read_options(LayoutsOptions, [TASK, "--count", "1", "--out", str(out)], prog="")
    journal = journal_of(out / "layouts", o)
    journal.append("seed 0", [{"name": name, "sizes_m": {}}, "hello"])
    before = sorted(tmp_path.rglob("*"))
    assert cli.main(["layouts", TASK, "--count", "1", "--out", str(out)]) == 2
    assert f"{journal.path} holds no layouts" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.yaml").symlink_to(tmp_path / "mine")
    assert _kept(tmp_path / "out", {"name": "a"}, "new")["file"] == str(tmp_path / "out/a.yaml")
    assert (tmp_path / "mine").read_text() == "precious"
    assert (tmp_path / "out" / "a.yaml").read_text() == "new"
