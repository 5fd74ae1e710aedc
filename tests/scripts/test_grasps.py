"""habilis grasps as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from habilis.assets.grasps import grasp_path, load_grasps
from habilis.scripts import cli


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Exit code, what it said, what it complained of."""
    code = cli.main(["grasps", *args])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_show_lists_tools_and_their_grasps(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "show")
    assert code == 0 and "tweezers medium" in out and "creep" in out
    code, out, _ = call(capsys, "show", "--json")
    rows = {(row["tool"], row["size"]): row for row in json.loads(out)}
    assert rows["pliers", "medium"]["worst"]["creep"] <= 0.5
    code, out, _ = call(capsys, "show", "pliers")
    assert code == 0 and len(out.splitlines()) == 1 + len(load_grasps("leap", "pliers"))
    code, out, _ = call(capsys, "show", "pliers", "--json")
    best = json.loads(out)[0]
    assert best["fingers"][0] == "thumb" and best["score"]["range"] >= 0.8


def test_check_measures_what_is_stored_again(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "check", "tweezers", "--best", "1")
    assert code == 0 and out.endswith("1 of 1 pass\n")


def test_find_writes_what_show_reads(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = ("--out", str(tmp_path))
    code, out, err = call(capsys, "find", "tongs", "--candidates", "1", *folder, "--json")
    row = json.loads(out)
    assert code == (0 if row["grasps"] else 1)
    assert "1 in reach" in err
    assert (row["file"] is not None) == (row["grasps"] > 0)
    code, out, _ = call(capsys, "show", *folder)
    assert code == 0 and ("tongs medium" in out) == (row["grasps"] > 0)


def test_faults_are_one_line_that_says_what_exists(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for args, words in (
        (("find", "tong"), "did you mean 'tongs'"),
        (("find", "tongs", "--size", "tiny"), "small, medium, large"),
        (("find", "tongs", "--candidates", "0"), "--candidates must be at least 1"),
        (("shew",), "did you mean 'show'"),
        (("show", "--picture", "a.png"), "needs a tool"),
        (("check", "tongs", "--out", str(tmp_path)), "stored: none"),
    ):
        code, out, err = call(capsys, *args)
        assert code == cli.USAGE and not out
        assert words in err and err.count("\n") == 1


def test_a_file_of_another_model_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    digest = load_grasps("leap", "tongs").digest
    text = grasp_path("leap", "tongs", "medium").read_text(encoding="utf-8")
    path = grasp_path("leap", "tongs", "medium", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(text.replace(digest, "0123456789ab"), encoding="utf-8")
    code, _, err = call(capsys, "check", "tongs", "--out", str(tmp_path))
    assert code == cli.USAGE
    assert "0123456789ab" in err and digest in err and "habilis grasps find tongs" in err
