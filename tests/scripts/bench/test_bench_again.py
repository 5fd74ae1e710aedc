"""Tests of measuring stored results again."""

import json
from pathlib import Path
from typing import Any

import pytest

from habilis.scripts.bench.again import command, words
from habilis.scripts.bench.again.rows import compare

ORACLE = "habilis bench oracle --tasks habilis/PegInTube-v0 --episodes 1 --out peg.json"


def _row(**more: Any) -> dict[str, Any]:
    return {"task": "A", "robot": "arm", "rate": 0.9, "interval": [0.8, 0.95], **more}


def test_rows_are_matched_by_what_they_are_of_and_compared_by_intervals() -> None:
    old = [_row(), _row(task="B"), _row(task="C")]
    new = [_row(task="B", rate=0.3, interval=[0.2, 0.4]), _row(rate=0.85, interval=[0.7, 0.9])]
    told = compare(old, new)
    assert told["same"] == 1 and told["missing"] == ["C arm (now)"]
    assert told["moved"] == ["B arm: interval was 0.8-0.95 and is 0.2-0.4"]


def test_nested_intervals_and_rows_of_one_name_are_compared_too() -> None:
    old = [_row(tips={"p90_interval": [1.0, 2.0]}), _row()]
    new = [_row(tips={"p90_interval": [3.0, 4.0]}), _row()]
    assert compare(old, new)["moved"] == ["A arm: tips.p90_interval was 1-2 and is 3-4"]
    assert compare(new, new) == {"same": 2, "moved": [], "missing": []}


@pytest.mark.parametrize(
    "stored",
    [
        "rm -rf /",
        "habilis ros jog fr3 1 0.1",
        "habilis train habilis/Scene-v0",
        "habilis bench again benchmarks/oracle.json",
        "habilis",
        "",
        "habilis bench 'oracle",
    ],
)
def test_a_file_makes_nothing_run_but_a_measurement(stored: str, tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    path.write_text(json.dumps({"kind": "oracle", "command": stored, "rows": [_row()]}))
    with pytest.raises(ValueError, match=r"some\.json: its command"):
        command([str(path), "--out", str(tmp_path / "new")])
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "option",
    [
        "--planner openai:any@http://127.0.0.1:9/v1",
        "--planner=anthropic:any",
        "--planner record:/tmp/answers.jsonl:search",
        "--planner file:/tmp/folder",
        "--planner=file:/tmp/folder",
        "--policy sb3:some.zip",
        "--transports ws://robot.example:9090",
        "--transports=wss://127.0.0.1.example:9090",
        "--transports ws://127.0.0.1:9@robot.example",
        "--robot sim:fr3@ws://robot.example:9090",
    ],
)
def test_a_file_names_no_server_and_no_code(option: str, tmp_path: Path) -> None:
    """The key of whoever measures again would go there."""
    with pytest.raises(ValueError, match=r"some\.json: its command is not run"):
        words(f"habilis bench creative {option}", tmp_path / "some.json", tmp_path)


def test_a_robot_of_this_machine_may_be_asked(tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    path.write_text(json.dumps({"kind": "ros", "command": "", "rows": [_row()]}))
    for local in ("--transports ws://127.0.0.1:9581", "--robot fr3@ws://127.0.0.1:9582"):
        told = f"habilis ros bench plans {local}"
        assert words(told, path, tmp_path)[:5] == told.split()[1:]


@pytest.mark.parametrize("rows", [3, [3], {"a": 1}, None])
def test_rows_that_are_none_are_refused_before_anything_runs(rows: Any, tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    path.write_text(json.dumps({"kind": "oracle", "command": ORACLE, "rows": rows}))
    with pytest.raises(ValueError, match=r"some\.json holds no rows of a bench"):
        command([str(path), "--out", str(tmp_path / "new")])


def test_the_new_result_goes_where_it_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "peg.json"
    path.write_text(json.dumps({"kind": "oracle", "command": ORACLE, "rows": [_row()]}))
    told = words(ORACLE, path, Path("new"))
    assert told[-2:] == ["--out", "new/peg.json"] and told.count("--out") == 1
    elsewhere = f"{ORACLE} --out=/etc/passwd --film ~/films"
    assert words(elsewhere, path, Path("new")) == told
    path.write_text(json.dumps({"kind": "creative", "command": ORACLE, "rows": [_row()]}))
    assert words(ORACLE, path, Path("new"))[-1] == "new/peg"


def test_a_stored_result_is_measured_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = tmp_path / "peg.json"
    names = {"task": "habilis/PegInTube-v0", "scene": "first", "robot": "fr3+panda_hand"}
    row = {**names, "success": 0, "interval": [0.0, 0.1]}
    stored.write_text(json.dumps({"kind": "oracle", "command": ORACLE, "rows": [row]}))
    args = [str(stored), "--out", str(tmp_path / "new")]
    assert command(args) == 1
    told = capsys.readouterr().out
    assert "peg.json: 0 rows alike, 1 moved" in told and "interval was 0-0.1 and is" in told
    made = (tmp_path / "new" / "peg.json").read_bytes()
    assert command(args) == 1 and (tmp_path / "new" / "peg.json").read_bytes() == made
