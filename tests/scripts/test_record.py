"""habilis record and habilis dataset as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.scripts.calling import call

pytest.importorskip("minari", reason='needs pip install "habilis[data]"')

import minari

from habilis.policies.data import folder
from habilis.scripts import cli

PUSH = ("habilis/Scene-v0", "--scene", "training/push")


@pytest.fixture(scope="module")
def pushes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two episodes of random actions, as the command records them."""
    root = tmp_path_factory.mktemp("datasets")
    args = ["record", *PUSH, "--agent", "random", "--episodes", "2", "--seed", "5"]
    assert cli.main([*args, "--noise", "0.1", "--name", "push/random-v0", "--out", str(root)]) == 0
    return root


def test_what_is_recorded_is_said_and_happens_again(
    pushes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Minari makes the environment again, in which the actions lead to the same, bit for bit."""
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(pushes))
    found: Any = minari.load_dataset("push/random-v0")
    made = found.storage.metadata["habilis"]["made"]
    assert made["command"].startswith("habilis record habilis/Scene-v0 --scene training/push")
    assert made["versions"]["mujoco"] and found.storage.metadata["requirements"]
    env, episode = found.recover_environment(), found[1]
    seen, _ = env.reset(seed=6)
    np.testing.assert_array_equal(seen, episode.observations[0])
    for step in range(0, len(episode)):
        seen, reward, terminated, truncated, _ = env.step(episode.actions[step])
        np.testing.assert_array_equal(seen, episode.observations[step + 1])
        assert reward == episode.rewards[step]
    assert (terminated, truncated) == (episode.terminations[-1], episode.truncations[-1])
    code, out, _ = call(capsys, "dataset", "show", pushes / "push/random-v0")
    assert code == 0 and "training/push" in out and "random, noise 0.1" in out
    assert "seeds:        5 to 6" in out and "out of time" in out


def test_a_dataset_goes_to_lerobot_and_back(
    pushes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyarrow")
    source, there = pushes / "push/random-v0", tmp_path / "lerobot"
    assert call(capsys, "dataset", "export", source, there)[0] == 0
    assert call(capsys, "dataset", "import", there, "push/back-v0", "--out", tmp_path)[0] == 0
    shown = [
        json.loads(call(capsys, "dataset", "show", path, "--json")[1])
        for path in (source, there, tmp_path / "push/back-v0")
    ]
    assert [one.pop("format") for one in shown] == ["minari", "lerobot", "minari"]
    assert shown[0] == shown[1] == shown[2] and len(shown[0]["episodes"]) == 2
    code, _, err = call(capsys, "dataset", "import", there, "push/back-v0", "--out", tmp_path)
    assert code == cli.USAGE and "is there already" in err


def test_a_plan_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the twin whose carton lies within reach."""
    plan, task = tmp_path / "plan.json", "habilis/ReachMilkNotNeeded-v0"
    steps = [{"skill": name, "args": {"object": "milk"}} for name in ("grasp", "lift")]
    plan.write_text(json.dumps({"steps": steps}), encoding="utf-8")
    args = ["record", task, "--plan", plan, "--episodes", 2, "--out", tmp_path, "--json"]
    code, out, _ = call(capsys, *args)
    told = json.loads(out)
    assert code == 0 and [e["success"] for e in told["episodes"]] == [True, True]
    assert told["dataset"].endswith("habilis/ReachMilkNotNeeded/plan-plan-v0")
    assert folder.read(Path(told["dataset"])).about.agent == "plan plan"
    plan.write_text(json.dumps({"steps": [{**steps[0], "args": {"object": "mlk"}}]}))
    code, _, err = call(capsys, *args, "--name", "other-v0")
    assert code == cli.USAGE and "did you mean" in err and "milk" in err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--episodes", 0), "--episodes must be at least 1"),
        (("--noise", -1), "--noise must be at least 0"),
        (("--obs", "stat"), "unknown observation group 'stat'; did you mean 'state'"),
        (("--name", "no version"), "is no id of a dataset"),
    ],
)
def test_bad_input_is_named(
    args: tuple[Any, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = call(capsys, "record", *PUSH, "--agent", "zero", *args, "--out", tmp_path)
    assert code == cli.USAGE and said in err and not list(tmp_path.iterdir())
