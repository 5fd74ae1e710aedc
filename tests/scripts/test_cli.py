"""The command line as a user meets it: help, exit codes, JSON, and errors in one line."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.scripts.calling import EASY, call, habilis

from habilis.assets.scenes import scene_path
from habilis.scripts import cli
from habilis.scripts.shared.commands import commands

COMMANDS = commands(cli.PACKAGE)
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


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


@pytest.mark.parametrize("task", ["habilis/TweezersAperture-v0", "habilis/ClimbSofa-v0"])
def test_the_studio_refuses_by_name_what_has_no_arm(
    task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("viser", reason="needs the studio extra")
    code, _, err = call(capsys, "studio", task)
    assert code == cli.USAGE and f"{task} has no scene with an arm" in err


@pytest.mark.parametrize(
    "typed",
    [
        ["design", "ReachMilk", "--out"],
        ["leaderboard", str(BENCHMARKS / "oracle.json"), "--out"],
        ["policies", "export", "push", "--onnx"],
        ["bench", "oracle", "--out"],
    ],
)
def test_what_cannot_be_written_is_said_before_any_work(
    typed: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    code, out, err = call(capsys, *typed, str(tmp_path / "file" / "result"))
    assert code == cli.USAGE and not out
    assert f"result cannot be written: {tmp_path / 'file'} is no folder" in err
