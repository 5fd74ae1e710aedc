"""Datasets in the format of Minari, the form in which habilis keeps episodes.

A dataset is the folder ``ROOT/ID/data``, so that ``minari.load_dataset(ID)`` finds it where the
environment variable ``MINARI_DATASETS_PATH`` is ROOT. Beside what Minari says of a dataset, its
``metadata.json`` holds under ``habilis`` what ``About`` does, and the attributes of an episode say
how it ended. The ``infos`` are ``success`` of every step and, where noise was added to the agent's
actions, ``intended_action``, without it.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from habilis.assets import foreign
from habilis.policies.data.about import About, Dataset
from habilis.policies.data.episodes import Trajectory
from habilis.policies.evaluation.evaluate import EpisodeResult

DATA, METADATA = "data", "metadata.json"
MOST = 4096 * foreign.MEGABYTE
"""Bytes that one episode may unpack to."""
MEMBERS = 10_000
"""Groups and arrays of one episode."""
NEEDED = 'datasets need: pip install "habilis[data]"'
LACKING = "no dataset of Minari that can be read"
TOLD = ("seed", "success", "failure", "total")
"""Attributes of an episode that are in every ``EpisodeResult``."""

Progress = Callable[[EpisodeResult], None]


def write(root: Path, id: str, dataset: Dataset, progress: Progress | None = None) -> Path:
    """Write a dataset, an episode at a time: what was written stays if the rest fails.

    Args:
      root: folder of datasets.
      id: of the dataset, e.g. ``habilis/ReachMilk/oracle-v0``.
      dataset: what is written.
      progress: told of each episode that was.

    Returns:
      The folder of the dataset.

    Raises:
      ValueError: the id is none of Minari's, or the dataset is there already.
      ImportError: Minari is missing; names the extra.
    """
    _import()
    from minari.dataset.minari_dataset import parse_dataset_id
    from minari.dataset.minari_storage import MinariStorage

    try:
        parse_dataset_id(id)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{id!r} is no id of a dataset: it is written NAME/NAME-v0, of letters, digits, - and _"
        ) from error
    folder = root / id
    if folder.exists():
        raise ValueError(f"{folder} is there already: choose another id, or another version")
    (folder / DATA).mkdir(parents=True)
    about = dataset.about
    storage = MinariStorage.new(
        (folder / DATA).resolve(),  # its size of a dataset is of no relative path
        dataset.observation_space, dataset.action_space, _spec(about),
        jpeg_encoding=False,
    )  # fmt: skip
    storage.update_metadata(_metadata(id, about))
    try:
        for number, episode in enumerate(dataset.episodes):
            storage.update_episodes([_buffer(episode)])
            storage.update_episode_metadata([_attributes(episode.result)], [number])
            if progress is not None:
                progress(episode.result)
    finally:
        if not storage.total_episodes:
            shutil.rmtree(folder)
    return folder


def read(path: Path) -> Dataset:
    """Read a dataset, also one that was made elsewhere; nothing that it names is imported.

    Args:
      path: its folder, or ``data`` in it.

    Raises:
      ValueError: it is none, or not of Box and Dict spaces.
      ImportError: Minari is missing; names the extra.
    """
    _import()
    from minari.dataset.minari_storage import MinariStorage

    with foreign.understood(path, LACKING):
        return _read(path if (path / METADATA).is_file() else path / DATA, MinariStorage)


def _read(folder: Path, storage_type: Any) -> Dataset:
    found = foreign.parse(foreign.read_text(folder / METADATA), str(folder / METADATA))
    if not isinstance(found, dict) or not {"observation_space", "action_space"} <= found.keys():
        raise ValueError(f"{folder / METADATA} does not name the spaces of a dataset")
    for file in folder.rglob("*"):
        if not file.is_dir():
            foreign.check_ordinary(file)
    storage = storage_type.read(folder.resolve())
    spaces = storage.observation_space, storage.action_space
    return Dataset(
        _about(found, folder), *spaces, storage.total_episodes, _Episodes(folder, storage)
    )


@dataclasses.dataclass(frozen=True)
class _Episodes:
    folder: Path
    storage: Any

    def __iter__(self) -> Iterator[Trajectory]:
        with foreign.understood(self.folder, LACKING):
            yield from self._trajectories()

    def _trajectories(self) -> Iterator[Trajectory]:
        for number in range(self.storage.total_episodes):
            _check(self.storage.data_path, number)
            (told,) = self.storage.get_episode_metadata([number])
            (episode,) = self.storage.get_episodes([number])
            yield _trajectory(episode, told)


def _trajectory(episode: Mapping[str, Any], told: Mapping[str, Any]) -> Trajectory:
    infos, actions, rewards = episode["infos"] or {}, episode["actions"], episode["rewards"]
    good = bool(told.get("success", np.any(infos.get("success", False))))
    failure, total = str(told.get("failure", "")), float(np.sum(rewards))
    known = {k: v.item() if isinstance(v, np.generic) else v for k, v in told.items()}
    extra = {
        k: v
        for k, v in known.items()
        if k not in (*TOLD, "id", "total_steps") and isinstance(v, (int, float, str))
    }
    seed = known.get("seed")
    return Trajectory(
        episode["observations"], actions, infos.get("intended_action", actions), rewards,
        bool(episode["terminations"][-1]),
        EpisodeResult(
            -1 if seed is None else int(seed), good, failure, len(rewards),
            float(known.get("total", total)), extra,
        ),
    )  # fmt: skip


def _buffer(episode: Trajectory) -> Any:
    from minari.data_collector import EpisodeBuffer

    steps, result = len(episode), episode.result
    ends, success = np.zeros(steps, bool), np.zeros(steps + 1, bool)
    ends[-1], success[-1] = True, result.success
    never = np.zeros(steps, bool)
    infos = {"success": success}
    if not np.array_equal(episode.meant, episode.actions):
        infos["intended_action"] = episode.meant
    return EpisodeBuffer(
        seed=result.seed, observations=episode.observations, actions=episode.actions,
        rewards=episode.rewards,
        terminations=ends if episode.terminated else never,
        truncations=never if episode.terminated else ends, infos=infos,
    )  # fmt: skip


def _attributes(result: EpisodeResult) -> dict[str, Any]:
    return {**result.extra, "success": result.success, "failure": result.failure,
            "total": result.total}  # fmt: skip


def _metadata(id: str, about: About) -> dict[str, Any]:
    import minari

    versions = about.made.get("versions", {})
    pins = [f"{name}=={versions[name]}" for name in ("habilis", "mujoco") if versions.get(name)]
    return {
        "dataset_id": id, "minari_version": minari.__version__, "algorithm_name": about.agent,
        "description": about.instruction, "requirements": pins, "habilis": about.plain(),
    }  # fmt: skip


def _spec(about: About) -> Any:
    """As registered, with the task's options, so that Minari can make the environment again."""
    if about.task not in gymnasium.registry:
        return None
    spec = gymnasium.spec(about.task)
    if spec.entry_point is None:
        return None
    return dataclasses.replace(spec, kwargs={**spec.kwargs, **about.options})


