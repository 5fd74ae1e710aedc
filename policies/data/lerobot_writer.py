"""Writes datasets in the format of LeRobot, v3.0, with pyarrow and OpenCV.

LeRobot keeps of each frame what was seen and what was then done, in parquet, and colour pictures
in films, which lose a little. What it has no place for goes into ``meta/habilis.json``: what
``About`` does, the spaces, and of each episode how it ended and the numbers that were seen last.
The last picture of an episode is not kept.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from habilis.envs.media.film import Film
from habilis.policies.data import lerobot_table as table
from habilis.policies.data.about import Dataset, Leaf, leaf, leaves
from habilis.policies.data.episodes import Trajectory, each
from habilis.policies.data.minari_files import Progress
from habilis.policies.spaces import describe

Array = npt.NDArray[Any]

CODECS = {"vp09": "vp9", "avc1": "h264", "mp4v": "mpeg4"}
"""Names of codecs in ``info.json``, by those of ``habilis.envs.media.film``."""


def write(folder: Path, dataset: Dataset, progress: Progress | None = None) -> None:
    """Write a dataset, whole or not at all: one file with the frames, and one film a camera.

    Args:
      folder: of the dataset; made.
      dataset: what is written.
      progress: told of each episode that was.

    Raises:
      ValueError: the folder is there already, or there are no episodes, or what was seen or done is
        of another kind, or has a name that no file can have.
      ImportError: pyarrow is missing; names the extra.
    """
    table.need_pyarrow()
    if not isinstance(dataset.action_space, spaces.Box):
        raise ValueError(f"LeRobot's actions are rows of numbers, got {dataset.action_space}")
    if folder.exists():
        raise ValueError(f"{folder} is there already")
    if not dataset.count:
        raise ValueError("there are no episodes to be written")
    try:
        with contextlib.ExitStack() as stack:
            writer = _Writer(folder, dataset, stack)
            for episode in dataset.episodes:
                writer.add(episode)
                if progress is not None:
                    progress(episode.result)
        writer.finish()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


class _Writer:
    """A dataset that is being written.

    Args:
      folder: of it.
      dataset: whose episodes come.
      stack: closes the files.
    """

    def __init__(self, folder: Path, dataset: Dataset, stack: contextlib.ExitStack) -> None:
        self._folder, self._dataset, self._stack = folder, dataset, stack
        self._columns = table.observed(dataset.observation_space)
        self._intended, self._frames = dataset.about.noise > 0, 0
        self._stats: list[dict[str, table.Stats]] = []
        self._lengths: list[int] = []
        self._told: list[dict[str, Any]] = []
        self._data: Any = None
        fps, boxes = 1 / dataset.about.seconds, leaves(dataset.observation_space)
        self._fps = round(fps) if abs(fps - round(fps)) < 1e-6 else round(fps, 6)
        first = {"chunk_index": 0, "file_index": 0}
        self._films = {
            key: stack.enter_context(
                Film(folder / table.VIDEO.format(video_key=key, **first), self._fps,
                     (boxes[at].shape[1], boxes[at].shape[0]), bar=False)
            )
            for key, at in self._columns.items()
            if table.is_picture(boxes[at])
        }  # fmt: skip

    def add(self, episode: Trajectory) -> None:
        """Write the frames of an episode."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        number, steps = len(self._lengths), len(episode)
        found = table.rows(episode, self._columns, self._intended)
        found |= table.counted(number, self._frames, steps, self._fps)
        self._stats.append({key: table.stats(values) for key, values in found.items()})
        for key, film in self._films.items():
            for picture in found.pop(key):
                film.add(picture)
        made = pa.table({key: _arrow(values) for key, values in found.items()})
        if self._data is None:
            path = self._folder / table.DATA.format(chunk_index=0, file_index=0)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._data = self._stack.enter_context(pq.ParquetWriter(path, made.schema))
        self._data.write_table(made)  # one row group an episode
        self._told.append(_ended(episode, self._columns))
        self._lengths.append(steps)
        self._frames += steps

    def finish(self) -> None:
        """Write what is told of the whole, after the last episode."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        about, folder = self._dataset.about, self._folder
        task = about.instruction or about.task or "unknown"
        (folder / table.EPISODES).parent.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist([*self._episodes(task)]), folder / table.EPISODES)
        tasks = pa.table({"task_index": [0], "task": [task]})
        tasks = tasks.replace_schema_metadata({"pandas": json.dumps(table.PANDAS)})
        pq.write_table(tasks, folder / table.TASKS)
        whole = {k: table.together(one[k] for one in self._stats) for k in self._stats[0]}
        _dump(folder / table.STATS, each(whole, np.ndarray.tolist))
        _dump(folder / table.INFO, self._info())
        boxes = (self._dataset.observation_space, self._dataset.action_space)
        told = {"observation": describe(boxes[0]), "action": describe(boxes[1])}
        _dump(folder / table.OURS, {"about": about.plain(), "spaces": told, "episodes": self._told})

    def _info(self) -> dict[str, Any]:
        about, count = self._dataset.about, len(self._lengths)
        action = self._dataset.action_space
        assert isinstance(action, spaces.Box)
        codecs = {key: CODECS.get(film.codec, film.codec) for key, film in self._films.items()}
        return {
            "codebase_version": table.VERSION, "robot_type": about.robot or None,
            "total_episodes": count, "total_frames": self._frames, "total_tasks": 1,
            "chunks_size": 1000, "data_files_size_in_mb": 100, "video_files_size_in_mb": 200,
            "fps": self._fps, "splits": {"train": f"0:{count}"}, "data_path": table.DATA,
            "video_path": table.VIDEO if self._films else None,
            "features": table.features(
                self._dataset.observation_space, action, about.names, self._fps, self._intended,
                codecs,
            ),
        }  # fmt: skip

    def _episodes(self, task: str) -> Iterator[dict[str, Any]]:
        first = 0
        for number, steps in enumerate(self._lengths):
            place = {"chunk_index": 0, "file_index": 0}
            row: dict[str, Any] = {
                "episode_index": number, "tasks": [task], "length": steps,
                "dataset_from_index": first, "dataset_to_index": first + steps,
            }  # fmt: skip
            row |= {f"{of}/{k}": v for of in ("data", "meta/episodes") for k, v in place.items()}
            for key in self._films:
                ends = first / self._fps, (first + steps) / self._fps
                row |= {f"videos/{key}/{k}": v for k, v in place.items()}
                row[f"videos/{key}/from_timestamp"], row[f"videos/{key}/to_timestamp"] = ends
            for key, of in self._stats[number].items():
                row |= {f"stats/{key}/{k}": v.tolist() for k, v in of.items()}
            yield row
            first += steps


def _ended(episode: Trajectory, columns: Mapping[str, Leaf]) -> dict[str, Any]:
    """What LeRobot has no place for: how it ended, and the numbers seen last."""
    last = {key: leaf(episode.observations, at)[-1] for key, at in columns.items()}
    return {
        "result": dataclasses.asdict(episode.result), "terminated": episode.terminated,
        "last": {key: value.tolist() for key, value in last.items() if value.ndim == 1},
    }  # fmt: skip


def _arrow(values: Array) -> Any:
    """A column of T values (T, ...) as LeRobot has it: a lone number is no list."""
    import pyarrow as pa

    if values.ndim == 1 or values.shape[1:] == (1,):
        return pa.array(values.reshape(-1))
    if values.ndim == 2:
        return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])
    return pa.array(values.tolist(), _nested(pa.from_numpy_dtype(values.dtype), values.ndim - 1))


def _nested(kind: Any, depth: int) -> Any:
    import pyarrow as pa

    return pa.list_(_nested(kind, depth - 1)) if depth else kind


def _dump(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
