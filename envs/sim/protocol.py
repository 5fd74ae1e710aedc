"""What a physics back end offers: N simulations of one model, stepped together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.sim.snapshot import Snapshot

UpTo = Literal["position", "acceleration"]
"""How much ``forward`` computes: poses, or all of it, contact forces and their sensors too."""


class Sim(Protocol):
    """N simulations of one model.

    Arrays that ``bind`` and ``expand`` return are live: they show the present after every call,
    what is written to state or model fields counts in the next one, and what is to be kept must be
    copied. Simulations are named by ``ids``, ascending and without repeats; None means all.

    Attributes:
      n: number of simulations.
      model: the model, as compiled.
      diverged: (N,) what was tried last in the simulation failed, see ``guard``.
    """

    n: int
    model: mujoco.MjModel
    diverged: Mask

    def bind(self, name: str) -> npt.NDArray[Any]:
        """(N, ...) live field of the simulations' data, named and shaped as in ``mjData``.

        Those of the state (``qpos``, ``ctrl``, ``eq_active``, ...) may be written. All others are
        filled by the next call, and after ``rollout`` describe the state before its last substep.

        Raises:
          ValueError: there is no such field, or this back end does not offer it.
        """

    def expand(self, name: str) -> npt.NDArray[Any]:
        """(N, ...) live model field with values of their own for each simulation.

        Named as in ``mjModel``, options as ``opt.gravity``. After masses, inertias, positions or
        stiffnesses were written, call ``set_const``.

        Raises:
          ValueError: there is no such field, or this back end cannot vary it.
        """

    def varies(self, name: str) -> bool:
        """Whether a model field has values of their own for each simulation."""

    def set_const(self, ids: Ids | None = None) -> None:
        """Derive again what follows from the model fields that were written."""

    def reset(self, ids: Ids | None = None) -> None:
        """Put simulations to ``qpos0`` at rest, at time 0; model fields stay. Nothing is computed:
        write the state, then call ``forward``."""

    def forward(self, ids: Ids | None = None, upto: UpTo = "acceleration") -> None:
        """Compute fields from the present state, without stepping."""

    def rollout(
        self,
        steps: int,
        ctrl: Array | None = None,
        record: Sequence[str] = (),
        ids: Ids | None = None,
    ) -> dict[str, npt.NDArray[Any]]:
        """Step k simulations.

        Args:
          steps: how many substeps.
          ctrl: (k, steps, nu) actuator targets of each substep; by default they stay.
          record: fields to return of every substep.
          ids: which simulations (k,).

        Returns:
          By name, (k, steps, ...), valid until the next call.
        """

    def guard(self, ids: Ids | None = None) -> AbstractContextManager[None]:
        """While it is open, simulations ``ids`` are tried: at its end, those that diverged (a
        warning of the engine, or a number that is not finite) are put back to where they were when
        it was opened, and marked in ``diverged``; the others of ``ids`` are unmarked there."""

    def states(self, ids: Ids | None = None) -> Array:
        """(k, S) copy of the whole integration state, which repeats the future bit for bit."""

    def put_states(self, ids: Ids, states: Array) -> None:
        """Write states (k, S) into simulations ``ids``."""

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """States, varied model fields and ``diverged`` of simulations ``ids``."""

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """Write a snapshot of k simulations into ``ids`` (k,), which continue bit for bit.

        Raises:
          ValueError: it is of another number of simulations, or of another model.
        """

    def ray(
        self, start: Array, vec: Array, groups: Sequence[int], ids: npt.ArrayLike | None = None
    ) -> tuple[Array, npt.NDArray[np.int32]]:
        """What rays hit: distance (k, R) in lengths of ``vec``, geom (k, R); -1 where nothing is.

        Args:
          start: origins (k, R, 3), world, m.
          vec: directions (k, R, 3).
          groups: geom groups that are seen.
          ids: simulations (k,).
        """

    def get_model(self, sim: int, model: mujoco.MjModel | None = None) -> mujoco.MjModel:
        """The model of one simulation, written into ``model`` if given."""

    def get_data(self, sim: int, data: mujoco.MjData | None = None) -> mujoco.MjData:
        """The state of one simulation, written into ``data`` if given; nothing is computed."""
