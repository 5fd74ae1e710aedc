"""Simulations on a GPU, by ``mujoco_warp``; on warp's own CPU device the same code runs anywhere.

The extra ``gpu`` installs it. The first step of a model compiles kernels, which takes minutes; they
are kept by content in warp's cache (``WARP_CACHE_PATH``), so it happens once on a machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
from mujoco.batch import MODEL_FIELDS

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.sim.budget import BudgetError, contact_budget, row_budget
from habilis.envs.sim.cpu import CpuSim
from habilis.envs.sim.protocol import (
    UpTo,
)

INSTALL = 'pip install "habilis[gpu]"'
_STATE = (
    "time", "qpos", "qvel", "act", "qacc_warmstart", "ctrl", "qfrc_applied", "xfrc_applied",
    "eq_active", "mocap_pos", "mocap_quat", "userdata",
)  # fmt: skip
_BIG = float(mujoco.mjMAXVAL)  # beyond it MuJoCo, too, takes a number for wrong


class WarpSim(CpuSim):
    """N simulations on a device of warp; see ``Sim``.

    The state and the model fields live on the host, in the rows of a ``CpuSim``, which computes
    poses, constants, rays and models for pictures, too; only ``rollout`` runs on the device. Each
    call moves the state there and back once, however many substeps it makes, and snapshots go from
    one back end to the other. The device computes in 32 bits: runs are alike, not equal, to those
    of ``CpuSim``; they are equal to each other.

    Args:
      model: the model.
      n: number of simulations.
      device: of warp, ``cpu`` or ``cuda:0``.
      nthread: threads of what is computed on the host, 0 for all cores.
      contacts: room for so many contacts a simulation; by default what the model suggests, see
        ``contact_budget``.

    Raises:
      ModuleNotFoundError: warp is not installed; says how to.
      ValueError: there is no such device, or the model has something that warp does not simulate.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        n: int = 1,
        device: str = "cpu",
        nthread: int = 0,
        contacts: int | None = None,
    ) -> None:
        super().__init__(model, n, nthread)
        self._engine, self._warp = load_warp()
        self.device = _device(self._warp, device)
        self._contacts = contact_budget(model) if contacts is None else contacts
        self._rows = row_budget(model, self._contacts)
        self._outputs: dict[str, npt.NDArray[Any]] = {}
        self._sent: dict[str, npt.NDArray[Any]] = {}  # model fields as they are on the device
        self._graph: Any = None
        with self._warp.ScopedDevice(self.device):
            self._model, self._data = self._build()

    def _build(self) -> tuple[Any, Any]:
        mjw = self._engine
        try:
            model = mjw.put_model(self.model)
            data = mjw.make_data(
                self.model, nworld=self.n, nconmax=self._contacts, njmax=self._rows
            )
        except NotImplementedError as error:
            raise ValueError(f"this model cannot be simulated by mujoco_warp: {error}") from None
        model.opt.warn_overflow = 0  # it is raised instead
        model.opt.deterministic = int(mjw.DeterminismType.ALL)
        return model, data

    # ---- fields

    def bind(self, name: str) -> npt.NDArray[Any]:
        """See ``Sim``."""
        host = super().bind(name)
        if host.flags.writeable:  # of the state
            return host
        if name not in self._outputs:
            self._on_device(name)
            self._outputs[name] = host.copy()
        out = self._outputs[name].view()
        out.flags.writeable = False
        return out

    def expand(self, name: str) -> npt.NDArray[Any]:
        """See ``Sim``."""
        if not self._batched(name):
            raise ValueError(
                f"mujoco_warp has one {name} for all simulations: what varies it runs on the CPU"
                " back end only"
            )
        return super().expand(name)

    def _on_device(self, name: str) -> Any:
        field = getattr(self._data, name, None)
        if not isinstance(field, self._warp.array) or field.shape[:1] != (self.n,):
            raise ValueError(f"mujoco_warp has no field {name!r} of each simulation")
        return field

    def _batched(self, name: str) -> bool:
        owner, key = _owner(self._model, name)
        annotation = type(owner).__annotations__.get(key)
        return bool(getattr(annotation, "shape", ())[:1] == ("*",))

    # ---- computing

    def forward(self, ids: Ids | None = None, upto: UpTo = "acceleration") -> None:
        """See ``Sim``; computed on the host, in 64 bits."""
        super().forward(ids, upto)
        index = slice(None) if ids is None else ids
        for name, out in self._outputs.items():
            out[index] = self._batch.bind(name)[index]

    def rollout(
        self,
        steps: int,
        ctrl: Array | None = None,
        record: Sequence[str] = (),
        ids: Ids | None = None,
    ) -> dict[str, npt.NDArray[Any]]:
        """See ``Sim``; one upload and one download, in between the device works by itself.

        Raises:
          BudgetError: there was no room for all contacts or constraints; nothing was changed.
        """
        index = self._all if ids is None else ids
        with self._warp.ScopedDevice(self.device):
            self._upload()
            self._capture()
            given = None if ctrl is None else self._controls(ctrl, index)
            records = {name: self._record(name, steps) for name in record}
            for step in range(steps):
                if given is not None:
                    self._warp.copy(self._data.ctrl, given[step])
                self._step()
                for name, rows in records.items():
                    self._warp.copy(rows[step], self._on_device(name))
            self._check_budget()
            self._download(index, steps)
        return {name: self._rows_of(name, rows, index) for name, rows in records.items()}

    def _capture(self) -> None:
        """Make one graph of a substep's kernels on a GPU, which launching them singly would stall.

        The state on the device is afterwards what was uploaded.
        """
        if self._graph is not None or not self._warp.get_device(self.device).is_cuda:
            return
        self._engine.step(self._model, self._data)  # compiles and loads what the graph is of
        with self._warp.ScopedCapture() as capture:
            self._engine.step(self._model, self._data)
        self._graph = capture.graph
        self._upload_state()

    def _step(self) -> None:
        if self._graph is None:
            self._engine.step(self._model, self._data)
        else:
            self._warp.capture_launch(self._graph)

    def _upload(self) -> None:
        for name in MODEL_FIELDS:
            values = self._batch.expanded(name)
            if values is not None and self._batched(name):
                self._send(name, values)
        self._upload_state()

    def _upload_state(self) -> None:
        for name in _STATE:
            field = getattr(self._data, name)
            if field.size:
                _assign(field, self._batch.bind(name))
        self._data.overflow.zero_()

    def _send(self, name: str, values: npt.NDArray[Any]) -> None:
        """Bring a model field to the device, unless it is there already."""
        if name in self._sent and np.array_equal(self._sent[name], values):
            return
        owner, key = _owner(self._model, name)
        if name not in self._sent:
            shared = getattr(owner, key)
            shape = (self.n, *shared.shape[1:])
            setattr(owner, key, self._warp.empty(shape, dtype=shared.dtype))
            self._graph = None
        _assign(getattr(owner, key), values)
        self._sent[name] = values.copy()

    def _controls(self, ctrl: Array, index: Ids) -> Any:
        """(steps, N, nu) on the device."""
        rows = np.repeat(self._batch.bind("ctrl")[None], ctrl.shape[1], axis=0)
        rows[:, index] = ctrl.transpose(1, 0, 2)
        return self._warp.array(rows, dtype=float)

    def _record(self, name: str, steps: int) -> Any:
        field = self._on_device(name)
        return self._warp.empty((steps, *field.shape), dtype=field.dtype)

    def _rows_of(self, name: str, rows: Any, index: Ids) -> npt.NDArray[Any]:
        shape = super().bind(name).shape[1:]
        out = rows.numpy().swapaxes(0, 1)[index]
        return out.reshape(*out.shape[:2], *shape)

    def _check_budget(self) -> None:
        kinds = self._engine.OverflowType
        lost = self._data.overflow.numpy() & ~int(kinds.ITERATIONS | kinds.LS_ITERATIONS)
        if lost.any():
            raise BudgetError(np.flatnonzero(lost), self._contacts, self._rows, _names(kinds, lost))

    def _download(self, index: Ids, steps: int) -> None:
        for name in _STATE[1:]:
            if (field := getattr(self._data, name)).size:
                host = self._batch.bind(name)
                host[index] = field.numpy().reshape(host.shape)[index]
        self._batch.bind("time")[index] += steps * float(self.model.opt.timestep)
        for name, out in self._outputs.items():
            out[index] = self._on_device(name).numpy().reshape(out.shape)[index]

    def _failed(self, ids: Ids | None) -> Mask:
        index = slice(None) if ids is None else ids
        wrong = super()._failed(ids)
        for name in ("qpos", "qvel", "qacc_warmstart"):
            wrong |= ~(np.abs(self._batch.bind(name)[index]) < _BIG).all(axis=1)
        return wrong


