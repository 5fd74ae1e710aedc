"""Names of a compiled model to places in its arrays: the one way from a word to a column."""

from __future__ import annotations

from collections.abc import Iterable

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.names import did_you_mean

Ints = npt.NDArray[np.int_]
_KINDS = {
    "body": mujoco.mjtObj.mjOBJ_BODY,
    "joint": mujoco.mjtObj.mjOBJ_JOINT,
    "geom": mujoco.mjtObj.mjOBJ_GEOM,
    "site": mujoco.mjtObj.mjOBJ_SITE,
    "camera": mujoco.mjtObj.mjOBJ_CAMERA,
    "actuator": mujoco.mjtObj.mjOBJ_ACTUATOR,
    "sensor": mujoco.mjtObj.mjOBJ_SENSOR,
    "equality": mujoco.mjtObj.mjOBJ_EQUALITY,
}
_COUNTS = {
    "body": "nbody", "joint": "njnt", "geom": "ngeom", "site": "nsite", "camera": "ncam",
    "actuator": "nu", "sensor": "nsensor", "equality": "neq",
}  # fmt: skip


class Index:
    """Where things with names are in the arrays of a model.

    Every method takes one name or several, and returns columns (k,) in the order of the names. A
    name that is not there is a KeyError with a did-you-mean.

    Args:
      model: compiled.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self.model = model
        self._known: dict[str, dict[str, int]] = {}

    def names(self, kind: str) -> tuple[str, ...]:
        """All names of a kind: body, joint, geom, site, camera, actuator, sensor, equality."""
        return tuple(self._ids(kind))

    def body(self, names: str | Iterable[str]) -> Ints:
        """Rows of bodies, as in ``xpos`` and ``body_mass``."""
        return self._find("body", names)

    def geom(self, names: str | Iterable[str]) -> Ints:
        """Rows of geoms."""
        return self._find("geom", names)

    def geoms_of(self, bodies: str | Iterable[str]) -> Ints:
        """Rows of all geoms of bodies, sorted."""
        return np.flatnonzero(np.isin(self.model.geom_bodyid, self.body(bodies)))

    def site(self, names: str | Iterable[str]) -> Ints:
        """Rows of sites."""
        return self._find("site", names)

    def joint(self, names: str | Iterable[str]) -> Ints:
        """Rows of joints, as in ``jnt_range``."""
        return self._find("joint", names)

    def qpos(self, joints: str | Iterable[str]) -> Ints:
        """Columns in qpos: seven of a free joint, four of a ball, one of others."""
        return self._columns(self.joint(joints), self.model.jnt_qposadr, (7, 4, 1, 1))

    def dofs(self, joints: str | Iterable[str]) -> Ints:
        """Columns in qvel: six of a free joint, three of a ball, one of others."""
        return self._columns(self.joint(joints), self.model.jnt_dofadr, (6, 3, 1, 1))

    def actuator(self, names: str | Iterable[str]) -> Ints:
        """Columns in ctrl."""
        return self._find("actuator", names)

    def sensor(self, names: str | Iterable[str]) -> Ints:
        """Columns in sensordata: all numbers of the first sensor, then those of the second."""
        ids = self._find("sensor", names)
        adr, dim = self.model.sensor_adr, self.model.sensor_dim
        return _concatenated([np.arange(adr[i], adr[i] + dim[i]) for i in ids])

    def equality(self, names: str | Iterable[str]) -> Ints:
        """Columns in eq_active."""
        return self._find("equality", names)

    def camera(self, names: str | Iterable[str]) -> Ints:
        """Rows of cameras."""
        return self._find("camera", names)

    def _find(self, kind: str, names: str | Iterable[str]) -> Ints:
        known = self._ids(kind)
        wanted = [names] if isinstance(names, str) else list(names)
        for name in wanted:
            if name not in known:
                raise KeyError(did_you_mean(kind, name, known))
        return np.array([known[name] for name in wanted], int)

    def _columns(self, joints: Ints, first: Ints, widths: tuple[int, ...]) -> Ints:
        kinds = self.model.jnt_type[joints]
        spans = zip(first[joints], kinds, strict=True)
        return _concatenated([np.arange(at, at + widths[int(kind)]) for at, kind in spans])

    def _ids(self, kind: str) -> dict[str, int]:
        if kind not in self._known:
            rows = range(int(getattr(self.model, _COUNTS[kind])))
            names = [mujoco.mj_id2name(self.model, _KINDS[kind], i) for i in rows]
            self._known[kind] = {name: i for i, name in enumerate(names) if name}
        return self._known[kind]


def _concatenated(spans: list[Ints]) -> Ints:
    return np.concatenate(spans) if spans else np.zeros(0, int)
