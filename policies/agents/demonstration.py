"""Demonstrations: one episode that a person acted, step by step, and an agent that repeats it.

A demonstration is kept as one npz file: what was seen, done and earned in each step of the
environment, and what is needed to make the same episode again. The simulation repeats bit for bit,
so that ``Repeat`` acts it anew, e.g. to see it or to record it in another format.
"""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets import foreign
from habilis.assets.arrays import Array
from habilis.assets.plain import build

VERSION = 1
MOST = 512 * foreign.MEGABYTE  # bytes of a file, and of what it unpacks to
_ROWS = ("actions", "rewards", "qpos")
_SEEN = "observations/"


@dataclasses.dataclass(frozen=True)
class Origin:
    """What an episode was made from, and how it ended.

    Attributes:
      task: id of the task.
      seed: of the layout.
      variation: how far the layout strays, see ``Variation.scaled``.
      scene: the scene as YAML, where the task is that of any scene; '' else.
      control: what an action means, see ``TaskSpec``.
      success: whether the goal was reached.
      failure: why not, '' if it was or if nothing was lost.
      made: command, versions and time.
      version: of this format.
    """

    task: str
    seed: int
    variation: float
    scene: str
    control: str
    success: bool
    failure: str
    made: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    version: int = VERSION


@dataclasses.dataclass(frozen=True, eq=False)
class Demonstration:
    """An episode of T steps.

    Attributes:
      origin: what it was made from, and how it ended.
      observations: group to (T + 1, ...), the last one after the last step.
      actions: (T, A) as carried out, in [-1, 1].
      rewards: (T,).
      qpos: (T + 1, nq) joint positions of the whole scene, to tell whether a repetition strays.
    """

    origin: Origin
    observations: Mapping[str, npt.NDArray[Any]]
    actions: npt.NDArray[np.float32]
    rewards: Array
    qpos: Array

    def __len__(self) -> int:
        return len(self.actions)

    def save(self, path: Path) -> None:
        """Write it as an npz file; its folder is made."""
        arrays: dict[str, Any] = {f"{_SEEN}{k}": v for k, v in self.observations.items()}
        arrays |= {"actions": self.actions, "rewards": self.rewards, "qpos": self.qpos}
        origin = json.dumps(dataclasses.asdict(self.origin)).encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, origin=np.frombuffer(origin, np.uint8), **arrays)


def load_demonstration(path: Path) -> Demonstration:
    """Read a demonstration.

    Raises:
      ValueError: it is none, or of another version.
      OSError: there is no such file.
    """
    data = foreign.read_bytes(path, MOST)
    foreign.check_zip(data, str(path), MOST)
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        arrays = {name: found[name] for name in found.files}
    if missing := [name for name in ("origin", *_ROWS) if name not in arrays]:
        raise ValueError(f"{path} is no demonstration: it has no {', '.join(missing)}")
    told = foreign.parse(arrays["origin"].tobytes(), f"{path}: origin")
    origin = build(Origin, told, f"{path}: origin")
    if origin.version != VERSION:
        raise ValueError(f"{path}: version {origin.version} is not supported; known: {VERSION}")
    seen = {k.removeprefix(_SEEN): v for k, v in arrays.items() if k.startswith(_SEEN)}
    return Demonstration(origin, seen, *(arrays[name] for name in _ROWS))


class Repeat:
    """Acts what was acted; does nothing when that is over.

    Args:
      actions: (T, A) of one episode, for all of N.
      n: N.
    """

    def __init__(self, actions: npt.NDArray[np.float32], n: int = 1) -> None:
        self._actions, self._at = actions, np.zeros(n, int)

    def reset(self, ids: Sequence[int]) -> None:
        """Begin again in ``ids``."""
        self._at[list(ids)] = 0

    def act(self, observation: Any) -> npt.NDArray[np.float32]:
        """The next actions (N, A)."""
        out = np.zeros((len(self._at), self._actions.shape[1]), np.float32)
        going = self._at < len(self._actions)
        out[going] = self._actions[self._at[going]]
        self._at += 1
        return out
