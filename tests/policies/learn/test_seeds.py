"""One training from several seeds: folders, stopping, going on, the table, the curves."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')

from tests.policies.learn.point import ppo

from habilis.policies.evaluation import curves
from habilis.policies.learn import run, seeds
from habilis.policies.learn.config import dump
from habilis.scripts import cli


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seeds by the command itself."""
    folder = tmp_path_factory.mktemp("seeds")
    config = folder / "point.yaml"
    least = ppo(total_steps=512, evaluation={"every": 256, "episodes": 8, "final_episodes": 10})
    config.write_text(yaml.safe_dump(dump(least)), encoding="utf-8")
    args = ["train", "--config", str(config), "--out", str(folder), "--seeds", "0", "3"]
    assert cli.main(args) == 0
    (made,) = folder.glob("Point-v0-*")
    return made


def test_each_seed_has_its_run(several: Path) -> None:
    assert [f.name for f in seeds.runs(several)] == ["seed-0", "seed-3"]
    outcomes = seeds.resume(several, "cpu", [])
    manifests = [o.bundle.manifest for o in outcomes if o.bundle is not None]
    assert [m["config"]["seed"] for m in manifests] == [0, 3]
    text = seeds.table(outcomes)
    assert text.count("n = 10)") == 2 and text.splitlines()[-1].startswith("mean      success")


def test_going_on_does_what_is_left(several: Path, tmp_path: Path) -> None:
    """A seed that was not begun, and more steps for all."""
    whole = tmp_path / "whole"
    for seed in (0, 3):
        (whole / f"seed-{seed}").mkdir(parents=True)
        config = ppo(total_steps=256, seed=seed)
        run.write_config(config, whole / f"seed-{seed}")
    assert cli.main(["train", "--resume", str(whole)]) == 0
    assert cli.main(["train", "--resume", str(whole), "--steps", "384"]) == 0
    found = [o.bundle.manifest["run"]["steps"] for o in seeds.resume(whole, "cpu", []) if o.bundle]
    assert found == [384, 384]


def test_a_refused_run_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["train", "test/Point-v0", "--config", "sac", "--out", str(tmp_path), "--seeds", "0"]
    assert cli.main([*args, "--set", "hyperparameters.nonsense=1"]) == cli.USAGE
    assert cli.main([*args, "0"]) == cli.USAGE and "seeds must differ" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_curves_hold_their_runs(several: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    out = tmp_path / "curves.png"
    args = ["bench", "curves", several, several / "seed-0", "--labels", "both", "one", "--out", out]
    assert cli.main([str(a) for a in args]) == 0
    assert out.read_bytes()[:4] == b"\x89PNG"
    both, one = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))["curves"]
    assert np.shape(both["runs"]) == (2, 2) and np.shape(one["runs"]) == (1, 2)
    assert both["steps"] == [256, 512] and both["runs"][0] == one["runs"][0]
    for c in (both, one):
        assert all(a <= b <= d for a, b, d in zip(c["low"], c["mean"], c["high"], strict=True))


def test_returns_have_curves_too(several: Path) -> None:
    curve = curves.load(several, "eval_return")
    assert curve.mean == pytest.approx(curve.runs.mean(0)) and (curve.low <= curve.mean).all()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nowhere"], "nowhere holds no training run"),
        (["RUN", "--value", "eval_sucess"], "did you mean 'eval_success'"),
        (["RUN", "--labels", "a", "b"], "--labels must be 1"),
    ],
)
def test_a_mistake_is_one_line(
    several: Path, args: list[Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", "curves", *(str(several) if a == "RUN" else a for a in args)]) == 2
    assert said in capsys.readouterr().err