def _about(metadata: Mapping[str, Any], folder: Path) -> About:
    where = f"{folder / METADATA}: habilis"
    if "habilis" in metadata:
        return About.parse(metadata["habilis"], where)
    spec = foreign.parse(metadata["env_spec"], where) if metadata.get("env_spec") else {}
    if not isinstance(spec, dict):
        raise ValueError(f"{where}: env_spec holds no keys and values")
    return About(
        str(spec.get("id", "")), spec.get("kwargs") or {}, str(metadata.get("algorithm_name", "")),
        str(metadata.get("description", "")),
    )  # fmt: skip


def _check(folder: Path, number: int) -> None:
    """ValueError if an episode is linked to another file, or larger than may be read."""
    file = folder / "main_data.hdf5"
    if not file.is_file():
        return
    import h5py

    with h5py.File(file, "r") as found:
        size = _size(found, f"episode_{number}")
    if size > MOST:
        raise ValueError(f"{file}: episode {number} has {size} bytes, {MOST} may be read")


def _size(file: Any, name: str) -> int:
    """Bytes of all arrays of a group; ValueError if one is kept in another file, or if there are
    thousands, as where groups hold each other over and over."""
    import h5py

    size, seen, left = 0, 0, [(file, name)]
    while left:
        group, name = left.pop()
        where = f"{group.name.rstrip('/')}/{name}"
        if name not in group:
            raise ValueError(f"{where} is missing")
        linked = not isinstance(group.get(name, getlink=True), h5py.HardLink)
        item = None if linked else group[name]
        if item is None or (isinstance(item, h5py.Dataset) and (item.external or item.is_virtual)):
            raise ValueError(f"{where} is kept in another file, which is not read")
        if isinstance(item, h5py.Dataset):
            size += item.nbytes
        else:
            left += [(item, inner) for inner in item]
        seen += 1
        if seen + len(left) > MEMBERS:
            raise ValueError(f"{where[:60]}: an episode has at most {MEMBERS} groups and arrays")
    return size


def _import() -> None:
    try:
        import h5py  # noqa: F401
        import minari  # noqa: F401
    except ImportError as error:
        raise ImportError(f"{error}; {NEEDED}") from error
