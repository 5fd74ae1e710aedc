"""What every back end does alike: saving, restoring, and divergence as a defined outcome."""

from __future__ import annotations

import abc
from contextlib import AbstractContextManager
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.sim.snapshot import Snapshot


class BaseSim(abc.ABC):
    """Base of the back ends.

    Args:
      model: the model.
      n: number of simulations.

    Raises:
      ValueError: fewer than one simulation.
    """

    def __init__(self, model: mujoco.MjModel, n: int) -> None:
        if n < 1:
            raise ValueError(f"a simulation needs n >= 1, got {n}")
        self.model, self.n = model, n
        self.diverged: Mask = np.zeros(n, bool)
        self._all: Ids = np.arange(n)
        self._varied: dict[str, npt.NDArray[Any]] = {}

    @abc.abstractmethod
    def expand(self, name: str) -> npt.NDArray[Any]: ...
    @abc.abstractmethod
    def set_const(self, ids: Ids | None = None) -> None: ...
    @abc.abstractmethod
    def states(self, ids: Ids | None = None) -> Array: ...
    @abc.abstractmethod
    def put_states(self, ids: Ids, states: Array) -> None: ...
    @abc.abstractmethod
    def _failed(self, ids: Ids | None) -> Mask:
        """(k,) which of the simulations ``ids`` failed since they were looked at last."""

    def varies(self, name: str) -> bool:
        """See ``Sim``."""
        return name in self._varied

    def guard(self, ids: Ids | None = None) -> AbstractContextManager[None]:
        """See ``Sim``."""
        return _Guard(self, ids)

    def undo(self, ids: Ids | None, before: Array) -> None:
        """Mark what failed of simulations ``ids``, and put it back to states ``before`` (k, S)."""
        failed = self._failed(ids)
        self.diverged[slice(None) if ids is None else ids] = failed
        if np.count_nonzero(failed):
            lost = (self._all if ids is None else ids)[failed]
            self.put_states(lost, before[failed])

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """See ``Sim``."""
        index = self._all if ids is None else np.asarray(ids, int)
        rows: dict[str, npt.NDArray[np.generic]] = {
            "state": self.states(index), "diverged": self.diverged[index],
        }  # fmt: skip
        return Snapshot(rows | {f"model/{k}": v[index] for k, v in self._varied.items()})

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """See ``Sim``."""
        index = self._all if ids is None else np.asarray(ids, int)
        snapshot.check(len(index), self.states(index[:1]).shape[1])
        saved = {k[6:]: v for k, v in snapshot.rows.items() if k.startswith("model/")}
        for name in (*saved, *(set(self._varied) - set(saved))):
            self.expand(name)[index] = saved[name] if name in saved else _nominal(self.model, name)
        if self._varied:
            self.set_const(index)
        self.put_states(index, np.asarray(snapshot.rows["state"], float))
        self.diverged[index] = snapshot.rows["diverged"]


class _Guard:
    """A trial; a class, as this runs every step and a generator would take thrice its time."""

    def __init__(self, sim: BaseSim, ids: Ids | None) -> None:
        self._sim, self._ids = sim, ids

    def __enter__(self) -> None:
        self._before = self._sim.states(self._ids)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self._sim.undo(self._ids, self._before)


def _nominal(model: mujoco.MjModel, name: str) -> npt.NDArray[Any]:
    owner, _, option = name.partition(".")
    return np.asarray(getattr(model.opt, option) if owner == "opt" else getattr(model, name))
