"""Tasks as environments of LeRobot: by its conventions, and by its own commands."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason='needs pip install "habilis[data]"')

from habilis.policies.envhub.env import HubEnv, make_suite
from habilis.policies.vector import make_vector
from habilis.scripts import cli

TASK = "habilis/ReachMilkNotNeeded-v0"
LEROBOT = os.environ.get("HABILIS_LEROBOT", "")


def test_episodes_are_those_of_the_task() -> None:
    """Side by side from the same seeds: observations, rewards and how each ended."""
    envs: Any = make_suite(TASK, 2, episode_length=3)[TASK][0]
    ours = make_vector(TASK, 2)
    seen, _ = envs.reset(seed=[7, 8], options={"lerobot_new_rollout": True})
    want, _ = ours.reset(seed=7)
    np.testing.assert_array_equal(seen["agent_pos"], want)
    for step in range(3):
        action = np.full((2, 4), 3.0 * (step - 1), np.float32)  # out of bounds: clipped
        seen, reward, ended, truncated, info = envs.step(action)
        want, due, *_ = ours.step(np.clip(action, -1, 1))
        np.testing.assert_array_equal(reward, due)
        assert not ended.any() and truncated.all() == (step == 2)
        if step < 2:
            np.testing.assert_array_equal(seen["agent_pos"], want)
            assert info["is_success"].tolist() == [False, False]
    assert info["final_info"]["is_success"].tolist() == [False, False]
    told = [envs.call(name) for name in ("task", "task_description", "_max_episode_steps")]
    assert told[0][0] == TASK and told[1][0].startswith("Pick up the milk") and told[2] == (3, 3)
    envs.close()
    ours.close()


def test_what_is_uploaded_makes_the_task(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--option", "variation=0.5", "--episode-length", "9"]
    assert cli.main(["dataset", "hub", TASK, str(tmp_path / "hub"), *options]) == 0
    spec = importlib.util.spec_from_file_location("hub_env", tmp_path / "hub/env.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (envs,) = module.make_env(n_envs=1, use_async_envs=False, cfg=None)[TASK].values()
    assert envs.call("_max_episode_steps") == (9,)
    width = envs.single_observation_space["agent_pos"].shape[0]
    row = f"| `agent_pos` | {width} | | (4,) in [-1, 1] |"
    assert row in (tmp_path / "hub/README.md").read_text(encoding="utf-8")
    assert (tmp_path / "hub/requirements.txt").read_text().startswith("habilis==")
    envs.close()
    assert cli.main(["dataset", "hub", "habilis/Reach-v0", str(tmp_path / "no")]) == 2
    assert "unknown task" in capsys.readouterr().err and not (tmp_path / "no").exists()


def test_pictures_go_by_the_name_of_their_camera() -> None:
    env = HubEnv(TASK, obs=["state", "rgb"])
    assert {*env.observation_space.spaces} == {"agent_pos", "pixels"}  # type: ignore[attr-defined]
    assert {*env.observation_space["pixels"]} == {"rgb"}  # type: ignore[index]
    env.close()


# ---- LeRobot itself, in an environment of its own

FROM_THE_HUB = """
import json, sys
from lerobot.envs.factory import make_env
found = make_env("me/milk", n_envs=2, hub_cache_dir=sys.argv[1], trust_remote_code=True)
((suite, tasks),) = found.items()
seen, _ = tasks[0].reset(seed=[7, 8])
print(json.dumps([suite, seen["agent_pos"].tolist()]))
"""


def lerobot(*args: str) -> str:
    """Run a program of LeRobot's environment, with the habilis of this one."""
    if not LEROBOT:
        pytest.skip("HABILIS_LEROBOT names no Python that has lerobot; see docs/datasets.md")
    here = str(Path(__file__).parents[3] / "src")
    env = os.environ | {"PYTHONPATH": here, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(args, env=env, capture_output=True, text=True, timeout=580)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_lerobot_makes_it_by_the_name_of_a_repository(tmp_path: Path) -> None:
    """From its cache of the Hub, which is laid out as if the repository had been downloaded."""
    cache, commit = tmp_path / "models--me--milk", "0" * 40
    (cache / "refs").mkdir(parents=True)
    (cache / "refs/main").write_text(commit)
    assert cli.main(["dataset", "hub", TASK, str(cache / "snapshots" / commit)]) == 0
    suite, seen = json.loads(lerobot(LEROBOT, "-c", FROM_THE_HUB, str(tmp_path)).splitlines()[-1])
    env = make_vector(TASK, 2)
    want, _ = env.reset(seed=7)
    env.close()
    assert suite == TASK
    np.testing.assert_allclose(seen, want, atol=1e-5)  # of another version of numpy, maybe


@pytest.mark.slow
def test_lerobot_eval_runs_a_task(tmp_path: Path) -> None:
    lerobot(
        str(Path(LEROBOT).parent / "lerobot-eval"),
        "--env.discover_packages_path=habilis.policies.envhub", "--env.type=habilis",
        f"--env.task={TASK}", "--env.obs=state,rgb", "--env.episode_length=3",
        "--policy.type=act", "--policy.device=cpu", "--policy.push_to_hub=false",
        "--policy.pretrained_backbone_weights=null", "--policy.dim_model=32",
        "--policy.n_heads=2", "--policy.dim_feedforward=32",
        "--eval.n_episodes=2", "--eval.batch_size=1", "--eval.use_async_envs=false",
        f"--output_dir={tmp_path / 'out'}",
    )  # fmt: skip
    found: dict[str, Any] = json.loads((tmp_path / "out/eval_info.json").read_text())
    assert found["overall"]["n_episodes"] == 2 and found["overall"]["pc_success"] == 0.0
