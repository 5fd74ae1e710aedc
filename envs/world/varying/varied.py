"""What differs between simulations of one model: how layouts are written into its fields."""

from __future__ import annotations

import mujoco
import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.assets.scene.model.bodies import anchor_of
from habilis.assets.scene.model.compile import Compiled
from habilis.envs.sim.protocol import Sim
from habilis.envs.world.poses import multiply
from habilis.envs.world.varying.layout import Layout

_ALWAYS = ("geom_friction", "body_mass", "body_inertia", "body_pos")
_OF_HANDS = (
    "body_quat", "eq_data", "jnt_stiffness", "dof_frictionloss", "actuator_gainprm",
    "actuator_biasprm",
)  # fmt: skip


class Varied:
    """The model fields that simulations have values of their own for.

    Args:
      compiled: the scene.
      sim: of it.

    Attributes:
      fields: those that every layout writes, by name, (N, ...) live.
    """

    def __init__(self, compiled: Compiled, sim: Sim) -> None:
        self._compiled, self._model, self._sim = compiled, compiled.model, sim
        names = _ALWAYS + (("eq_data",) if compiled.magnets else ())
        names += _OF_HANDS if compiled.held else ()  # at once: every snapshot has them
        self.fields: dict[str, Array] = {name: sim.expand(name) for name in dict.fromkeys(names)}
        if compiled.held:
            sim.expand("opt.gravity")
        self._index()

    def _index(self) -> None:
        model, index, tree = self._model, self._compiled.index, self._compiled.tree
        things = np.full(model.nbody, -1)
        for body in tree:
            things[index.body(body.rows)] = body.thing
            things[index.body(anchor_of(body.rows[0], body.joint))] = body.thing
        bound = model.jnt_type != mujoco.mjtJoint.mjJNT_FREE
        self._bodies = np.flatnonzero(things >= 0)
        self._geoms = np.flatnonzero(things[model.geom_bodyid] >= 0)
        self._joints = np.flatnonzero(bound & (things[model.jnt_bodyid] >= 0))
        self._dofs = np.flatnonzero(np.isin(model.dof_jntid, self._joints))
        self._of_body, self._of_geom = (
            things[self._bodies], things[model.geom_bodyid[self._geoms]],
        )  # fmt: skip
        self._of_joint = things[model.jnt_bodyid[self._joints]]
        self._of_dof = things[model.dof_bodyid[self._dofs]]
        effector = self._compiled.robot.effector
        self._servos = index.actuator(effector.actuators)
        on_world = [b for b in tree if b.parent < 0 and not b.free and not b.grains]
        self._anchors = index.body([anchor_of(b.name, b.joint) for b in on_world])
        self._of_anchor = np.array([body.thing for body in on_world], int)
        self._turns = np.array([body.joint is None for body in on_world], bool)

    def write(self, ids: Ids, layout: Layout) -> None:
        """Give simulations ``ids`` (k,) the properties of layouts (k rows)."""
        if self._compiled.magnets:
            self.fields["eq_data"][ids] = self._model.eq_data
        mass, friction = layout.mass[:, self._of_body], layout.friction[:, self._of_geom]
        self._scale(ids, "body_mass", self._bodies, mass)
        self._scale(ids, "body_inertia", self._bodies, mass)
        sliding = self.fields["geom_friction"][..., 0]
        own = self._model.geom_friction[self._geoms, 0]
        sliding[ids[:, None], self._geoms] = own * friction
        everywhere = np.arange(len(self._anchors))
        self._move(
            ids, everywhere, layout.shift[:, self._of_anchor], layout.turn[:, self._of_anchor]
        )
        gains = np.broadcast_to(layout.gains[:, None], (len(ids), len(self._servos)))
        for name, entries, factor in (
            ("jnt_stiffness", self._joints, layout.springs[:, self._of_joint]),
            ("dof_frictionloss", self._dofs, layout.drag[:, self._of_dof]),
            ("actuator_gainprm", self._servos, gains),
            ("actuator_biasprm", self._servos, gains),
        ):
            if self._sim.varies(name) or (factor != 1).any():
                self._scale(ids, name, entries, factor)
        if layout.gravity is not None or self._sim.varies("opt.gravity"):
            own = self._model.opt.gravity
            self._sim.expand("opt.gravity")[ids] = own if layout.gravity is None else layout.gravity
        self._sim.set_const(ids)

    def move(self, ids: Ids, thing: int, shift: Array, turn: Array) -> None:
        """Put a fixed thing, by its index, in simulations ``ids`` (k,) off where the scene has it.

        Args:
          ids: which.
          thing: its index.
          shift: (k, 2) m.
          turn: (k,) about z, rad; only where the robot holds a tool.
        """
        which = np.flatnonzero(self._of_anchor == thing)
        self._move(ids, which, shift[:, None], turn[:, None])
        self._sim.set_const(ids)

    def _move(self, ids: Ids, which: Ids, shift: Array, turn: Array) -> None:
        anchors = self._anchors[which]
        origin = np.repeat(self._model.body_pos[anchors][None], len(ids), axis=0)
        origin[..., :2] += shift
        self.fields["body_pos"][ids[:, None], anchors] = origin
        if "body_quat" in self.fields:
            half = turn / 2 * self._turns[which]
            about = np.stack([np.cos(half), 0 * half, 0 * half, np.sin(half)], axis=-1)
            nominal = np.broadcast_to(self._model.body_quat[anchors], about.shape)
            self.fields["body_quat"][ids[:, None], anchors] = multiply(about, nominal)

    def _scale(self, ids: Ids, name: str, entries: Ids, factor: Array) -> None:
        """Write the model's own values of a field times factors (k, entries)."""
        own = getattr(self._model, name)[entries]
        factor = factor.reshape(*factor.shape, *(1,) * (own.ndim - 1))
        self._sim.expand(name)[ids[:, None], entries] = own * factor
