"""habilis library as a user meets it: make, list, test, remove, and what it says of bad input."""

import json
from pathlib import Path

import pytest
from tests.llm_planner.library.test_maker import run_folder

from habilis.scripts import cli


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """The command in this process: exit code, what it said, what it complained of."""
    try:
        code = cli.main(["library", *args])
    except SystemExit as stop:
        code = int(stop.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.slow
def test_a_skill_is_made_listed_tested_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run = run_folder(tmp_path / "run")
    code, out, err = call(
        capsys, "make", "--from", str(run), "--name", "hook_in", "--layouts", "5", "--json"
    )
    made = json.loads(out)
    assert code == 0 and made["status"] == "admitted" and len(made["outcomes"]) == 5
    assert "practice: hook_in(" in err and "distance=$object.grip.x - workspace.max_x" in err
    code, out, err = call(capsys, "make", "--from", str(run), "--name", "hook_in")
    assert code == cli.USAGE and "'hook_in' is in the library already" in err and not out
    code, out, _ = call(capsys, "test", "hook_in", "--layouts", "1", "--seed", "1001")
    assert code == 0 and "ADMITTED  hook_in(tool, object" in out and "n = 6" in out
    tested = json.loads((tmp_path / "library.json").read_text(encoding="utf-8"))[0]["tested"]
    assert len(set(tested)) == 6, "a layout counts once"
    code, out, _ = call(capsys, "list")
    assert code == 0 and out.startswith("ADMITTED  hook_in(tool, object")
    assert json.loads(call(capsys, "list", "--json")[1])[0]["trials"] == 6
    assert call(capsys, "remove", "hook_in")[1].startswith("removed hook_in(")
    assert call(capsys, "list")[1] == "no skills in library.json\n"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ("lsit", "unknown action 'lsit'; did you mean 'list'"),
        ("make --from none", "none: no run of habilis solve"),
        ("make --from none --layouts 4", "--layouts must be at least 5, got 4"),
        ("test hook_in", "unknown composed skill 'hook_in'"),
        ("test hook_in --task a --scene b", "give --task or --scene, not both"),
        ("remove hook_in", "unknown composed skill 'hook_in'"),
        ("list --library bad.json", "bad.json: no skill library: "),
    ],
)
def test_bad_input_is_said_in_a_line(
    args: str,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.json").write_text("nonsense", encoding="utf-8")
    code, out, err = call(capsys, *args.split())
    assert code == cli.USAGE and says in err and not out
    assert len(err.strip().splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["bad.json"]


@pytest.mark.parametrize("action", ["list", "make", "test", "remove"])
def test_every_action_explains_itself(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, action, "--help")
    assert code == 0 and out.startswith(f"usage: habilis library {action}") and "--library" in out
