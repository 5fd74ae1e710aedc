"""The command line as a user meets it: help, exit codes, JSON, and errors in one line."""

import importlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.scripts.calling import call

from habilis.assets.scenes import scene_path, shipped
from habilis.envs.media import gl
from habilis.policies.skills import SKILLS
from habilis.scripts import cli
from habilis.scripts.shared.commands import commands

COMMANDS = commands(cli.PACKAGE)
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
EASY = ["solve", "Pick up the tea tin", "--no-film"]


def habilis(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "habilis.scripts.cli", *args],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_no_name_of_a_file_makes_a_message_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = tmp_path / "a\nhabilis: all is well"
    evil.write_text("{}")
    for kind in (["scene", "check"], ["policies", "export"], ["bench", "verify"]):
        code, _, err = call(capsys, *kind, str(evil))
        assert code == cli.USAGE and "\nhabilis" not in err and err.startswith("habilis: ")


# ---- help and names


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("--help", "-h", "help"):
        code, out, _ = call(capsys, flag)
        assert code == 0 and all(f"  {name} " in out for name in COMMANDS)
    code, out, _ = call(capsys)
    assert code == cli.USAGE and out.startswith("usage: habilis COMMAND")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, name, "--help")
    assert code == 0 and not err
    assert out.startswith(f"usage: habilis {name}") and len(out.splitlines()) > 4


@pytest.mark.parametrize("kind", commands("habilis.scripts.bench"))
def test_every_bench_explains_itself(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "bench", kind, "--help")
    assert code == 0 and out.startswith(f"usage: habilis bench {kind}")


@pytest.mark.parametrize("kind", commands("habilis.scripts.ros"))
def test_every_command_for_robots_explains_itself(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = call(capsys, "ros", kind, "--help")
    assert code == 0 and out.startswith(f"usage: habilis ros {kind}")


def test_a_command_is_a_file_and_its_docstring_the_line_of_the_help() -> None:
    for package in ("habilis.scripts", "habilis.scripts.bench", "habilis.scripts.ros"):
        for name, what in commands(package).items():
            module = importlib.import_module(f"{package}.{name.replace('-', '_')}")
            assert callable(module.command) and 10 < len(what) <= 100, (package, name)


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    import importlib.metadata

    assert call(capsys, "--version")[1].strip() == importlib.metadata.version("habilis")


def test_the_installed_command_works() -> None:
    script = Path(sys.executable).with_name("habilis")
    if not script.exists():
        pytest.skip("habilis is importable here, but not installed: there is no command")
    done = subprocess.run([script, "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "habilis COMMAND --help" in done.stdout


# ---- bad input: one line on stderr, exit code 2, no traceback


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("slove", "unknown command 'slove'; did you mean 'solve'? known: "),
        ("trian", "unknown command 'trian'; did you mean 'train'"),
        ("bench thruput", "unknown bench command 'thruput'; did you mean 'throughput'"),
        ("bench oracle --episodes 0", "--episodes must be at least 1, got 0"),
        ("bench oracle --seed -1", "--seed must be at least 0, got -1"),
        ("bench creative --planner search --layouts 0", "--layouts must be at least 1, got 0"),
        ("bench creative --planner search --workers 0", "--workers must be at least 1, got 0"),
        ("bench creative --planner search --rollouts -1", "--rollouts must be at least 0, got -1"),
        ("bench creative --planner search --tasks habilis/No-v0", "unknown task 'habilis/No-v0'"),
        ("bench creative --planner serach", "unknown planner 'serach'; did you mean 'search'?"),
        ("bench creative --planner opnai:m", "unknown model 'opnai:m'; did you mean 'openai'?"),
        ("bench creative --planner openai:m", "no API key for 'openai:m'"),
        ("bench creative --planner search --published --unit mm", "leaves no room for --unit"),
        ("bench compare none.json", "none.json"),
        ("bench throughput --rounds 0", "--rounds must be at least 1, got 0"),
        ("bench oracle --episodes 1 --variation nan", "variation must be from 0 to 4, got nan"),
        ("play --episodes 0", "--episodes must be at least 1, got 0"),
        ("play --seed -1", "--seed must be at least 0, got -1"),
        ("play --variation -1", "layout variation must be from 0 to 4, got -1"),
        ("play --variation nan", "layout variation must be from 0 to 4, got nan"),
        ("play --variation 6", "layout variation must be from 0 to 4, got 6"),  # masses below 0
        ("play --variation inf", "layout variation must be from 0 to 4, got inf"),
        ("play habilis/ReachMlik-v0", "did you mean 'habilis/ReachMilk-v0'"),
        ("play --scene 2025", "unknown scene of ReachMilk '2025'"),
        ("play --agent policy", "needs --policy FILE"),
        ("play --agent policy --policy none.zip", "no policy file none.zip"),
        ("solve", "what is to be done?"),
        ("solve fly", "no shipped scene fits 'fly'"),
        ("solve milk --scene none.yaml", "none.yaml: no such file"),
        ("solve milk --rollouts 0", "--rollouts must be at least 1, got 0"),
        ("solve milk --rollouts -5", "--rollouts must be at least 1, got -5"),
        ("solve milk --seconds nan", "seconds must be positive, got nan"),
        ("solve milk --seconds 0", "seconds must be positive, got 0"),
        ("solve milk --seed -1", "--seed must be at least 0, got -1"),
        ("solve milk --variation -1", "layout variation must be from 0 to 4, got -1"),
        ("solve milk --variation nan", "layout variation must be from 0 to 4, got nan"),
        ("solve milk --variation inf", "layout variation must be from 0 to 4, got inf"),
        ("solve milk --plan none.json", "none.json: cannot be read as a plan"),
    ],
)
def test_bad_input_is_said_in_a_line(
    args: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, *args.split())
    complaint = err.strip().splitlines()[-1] if "solve" not in args else err.strip()
    assert code == cli.USAGE and said in complaint, err
    assert "Traceback" not in err and not out
    assert complaint.startswith("habilis: ")
    assert list(tmp_path.iterdir()) == [], "a refused command leaves nothing behind"


def test_a_file_in_the_way_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("")
    argv = ["solve", "--scene", "reach_milk_2023", "--out", str(tmp_path / "taken")]
    assert cli.main(argv) == cli.USAGE
    assert "taken: File exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    "args",
    ["list nonsense", "play --agent orakel", "solve milk --rollouts many", "doctor --verbose"],
)
def test_a_choice_that_does_not_exist_is_a_usage_error(
    args: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, *args.split())
    assert code == cli.USAGE and not out and "Traceback" not in err
    assert args.split()[-1].lstrip("-") in err


