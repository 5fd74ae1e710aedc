"""What commands print: records, lists, refusals, and nothing beside them."""

import io
import json
import re
import sys
from pathlib import Path

import pytest
from tests.scripts.calling import EASY, call, habilis

from habilis.assets.scenes import scene_path, shipped
from habilis.envs.media import gl
from habilis.policies.skills import SKILLS
from habilis.scripts import cli


def test_the_list_is_complete_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "list", "--json")
    found = json.loads(out)
    kinds = {"tasks", "scenes", "skills", "robots", "words", "bundles", "configs"}
    assert code == 0 and set(found) == kinds
    assert list(found["scenes"]) == shipped()
    assert {s.split("(")[0] for s in found["skills"]} == set(SKILLS)
    for entries in found.values():
        assert entries and all(len(text) > 8 for text in entries.values())
    assert len(set(found["tasks"].values())) == len(found["tasks"])
    assert "module's page" not in out


@pytest.mark.parametrize("what", ["tasks", "scenes", "skills", "robots", "words", "configs"])
def test_one_list_at_a_time(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "list", what, "--json")
    assert list(json.loads(out)) == [what]
    code, text, _ = call(capsys, "list", what)
    assert code == 0 and text.splitlines()[0] == what


def test_the_doctor_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "doctor", "--json")
    assert code == 0 and json.loads(out)["ok"] is True


def test_play_prints_episodes(capsys: pytest.CaptureFixture[str]) -> None:
    task = "habilis/ReachMilkNotNeeded-v0"
    code, out, _ = call(capsys, "play", task, "--episodes", "2", "--seed", "3", "--json")
    episodes = json.loads(out)
    assert code == 0 and [e["seed"] for e in episodes] == [3, 4]
    assert all(e["success"] for e in episodes)
    code, text, _ = call(capsys, "play", task)
    assert code == 0 and "seed 0: success after " in text and "success 1.00 (0.21-1.00" in text


def test_play_runs_a_plan_with_a_held_tool(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.json"
    steps = [{"skill": "set_aperture", "args": {"gap": gap}} for gap in (0.02, 0.2)]
    path.write_text(json.dumps({"steps": steps}), encoding="utf-8")
    task = ["play", "habilis/TweezersPick-v0", "--plan", str(path), "--seed", "2"]
    code, out, _ = call(capsys, *task)
    assert code == 1 and "s  set_aperture: success, tips 2" in out
    assert "set_aperture: failure, the tips of the tweezers open 0 to" in out
    assert "the plan failed; the object was not lifted by the tool for 1 s" in out
    code, out, _ = call(capsys, *task, "--json")
    (run,) = json.loads(out)
    assert code == 1 and [s["result"]["outcome"] for s in run["steps"]] == ["success", "failure"]
    code, _, err = call(capsys, "play", "habilis/ReachMilk-v0", "--plan", str(path))
    assert code == cli.USAGE and "habilis solve --plan runs plans of a gripper" in err


def test_solve_prints_the_record_alone_on_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, *EASY, "--json", "--out", str(tmp_path))
    record = json.loads(out)
    (folder,) = tmp_path.iterdir()
    assert code == 0 and record["scene"]["name"] == "gallery_tray"
    assert record == json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["command"].startswith("habilis solve 'Pick up the tea tin'")
    assert "SUCCESS" in err and str(folder / "run.json") in err and "planning: " in err
    assert (folder / "report.html").exists() and str(folder / "report.html") in err


def test_a_spent_budget_is_exit_code_1_and_no_refusal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = call(
        capsys, "solve", "Reach the milk", "--no-film", "--rollouts", "1", "--out", str(tmp_path)
    )
    assert code == 1 and "GAVE UP: given up for the budget: 1 rollouts are spent" in out
    assert out.count("rollouts are spent") == 1


