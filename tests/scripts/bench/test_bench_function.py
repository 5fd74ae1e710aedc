"""habilis bench function as a user meets it, and what it stored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from habilis.envs.media import gl
from habilis.policies.evaluation.statistics import wilson
from habilis.scripts import cli

STORED = Path(__file__).parents[3] / "benchmarks" / "function.json"


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Exit code, what it said, what it complained of."""
    code = cli.main(["bench", "function", *args])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_it_prints_a_table_and_stores_the_same(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "function.json"
    code, said, _ = call(capsys, "--tool", "syringe", "--runs", "4", "--out", str(out))
    row = json.loads(out.read_text())["rows"][0]
    assert code == 0 and f"| syringe | medium | give a dose | PI | 4 | {row['success']} |" in said
    assert row["success"] + sum(row["failures"].values()) == row["runs"] == 4
    code, said, _ = call(capsys, "--tool", "syringe", "--runs", "4", "--json")
    assert json.loads(said)["rows"] == json.loads(out.read_text())["rows"]


def test_pictures_show_every_stage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    try:
        gl.ensure()
    except gl.RenderingUnavailable as error:
        pytest.skip(str(error))
    code, _, _ = call(capsys, "--tool", "pliers", "--runs", "2", "--picture", str(tmp_path))
    assert code == 0
    image = cv2.imread(str(tmp_path / "pliers_medium.png"))
    rows = image.reshape(-1, 320, *image.shape[1:])
    assert len(rows) == 4 and image.shape[1] == 640
    assert all(abs(a.astype(int) - b).max() > 50 for a, b in zip(rows[:-1], rows[1:], strict=True))


def test_faults_are_one_line_that_says_what_exists(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "--tool", "sissors")
    assert code == 2 and "sissors" in err and "scissors" in err
    code, _, err = call(capsys, "--runs", "0")
    assert code == 2 and "--runs must be at least 1" in err
    code, _, err = call(capsys, "--size", "huge", "--tool", "syringe", "--runs", "1")
    assert code == 2 and "huge" in err


def test_stored_rates_follow_from_their_counts() -> None:
    found = json.loads(STORED.read_text(encoding="utf-8"))
    assert {(row["tool"], row["size"]) for row in found["rows"]} >= {
        (tool, size)
        for tool in ("scissors", "pliers", "clothespin", "syringe")
        for size in ("small", "medium", "large")
    }
    for row in found["rows"]:
        assert row["runs"] >= 100
        assert row["success"] + sum(row["failures"].values()) == row["runs"]
        assert row["rate"] == pytest.approx(row["success"] / row["runs"])
        assert row["interval"] == pytest.approx(wilson(row["success"], row["runs"]))