def test_a_bad_scene_file_is_named_with_line_and_key(tmp_path: Path) -> None:
    text = scene_path("gallery_tray").read_text(encoding="utf-8")
    line = next(i for i, s in enumerate(text.splitlines(), 1) if "mass: 0.2" in s)
    path = tmp_path / "bad.yaml"
    path.write_text(text.replace("mass: 0.2", "mass: heavy"), encoding="utf-8")
    done = habilis("solve", "--scene", str(path), "--out", str(tmp_path / "out"))
    assert done.returncode == cli.USAGE and not done.stdout
    assert len(done.stderr.strip().splitlines()) == 1
    assert f"bad.yaml:{line}:" in done.stderr and "objects.tea_tin.mass" in done.stderr
    assert "heavy" in done.stderr and not (tmp_path / "out").exists()


def test_a_bad_plan_file_is_named_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.json"
    path.write_text('{"steps": [{"skill": "grap", "args": {}}]}', encoding="utf-8")
    code, _, err = call(capsys, *EASY, "--plan", str(path), "--out", str(tmp_path / "out"))
    assert code == cli.USAGE
    assert "plan.json: steps[0]: unknown skill 'grap'; did you mean 'grasp'" in err


def test_where_an_error_comes_from_is_shown_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABILIS_DEBUG", "1")
    with pytest.raises(ValueError, match="did you mean"):
        cli.main(["bench", "thruput"])


def test_a_missing_extra_is_named_with_its_install_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    path = tmp_path / "policy.zip"
    path.write_bytes(b"PK")
    monkeypatch.setattr("habilis.scripts.shared.actor.ask", lambda *_: True)
    code, _, err = call(capsys, "play", "--agent", "policy", "--policy", f"sb3:{path}")
    assert code == cli.USAGE and 'pip install "habilis[rl]"' in err


@pytest.mark.parametrize("command", ["bench", "train"])
def test_what_a_file_says_of_itself_does_nothing_to_the_terminal(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if command == "train":
        pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')
    hostile = "fine\x1b[2K\u202e\u2028"
    stored = (BENCHMARKS / "creative_search.json").read_text(encoding="utf-8")
    told = stored.replace('"planner": "search"', f'"planner": {json.dumps(hostile)}')
    (tmp_path / "result.json").write_text(told, encoding="utf-8")
    config = {"algorithm": "PPO", "task": hostile}
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    args = {
        "bench": ("compare", tmp_path / "result.json"),
        "train": ("--config", tmp_path / "config.yaml", "--out", tmp_path / "out"),
    }[command]
    _, out, err = call(capsys, command, *args)
    assert "fine\\x1b[2K\\u202e\\u2028" in out + err
    assert not set("\x1b\u202e\u2028") & set(out + err)


def test_what_gymnasium_lacks_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from gymnasium.error import DependencyNotInstalled

    from habilis.scripts import list as listing

    def lacking(args: list[str]) -> int:
        raise DependencyNotInstalled("Box2D is not installed")

    monkeypatch.setattr(listing, "command", lacking)
    assert call(capsys, "list")[::2] == (2, "habilis: Box2D is not installed\n")


def test_an_interrupt_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from habilis.scripts import list as listing

    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(listing, "command", interrupted)
    code, _, err = call(capsys, "list")
    assert code == 130 and err.strip() == "interrupted"


def test_a_closed_pipe_is_no_error() -> None:
    line = f"{sys.executable} -m habilis.scripts.cli list | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["tasks", "0"] and not done.stderr


# ---- what commands print


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
    assert [x["ok"] for x in lessons] == [False, True]
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
    assert "SUCCESS" in done.stdout and "no film: " in done.stdout
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
