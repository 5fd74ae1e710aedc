"""N simulations of an arm whose hand holds a tool, before a table with one object each."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.pick.objects import OBJECT, PickObject
from habilis.assets.pick.scene import ARM, BASE, CENTRE, POSTURE, WORKSPACE
from habilis.assets.robots.effectors.mounted_hand import MOUNT_ROTATION, mount_origin
from habilis.assets.robots.effectors.panda_hand import TCP_OFFSET
from habilis.assets.robots.hands.registry import make_hand
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.model.held import HALVES, half_body
from habilis.assets.scene.model.pairs import ROBOT
from habilis.assets.scene.model.preset import TABLE
from habilis.envs.control.arm import ArmController
from habilis.envs.hand.holding import Holding
from habilis.envs.sim.make import SimKind
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.poses import conjugate, matrices, multiply, quaternions
from habilis.envs.world.varying.shapes import Shapes, mould

PAIRS = (
    ("object", "base"), ("object", "moving"), ("object", "robot"), ("object", "table"),
    ("tool", "table"), ("robot", "table"),
)  # fmt: skip
"""Who may touch whom when something is picked up; base and moving are the halves of the tool."""
_ASIDE = (0.2, 0.2)  # m, from the middle, where the object is while a start is made


class Picking(Holding):
    """A ``Holding`` whose hand is on an arm: what it says of hand and tool reads the same.

    The tool's pose, and so drift and drops, are measured in the frame of the hand. Everything
    below is in the world. Contacts describe the last step, all else the present.

    Args:
      compiled: a scene of ``habilis.assets.pick.scene``.
      n, nthread, sim: see ``Holding``.
      things: objects that may lie on the table.

    Attributes:
      controller: inverse kinematics and limits of the arms; it keeps ``turn``.
      turn: (N, 3, 3) rotation of the arm's tool centre point.
      hand_pos: (N, 3) m, hand_rot (N, 3, 3): the hand's frame.
      things: objects that may lie on the table; which: (N,) index of the one that does.
      fragile: (N,) force of one tip that crushes it, N.
      height: (N,) of it, m.
    """

    def __init__(
        self,
        compiled: Compiled,
        n: int = 1,
        nthread: int = 0,
        things: Sequence[PickObject] = (),
        *,
        sim: SimKind = "cpu",
    ) -> None:
        super().__init__(compiled, n, nthread, sim=sim)
        self.which = np.zeros(n, int)
        self.offer(things)
        self._shapes = Shapes(self.world, OBJECT)
        self.controller = ArmController(ARM, BASE, WORKSPACE, n, tick=self.dt, posture=POSTURE)
        self.turn: Array = np.tile(np.eye(3), (n, 1, 1))
        self._off = np.array(mount_origin(self.held.hand)) - (0.0, 0.0, TCP_OFFSET)
        self._palm, self._palm_turn = _palm(compiled.scene.robot.partition("+")[2])
        self.hand_pos, self.hand_rot = np.zeros((n, 3)), np.tile(np.eye(3), (n, 1, 1))
        self.fragile, self.height = np.full(n, np.inf), np.zeros(n)
        self.thing_columns = compiled.index.qpos(OBJECT)
        self._thing_dofs = compiled.index.dofs(OBJECT)
        self._arm_ctrl = self.world.columns.arm_servos
        self._pairs = [self.pair(*names) for names in PAIRS]

    # ---- reading

    @property
    def arm_q(self) -> Array:
        """(N, 7) joints of the arm, rad."""
        return self.world.q

    @property
    def tool_in_world(self) -> Array:
        """(N, 7) of the tool frame, m and wxyz."""
        return self._qpos[:, self.held.free]

    @property
    def tips(self) -> tuple[Array, Array]:
        """(N, 3), (N, 3) tips of the tool's base and moving half, m."""
        pose = self.tool_in_world
        turn = matrices(pose[:, 3:])
        base, moving = self.held.tool.tips(self.opening)
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
        return self._qpos[:, self.thing_columns]

    def pair(self, first: str, second: str) -> int:
        """Column in the ledger of who touches whom.

        Args:
          first, second: ``base`` and ``moving``, the halves of the tool, ``tool``, ``object``,
            ``robot``, ``table``, or the name of a thing.
        """
        known = {"tool": self.held.tool.name, "robot": ROBOT, "table": TABLE}
        known |= {half: half_body(self.held.names, half) for half in HALVES}
        a, b = (known.get(name, name) for name in (first, second))
        return self.world.ledger.column(a, b)

    @property
    def found(self) -> Mask:
        """(N, 6) whether the pairs of ``PAIRS`` touched at any time in the last step."""
        return self.world.ledger.now[:, self._pairs]

    @property
    def always(self) -> Mask:
        """(N, 6) whether they touched all the time."""
        return self.world.ledger.whole[:, self._pairs]

    @property
    def peak(self) -> Array:
        """(N, 6) greatest net force in the last step, N."""
        return self.world.ledger.strongest[:, self._pairs]

    def touched(self, first: str, second: str) -> Mask:
        """(N,) whether two touched at any time in the last step; names as in ``pair``."""
        return self.world.ledger.now[:, self.pair(first, second)]

    def touching_now(self, first: str, second: str) -> Mask:
        """(N,) whether two touch as of the last ``sim.forward``; names as in ``pair``."""
        return self.world.sensed(self.pair(first, second)) > 0

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
        things = [self.things[i] for i in self.which]
        return np.array([thing.across(a) for thing, a in zip(things, angle, strict=True)])

    @property
    def names(self) -> npt.NDArray[np.object_]:
        """(N,) of the objects."""
        return np.array([thing.name for thing in self.things], dtype=object)[self.which]

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
        self.turn[ids] = rot
        now = self._ctrl[np.ix_(ids, self._arm_ctrl)]
        self.controller.arm(ids, now, self.controller.aperture[ids])
        self.mark(ids)

    def offer(self, things: Sequence[PickObject]) -> None:
        """From now on these are the objects that may lie on the table."""
        self.things = tuple(things)
        self._moulds = [mould(self.world, thing.as_thing()) for thing in things]

    def put(self, ids: Ids, which: Ids, poses: Array) -> None:
        """Put the objects (k,), indices of ``things``, of simulations at poses (k, 7), at rest."""
        self.which[ids] = which
        self._shapes.put(ids, [self._moulds[i] for i in which])
        self._qpos[np.ix_(ids, self.thing_columns)] = poses
        self._qvel[np.ix_(ids, self._thing_dofs)] = 0.0
        self.world.settle(ids)
        things = [self.things[i] for i in which]
        self.fragile[ids] = [thing.fragile for thing in things]
        self.height[ids] = [thing.height for thing in things]

    def put_arm(self, q: Array) -> None:
        """Arms at joints (N, 7), rad, at rest there; the objects out of the way."""
        self.world.q[:], self._ctrl[:, self._arm_ctrl] = q, q
        self._qpos[:, self.thing_columns[:2]] = np.array(CENTRE) + _ASIDE
        self._look()

    def put_tool(self, ids: Ids, poses: Array) -> None:
        """Tools at poses (k, 7) in the world, m and wxyz."""
        self._qpos[np.ix_(ids, self.held.free)] = poses
        self.world.settle(ids)

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
            "fragile": self.fragile, "height": self.height, "which": self.which, "rot": self.turn,
        }  # fmt: skip

    # ---- stepping

    def step(self, targets: Array, ids: Ids | None = None, arm: Array | None = None) -> None:
        """One step towards targets (k, a) of the hand's servos and (k, 7) of the arm's, rad.

        The arm's are reached evenly by the end of the step; by default it stays.
        """
        going = self._all if ids is None else ids
        start = self._ctrl[np.ix_(going, self._arm_ctrl)]
        goal = start if arm is None else arm
        way = start[:, None] + self._part * (goal - start)[:, None]
        self._advance(np.concatenate((way, self._way(targets, going)), axis=2), ids)
        self._look()

    def _look(self) -> None:
        """Follow the arm: where the hand is."""
        pos, rot = self.controller.kinematics.tcp(self.arm_q)
        self.hand_pos, self.hand_rot = pos + rot @ self._off, rot @ MOUNT_ROTATION


def _palm(hand: str) -> tuple[Array, Array]:
    """Of the palm in the hand's frame: position, and the quaternion that turns back."""
    spec, model = make_hand(hand)
    compiled = model.compile()
    data = mujoco.MjData(compiled)
    mujoco.mj_kinematics(compiled, data)
    body = data.body(spec.palm)
    return body.xpos.copy(), conjugate(body.xquat)
