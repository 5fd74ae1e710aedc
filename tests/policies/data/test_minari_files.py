"""Episodes as a dataset of Minari: written, read back, and read by Minari itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("minari", reason='needs pip install "habilis[data]"')

import h5py
import minari
from tests.policies.data.made import assert_same, picture_dataset, point_dataset

from habilis.policies.data import folder, minari_files

ID = "test/point/random-v0"


@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize("flat", [True, False])
def test_what_is_written_is_read_back(tmp_path: Path, flat: bool, noise: float) -> None:
    dataset = point_dataset(20, noise=noise, flat=flat)
    assert {e.success for e in dataset.episodes} == {True, False}  # failures are kept
    told: list[int] = []
    path = minari_files.write(tmp_path, ID, dataset, lambda result: told.append(result.seed))
    again = folder.read(path)
    assert told == list(range(7, 27)) and again.count == 20 and again.about == dataset.about
    assert again.observation_space == dataset.observation_space
    assert again.action_space == dataset.action_space
    for _ in range(2):  # each time from the beginning
        for one, other in zip(dataset.episodes, again.episodes, strict=True):
            assert_same(one, other)
    assert [e.result.extra for e in again.episodes][0].keys() == {"half"}


def test_minari_finds_it_by_its_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = point_dataset(5, flat=True)
    minari_files.write(tmp_path, ID, dataset)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    found: Any = minari.load_dataset(ID)
    assert found.total_episodes == 5 and found.total_steps == sum(map(len, dataset.episodes))
    assert found.storage.metadata["algorithm_name"] == "random"
    for one, theirs, told in zip(
        dataset.episodes, found, found.storage.get_episode_metadata(range(5)), strict=True
    ):
        np.testing.assert_array_equal(theirs.observations, one.observations)
        np.testing.assert_array_equal(theirs.actions, one.actions)
        assert theirs.infos["success"][-1] == one.success == told["success"]
        assert bool(theirs.terminations[-1]) == one.terminated != bool(theirs.truncations[-1])
        assert told["seed"] == one.result.seed and not theirs.terminations[:-1].any()
    good = found.filter_episodes(lambda e: bool(e.infos["success"][-1]))
    assert good.total_episodes == sum(e.success for e in dataset.episodes)


def test_pictures_are_kept_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a relative folder, too."""
    monkeypatch.chdir(tmp_path)
    dataset = picture_dataset()
    again = folder.read(minari_files.write(Path("here"), "mine/pictures-v1", dataset) / "data")
    for one, other in zip(dataset.episodes, again.episodes, strict=True):
        assert_same(one, other)


def test_one_that_was_made_elsewhere_is_read(tmp_path: Path) -> None:
    path = minari_files.write(tmp_path, ID, point_dataset(3, flat=True)) / "data"
    metadata = json.loads((path / "metadata.json").read_text())
    del metadata["habilis"]
    (path / "metadata.json").write_text(json.dumps(metadata))
    with h5py.File(path / "main_data.hdf5", "a") as file:
        for name in ("success", "failure", "total", "half", "seed"):
            del file["episode_0"].attrs[name]
        del file["episode_1/infos"]
    again = folder.read(path)
    first, second, _ = again.episodes
    assert again.about.agent == "random" and again.about.task == ""
    assert first.result.seed == -1 and first.result.total == pytest.approx(first.rewards.sum())
    assert second.result.seed == 8


def test_nothing_is_left_of_what_could_not_be_recorded(tmp_path: Path) -> None:
    dataset = point_dataset(2, flat=True)
    lost = type(dataset)(
        dataset.about, dataset.observation_space, dataset.action_space, 2,
        (1 / 0 for _ in range(2)),  # type: ignore[misc]
    )  # fmt: skip
    with pytest.raises(ZeroDivisionError):
        minari_files.write(tmp_path, ID, lost)
    assert not (tmp_path / ID).exists()
    minari_files.write(tmp_path, ID, dataset)
    with pytest.raises(ValueError, match="is there already: choose another id"):
        minari_files.write(tmp_path, ID, dataset)


@pytest.mark.parametrize("id", ["point", "../point-v0", "a b-v0", ""])
def test_an_id_that_minari_does_not_know_is_named(tmp_path: Path, id: str) -> None:
    with pytest.raises(ValueError, match="is no id of a dataset"):
        minari_files.write(tmp_path, id, point_dataset(1, flat=True))


def test_what_is_no_dataset_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no dataset: there is neither"):
        folder.read(tmp_path)
    (tmp_path / "metadata.json").write_text('{"env_spec": "os:system"}')
    with pytest.raises(ValueError, match="does not name the spaces"):
        folder.read(tmp_path)


@pytest.mark.parametrize("spec", ["[" * 100_000, "[]", "{"])
def test_a_strange_description_of_the_environment_is_refused(spec: str, tmp_path: Path) -> None:
    where = minari_files.write(tmp_path, ID, point_dataset(1)) / "data" / "metadata.json"
    metadata = json.loads(where.read_text())
    del metadata["habilis"]
    where.write_text(json.dumps(metadata | {"env_spec": spec}))
    with pytest.raises(ValueError, match="metadata.json"):
        folder.read(where.parent)


def test_arrays_of_another_file_are_not_read(tmp_path: Path) -> None:
    path = minari_files.write(tmp_path, ID, point_dataset(1, flat=True)) / "data"
    with h5py.File(tmp_path / "secret.hdf5", "w") as file:
        file["numbers"] = np.zeros(3)
    with h5py.File(path / "main_data.hdf5", "a") as file:
        del file["episode_0/rewards"]
        file["episode_0/rewards"] = h5py.ExternalLink(str(tmp_path / "secret.hdf5"), "numbers")
    with pytest.raises(ValueError, match="rewards is kept in another file"):
        list(folder.read(path).episodes)


def test_spaces_that_differ_are_named() -> None:
    dataset = point_dataset(1, flat=True)
    dataset.check(dataset.observation_space, dataset.action_space)
    with pytest.raises(ValueError, match=r"observations of the dataset do not fit.*\(4,\)"):
        dataset.check(dataset.action_space, dataset.action_space)
