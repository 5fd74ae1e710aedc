"""What differs between simulations of a hand and its tool."""

from __future__ import annotations

import dataclasses

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.hand_scene import CompiledHand
from habilis.envs.sim.protocol import Sim

GRAVITY = 9.81  # m/s^2
_FIELDS = (
    "body_mass", "body_inertia", "jnt_stiffness", "dof_frictionloss", "geom_friction",
    "actuator_gainprm", "actuator_biasprm", "opt.gravity", "eq_data",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Variation:
    """Of k simulations; factors are of the model's own values.

    Attributes:
      gravity: (k, 3) m/s^2, in the frame of the hand.
      mass: (k,) factor of the tool's mass and inertia.
      spring: (k,) factor of the stiffness of its spring; 0 for none.
      drag: (k,) factor of the dry friction of its joint.
      friction: (k,) factor of the sliding friction between the tool and what touches it.
      gains: (k,) factor of the servos' gain and damping.
    """

    gravity: Array
    mass: Array
    spring: Array
    drag: Array
    friction: Array
    gains: Array

    def __post_init__(self) -> None:
        k = len(self.gravity)
        for field in dataclasses.fields(self):
            values, want = getattr(self, field.name), (k, 3) if field.name == "gravity" else (k,)
            if np.shape(values) != want:
                raise ValueError(f"{field.name} has shape {np.shape(values)}, want {want}")
            if not np.all(np.isfinite(values)):
                raise ValueError(f"{field.name} is not finite")
            if field.name != "gravity" and np.any(np.asarray(values) < 0):
                raise ValueError(f"{field.name} is below 0")

    @classmethod
    def nominal(cls, k: int, gravity: npt.ArrayLike = (0.0, 0.0, -GRAVITY)) -> Variation:
        """The model's own values k times, with gravity (3,) or (k, 3)."""
        g = np.broadcast_to(np.asarray(gravity, float), (k, 3)).copy()
        return cls(g, *(np.ones(k) for _ in range(5)))


class Varied:
    """The per-simulation model fields of simulations, and how a variation is written into them.

    Attributes:
      gravity: (N, 3) live, m/s^2.
      weld: (N, 11) live data of the tool's weld.
      fields: everything that is per simulation, by name.
    """

    def __init__(self, compiled: CompiledHand, sim: Sim) -> None:
        model, names = compiled.model, compiled.names
        self.fields: dict[str, Array] = {name: sim.expand(name) for name in _FIELDS}
        self._nominal = {name: field[0].copy() for name, field in self.fields.items()}
        self._sim = sim
        self.gravity = self.fields["opt.gravity"]
        self.weld = self.fields["eq_data"][:, compiled.weld]
        bodies = [int(model.body(body).id) for body in names.bodies.values()]
        self._bodies = np.flatnonzero(_within(model, bodies))
        self._joint = np.array([int(model.joint(names.joint).id)])
        self._dof = np.array([int(model.joint(names.joint).dofadr[0])])
        self._geoms = np.flatnonzero(np.isin(model.geom_bodyid, self._bodies))
        self._servos = compiled.servos

    def write(self, ids: npt.NDArray[np.int_], variation: Variation) -> None:
        """Give simulations ``ids`` (k,) a variation of k; their state stays."""
        v = variation
        self.gravity[ids] = v.gravity
        for name, entries, factor in (
            ("body_mass", self._bodies, v.mass),
            ("body_inertia", self._bodies, v.mass),
            ("jnt_stiffness", self._joint, v.spring),
            ("dof_frictionloss", self._dof, v.drag),
            ("actuator_gainprm", self._servos, v.gains),
            ("actuator_biasprm", self._servos, v.gains),
        ):
            own = self._nominal[name][entries]
            self.fields[name][np.ix_(ids, entries)] = own * _beside(factor, own.ndim)
        sliding = self._nominal["geom_friction"][self._geoms, 0]
        field = self.fields["geom_friction"][..., 0]
        field[np.ix_(ids, self._geoms)] = v.friction[:, None] * sliding
        self._sim.set_const(ids)


def _beside(factor: Array, ndim: int) -> Array:
    return factor.reshape(-1, *(1,) * ndim)


def _within(model: mujoco.MjModel, roots: list[int]) -> npt.NDArray[np.bool_]:
    """(nbody,) which bodies are ``roots`` or below them."""
    inside = np.zeros(model.nbody, bool)
    for body in range(1, model.nbody):  # a parent comes before its children
        inside[body] = body in roots or inside[model.body_parentid[body]]
    return inside
