"""Training runs: they learn, stop, resume bit for bit, and leave what they promise."""

import collections
import functools
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

pytest.importorskip("stable_baselines3", reason='needs pip install "habilis[rl]"')

import torch
from stable_baselines3.common.running_mean_std import RunningMeanStd
from tests.policies.learn.point import ppo, sac

from habilis.policies.evaluation.evaluate import evaluate
from habilis.policies.learn import checkpoint, record, run
from habilis.policies.learn.config import Config, dump, parse
from habilis.policies.learn.loop import Diverged
from habilis.policies.vector import make_vector

REAL = {
    "algorithm": "PPO",
    "task": "habilis/ReachMilkNotNeeded-v0",
    "total_steps": 2048,
    "env": {"num_envs": 8},
    "network": {"hidden": [32, 32]},
    "hyperparameters": {"n_steps": 16, "batch_size": 64, "n_epochs": 2},
    "evaluation": {"every": 2048, "episodes": 2, "final_episodes": 2},
    "checkpoint": {"every": 512},
    "log_every": 256,
}


def trained(config: Config, folder: Path) -> run.TrainingOutcome:
    folder.mkdir()
    return run.start(config, folder)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else bool(a == b)


def assert_the_same_run(one: Path, other: Path) -> None:
    """All that was learned, the simulations, and the curve, but for the clock."""
    states = [checkpoint.read(checkpoint.latest(f / "checkpoints")) for f in (one, other)]
    for part in ("parameters", "variables", "buffer", "episodes", "generators"):
        assert same(states[0][part], states[1][part]), part
    for key in ("num_timesteps", "_last_obs", "_n_updates"):
        assert same(states[0]["model"][key], states[1]["model"][key]), key
    statistics = [s["normalise"]["ret_rms"] for s in states]
    assert statistics[0].mean == statistics[1].mean and statistics[0].var == statistics[1].var
    curves = [
        [{k: v for k, v in row.items() if k not in ("seconds", "fps")} for row in record.read(path)]
        for path in (one / "progress.csv", other / "progress.csv")
    ]
    assert curves[0] == curves[1]


# ---- learning


