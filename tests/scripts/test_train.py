"""habilis train and habilis eval as a user meets them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.scripts.calling import call

pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')

from tests.policies.learn.point import ppo

from habilis.policies.bundles.bundle import shipped
from habilis.policies.learn.config import dump
from habilis.scripts import cli


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by the command itself from a configuration file."""
    folder = tmp_path_factory.mktemp("train")
    config = folder / "point.yaml"
    config.write_text(yaml.safe_dump(dump(ppo(total_steps=256))), encoding="utf-8")
    sets = ["hyperparameters.n_steps=8", "evaluation.final_episodes=5"]
    assert cli.main(["train", "--config", str(config), "--out", str(folder), "--set", *sets]) == 0
    (made,) = folder.glob("Point-v0-*/bundle.zip")
    return made


def test_train_leaves_a_bundle_with_its_command(bundle: Path) -> None:
    assert (bundle.parent / "config.yaml").is_file()
    from habilis.policies.bundles.bundle import Bundle

    m = Bundle.load(bundle).manifest
    assert m["config"]["hyperparameters"]["n_steps"] == 8 and m["score"]["episodes"] == 5
    assert m["command"].startswith("habilis train --config ")


def test_eval_prints_an_interval_and_compares_agents(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["eval", bundle, "--agent", "zero", "random", "--episodes", 20, "--no-film"]
    code, out, _ = call(capsys, *args, "--out", tmp_path)
    assert code == 0 and out.startswith("test/Point-v0 {'flat': True} seeds 2000000-2000019")
    assert out.count("n = 20)") == 3 and "x out of time" in out
    (stored,) = tmp_path.glob("*.json")
    rows = json.loads(stored.read_text())["rows"]
    assert [row["agent"] for row in rows] == [str(bundle), "zero", "random"]
    assert all(row["low"] <= row["rate"] <= row["high"] for row in rows)


def test_eval_overwrites_no_other_evaluation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["eval", "test/Point-v0", "--agent", "zero", "--no-film", "--episodes", 2]
    told = [call(capsys, *args, "--seed", seed, "--out", tmp_path)[1] for seed in (0, 7)]
    first, second = sorted(tmp_path.glob("*.json"))
    assert first.name == "Point-v0-zero-2.json" and second.name == "Point-v0-zero.json"
    assert str(second) in told[0] and str(first) in told[1]
    assert [json.loads(path.read_text())["seed"] for path in (second, first)] == [0, 7]


def test_eval_of_a_real_task_films_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["eval", "habilis/Scene-v0", "--option", "scene=training/push", "--agent", "zero"]
    code, out, err = call(capsys, *args, "--episodes", 2, "--out", tmp_path, "--json")
    result = json.loads(out)
    assert code == 0 and result["options"]["scene"] == "training/push"
    film = result["film"]
    assert film is None and "no film" in err or Path(film).stat().st_size > 10_000
    assert film is None or Path(film).with_suffix(".png").is_file()


def test_eval_leaves_out_shipped_bundles_that_do_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["eval", "habilis/Scene-v0", "--option", "scene=reach_milk_2024", "--agent"]
    more = ["zero", "--no-film", "--episodes", 2, "--out", tmp_path, "--json"]
    code, out, said = call(capsys, *args, *more)
    assert code == 0 and "left out push, which does not fit: " in said
    assert [row["agent"] for row in json.loads(out)["rows"]] == ["zero"]


def test_eval_compares_bundles_in_pairs_and_by_group(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["eval", bundle, bundle, "--agent", "steer", "--by", "half", "--episodes", 20]
    code, out, _ = call(capsys, *args, "--out", tmp_path)
    assert code == 0 and (tmp_path / "Point-v0-bundle.mp4").stat().st_size > 1000
    (stored,) = tmp_path.glob("*.json")
    first, same, steer = json.loads(stored.read_text())["rows"]
    assert "paired" not in first and same["paired"] == {"only_first": 0, "only_this": 0, "p": 1.0}
    assert steer["rate"] == 1 and steer["paired"]["only_this"] == 20 - first["success"]
    halves = first["groups"]["half"]
    assert sum(g["count"] for g in halves.values()) == first["success"]
    assert set(halves) == {"left", "right"} and "half left " in out and "McNemar p = " in out


def test_play_films_what_only_render_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "play.mp4"
    args = ["play", "test/Point-v0", "--agent", "steer", "--episodes", 3, "--film", film]
    code, out, _ = call(capsys, *args)
    assert code == 0 and film.stat().st_size > 1000 and out.count(": success after") == 3
    code, _, err = call(capsys, "play", "test/Point-v0", "--agent", "zero", "--window")
    assert code == cli.USAGE and "write a film with --film" in err
    code, _, err = call(capsys, "play", "test/Point-v0", "--agent", "oracle")
    assert code == cli.USAGE and "there is no oracle for test/Point-v0" in err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["train"], "name a task, e.g. habilis train"),
        (["train", "habilis/ReachMlk-v0"], "did you mean 'habilis/ReachMilk-v0'"),
        (["train", "test/Point-v0", "--config", "pppo"], "did you mean 'ppo'"),
        (["train", "test/Point-v0", "--set", "sed=3"], "unknown key 'sed'; did you mean 'seed'"),
        (["train", "test/Point-v0", "--resume", "x"], "leave them out"),
        (["train", "--resume", "nowhere"], "nowhere holds no training run"),
        (["eval", "nothing"], "no policy file nothing"),
        (["eval", "habilis/ReachMlk-v0"], "did you mean 'habilis/ReachMilk-v0'"),
        (["eval", "habilis/ReachMilk-v0"], "no bundle for habilis/ReachMilk-v0 is shipped"),
        (["eval", "habilis/ReachMilk-v0", "--option", "x"], "written key=value, got 'x'"),
        (["eval", "habilis/ReachMilk-v0", "--episodes", "0"], "--episodes must be at least 1"),
        (["eval", "test/Point-v0", "--agent", "stear"], "unknown agent 'stear'; did you mean"),
        (
            ["eval", "test/Point-v0", "--agent", "steer", "--by", "x"],
            "unknown key 'x'; known: half",
        ),
        (["play", "--agent", "policy", "--policy", "nothing"], "no policy file nothing"),
    ],
)
def test_a_mistake_is_one_line(
    args: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    agents = ["--agent", "zero"] if args[-1] == "x" and args[0] == "eval" else []
    out = ["--out", str(tmp_path)] if args[0] != "play" else []
    code, _, err = call(capsys, *args, *agents, *out)
    assert code == cli.USAGE and said in err and "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_a_bundle_that_does_not_fit_is_told_apart(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = call(
        capsys, "play", "habilis/ReachMilk-v0", "--agent", "policy", "--policy", bundle
    )
    assert code == cli.USAGE and "the bundle does not fit:" in err
    assert "task: trained on test/Point-v0, given habilis/ReachMilk-v0" in err


def test_list_shows_bundles_and_configurations(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "list", "configs", "--json")
    assert code == 0 and "ppo" in json.loads(out)["configs"]
    _, out, _ = call(capsys, "list", "bundles", "--json")
    assert list(json.loads(out)["bundles"]) == list(shipped())


def test_listing_bundles_loads_no_torch() -> None:
    code = (
        "import sys; from habilis.scripts import cli; cli.main(['list', 'bundles']);"
        " sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0
