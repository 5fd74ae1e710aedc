"""Reads datasets in the format of LeRobot, v3.0, with pyarrow and OpenCV, whoever made them.

Where ``meta/habilis.json`` is missing, rows of numbers have no bounds, an episode with a frame
marked as a success ended there, and what was seen last counts as seen twice. The last picture of an
episode always does.
"""

from __future__ import annotations

import dataclasses
import math
import re
import string
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from habilis.assets import foreign
from habilis.envs.media.film import read_frames
from habilis.policies.data import lerobot_table as table
from habilis.policies.data.about import About, Dataset, Leaf, assembled, leaves
from habilis.policies.data.episodes import Trajectory
from habilis.policies.evaluation.evaluate import EpisodeResult
from habilis.policies.spaces import rebuild

Array = npt.NDArray[Any]

MOST = 4096 * foreign.MEGABYTE
"""Bytes that one file of frames, and what is seen in one episode, may unpack to."""
LACKING = "no dataset of LeRobot that can be read"
_PLAIN = re.compile(r"(0?[0-9])?d?")  # how a number may be written in the name of a film


def read(folder: Path) -> Dataset:
    """Read a dataset, also one that was made elsewhere.

    Raises:
      ValueError: it is none, or of another version.
      ImportError: pyarrow is missing; names the extra.
    """
    table.need_pyarrow()
    with foreign.understood(folder, LACKING):
        return _read(folder)


def _read(folder: Path) -> Dataset:
    info = foreign.parse(foreign.read_text(folder / table.INFO), str(folder / table.INFO))
    if not isinstance(info, dict) or info.get("codebase_version") != table.VERSION:
        found = info.get("codebase_version") if isinstance(info, dict) else None
        raise ValueError(f"{folder}: a dataset of LeRobot {found}, this reads {table.VERSION}")
    ours: dict[str, Any] = {}
    if (folder / table.OURS).is_file():
        ours = foreign.parse(foreign.read_text(folder / table.OURS, foreign.RECORD), table.OURS)
    if ours:
        about = About.parse(ours["about"], table.OURS)
        observation, action = (rebuild(ours["spaces"][k]) for k in ("observation", "action"))
        columns = table.observed(observation)
    else:
        about = About(robot=str(info.get("robot_type") or ""), seconds=1 / float(info["fps"]))
        observation, action, columns = _guessed(info["features"])
    episodes = _Episodes(folder, info, columns, leaves(observation), action, ours)
    return Dataset(about, observation, action, int(info["total_episodes"]), episodes)


@dataclasses.dataclass(frozen=True)
class _Episodes:
    """The episodes in a folder.

    Attributes:
      info: of ``info.json``.
      columns: name to the part of an observation.
      boxes: space of each part.
      action: space.
      ours: of ``habilis.json``; empty if it was made elsewhere.
    """

    folder: Path
    info: Mapping[str, Any]
    columns: Mapping[str, Leaf]
    boxes: Mapping[Leaf, spaces.Box]
    action: gymnasium.Space[Any]
    ours: Mapping[str, Any]

    def __iter__(self) -> Iterator[Trajectory]:
        with foreign.understood(self.folder, LACKING):
            yield from self._trajectories()

    def _trajectories(self) -> Iterator[Trajectory]:
        number, films = 0, _Films(self.folder, self.info)
        pictures = {k for k, at in self.columns.items() if table.is_picture(self.boxes[at])}
        wanted = {"episode_index", table.ACTION, table.INTENDED, table.REWARD, table.SUCCESS}
        wanted |= self.columns.keys() - pictures
        for path in sorted(self.folder.glob("data/*/*.parquet")):
            frames = _table(path, wanted.__contains__)
            at = frames.column("episode_index").to_numpy()
            for first, end in _stretches(at):
                part = frames.slice(first, end - first)
                yield self._trajectory(part, number, films)
                number += 1

    def _trajectory(self, part: Any, number: int, films: _Films) -> Trajectory:
        told = self.ours["episodes"][number] if self.ours else {}
        parts = {}
        for key, at in self.columns.items():
            box = self.boxes[at]
            size = part.num_rows * math.prod(box.shape) * box.dtype.itemsize
            if size > MOST:
                raise ValueError(f"episode {number} has {size} bytes of {key}, {MOST} may be read")
            if table.is_picture(box):
                seen = films.read(key, number, part.num_rows)
            else:
                seen = _numpy(part.column(key), box)
            last = np.asarray(told.get("last", {}).get(key, seen[-1]), box.dtype)
            parts[at] = np.concatenate([seen, last.reshape(1, *box.shape)])
        has = set(part.column_names)
        action = _numpy(part.column(table.ACTION), self.action)
        meant = (
            _numpy(part.column(table.INTENDED), self.action) if table.INTENDED in has else action
        )
        rewards = np.zeros(len(action))
        if table.REWARD in has:
            rewards = part.column(table.REWARD).to_numpy().astype(float)
        good = table.SUCCESS in has and bool(part.column(table.SUCCESS).to_numpy().any())
        result = EpisodeResult(-1, good, "", len(action), float(rewards.sum()))
        if told:
            result = EpisodeResult(**told["result"])
        terminated = bool(told.get("terminated", good))
        return Trajectory(assembled(parts), action, meant, rewards, terminated, result)


