"""Episodes as a dataset of LeRobot: written, read back, and read by LeRobot itself."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason='needs pip install "habilis[data]"')

import pyarrow.parquet as pq
from tests.policies.data.made import assert_same, picture_dataset, point_dataset

from habilis.policies.data import folder, lerobot_writer
from habilis.policies.data.about import Dataset

FILM = "videos/observation.images.rgb/chunk-000/file-000.mp4"
LEROBOT = os.environ.get("HABILIS_LEROBOT", "")


def written(path: Path, dataset: Dataset) -> Path:
    lerobot_writer.write(path / "made", dataset)
    return path / "made"


@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize("flat", [True, False])
def test_numbers_are_read_back_as_they_were(tmp_path: Path, flat: bool, noise: float) -> None:
    dataset = point_dataset(20, noise=noise, flat=flat)
    again = folder.read(written(tmp_path, dataset))
    assert again.about == dataset.about and again.count == 20
    assert again.observation_space == dataset.observation_space
    for one, other in zip(dataset.episodes, again.episodes, strict=True):
        assert_same(one, other)


def test_pictures_become_a_film(tmp_path: Path) -> None:
    dataset = picture_dataset()
    path = written(tmp_path, dataset)
    assert (path / FILM).stat().st_size > 0
    for _ in range(2):
        for one, other in zip(dataset.episodes, folder.read(path).episodes, strict=True):
            assert_same(one, other, without=("rgb",))
            there, back = one.observations["rgb"], other.observations["rgb"]
            lost = np.abs(there.astype(int) - back)[:-1]
            assert back.dtype == np.uint8 and lost.mean() < 6  # of 255
            np.testing.assert_array_equal(back[-1], back[-2])  # as the module says


def test_the_layout_is_that_of_lerobot(tmp_path: Path) -> None:
    dataset = picture_dataset()
    path = written(tmp_path, dataset)
    info = json.loads((path / "meta/info.json").read_text())
    assert (info["codebase_version"], info["fps"], info["total_frames"]) == ("v3.0", 10, 10)
    assert info["features"]["observation.state"]["names"] == ["x", "y", "z"]
    assert info["features"]["observation.images.rgb"]["dtype"] == "video"
    frames = pq.read_table(path / info["data_path"].format(chunk_index=0, file_index=0)).to_pydict()
    assert frames["episode_index"] == [0] * 4 + [1] * 6 and frames["index"] == list(range(10))
    np.testing.assert_allclose(frames["timestamp"][4:], np.arange(6) / 10, rtol=1e-6)
    assert [i for i, done in enumerate(frames["next.done"]) if done] == [3, 9]
    assert [i for i, good in enumerate(frames["next.success"]) if good] == [3]
    (first, second) = pq.read_table(path / "meta/episodes/chunk-000/file-000.parquet").to_pylist()
    assert second["dataset_from_index"] == 4 == first["dataset_to_index"]
    assert second["videos/observation.images.rgb/from_timestamp"] == pytest.approx(0.4)


def test_statistics_are_those_of_all_frames(tmp_path: Path) -> None:
    dataset = picture_dataset()
    path = written(tmp_path, dataset)
    found = json.loads((path / "meta/stats.json").read_text())
    state = np.concatenate([e.observations["state"][:-1] for e in dataset.episodes])
    pictures = np.concatenate([e.observations["rgb"][:-1] for e in dataset.episodes]) / 255
    for name in ("mean", "std", "min", "max"):
        of = getattr(np, name)
        np.testing.assert_allclose(found["observation.state"][name], of(state, 0), rtol=1e-5)
        colours = np.reshape(found["observation.images.rgb"][name], 3)
        np.testing.assert_allclose(colours, of(pictures, (0, 1, 2)), rtol=1e-5)
    assert found["observation.state"]["count"] == [10]
    (first, _) = pq.read_table(path / "meta/episodes/chunk-000/file-000.parquet").to_pylist()
    np.testing.assert_allclose(
        first["stats/action/q50"], np.median(next(iter(dataset.episodes)).actions, 0), rtol=1e-6
    )


def test_one_without_our_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    dataset = picture_dataset()
    path = written(tmp_path, dataset)
    (path / "meta/habilis.json").unlink()
    again = folder.read(path)
    assert again.about.robot == "fr3+panda_hand" and again.about.seconds == pytest.approx(0.1)
    again.check(dataset.observation_space, dataset.action_space)
    for one, other in zip(dataset.episodes, again.episodes, strict=True):
        states = [e.observations["state"][:-1] for e in (one, other)]
        np.testing.assert_array_equal(*states)
        np.testing.assert_array_equal(other.actions, one.actions)
        assert other.success == one.success and other.result.seed == -1


def test_nothing_is_left_of_what_could_not_be_written(tmp_path: Path) -> None:
    odd = picture_dataset(side=31)
    with pytest.raises(ValueError, match="film size must be even"):
        written(tmp_path, odd)
    assert not (tmp_path / "made").exists()
    written(tmp_path, picture_dataset())
    with pytest.raises(ValueError, match="is there already"):
        written(tmp_path, odd)


def test_another_version_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, picture_dataset())
    text = (path / "meta/info.json").read_text()
    (path / "meta/info.json").write_text(text.replace("v3.0", "v2.1"))
    with pytest.raises(ValueError, match="a dataset of LeRobot v2.1, this reads v3.0"):
        folder.read(path)


def test_a_film_outside_of_the_dataset_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, picture_dataset())
    (path / FILM).rename(tmp_path / "file-000.mp4")
    info = json.loads((path / "meta/info.json").read_text())
    info["video_path"] = "../file-{file_index:03d}.mp4"
    (path / "meta/info.json").write_text(json.dumps(info))
    with pytest.raises(ValueError, match="is not in the dataset"):
        list(folder.read(path).episodes)


# ---- the package itself, in an environment of its own

READS = """
import sys, json, numpy as np
from lerobot.datasets.lerobot_dataset import LeRobotDataset
found = LeRobotDataset("habilis/test", root=sys.argv[1], video_backend="pyav")
items = [found[i] for i in range(len(found))]
frames = [{k: np.asarray(v).tolist() for k, v in one.items() if k != "task"} for one in items]
task, stats = items[0]["task"], found.meta.stats["action"]["mean"].tolist()
windows = LeRobotDataset("habilis/test", root=sys.argv[1], episodes=[1], video_backend="pyav",
                         delta_timestamps={"action": [0.0, 0.1]})