def load_warp() -> tuple[Any, Any]:
    """The modules ``mujoco_warp`` and ``warp``.

    Raises:
      ModuleNotFoundError: not installed; says how to.
    """
    try:
        import warp

        warp.config.log_level = warp.LOG_ERROR  # first: it prints where results go
        import mujoco_warp
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"this back end needs {error.name}: {INSTALL}") from None
    return mujoco_warp, warp


def devices() -> Mapping[str, str]:
    """Devices that warp can use here: name to what it is.

    Raises:
      ModuleNotFoundError: not installed; says how to.
    """
    _, warp = load_warp()
    return {str(device): str(device.name) for device in warp.get_devices()}


def _device(warp: Any, name: str) -> str:
    if name not in (known := devices()):
        raise ValueError(f"no device {name!r} here; warp knows {', '.join(known)}")
    return name


def _owner(model: Any, name: str) -> tuple[Any, str]:
    return (model.opt, name[4:]) if name.startswith("opt.") else (model, name)


def _assign(field: Any, values: npt.NDArray[Any]) -> None:
    """Write host values into a warp array of the same numbers, whatever its shape and type."""
    like = field.numpy()
    field.assign(np.ascontiguousarray(values.reshape(like.shape), like.dtype))


def _names(kinds: Any, lost: npt.NDArray[np.int_]) -> str:
    found = int(np.bitwise_or.reduce(lost))
    return ", ".join(kind.name.lower() for kind in kinds if kind and kind & found == kind)
