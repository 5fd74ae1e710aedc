"""How a dataset in the format of LeRobot (v3.0) is laid out: names, columns, statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from habilis.policies.data.about import Leaf, leaf, leaves
from habilis.policies.data.episodes import Trajectory
from habilis.policies.data.minari_files import NEEDED

Array = npt.NDArray[Any]
Stats = dict[str, Any]

VERSION = "v3.0"
INFO, STATS, TASKS = "meta/info.json", "meta/stats.json", "meta/tasks.parquet"
OURS = "meta/habilis.json"
EPISODES = "meta/episodes/chunk-000/file-000.parquet"
DATA = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
STATE, PICTURES = "observation.state", "observation.images."
ACTION, INTENDED = "action", "intended_action"
REWARD, DONE, SUCCESS = "next.reward", "next.done", "next.success"
COUNTED = ("timestamp", "frame_index", "episode_index", "index", "task_index")
"""Columns that number the frames."""
PANDAS = {
    "index_columns": ["task"], "column_indexes": [], "pandas_version": "2",
    "columns": [
        {"name": name, "field_name": name, "metadata": None, "pandas_type": kind,
         "numpy_type": numpy_type}
        for name, kind, numpy_type in (
            ("task_index", "int64", "int64"), ("task", "unicode", "object"),
        )
    ],
}  # fmt: skip
"""Says to pandas that the table of tasks is indexed by their words, which LeRobot relies on."""
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)


def need_pyarrow() -> None:
    """ImportError that names the extra unless pyarrow is there."""
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise ImportError(f"{error}; {NEEDED}") from error


def is_picture(space: gymnasium.Space[Any]) -> bool:
    """Whether it is a colour picture (H, W, 3), which goes into a film."""
    return isinstance(space, spaces.Box) and len(space.shape) == 3 and (
        space.shape[2] == 3 and space.dtype == np.uint8
    )  # fmt: skip


def column(at: Leaf, space: gymnasium.Space[Any]) -> str:
    """Name of a part of an observation: ``observation.state``, ``observation.images.NAME``, ..."""
    parts = at[1:] if at[:1] == ("observation",) else at
    name = ".".join(parts) or "state"
    return f"{PICTURES}{name}" if is_picture(space) else f"observation.{name}"


def observed(space: gymnasium.Space[Any]) -> dict[str, Leaf]:
    """Column names of an observation, each with the part that it holds.

    Raises:
      ValueError: two parts would share a name, or one has a name that leads to another folder, as
        films are kept in a folder of that name.
    """
    found: dict[str, Leaf] = {}
    for at, box in leaves(space).items():
        name = column(at, box)
        if name in found or not name.isprintable() or set(name) & set("/\\:"):
            raise ValueError(f"no column of a dataset can be called {name[:80]!r}")
        found[name] = at
    return found


def features(
    observation: gymnasium.Space[Any],
    action: spaces.Box,
    names: Mapping[str, Sequence[str]],
    fps: float,
    intended: bool,
    codecs: Mapping[str, str],
) -> dict[str, Any]:
    """The features of ``info.json``.

    Args:
      observation, action: spaces of one step.
      names: of the numbers in rows, by observation group.
      fps: steps a second.
      intended: whether there are actions without noise.
      codecs: of the films, by column.
    """
    found: dict[str, Any] = {}
    for at, box in leaves(observation).items():
        key = column(at, box)
        if is_picture(box):
            found[key] = _film(box.shape, fps, codecs.get(key, ""))
            continue
        named = names.get(at[-1] if at else "state", ())
        fits = list(named) if box.shape == (len(named),) else None
        found[key] = _feature(str(box.dtype), box.shape, fits)
    for key in (ACTION, INTENDED) if intended else (ACTION,):
        found[key] = _feature(str(action.dtype), action.shape)
    found |= {REWARD: _feature("float64"), DONE: _feature("bool"), SUCCESS: _feature("bool")}
    found |= {key: _feature("float32" if key == "timestamp" else "int64") for key in COUNTED}
    return found


def rows(episode: Trajectory, columns: Mapping[str, Leaf], intended: bool) -> dict[str, Array]:
    """What an episode of T steps puts into the columns, (T, ...), but for those of ``COUNTED``."""
    found: dict[str, Array] = {
        key: leaf(episode.observations, at)[:-1] for key, at in columns.items()
    }
    found[ACTION] = episode.actions
    if intended:
        found[INTENDED] = episode.meant
    last = np.arange(len(episode)) == len(episode) - 1
    found |= {REWARD: np.asarray(episode.rewards, float), DONE: last}
    return found | {SUCCESS: last & episode.success}


def counted(number: int, first: int, steps: int, fps: float) -> dict[str, Array]:
    """The columns of ``COUNTED`` for episode ``number``, whose first frame is ``first``."""
    frame = np.arange(steps)
    return {
        "timestamp": (frame / fps).astype(np.float32), "frame_index": frame,
        "episode_index": np.full(steps, number), "index": first + frame,
        "task_index": np.zeros(steps, int),
    }  # fmt: skip


def stats(values: Array) -> Stats:
    """Statistics of a column of T values, (T, ...): of each number; of pictures, of each colour."""
    picture = values.ndim == 4 and values.shape[-1] == 3
    if picture:
        flat = (values / 255.0).reshape(-1, 3)
    else:
        flat = values.reshape(len(values), -1).astype(float)
    found = {
        "min": flat.min(0), "max": flat.max(0), "mean": flat.mean(0), "std": flat.std(0),
        **{f"q{100 * q:02.0f}": np.quantile(flat, q, axis=0) for q in QUANTILES},
    }  # fmt: skip
    shape = (3, 1, 1) if picture else (values.shape[1:] or (1,))
    return {k: v.reshape(shape) for k, v in found.items()} | {"count": np.array([len(values)])}


def together(several: Iterable[Stats]) -> Stats:
    """Statistics of all episodes from those of each; of quantiles the mean, as LeRobot takes it."""
    parts = list(several)
    counts = np.array([part["count"][0] for part in parts], float)
    share = (counts / counts.sum()).reshape(-1, *[1] * parts[0]["mean"].ndim)

    def mean(key: str) -> Array:
        weighed: Array = np.sum(share * np.stack([part[key] for part in parts]), axis=0)
        return weighed

    found = {key: mean(key) for key in parts[0] if key.startswith("q") or key == "mean"}
    spread = np.stack([p["std"] ** 2 + (p["mean"] - found["mean"]) ** 2 for p in parts])
    found |= {
        "min": np.min([p["min"] for p in parts], 0),
        "max": np.max([p["max"] for p in parts], 0),
    }
    return found | {
        "std": np.sqrt(np.sum(share * spread, 0)),
        "count": np.array([int(counts.sum())]),
    }


def _feature(dtype: str, shape: Sequence[int] = (1,), names: Any = None) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "names": names}


def _film(shape: Sequence[int], fps: float, codec: str) -> dict[str, Any]:
    height, width, channels = shape
    return {
        **_feature("video", shape, ["height", "width", "channels"]),
        "info": {
            "video.height": height, "video.width": width, "video.channels": channels,
            "video.codec": codec, "video.pix_fmt": "yuv420p", "video.fps": fps,
            "video.is_depth_map": False, "has_audio": False,
        },
    }  # fmt: skip