print(json.dumps({"episodes": found.num_episodes, "fps": found.fps, "task": task, "stats": stats,
                  "frames": frames, "window": list(windows[0]["action"].shape)}))
"""
WRITES = """
import sys, numpy as np
from lerobot.datasets.lerobot_dataset import LeRobotDataset
features = {"observation.state": {"dtype": "float32", "shape": (3,), "names": None},
            "action": {"dtype": "float32", "shape": (2,), "names": None}}
made = LeRobotDataset.create("me/made", 10, root=sys.argv[1], features=features, use_videos=False)
for episode in range(2):
    for step in range(5 + episode):
        state = np.array([episode, step, 0.5], np.float32)
        made.add_frame({"observation.state": state, "action": state[:2], "task": "count"})
    made.save_episode()
made.finalize()
"""


def lerobot(code: str, path: Path) -> str:
    if not LEROBOT:
        pytest.skip(
            "HABILIS_LEROBOT names no Python that has lerobot[dataset]; see docs/datasets.md"
        )
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [LEROBOT, "-c", code, str(path)], env=clean, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_lerobot_reads_what_we_write(tmp_path: Path) -> None:
    dataset = picture_dataset()
    found: dict[str, Any] = json.loads(lerobot(READS, written(tmp_path, dataset)).splitlines()[-1])
    assert (found["episodes"], found["fps"], found["task"]) == (2, 10, "Move the block.")
    assert found["window"] == [2]
    seen = [(e, i) for e in dataset.episodes for i in range(len(e))]
    for frame, (episode, i) in zip(found["frames"], seen, strict=True):
        np.testing.assert_array_equal(frame["observation.state"], episode.observations["state"][i])
        np.testing.assert_array_equal(np.float32(frame["action"]), episode.actions[i, 0])
        assert frame["next.success"] == (episode.success and i == len(episode) - 1)
        picture = 255 * np.moveaxis(np.array(frame["observation.images.rgb"]), 0, -1)
        assert np.abs(picture - episode.observations["rgb"][i]).mean() < 6


@pytest.mark.slow
def test_we_read_what_lerobot_writes(tmp_path: Path) -> None:
    lerobot(WRITES, tmp_path / "theirs")
    found = folder.read(tmp_path / "theirs")
    first, second = found.episodes
    assert (len(first), len(second), found.count) == (5, 6, 2)
    np.testing.assert_array_equal(second.observations[:6, 1], np.arange(6))
    np.testing.assert_array_equal(second.actions[:, 0], np.ones(6))