def test_words_that_contradict_the_goal_are_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Success for something that was not asked for is none."""
    asked = ["solve", "--scene", "gallery_tray", "--no-film", "Pick up the bookend"]
    monkeypatch.setattr("sys.stdin", None)
    code, out, _ = call(capsys, *asked, "--out", str(tmp_path))
    assert (
        code == 1 and "is about bookend; the goal of scene 'gallery_tray' is about tea_tin" in out
    )
    assert "FAILED: " in out and "nobody said that it is meant" in out
    assert "planning" not in out and "executing" not in out


def test_a_failing_plan_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.json"
    path.write_text('{"steps": [{"skill": "open_gripper"}]}', encoding="utf-8")
    code, out, _ = call(capsys, *EASY, "--plan", str(path), "--out", str(tmp_path / "out"))
    assert code == 1 and "FAILED: it ran through, but the goal does not hold" in out


def test_a_plan_is_replayed_on_a_scene_file_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(scene_path("gallery_tray").read_text(encoding="utf-8"), encoding="utf-8")
    first, again = tmp_path / "first", tmp_path / "again"
    options = ["--scene", str(mine), "--no-film", "--out"]
    assert call(capsys, "solve", "Tea, please", *options, str(first))[0] == 0
    (run,) = first.iterdir()
    plan = ["--plan", str(run / "plan.json")]
    code, out, _ = call(capsys, "solve", *options, str(again), *plan)
    assert code == 0 and "SUCCESS" in out and "planning" not in out


@pytest.mark.parametrize(
    ("confirm", "typed", "code", "said"),
    [
        ("plan", "y\n", 0, "SUCCESS"),
        ("plan", "n\n", 1, "NOT EXECUTED: the plan was refused by the operator"),
        ("plan", "", 1, "NOT EXECUTED: the plan was refused by the operator"),
        ("each", "y\n" * 9, 0, "SUCCESS"),
        ("each", "y\nno\n", 1, "refused by the operator"),
        ("each", "", 1, "refused by the operator"),
    ],
)
def test_nothing_is_executed_without_a_yes(
    confirm: str,
    typed: str,
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    options = ["--confirm", confirm, "--json", "--out", str(tmp_path)]
    done, out, err = call(capsys, *EASY, *options)
    record = json.loads(out)  # the questions do not mix with the record
    assert done == code and said in err, err
    assert ("standard input ended without an answer" in err) == (not typed)
    assert ("execute it? [y/N]" in err) == (confirm == "plan")
    assert bool(re.search(r"^run \w+\(.*\)\? \[y/N\]", err, re.M)) == (confirm == "each")
    moved = [s for s in (record["execution"] or {"steps": []})["steps"] if s["end"] > s["start"]]
    assert bool(moved) == typed.startswith("y")
    (folder,) = tmp_path.iterdir()
    assert (folder / "run.json").exists() and (folder / "report.html").exists()


def test_nobody_at_the_terminal_is_no_consent(tmp_path: Path) -> None:
    done = habilis(*EASY, "--confirm", "plan", "--out", str(tmp_path))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "no: standard input ended without an answer" in done.stdout
    assert "NOT EXECUTED: the plan was refused by the operator" in done.stdout


def test_memory_and_library_go_along_with_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = Path(__file__).parents[1] / "data/recordings/reach_milk_19.jsonl"
    memory, library = tmp_path / "memory.jsonl", tmp_path / "library.json"
    run = ["solve", "--scene", "reach_milk_2024", "--seed", "9", "--variation", "1", "--no-film"]
    run += ["--model", f"replay:{recording}", "--memory", str(memory)]
    code, out, _ = call(capsys, *run, "--library", str(library), "--out", str(tmp_path / "no"))
    assert code == cli.USAGE and not memory.exists()
    library.write_text("[]", encoding="utf-8")
    code, out, _ = call(capsys, *run, "--library", str(library), "--out", str(tmp_path / "a"))
    assert code == 0 and "repair 1 of 3: a tool-use fault goes back to the plan stage" in out
    lessons = [json.loads(line) for line in memory.read_text("utf-8").splitlines()]
    assert [x["ok"] for x in lessons] == [False, False, True]
    assert json.loads(library.read_text("utf-8")) == []
    code, out, _ = call(capsys, *run, "--out", str(tmp_path / "b"))
    assert code == 1 and "From earlier tries at tasks like this one" in out, out


def test_two_runs_in_the_same_second_keep_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from habilis.scripts import solve

    monkeypatch.setattr("time.strftime", lambda _: "20260101-000000")
    names = [solve._folder(tmp_path, "x").name for _ in range(3)]
    assert names == [f"20260101-000000-x{end}" for end in ("", "-2", "-3")]


def test_what_a_terminal_cannot_show_ends_no_run(tmp_path: Path) -> None:
    name = tmp_path / "\u4eba\u2192.yaml"  # in the message, and not in the terminal's code page
    done = habilis("solve", "--scene", str(name), PYTHONIOENCODING="cp1252")
    assert done.returncode == 2 and "\\u4eba\\u2192.yaml: no such file" in done.stderr
    shown = habilis("solve", "--help", PYTHONIOENCODING="ascii")
    assert shown.returncode == 0, shown.stderr
    said = habilis(
        "solve", "Pick up the tea tin \u2192", "--plan", str(tmp_path / "no"), "--out",
        str(tmp_path), PYTHONIOENCODING="ascii",
    )  # fmt: skip
    assert "UnicodeEncodeError" not in said.stderr and "codec" not in said.stderr


def test_without_gl_it_still_solves_and_says_what_would_bring_the_film(tmp_path: Path) -> None:
    done = habilis("solve", "Pick up the tea tin", "--out", str(tmp_path), MUJOCO_GL="disable")
    assert done.returncode == 0, done.stderr
    assert "SUCCESS" in done.stdout and done.stdout.startswith("no film: ")  # before the work
    assert done.stdout.count("no film: ") == 1
    assert "MUJOCO_GL" in done.stdout or gl.APT_LINE in done.stdout
    (folder,) = tmp_path.iterdir()
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert run["execution"]["success"] and run["note"].startswith("no film: ")
    assert (folder / "report.html").exists() and not (folder / "film.webm").exists()


@pytest.mark.parametrize(
    ("instruction", "scene"),
    [
        ("Reach the milk", "reach_milk_2023"),
        ("please fetch the JUICE!", "gallery_fetch_hook"),
        ("get me a mug", "gallery_l_hook"),
        ("tea", "gallery_tray"),
    ],
)
def test_the_words_of_the_instruction_choose_the_scene(instruction: str, scene: str) -> None:
    from habilis.scripts.shared.scenes import choose_scene

    chosen = choose_scene("", instruction)
    assert chosen.name == scene and chosen.instruction == instruction


def test_the_name_of_the_command_is_not_taken_for_its_arguments() -> None:
    done = habilis("list", "scenes", "--json")
    assert done.returncode == 0 and list(json.loads(done.stdout)["scenes"]) == shipped()
