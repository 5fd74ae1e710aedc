"""Where episodes start in which the tool stands in its stand, and the hand open beside it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.grasps import GraspKeyframe, load_grasps
from habilis.assets.hand_scene import compile_hand
from habilis.assets.pick.scene import PLACE, POSTURE, compile_pick
from habilis.assets.pick.stand import STAND, Slot, slot, standing
from habilis.assets.tools import make_tool
from habilis.envs.hand.closing import PRESS_S, REACH_S, glide
from habilis.envs.pick.picking import Picking
from habilis.envs.pick.starts import REACHED, Starts, pointing_down
from habilis.envs.world.poses import matrices, multiply, quaternions

SHIFT = 0.015  # m, of the stand from there, at most, either way
BESIDE = (-0.11, 0.0, 0.02)
"""Of the hand at the start, from where it has to be to grasp a tool in a stand at ``PLACE``, m."""
SQUEEZED = 0.15  # of the stroke, by a hand that closes around the tool on its stand, at least
MARGIN = 0.008  # m, between the hand that grasps and the top of the stand
_ABOVE = 0.0005  # m, from which the tool is put in
_REST_S = 0.8
_GO_S, _WAIT = 0.8, 8  # s, steps: to go around the tool, and to come to rest there
_NEAR = 0.02  # m and rad, by which the arm may then be off


def stand_at(picking: Picking, ids: Ids, places: Array, play: Array) -> None:
    """Put stands of simulations ``ids`` with the tools in them at places.

    Args:
      picking: with stands.
      ids: (k,) simulations; their stands are at ``PLACE`` with a tool at rest.
      places: (k, 3) of the stands: x, y, m, and yaw, rad.
      play: (k, 3) the same, by which the tools are off their middle.
    """
    picking.world.move_fixed(ids, STAND, places[:, :2] - PLACE, places[:, 2])
    half = (places[:, 2] + play[:, 2]) / 2
    turn = np.stack((np.cos(half), 0 * half, 0 * half, np.sin(half)), axis=1)
    pose = picking.tool_in_world[ids]
    pose[:, :2] -= PLACE
    pose[:, :3] = (matrices(turn) @ pose[:, :3, None])[..., 0]
    pose[:, :2] += places[:, :2] + play[:, :2]
    pose[:, 3:] = multiply(turn, pose[:, 3:])
    picking.put_tool(ids, pose)


def at_stand(picking: Picking) -> Mask:
    """(N, 3) whether tool, robot and object touched the stand at any time in the last step."""
    return np.column_stack([picking.touched(name, STAND) for name in ("tool", "robot", "object")])


def stand_places(picking: Picking) -> Array:
    """(N, 3) of the stands: x, y, m, and their turn about z, rad."""
    at = picking.world.index(STAND)
    quat = picking.world.quat[:, at]
    return np.column_stack((picking.world.pos[:, at, :2], 2 * np.arctan2(quat[:, 3], quat[:, 0])))


@dataclasses.dataclass(frozen=True, eq=False)
class StandStarts(Starts):
    """K starts, each to be followed by another grasp; the tool is at rest in the stand.

    Attributes:
      slot: how the tool stands.
      away: (K, 3) middle of the tips of a tool in the open hand's grasp, from the arm's tool
        centre point, m, world.
    """

    slot: Slot
    away: Array


@functools.cache
def stand_starts(hand: str, tool: str, size: str) -> StandStarts:
    """Starts for the stored grasps that can be brought around the tool in its stand.

    Raises:
      ValueError: a name that does not exist, a tool that does not stand, or no grasp reaches it.
      FileNotFoundError: no grasps are stored.
    """
    made = make_tool(tool, size)
    found = load_grasps(hand, tool, size)
    found.check(compile_hand(hand, made).model)
    compiled, grasps = compile_pick(hand, made, stand=True), found.grasps
    count, fits = len(grasps), slot(made)
    world = Picking(compiled, count)
    pose = np.array([grasp.tool_pose for grasp in grasps])
    rot, away = pointing_down(world, pose, np.zeros(count))
    goal = (*PLACE, fits.pivot) - (rot @ world.in_tcp(pose[:, :3])[..., None])[..., 0]
    home = np.tile(POSTURE, (count, 1))
    kinematics = world.controller.kinematics
    arm = kinematics.solve(home, goal, rot, 200)
    good = _there(world, arm, goal, rot)
    _write(world, grasps, arm, fits)
    good &= _clear(world)
    arm = kinematics.solve(arm, goal + BESIDE, rot, 200)
    good &= _there(world, arm, goal + BESIDE, rot)
    _write(world, grasps, arm, fits)
    targets = world.ctrl.copy()
    for _ in range(round(_REST_S / world.dt)):
        world.step(targets)
    rows = world.sim.states()
    good &= ~world.diverged & ~world.touched("robot", STAND)
    world.begin(np.arange(count), rows, rot)
    good &= _goes_around(world, goal) & _closes(world, grasps)
    if not good.any():
        raise ValueError(f"none of {count} grasps of {tool} reaches it in its stand")
    kept = np.flatnonzero(good)
    return StandStarts(
        compiled, tuple(grasps[int(i)] for i in kept), rows[kept], rot[kept], fits,
        away[kept],
    )  # fmt: skip


def _there(
    world: Picking, arm: Array, goal: Array, rot: Array, near: float = REACHED
) -> npt.NDArray[np.bool_]:
    pos, got = world.controller.kinematics.tcp(arm)
    out: npt.NDArray[np.bool_] = (
        np.linalg.norm(pos - goal, axis=1) + np.abs(got - rot).max(axis=(1, 2)) < near
    )
    return out


def _write(world: Picking, grasps: Sequence[GraspKeyframe], arm: Array, fits: Slot) -> None:
    """Open hands at joints (K, 7) of the arms, the tools in their stands."""
    ids = np.arange(world.n)
    world.start(ids)
    pre = np.array([grasp.pre for grasp in grasps])
    hangs = quaternions(standing(world.held.tool)[None])[0]
    pose = np.tile((*PLACE, fits.pivot + _ABOVE, *hangs), (world.n, 1))
    world.pose(ids, pre, pose)
    world.put_arm(arm)


def _goes_around(world: Picking, goal: Array) -> npt.NDArray[np.bool_]:
    """(K,) whether the arms, sent to (K, 3) m straight away, get there without turning the hand."""
    controller, targets = world.controller, world.ctrl.copy()
    start = controller.limiter.pos.copy()
    steps = round(_GO_S / world.dt)
    for part in np.minimum(1.0, np.arange(1, steps + _WAIT + 1) / steps):
        pos = start + part * (goal - start)
        sent = controller.to_pose(pos, world.turn, controller.aperture, 1)
        world.step(targets, arm=sent.ctrl[:, -1, :-1])
    return _there(world, world.arm_q, goal, world.turn, _NEAR)


def _closes(world: Picking, grasps: Sequence[GraspKeyframe]) -> npt.NDArray[np.bool_]:
    """(K,) whether hands that close where they are squeeze both halves of the tool."""
    command = world.held.hand.command
    start = world.ctrl.copy()
    touch = command(np.array([grasp.table[0] for grasp in grasps]))
    press = command(np.array([grasp.joints(grasp.hold) for grasp in grasps]))
    glide(world, start, touch, REACH_S)
    glide(world, touch, press, PRESS_S)
    squeezed = world.opening > SQUEEZED * world.held.tool.joint.stroke
    out: npt.NDArray[np.bool_] = np.all(world.touching.any(axis=1), axis=1) & squeezed
    return out


def _clear(world: Picking) -> npt.NDArray[np.bool_]:
    """(K,) whether the hands would not touch a stand that is higher by ``MARGIN``."""
    row = int(world.compiled.index.body(STAND)[0])
    height = world.sim.expand("body_pos")[:, row]
    height[:, 2] += MARGIN
    world.sim.forward()
    height[:, 2] -= MARGIN
    return ~world.touching_now("robot", STAND)
