"""N simulations of an arm whose hand holds a tool, before a table with one object each."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.pick.scene import ARM, BASE, CENTRE, PAIRS, POSTURE, CompiledPick, Mould
from habilis.assets.robots.effectors.mounted_hand import MOUNT_ROTATION, mount_origin
from habilis.assets.robots.effectors.panda_hand import TCP_OFFSET
from habilis.assets.robots.hands.registry import make_hand
from habilis.assets.scene.things import Workspace
from habilis.envs.control.arm import ArmController
from habilis.envs.hand.world import SUBSTEPS, HandWorld
from habilis.envs.pick.things import Things
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.poses import conjugate, matrices, multiply, quaternions

WORKSPACE = Workspace((CENTRE[0] - 0.30, CENTRE[1] - 0.35, 0.05), (CENTRE[0] + 0.25, 0.30, 0.65))
"""Of the arm's tool centre point (that of its gripper, in the middle of the hand)."""


class PickWorld(HandWorld):
    """A ``HandWorld`` whose hand is on an arm: what it says of hand and tool reads the same.

    The tool's pose, and so drift and drops, are measured in the frame of the hand. Everything
    below is in the world. Contacts describe the last step, all else the present.

    Attributes:
      controller: inverse kinematics and limits of the arms; it keeps ``turn``.
      turn: (N, 3, 3) rotation of the arm's tool centre point.
      found: (N, 6) whether the pairs of ``PAIRS`` touched at any time in the last step.
      always: (N, 6) whether they touched all the time.
      peak: (N, 6) greatest net force in the last step, N.
      fragile: (N,) force of one tip that crushes the object, N.
      shapes: objects that may lie on the table; which: (N,) index of the one that does.
    """

    compiled: CompiledPick

    def __init__(
        self,
        compiled: CompiledPick,
        n: int = 1,
        nthread: int = 0,
        shapes: Sequence[Mould] = (),
        substeps: int = SUBSTEPS,
    ) -> None:
        super().__init__(compiled, n, nthread, substeps)
        self.shapes, self.which = tuple(shapes), np.zeros(n, int)
        self._moulds = Things(compiled, self.sim)
        self.controller = ArmController(ARM, BASE, WORKSPACE, n, tick=self.dt, posture=POSTURE)
        self.turn: Array = np.tile(np.eye(3), (n, 1, 1))
        self._off = np.array(mount_origin(compiled.hand)) - (0.0, 0.0, TCP_OFFSET)
        self._palm, self._palm_turn = _palm(compiled)
        self.hand_pos, self.hand_rot = np.zeros((n, 3)), np.tile(np.eye(3), (n, 1, 1))
        self.found, self.always = np.zeros((2, n, len(PAIRS)), bool)
        self.peak = np.zeros((n, len(PAIRS)))
        self.fragile, self.height = np.full(n, np.inf), np.zeros(n)

    # ---- reading

    @property
    def arm_q(self) -> Array:
        """(N, 7) joints of the arm, rad."""
        return self._qpos[:, self.compiled.arm_q]

    @property
    def tool_in_world(self) -> Array:
        """(N, 7) of the tool frame, m and wxyz."""
        return self._qpos[:, self.compiled.free]

    @property
    def tips(self) -> tuple[Array, Array]:
        """(N, 3), (N, 3) tips of the tool's base and moving half, m."""
        pose = self.tool_in_world
        turn = matrices(pose[:, 3:])
        base, moving = self.compiled.tool.tips(self.opening)
        return tuple(  # type: ignore[return-value]
            (turn @ np.broadcast_to(tip, (self.n, 3))[..., None])[..., 0] + pose[:, :3]
            for tip in (base, moving)
        )

    @property
    def tip(self) -> Array:
        """(N, 3) point midway between the tips, m."""
        base, moving = self.tips
        return (base + moving) / 2

    @property
    def thing(self) -> Array:
        """(N, 7) pose of the object, m and wxyz; its origin is the middle of the box around it."""
        return self._qpos[:, self.compiled.thing]

    def in_tcp(self, points: Array) -> Array:
        """Points (k, 3) of the hand's frame in that of the arm's tool centre point, m."""
        return self._off + points @ MOUNT_ROTATION.T

    def palm(self) -> tuple[Array, Array]:
        """(N, 3) m, (N, 3, 3) pose of the palm's body, by the kinematics of the arm."""
        turn = self.hand_rot @ matrices(conjugate(self._palm_turn))
        return self.hand_pos + self.hand_rot @ self._palm, turn

    def width(self) -> Array:
        """(N,) extent of the object where it was put, in the direction the tips close in, m."""
        w, x, y, z = self.thing[:, 3:].T
        yaw = np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
        close = self.tips[1] - self.tips[0]
        angle = np.arctan2(close[:, 1], close[:, 0]) - yaw
        things = [self.shapes[i].thing for i in self.which]
        return np.array([thing.across(a) for thing, a in zip(things, angle, strict=True)])

    @property
    def names(self) -> npt.NDArray[np.object_]:
        """(N,) of the objects."""
        return np.array([shape.thing.name for shape in self.shapes], dtype=object)[self.which]

    def _pose(self, ids: Ids) -> Array:
        pose = super()._pose(ids)
        back = self.hand_rot[ids].transpose(0, 2, 1)
        pos = (back @ (pose[:, :3] - self.hand_pos[ids])[..., None])[..., 0]
        return np.concatenate((pos, multiply(quaternions(back), pose[:, 3:])), axis=1)

    # ---- state

    def begin(self, ids: Ids, rows: Array, rot: Array) -> None:
        """Start simulations ``ids`` (k,) from states (k, S) of ``save``; the arm keeps ``rot``."""
        self.start(ids)
        self.sim.put_states(ids, rows)
        self.time[ids] = 0.0
        self._look()
        self._arm(ids, rot)
        self.mark(ids)
        self.found[ids], self.always[ids], self.peak[ids] = False, False, 0.0

    def put(self, ids: Ids, which: Ids, poses: Array) -> None:
        """Put the objects (k,), indices of ``shapes``, of simulations at poses (k, 7), at rest."""
        self.which[ids] = which
        shapes = [self.shapes[i] for i in which]
        self._moulds.put(ids, shapes)
        self._qpos[np.ix_(ids, self.compiled.thing)] = poses
        self._qvel[np.ix_(ids, self.compiled.thing_dofs)] = 0.0
        self.fragile[ids] = [shape.thing.fragile for shape in shapes]
        self.height[ids] = [shape.thing.height for shape in shapes]

    def _arm(self, ids: Ids, rot: Array) -> None:
        self.turn[ids] = rot
        now = self._ctrl[np.ix_(ids, self.compiled.arm_servos)]
        self.controller.arm(ids, now, self.controller.aperture[ids])

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """Whole state of simulations ``ids`` (all by default), with objects and limits."""
        rows = super().save().rows | {name: row.copy() for name, row in self._rows().items()}
        snapshot = Snapshot(rows)
        return snapshot if ids is None else snapshot.take(ids)

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """Write a snapshot of k simulations into ``ids`` (k,); all by default."""
        super().restore(snapshot, ids)
        index = np.arange(self.n) if ids is None else np.asarray(ids, int)
        for name, row in self._rows().items():
            row[index] = snapshot.rows[name]
        self._look()

    def _rows(self) -> dict[str, npt.NDArray[np.generic]]:
        limiter = self.controller.limiter
        return {
            **{f"limiter/{name}": row for name, row in limiter.rows().items()},
            "found": self.found, "always": self.always, "peak": self.peak,
            "fragile": self.fragile, "height": self.height, "which": self.which,
            "rot": self.turn,
        }  # fmt: skip

    # ---- stepping

    def step(self, targets: Array, ids: Ids | None = None, arm: Array | None = None) -> None:
        """One step towards targets (k, a) of the hand's servos and (k, 7) of the arm's, rad.

        The arm's are reached evenly by the end of the step; by default it stays.
        """
        going = self._all if ids is None else ids
        start = self._ctrl[np.ix_(going, self.compiled.arm_servos)]
        goal = start if arm is None else arm
        way = np.zeros((len(going), self.substeps, self._ctrl.shape[1]))
        way[:, :, self.compiled.servos] = self._way(targets, going)
        way[:, :, self.compiled.arm_servos] = start[:, None] + self._part * (goal - start)[:, None]
        with self.sim.guard(ids):
            record = self.sim.rollout(self.substeps, way, record=("sensordata",), ids=ids)
            self._book(record["sensordata"], going)
        self._look()

    def _book(self, sensed: Array, ids: Ids) -> None:
        columns = self.compiled.contacts
        found = sensed[:, :, columns] > 0
        force = sensed[:, :, columns[:, None] + np.arange(1, 4)]
        self.found[ids], self.always[ids] = found.any(axis=1), found.all(axis=1)
        self.peak[ids] = np.sqrt(np.vecdot(force, force)).max(axis=1)

    def _look(self) -> None:
        """Follow the arm: where the hand is."""
        pos, rot = self.controller.kinematics.tcp(self.arm_q)
        self.hand_pos, self.hand_rot = pos + rot @ self._off, rot @ MOUNT_ROTATION


def _palm(compiled: CompiledPick) -> tuple[Array, Array]:
    """Of the palm in the hand's frame: position, and the quaternion that turns back."""
    hand, spec = make_hand(compiled.name)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    body = data.body(hand.palm)
    return body.xpos.copy(), conjugate(body.xquat)
