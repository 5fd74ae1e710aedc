"""Simulations on the cores of this machine, by ``mujoco.batch``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
from mujoco.batch import Batch

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.sim.base import BaseSim
from habilis.envs.sim.protocol import (
    UpTo,
)

_BAD = slice(int(mujoco.mjtWarning.mjWARN_BADQPOS), int(mujoco.mjtWarning.mjWARN_BADCTRL) + 1)
_STAGES = {
    "position": int(mujoco.mjtStage.mjSTAGE_POS), "acceleration": int(mujoco.mjtStage.mjSTAGE_ACC),
}  # fmt: skip
_NONE = int(mujoco.mjtStage.mjSTAGE_NONE)


class CpuSim(BaseSim):
    """N simulations on a pool of threads; see ``Sim``.

    Results are those of ``mj_step`` one simulation after the other, bit for bit, at any number of
    threads. MuJoCo puts a simulation that went wrong to ``qpos0`` by itself, and says so by nothing
    but the counters that ``guard`` reads.

    Args:
      model: the model.
      n: number of simulations.
      nthread: threads, 0 for all cores.
    """

    def __init__(self, model: mujoco.MjModel, n: int = 1, nthread: int = 0) -> None:
        super().__init__(model, n)
        self._batch = Batch(model, n, nthread)
        self._state, self._qpos = self._batch.state, self._batch.bind("qpos")
        self._counts = self._batch.warning[:, _BAD, 1]  # live, since the last reset
        self._seen = np.zeros_like(self._counts)
        self._records: dict[Any, dict[str, npt.NDArray[Any]]] = {}  # what was asked for last

    def bind(self, name: str) -> npt.NDArray[Any]:
        """See ``Sim``."""
        out: npt.NDArray[Any] = self._batch.bind(name)
        return out

    def expand(self, name: str) -> npt.NDArray[Any]:
        """See ``Sim``."""
        if name not in self._varied:
            self._varied[name] = self._batch.expand(name)
        return self._varied[name]

    def set_const(self, ids: Ids | None = None) -> None:
        """See ``Sim``."""
        self._batch.set_const(ids)

    def reset(self, ids: Ids | None = None) -> None:
        """See ``Sim``."""
        self._batch.reset(ids, stage=_NONE)
        index = slice(None) if ids is None else ids
        self._seen[index], self.diverged[index] = 0, False

    def forward(self, ids: Ids | None = None, upto: UpTo = "acceleration") -> None:
        """See ``Sim``."""
        self._batch.forward(ids, stage=_STAGES[upto])

    def rollout(
        self,
        steps: int,
        ctrl: Array | None = None,
        record: Sequence[str] = (),
        ids: Ids | None = None,
    ) -> dict[str, npt.NDArray[Any]]:
        """See ``Sim``."""
        count = self.n if ids is None else len(ids)
        out = self._records.get((count, steps, *record))
        out = self._batch.rollout(steps, ctrl, record=record, ids=ids, out=out)
        self._records = {(count, steps, *record): out}
        return out

    def states(self, ids: Ids | None = None) -> Array:
        """See ``Sim``."""
        out: Array = self._state.copy() if ids is None else self._state[ids]
        return out

    def put_states(self, ids: Ids, states: Array) -> None:
        """See ``Sim``."""
        self._state[ids] = states

    def _failed(self, ids: Ids | None) -> Mask:
        index = slice(None) if ids is None else ids
        counts, finite = self._counts[index], np.isfinite(self._qpos[index])
        warned = counts != self._seen[index]
        if not np.count_nonzero(warned) and np.count_nonzero(finite) == finite.size:
            return np.zeros(len(counts), bool)
        self._seen[index] = counts
        failed: Mask = warned.any(axis=1) | ~finite.all(axis=1)
        return failed

    def ray(
        self, start: Array, vec: Array, groups: Sequence[int], ids: npt.ArrayLike | None = None
    ) -> tuple[Array, npt.NDArray[np.int32]]:
        """See ``Sim``."""
        seen = np.zeros(mujoco.mjNGROUP, np.uint8)
        seen[list(groups)] = 1
        depth, geom = self._batch.ray(start, vec, geomgroup=seen, ids=ids)
        return depth, geom

    def get_model(self, sim: int, model: mujoco.MjModel | None = None) -> mujoco.MjModel:
        """See ``Sim``."""
        return self._batch.get_model(sim, model)

    def get_data(self, sim: int, data: mujoco.MjData | None = None) -> mujoco.MjData:
        """See ``Sim``."""
        return self._batch.get_data(sim, data)
