"""N simulations of a hand alone with an object of any shape each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.reorient.scene import HAND, MIDDLE, SUPPORT, Palm, compile_reorient
from habilis.assets.reorient.shapes import OBJECT, PARTS, TurnShape
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.scene.model.pairs import ROBOT
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene
from habilis.envs.control.hand_kinematics import HandKinematics
from habilis.envs.sim.make import SimKind
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.poses import rotate
from habilis.envs.world.varying.layout import Layout
from habilis.envs.world.varying.shapes import Shapes, mould
from habilis.envs.world.world import World

SUBSTEPS = 20  # of 4 ms a step: 12.5 Hz, as published for real hands
_SIZES = ((0.02, 0.015, 0.01), (0.01, 0.015, 0.02), (0.012, 0.01, 0.018))
_INERTIA = ("body_mass", "body_inertia")
_VARIED = ("actuator_gainprm", "actuator_biasprm")


class Turning:
    """Hands, each with one of the shapes; poses are in the hand's frame, which is the world.

    Everything is of the present, but for touch, which describes the last step.

    Args:
      shapes: that there are.
      palm: which way the palms face.
      table: whether there is a table under a palm that faces down.
      n: number of simulations.
      nthread: threads, 0 for all cores.
      sim: back end of the physics.

    Attributes:
      world: the physics; hand: its constants; model, sim, n: of the engine.
      dt: length of a step, s.
      shape: (N,) which of ``shapes`` each has; mass: (N,) of it, kg.
      friction: (N,) factor of the object's; gains: (N,) factor of the servos'.
    """

    def __init__(
        self, shapes: Sequence[TurnShape], palm: Palm, table: bool, n: int, nthread: int = 0,
        sim: SimKind = "cpu",
    ) -> None:  # fmt: skip
        self.shapes, self.palm, self.table, self.n = tuple(shapes), palm, table, n
        self.compiled = compile_reorient(_template(self.shapes[0]), palm, table)
        self.world = World(self.compiled, n, nthread, sim=sim)
        self.sim, self.model = self.world.sim, self.compiled.model
        for name in _VARIED:  # at once: every snapshot has them
            self.sim.expand(name)
        effector = self.compiled.robot.effector
        assert effector.hand is not None
        self.hand: HandSpec = effector.hand
        self.dt = SUBSTEPS * float(self.model.opt.timestep)
        self._part = (np.arange(SUBSTEPS) + 1.0)[:, None] / SUBSTEPS
        index = self.compiled.index
        self._qpos, self._qvel = self.sim.bind("qpos"), self.sim.bind("qvel")
        self._object, self._dofs = index.qpos(OBJECT), index.dofs(OBJECT)
        columns = self.world.columns
        self.q, self.qd = self._qpos[:, columns.grip], self._qvel[:, columns.grip_dofs]
        self.ctrl = self.sim.bind("ctrl")
        self.low, self.high = (np.array(row) for row in (self.hand.lower, self.hand.upper))
        self._most = np.array(self.hand.torque)
        self._moulds = [mould(self.world, shape.as_thing()) for shape in self.shapes]
        self._put = Shapes(self.world, OBJECT)
        self._body = int(index.body(OBJECT)[0])
        self._kinematics = HandKinematics(HAND, n)
        fingers = [(finger, OBJECT) for finger in effector.fingers]
        self._touch = [self.world.ledger.column(*pair) for pair in (*fingers, (ROBOT, OBJECT))]
        self._on = self.world.ledger.column(OBJECT, SUPPORT) if table else -1
        self.shape: Ids = np.zeros(n, int)
        self.mass, self.friction, self.gains = np.ones((3, n))

    # ---- reading

    @property
    def scene(self) -> Scene:
        """What the hands are in."""
        return self.compiled.scene

    @property
    def diverged(self) -> Mask:
        """(N,) the last step failed; the simulation stands where it stood before it."""
        return self.sim.diverged

    @property
    def time(self) -> Array:
        """(N,) s since the start."""
        return self.world.time

    @property
    def pos(self) -> Array:
        """(N, 3) of the object's origin, m."""
        return self._qpos[:, self._object[:3]]

    @property
    def quat(self) -> Array:
        """(N, 4) orientation of the object, w x y z."""
        return self._qpos[:, self._object[3:]]

    @property
    def linear(self) -> Array:
        """(N, 3) velocity of the object's origin, m/s."""
        return self._qvel[:, self._dofs[:3]]

    @property
    def angular(self) -> Array:
        """(N, 3) angular velocity of the object, rad/s, in the hand's frame."""
        return rotate(self.quat, self._qvel[:, self._dofs[3:]])

    @property
    def torque(self) -> Array:
        """(N, a) of the servos, Nm."""
        gain, bias = (self.sim.expand(name) for name in _VARIED)
        force = gain[..., 0] * self.ctrl + bias[..., 1] * self.q + bias[..., 2] * self.qd
        return np.clip(force, -self._most, self._most)

    @property
    def tips(self) -> Array:
        """(N, F, 3) centres of the pads of the fingers, m."""
        tips = self._kinematics.tips(self.q)
        return np.stack([tips[finger][0] for finger in self.hand.fingers], axis=1)

    @property
    def touch(self) -> Array:
        """(N, 4) net force of the last links of thumb, index and middle on the object, and of the
        whole hand, N, at the end of the last step."""
        return self.world.ledger.force[:, self._touch]

    @property
    def borne(self) -> Mask:
        """(N,) whether the object touched the table in the last step."""
        none: Mask = np.zeros(self.n, bool)
        return self.world.ledger.now[:, self._on] if self.table else none

    @property
    def away(self) -> Array:
        """(N,) distance of the object's origin from ``MIDDLE``, m."""
        out: Array = np.linalg.norm(self.pos - MIDDLE, axis=1)
        return out

    def depth(self, sim: int) -> float:
        """By how much anything sinks into the object of a simulation now, m."""
        model, data = self.sim.get_model(sim), self.sim.get_data(sim)
        mujoco.mj_forward(model, data)
        contacts = data.contact[: data.ncon]
        mine = [c.dist for c in contacts if self._body in model.geom_bodyid[c.geom]]
        return -min(mine, default=0.0)

    # ---- state

    def give(self, ids: Ids, shape: Ids) -> None:
        """Put simulations ``ids`` (k,) to nothing, with objects of shapes (k,), all nominal."""
        self.world.clear(ids)
        self.shape[ids] = shape
        self._put.put(ids, [self._moulds[s] for s in shape])
        self.mass[ids] = [self.shapes[s].mass for s in shape]

    def vary(self, ids: Ids, friction: Array, mass: Array, gains: Array) -> None:
        """Multiply what ``give`` gave ``ids`` (k,): friction and mass of the object, gains."""
        layout = Layout.nominal(self.scene, len(ids)).of_thing(
            self.scene, OBJECT, friction=friction
        )
        kept = [self.sim.expand(name)[ids, self._body].copy() for name in _INERTIA]
        self.world.vary(ids, dataclasses.replace(layout, gains=gains))
        for name, own in zip(_INERTIA, kept, strict=True):
            self.sim.expand(name)[ids, self._body] = own * mass.reshape(-1, *(1,) * (own.ndim - 1))
        self.sim.set_const(ids)
        self.mass[ids] *= mass
        self.friction[ids], self.gains[ids] = friction, gains

    def pose(self, ids: Ids, q: Array, targets: Array, pos: Array, quat: Array) -> None:
        """Put hands at joints (k, j) with servos' targets (k, a), objects at (k, 3) m, (k, 4)."""
        self.q[ids], self.ctrl[ids] = q, targets
        self.place(ids, pos, quat)
        self.world.settle(ids)

    def place(self, ids: Ids, pos: Array, quat: Array) -> None:
        """Put objects at (k, 3) m, (k, 4), at rest."""
        self._qpos[np.ix_(ids, self._object)] = np.concatenate((pos, quat), axis=1)
        self._qvel[np.ix_(ids, self._dofs)] = 0.0

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """Whole state of simulations ``ids`` (all by default)."""
        snapshot = Snapshot(self.world.save().rows | {k: v.copy() for k, v in self._rows().items()})
        return snapshot if ids is None else snapshot.take(ids)

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """Write a snapshot of k simulations into ``ids`` (k,); all by default."""
        index = np.arange(self.n) if ids is None else np.asarray(ids, int)
        self.world.restore(snapshot, index)
        for name, row in self._rows().items():
            row[index] = snapshot.rows[name]

    def _rows(self) -> dict[str, npt.NDArray[Any]]:
        return {
            "turning/shape": self.shape, "turning/mass": self.mass,
            "turning/friction": self.friction, "turning/gains": self.gains,
        }  # fmt: skip

    # ---- stepping

    def step(self, targets: Array) -> None:
        """Move the servos' commands to ``targets`` (N, a), rad, evenly over one step."""
        now = self.ctrl
        goal = np.clip(targets, self.low, self.high)
        self.world.advance_part(now[:, None] + self._part * (goal - now)[:, None], last=True)


def _template(shape: TurnShape) -> TurnShape:
    """Askew, so that MuJoCo takes none of its short cuts for aligned frames."""
    parts = tuple(
        Part(f"part{i}", "box", size, (0.003 * (i - 1), 0.002 * i, 0.001), (0.3, 0.2, 0.1))
        for i, size in enumerate(_SIZES[:PARTS])
    )
    return dataclasses.replace(shape, parts=parts)


def random_turns(rng: np.random.Generator, n: int) -> Array:
    """(n, 4) quaternions, uniform over all orientations."""
    quat = rng.normal(size=(n, 4))
    out: Array = quat / np.linalg.norm(quat, axis=1, keepdims=True)
    return out