class _Films:
    """Reads the pictures of one episode after the other, without going back."""

    def __init__(self, folder: Path, info: Mapping[str, Any]) -> None:
        self._folder, self._info = folder, info
        self._rows: list[dict[str, Any]] = []
        if info.get("video_path"):
            for path in sorted(folder.glob("meta/episodes/*/*.parquet")):
                found = _table(path, lambda name: name.startswith("videos/"), foreign.RECORD)
                self._rows += found.to_pylist()
        self._open: dict[str, tuple[Path, Iterator[Any]]] = {}
        self._at: dict[str, int] = {}

    def read(self, key: str, episode: int, steps: int) -> Array:
        """The pictures (steps, H, W, 3) of an episode."""
        row = {k.rpartition("/")[2]: v for k, v in self._rows[episode].items()
               if k.startswith(f"videos/{key}/")}  # fmt: skip
        place = {k: int(row[k]) for k in ("chunk_index", "file_index")}
        path = self._folder / _placed(str(self._info["video_path"]), video_key=key, **place)
        if not path.resolve().is_relative_to(self._folder.resolve()):
            raise ValueError(f"{path} is not in the dataset")
        if key not in self._open or self._open[key][0] != path:
            foreign.check_ordinary(path)
            self._open[key], self._at[key] = (path, read_frames(path)), 0
        first = round(float(row["from_timestamp"]) * float(self._info["fps"]))
        found = []
        for picture in self._open[key][1]:
            self._at[key] += 1
            if self._at[key] > first:
                found.append(picture)
            if len(found) == steps:
                return np.stack(found)
        codec = self._info["features"][key].get("info", {}).get("video.codec", "unknown")
        raise ValueError(
            f"{path} ends before episode {episode} does, or OpenCV cannot read its codec, {codec}"
        )


def _table(path: Path, wanted: Callable[[str], bool], most: int = MOST) -> Any:
    """The wanted columns of a parquet file, which are numbers, by their names.

    Raises:
      ValueError: it is no ordinary file, one of them holds texts, or they unpack to more bytes.
    """
    import pyarrow.parquet as pq

    foreign.check_ordinary(path)
    size = 0
    with pq.ParquetFile(path) as file:
        about, names = file.metadata, [n for n in file.schema_arrow.names if wanted(n)]
        heads = tuple(f"{name}." for name in names)
        for i in range(about.num_row_groups):
            for column in map(about.row_group(i).column, range(about.num_columns)):
                if not f"{column.path_in_schema}.".startswith(heads):
                    continue
                if column.physical_type.endswith("BYTE_ARRAY"):
                    raise ValueError(f"{path}: column {column.path_in_schema!r} holds texts")
                size += 8 * column.num_values  # a value that is repeated takes no room in the file
        if size > most:
            raise ValueError(f"{path}: {size} bytes are too many, {most} may be read")
        return file.read(columns=names)


def _placed(pattern: str, **known: Any) -> str:
    """The name of a film from its pattern, which asks for nothing but these, plainly written.

    Formatting reaches into attributes of what it writes, and fills any width with blanks.

    Raises:
      ValueError: it asks for something else.
    """
    for _, name, spec, how in string.Formatter().parse(pattern):
        if name is not None and (name not in known or how or not _PLAIN.fullmatch(spec or "")):
            raise ValueError(f"video_path {pattern[:120]!r}: '{{{name}...}}' is not written so")
    return pattern.format(**known)


def _numpy(column: Any, space: gymnasium.Space[Any]) -> Array:
    """The values (T, ...) of a column, as they are in a space."""
    import pyarrow.compute as pc

    flat = column
    while hasattr(flat.type, "value_type"):
        flat = pc.list_flatten(flat)
    shape = space.shape or ()
    return flat.to_numpy().astype(space.dtype).reshape(len(column), *shape)


def _stretches(at: Array) -> Iterator[tuple[int, int]]:
    """Where each run of one value begins and ends."""
    ends = np.flatnonzero(np.diff(at)) + 1
    yield from zip([0, *ends], [*ends, len(at)], strict=True)


def _guessed(
    features: Mapping[str, Any],
) -> tuple[gymnasium.Space[Any], gymnasium.Space[Any], dict[str, Leaf]]:
    """Spaces and columns of a dataset that was made elsewhere, as far as its features tell them."""
    boxes: dict[str, gymnasium.Space[Any]] = {}
    for key, feature in features.items():
        if key.startswith("observation.") and feature["dtype"] not in ("image", "string"):
            boxes[key] = _box(feature)
    action = _box(features[table.ACTION])
    if list(boxes) == [table.STATE]:
        return boxes[table.STATE], action, {table.STATE: ()}
    names = {k: k.removeprefix("observation.").removeprefix("images.") for k in boxes}
    seen = spaces.Dict({names[key]: box for key, box in boxes.items()})
    return seen, action, {key: (name,) for key, name in names.items()}


def _box(feature: Mapping[str, Any]) -> gymnasium.Space[Any]:
    """Without bounds; of a film, colours."""
    film = feature["dtype"] == "video"
    kind = np.dtype("uint8" if film else feature["dtype"])
    low: Any = 0
    high: Any = 1
    if kind.kind == "f":
        low, high = -np.inf, np.inf
    elif kind.kind in "iu":
        low, high = (int(n) for n in (np.iinfo(kind).min, np.iinfo(kind).max))
    box = {"shape": feature["shape"], "dtype": str(kind), "low": low, "high": high}
    return rebuild({"kind": "Box", **box})
