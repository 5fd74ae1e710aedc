"""Where episodes start: the arm above the table, the tool hanging from a settled grasp."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.grasps import GraspKeyframe, load_grasps
from habilis.assets.hand_scene import compile_hand
from habilis.assets.pick.scene import CENTRE, POSTURE, compile_pick
from habilis.assets.robots.effectors.mounted_hand import MOUNT_ROTATION
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.model.held import Held
from habilis.assets.tools import make_tool
from habilis.envs.hand.holding import GRAVITY
from habilis.envs.pick.picking import Picking
from habilis.envs.world.poses import matrices, quaternions

TIP = (*CENTRE, 0.10)
"""Where the point between the tips is at the start, m."""
MOST_DRIFT = 0.010  # m, of the tool in the hand while its weight comes on
_RAMP_S, _REST_S = 0.4, 0.8
REACHED = 1e-3  # m
LOW = 0.009  # m, over the table: how far down the middle of the tips, 8 mm before the ends, may go
REGION = 0.06  # m, half the side of the square in which the object is put


@dataclasses.dataclass(frozen=True, eq=False)
class Starts:
    """K settled grasps.

    Attributes:
      compiled: the scene.
      grasps: K of them.
      rows: (K, S) whole states of the physics.
      rot: (K, 3, 3) orientation of the arm's tool centre point: the tool points straight down and
        closes along y.
    """

    compiled: Compiled
    grasps: tuple[GraspKeyframe, ...]
    rows: Array
    rot: Array

    def __len__(self) -> int:
        return len(self.grasps)


@functools.cache
def starts(hand: str, tool: str, size: str) -> Starts:
    """Settled starts of the stored grasps that hold the tool on the arm and let it reach the table.

    Raises:
      ValueError: a name that does not exist, or no grasp holds.
      FileNotFoundError: no grasps are stored.
    """
    made = make_tool(tool, size)
    own = compile_hand(hand, made)
    found = load_grasps(hand, tool, size)
    found.check(own.model)
    return settle(compile_pick(hand, made), own.in_hand, found.grasps)


def settle(compiled: Compiled, own: Held, grasps: Sequence[GraspKeyframe]) -> Starts:
    """Bring grasps onto the arm and turn gravity on; keep those that hold and get everywhere.

    Args:
      compiled: the scene.
      own: the hand alone with the same tool, whose states the keyframes are.
      grasps: keyframes.
    """
    count, ids = len(grasps), np.arange(len(grasps))
    world = Picking(compiled, count)
    rot, arm, good = _reach(world, own, grasps)
    world.start(ids)
    _write(world, own, grasps, arm, rot)
    world.mark(ids)
    targets = np.array([grasp.ctrl[own.servos] for grasp in grasps])
    ramp = round(_RAMP_S / world.dt)
    for step in range(ramp + round(_REST_S / world.dt)):
        world.gravity[:] = (0.0, 0.0, -GRAVITY * min(1.0, (step + 1) / ramp))
        world.step(targets)
    rows = world.sim.states()
    good &= ~world.diverged & (world.drift[0] < MOST_DRIFT) & _clears(world)
    if not good.any():
        raise ValueError(f"none of {count} grasps of {compiled.in_hand.tool.name} holds on the arm")
    kept = np.flatnonzero(good)
    return Starts(compiled, tuple(grasps[int(i)] for i in kept), rows[kept], rot[kept])


def _reach(
    world: Picking, own: Held, grasps: Sequence[GraspKeyframe]
) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
    """Rotations (K, 3, 3) and joints (K, 7) that point the tools down, and which get there."""
    count = len(grasps)
    pose = np.array([grasp.qpos[own.free] for grasp in grasps])
    value = np.array([grasp.qpos[own.opening].sum() for grasp in grasps])
    kinematics = world.controller.kinematics
    home = np.tile(POSTURE, (count, 1))
    rot, away = pointing_down(world, pose, value)
    goal = np.array(TIP) - away
    q = kinematics.solve(home, goal, rot, 200)
    pos, got = kinematics.tcp(q)
    far = np.linalg.norm(pos - goal, axis=1) + np.abs(got - rot).max(axis=(1, 2))
    return rot, q, far < REACHED


def pointing_down(world: Picking, pose: Array, value: Array) -> tuple[Array, Array]:
    """How to turn arms so that tools point straight down and close along y.

    Args:
      world: N simulations.
      pose: (N, 7) of the tools in the hand's frame, m and wxyz.
      value: (N,) their joint values.

    Returns:
      Rotations (N, 3, 3) of the arm's tool centre point, of the two ways the one nearer to the
      arm's home, and (N, 3) in m where the middle of the tips then is from that point.
    """
    tool, turn = world.held.tool, matrices(pose[:, 3:])
    middle = (turn @ tool.tip_midpoint(value)[..., None])[..., 0] + pose[:, :3]
    if tool.joint.kind == "hinge":
        half = (value - tool.joint.closed)[:, None] / 4
        axis = np.array(tool.joint.axis)
        turn = turn @ matrices(np.concatenate((np.cos(half), np.sin(half) * axis), axis=1))
    home = np.tile(POSTURE, (world.n, 1))
    _, now = world.controller.kinematics.tcp(home)
    # Down along the tool's x, its y along the world's.
    down = np.array([[[0.0, 0, s], [0, s, 0], [-1, 0, 0]] for s in (1.0, -1.0)])
    both = down[:, None] @ turn.transpose(0, 2, 1) @ MOUNT_ROTATION.T
    near = np.einsum("skij,kij->sk", both, now)
    rot = np.where((near[0] > near[1])[:, None, None], both[0], both[1])
    return rot, (rot @ world.in_tcp(middle)[..., None])[..., 0]


def _clears(world: Picking) -> npt.NDArray[np.bool_]:
    """(K,) whether the tips get down to the table all over the region, and the wrist not."""
    kinematics, start = world.controller.kinematics, world.arm_q
    off, out = kinematics.tcp(start)[0] - world.tip, np.ones(world.n, bool)
    for x, y in ((0, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)):
        goal = off + (CENTRE[0] + REGION * x, CENTRE[1] + REGION * y, LOW)
        arm = kinematics.solve(start, goal, world.turn)
        world.arm_q[:] = arm
        world.sim.forward()
        out &= ~world.touching_now("robot", "table")
        out &= np.linalg.norm(kinematics.tcp(arm)[0] - goal, axis=1) < REACHED
    return out


def _write(
    world: Picking, own: Held, grasps: Sequence[GraspKeyframe], arm: Array, rot: Array
) -> None:
    """Keyframes of the hand alone as states of the arm with it."""
    to, ids = world.held, np.arange(len(grasps))
    qpos = world.sim.bind("qpos")
    for mine, theirs in ((to.q, own.q), (to.opening, own.opening)):
        qpos[:, mine] = [grasp.qpos[theirs] for grasp in grasps]
    world.put_arm(arm)
    world.ctrl[:] = [grasp.ctrl[own.servos] for grasp in grasps]
    world.begin(ids, world.sim.states(), rot)
    pose = np.array([grasp.qpos[own.free] for grasp in grasps])
    turn = world.hand_rot @ matrices(pose[:, 3:])
    pos = (world.hand_rot @ pose[:, :3, None])[..., 0] + world.hand_pos
    world.put_tool(ids, np.concatenate((pos, quaternions(turn)), axis=1))
