"""Datasets that somebody else made, spoiled or hostile: one message that names them, in no time."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("h5py", reason='needs pip install "habilis[data]"')
pytest.importorskip("pyarrow", reason='needs pip install "habilis[data]"')

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from gymnasium import spaces
from tests.policies.data.made import picture_dataset, point_dataset

from habilis.policies.data import folder, lerobot_reader, lerobot_writer, minari_files
from habilis.policies.data import lerobot_table as table
from habilis.policies.data.about import About

STRANGE: tuple[Any, ...] = (None, 10**30, float("nan"), "\x1b[1A", [[]], {"a": {}})


def said(path: Path) -> str:
    """What is said of a dataset that cannot be read; '' if it can."""
    try:
        list(folder.read(path).episodes)
    except (ValueError, OSError) as error:
        assert str(path) in str(error) and len(str(error)) < 2000
        return str(error)
    return ""


def spoiled(value: Any) -> Iterator[Any]:
    """Copies of a record, in each of which one entry is missing or strange."""
    for key in value:
        left = {k: v for k, v in value.items() if k != key}
        yield left
        yield from ({**left, key: strange} for strange in STRANGE)
        if isinstance(value[key], dict):
            yield from ({**left, key: inner} for inner in spoiled(value[key]))


def test_whatever_a_record_of_lerobot_says_is_one_message(tmp_path: Path) -> None:
    lerobot_writer.write(tmp_path / "a", point_dataset(2, flat=True))
    for name in ("info.json", "habilis.json"):
        path = tmp_path / "a" / "meta" / name
        whole = json.loads(path.read_text())
        whole.pop("features", None)  # each of its entries is alike
        found = []
        for one in spoiled(copy.deepcopy(whole)):
            path.write_text(json.dumps(one))
            found.append(said(tmp_path / "a"))
        assert any(found)
        path.write_text(json.dumps(whole))


def test_whatever_a_record_of_minari_says_is_one_message(tmp_path: Path) -> None:
    where = minari_files.write(tmp_path, "habilis/Point/x-v0", point_dataset(2, flat=True)) / "data"
    whole = json.loads((where / "metadata.json").read_text())
    box = json.loads(whole["action_space"])
    records = [*spoiled(whole)]
    records += [{**whole, "action_space": json.dumps(one)} for one in spoiled(box)]
    found = []
    for one in records:
        (where / "metadata.json").write_text(json.dumps(one))
        found.append(said(where))
    assert any(found)


def test_an_episode_that_is_missing_or_linked_elsewhere_is_named(tmp_path: Path) -> None:
    where = minari_files.write(tmp_path, "habilis/Point/x-v0", point_dataset(2, flat=True)) / "data"
    with h5py.File(where / "main_data.hdf5", "a") as file:
        del file["episode_1"]
    assert "episode_1 is missing" in said(where)
    with h5py.File(tmp_path / "secret.hdf5", "w") as file:
        file.create_group("own")
    with h5py.File(where / "main_data.hdf5", "a") as file:
        file["episode_1"] = h5py.ExternalLink(str(tmp_path / "secret.hdf5"), "own")
    assert "kept in another file" in said(where)


def test_groups_that_hold_each_other_are_not_gone_through(tmp_path: Path) -> None:
    """Forty groups, of which each holds the next one twice, are 10^12 ways to the last."""
    where = minari_files.write(tmp_path, "habilis/Point/x-v0", point_dataset(1, flat=True)) / "data"
    with h5py.File(where / "main_data.hdf5", "a") as file:
        group = file["episode_0"]
        for _ in range(40):
            group["a"] = group["b"] = inner = file.create_group(f"{len(file)}")
            group = inner
    assert "at most 10000 groups and arrays" in said(where)
    with h5py.File(where / "main_data.hdf5", "a") as file:
        del file["episode_0/a"], file["episode_0/b"]
        file["episode_0/loop"] = file["episode_0"]
    assert "at most 10000 groups and arrays" in said(where)


@pytest.mark.parametrize(
    "pattern",
    [
        "videos/{video_key:>99999999999}.mp4",
        "videos/{video_key.__class__.__mro__}.mp4",
        "videos/{video_key!r}.mp4",
        "videos/{file_index:{chunk_index}}.mp4",
        "videos/{0}.mp4",
        "../../{file_index}.mp4",
    ],
)
def test_the_pattern_of_films_is_filled_in_plainly(pattern: str, tmp_path: Path) -> None:
    lerobot_writer.write(tmp_path / "a", picture_dataset((2,), side=32))
    info = tmp_path / "a" / "meta" / "info.json"
    info.write_text(json.dumps(json.loads(info.read_text()) | {"video_path": pattern}))
    found = said(tmp_path / "a")
    assert "is not written so" in found or "is not in the dataset" in found


def test_a_value_repeated_without_end_is_not_unpacked(tmp_path: Path) -> None:
    """What is packed says little of how much it is: equal values take no room in the file."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": [0.0] * 10**6, "text": ["y"] * 10**6}), path)
    assert path.stat().st_size < 10**5
    with pytest.raises(ValueError, match=r"a\.parquet: 8000000 bytes are too many"):
        lerobot_reader._table(path, {"x"}.__contains__, 10**6)
    with pytest.raises(ValueError, match="column 'text' holds texts"):
        lerobot_reader._table(path, {"text"}.__contains__)
    assert lerobot_reader._table(path, {"x"}.__contains__).column_names == ["x"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("where", ["meta/episodes/chunk-000", "data/chunk-000"])
def test_a_pipe_among_the_tables_is_not_waited_for(where: str, tmp_path: Path) -> None:
    lerobot_writer.write(tmp_path / "a", picture_dataset((2,), side=32))
    os.mkfifo(tmp_path / "a" / where / "file-000a.parquet")
    assert "no ordinary file" in said(tmp_path / "a")


@pytest.mark.parametrize(
    "name", ["/../../../outside", "a/b", "..\\..\\b", "c:\\d", "\x1b[1A", "\0"]
)
def test_a_film_is_written_nowhere_else(name: str, tmp_path: Path) -> None:
    """Whoever made a dataset gives names to what was seen, which become paths of films."""
    made = picture_dataset((2,), side=32)
    whole: Any = made.observation_space
    seen = spaces.Dict({name: whole["rgb"]})
    episodes = [
        dataclasses.replace(e, observations={name: e.observations["rgb"]}) for e in made.episodes
    ]
    renamed = dataclasses.replace(made, observation_space=seen, episodes=episodes)
    with pytest.raises(ValueError, match="no column of a dataset can be called"):
        lerobot_writer.write(tmp_path / "in" / "side", renamed)
    assert not list(tmp_path.rglob("*.mp4"))


def test_parts_of_one_name_do_not_share_a_column() -> None:
    one = spaces.Box(-1, 1, (2,), np.float32)
    seen = spaces.Dict({"a.b": one, "a": spaces.Dict({"b": one})})
    with pytest.raises(ValueError, match=r"can be called 'observation\.a\.b'"):
        table.observed(seen)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_step_takes_some_time(seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds of a step must be positive"):
        About(seconds=seconds)