def test_ppo_learns_and_leaves_what_it_promises(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = trained(ppo(total_steps=4096, evaluation={**EVAL, "every": 2048}), tmp_path / "run")
    assert outcome.bundle is not None and outcome.steps == 4096
    score = outcome.bundle.manifest["score"]
    assert score["episodes"] == 40 and score["first_seed"] == 2_000_000
    assert score["low"] > luck() + 0.2
    rows = record.read(outcome.folder / "progress.csv")
    assert rows[-1]["eval_return"] > rows[0]["episode_return"] and rows[-1]["steps"] == 4096
    assert len(list((outcome.folder / "checkpoints").glob("*.ckpt"))) == 2
    assert parse(yaml.safe_load((outcome.folder / "config.yaml").read_text())) == ppo(
        total_steps=4096, evaluation={**EVAL, "every": 2048}
    )
    said = capsys.readouterr().err
    assert "best so far" in said and "\r" not in said


EVAL: dict[str, Any] = {"episodes": 32, "final_episodes": 40}


@functools.cache
def luck() -> float:
    """Share of the point's episodes that random actions solve."""
    env, rng = make_vector("test/Point-v0", 64, flat=True), np.random.default_rng(0)

    class Random:
        def reset(self, ids: Any) -> None: ...

        def act(self, observation: Any) -> Any:
            return rng.uniform(-1, 1, (64, 2))

    return float(np.mean([e.success for e in evaluate(env, Random(), 128, 0)]))


@pytest.mark.slow
def test_sac_with_hindsight_learns_a_sparse_goal(tmp_path: Path) -> None:
    outcome = trained(
        sac(total_steps=4000, evaluation={**EVAL, "every": 1000}, hyperparameters=LONG),
        tmp_path / "run",
    )
    assert outcome.bundle is not None
    assert outcome.bundle.manifest["score"]["low"] > luck() + 0.2


LONG = {
    "learning_starts": 200, "train_freq": 1, "gradient_steps": 2, "batch_size": 128,
    "buffer_size": 10_000, "learning_rate": 3e-3, "gamma": 0.9,
}  # fmt: skip


# ---- stopping and going on


def test_sac_resumed_is_sac_straight(tmp_path: Path) -> None:
    """With hindsight replay, half-used episodes in it, and a buffer that has wrapped around."""
    trained(sac(total_steps=800), tmp_path / "straight")
    trained(sac(total_steps=404), tmp_path / "parts")
    run.resume(tmp_path / "parts", steps=800)
    states = [
        checkpoint.read(checkpoint.latest(tmp_path / name / "checkpoints"))
        for name in ("straight", "parts")
    ]
    for part in ("parameters", "variables", "buffer", "episodes", "generators"):
        assert same(states[0][part], states[1][part]), part


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("straight") / "run"
    trained(parse(REAL), folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_run_goes_on_as_if_it_had_not_been(
    straight: Path, tmp_path: Path, how: signal.Signals
) -> None:
    config = tmp_path / "real.yaml"
    config.write_text(yaml.safe_dump(REAL), encoding="utf-8")
    command = ["-m", "habilis.scripts.cli", "train", "--config", config, "--out", tmp_path / "out"]
    process = subprocess.Popen(
        [sys.executable, *map(str, command)], env=os.environ, stderr=subprocess.PIPE, text=True
    )
    folder = wait_for_rows(tmp_path / "out", 4, process)
    process.send_signal(how)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == (130 if how == signal.SIGTERM else -how)
    assert (how == signal.SIGKILL) or f"go on with: habilis train --resume {folder}" in said
    assert not (folder / "bundle.zip").exists()
    steps = checkpoint.read(checkpoint.latest(folder / "checkpoints"))["model"]["num_timesteps"]
    assert 0 < steps < 2048
    outcome = run.resume(folder)
    assert outcome.bundle is not None
    assert_the_same_run(folder, straight)


def wait_for_rows(root: Path, rows: int, process: subprocess.Popen[str]) -> Path:
    """The run's folder, once its table has so many rows."""
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        for table in root.glob("*/progress.csv"):
            if table.read_text(encoding="utf-8").count("\n") > rows:
                return table.parent
        time.sleep(0.01)
    raise AssertionError(f"no progress: {process.communicate()[1]}")


def test_a_finished_run_says_how_to_go_on(straight: Path) -> None:
    with pytest.raises(ValueError, match=r"has finished its 2,048 steps; --steps N goes on to N"):
        run.resume(straight)


def test_a_folder_without_a_run_is_said_so(tmp_path: Path, straight: Path) -> None:
    with pytest.raises(ValueError, match="holds no training run"):
        run.resume(tmp_path)
    with pytest.raises(ValueError, match=rf"give one of {straight}"):
        run.resume(straight.parent)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(dump(ppo())), encoding="utf-8")
    with pytest.raises(ValueError, match="no checkpoint"):
        run.resume(tmp_path)


def test_a_half_written_checkpoint_is_never_taken(tmp_path: Path) -> None:
    checkpoint.write(tmp_path / checkpoint.name(5), {"a": 1}, 2)
    (tmp_path / "step_0000000009.part").write_bytes(b"half")
    assert checkpoint.read(checkpoint.latest(tmp_path)) == {"a": 1}
    (tmp_path / checkpoint.name(7)).write_bytes(b"not one")
    with pytest.raises(ValueError, match="cannot be read as a checkpoint"):
        checkpoint.read(checkpoint.latest(tmp_path))


PARTS = ("rows", "last", "why")


class Hostile:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_hostile_checkpoint_runs_no_code_and_an_old_one_is_named(tmp_path: Path) -> None:
    canary, path = tmp_path / "canary", tmp_path / checkpoint.name(5)
    torch.save({"format": checkpoint.FORMAT, "state": {"a": Hostile(canary)}}, path)
    with pytest.raises(ValueError, match="earlier versions do, and reading it could run code"):
        checkpoint.read(path)
    torch.save({"model": {"ep_info_buffer": collections.deque()}}, path)
    with pytest.raises(ValueError, match="train anew"):
        checkpoint.read(path)
    assert not canary.exists()


def test_a_checkpoint_that_inflates_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / checkpoint.name(5)
    checkpoint.write(path, {"a": np.zeros(1000)}, 2)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(ValueError, match="is compressed"):
        checkpoint.read(path)


def test_a_state_comes_back_as_it_was_written(tmp_path: Path) -> None:
    moments = RunningMeanStd(shape=(2,))
    state = {
        "rows": {"a": np.arange(6, dtype=np.uint64).reshape(2, 3), "b": np.array([True, False])},
        "why": np.array(["", "fell"], object),
        "last": (np.float32(0.5), 2**100, "PCG64", None, [torch.arange(3)]),
        "infos": collections.deque([{"r": 1.5}], maxlen=4), "moments": moments,
    }  # fmt: skip
    checkpoint.write(tmp_path / checkpoint.name(1), state, 1)
    found = checkpoint.read(tmp_path / checkpoint.name(1))
    assert same({k: found[k] for k in PARTS}, {k: state[k] for k in PARTS})
    assert found["rows"]["a"].dtype == np.uint64 and type(found["last"][0]) is np.float32
    assert found["infos"] == state["infos"] and found["infos"].maxlen == 4
    assert same(vars(found["moments"]), vars(moments))
    with pytest.raises(TypeError, match="a checkpoint holds no object"):
        checkpoint.write(tmp_path / checkpoint.name(2), {"a": object()}, 1)


# ---- what goes wrong


@pytest.mark.filterwarnings("ignore")
def test_divergence_is_said_and_the_last_good_checkpoint_kept(tmp_path: Path) -> None:
    wild = {"n_steps": 16, "batch_size": 64, "learning_rate": 1e30, "max_grad_norm": 1e30}
    with pytest.raises(Diverged, match=r"diverged before .*step_0000000000\.ckpt; try a lower"):
        trained(ppo(hyperparameters=wild), tmp_path / "run")
    state = checkpoint.read(checkpoint.latest(tmp_path / "run" / "checkpoints"))
    assert all(torch.isfinite(v).all() for v in state["parameters"]["policy"].values())


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a CUDA device")
def test_a_missing_cuda_device_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no CUDA device here: torch .* use --device cpu"):
        run.start(ppo(), tmp_path, "cuda")


def test_an_unknown_hyperparameter_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hyperparameter of PPO 'n_step'; did you mean 'n_steps'"):
        run.start(ppo(hyperparameters={"n_step": 4}), tmp_path)


@pytest.mark.parametrize("id", ["FrozenLake-v1", "CartPole-v1"])
def test_what_is_seen_need_be_no_row_and_actions_may_be_numbered(id: str, tmp_path: Path) -> None:
    small = {"task": id, "total_steps": 32, "env": {"num_envs": 2}}
    config = parse({**REAL, **small, "hyperparameters": {"n_steps": 16, "batch_size": 32}})
    outcome = trained(config, tmp_path / "run")
    assert outcome.bundle is not None and outcome.bundle.manifest["task"] == id
    evaluate(make_vector(id, 2), outcome.bundle.agent(), 2, 0)


@pytest.mark.parametrize(
    ("algorithm", "id"), [("SAC", "CartPole-v1"), ("PPO", "Blackjack-v1")], ids=["actions", "seen"]
)
def test_spaces_that_an_algorithm_cannot_handle_are_said(
    algorithm: str, id: str, tmp_path: Path
) -> None:
    config = parse({**REAL, "algorithm": algorithm, "task": id, "hyperparameters": {}})
    with pytest.raises(ValueError, match=f"{algorithm} does not learn {id}: "):
        trained(config, tmp_path / "run")


def test_hindsight_needs_goals_to_see(tmp_path: Path) -> None:
    config = sac(env={"num_envs": 4, "options": {"flat": True}})
    with pytest.raises(ValueError, match="lacks achieved_goal, desired_goal"):
        run.start(config, tmp_path)


def test_an_unknown_task_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown task 'habilis/ReachMlk-v0'; did you mean"):
        run.start(ppo(task="habilis/ReachMlk-v0"), tmp_path)
