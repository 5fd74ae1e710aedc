"""Where episodes start in which the tool stands in its stand, and the hand open beside it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.grasps import GraspKeyframe, load_grasps
from habilis.assets.hand_scene import compile_hand
from habilis.assets.pick.scene import (
    CENTRE,
    POSTURE,
    STAND_PAIRS,
    CompiledPick,
    Mould,
    compile_pick,
)
from habilis.assets.pick.stand import Slot, middle, slot
from habilis.assets.tools import ArticulatedTool, make_tool
from habilis.envs.hand.closing import PRESS_S, REACH_S, glide
from habilis.envs.pick.starts import REACHED, Starts, pointing_down
from habilis.envs.pick.world import PickWorld
from habilis.envs.world.poses import matrices, multiply, quaternions

PLACE = (CENTRE[0], CENTRE[1] + 0.17)
"""Where the stand is, x, y, m, in the middle."""
SHIFT = 0.015  # m, of the stand from there, at most, either way
BESIDE = (-0.11, 0.0, 0.02)
"""Of the hand at the start, from where it has to be to grasp a tool in a stand at ``PLACE``, m."""
SQUEEZED = 0.15  # of the stroke, by a hand that closes around the tool on its stand, at least
MARGIN = 0.008  # m, between the hand that grasps and the top of the stand
_ABOVE = 0.0005  # m, from which the tool is put in
_REST_S = 0.8
_GO_S, _WAIT = 0.8, 8  # s, steps: to go around the tool, and to come to rest there
_NEAR = 0.02  # m and rad, by which the arm may then be off


class StandWorld(PickWorld):
    """A ``PickWorld`` with a stand.

    Attributes:
      at_stand: (N, 3) whether the pairs of ``STAND_PAIRS`` touched at any time in the last step.
    """

    def __init__(
        self,
        compiled: CompiledPick,
        n: int = 1,
        nthread: int = 0,
        shapes: Sequence[Mould] = (),
    ) -> None:
        super().__init__(compiled, n, nthread, shapes)
        self.at_stand = np.zeros((n, len(STAND_PAIRS)), bool)
        self._stand_pos = self.sim.bind("mocap_pos")[:, compiled.stand]
        self._stand_quat = self.sim.bind("mocap_quat")[:, compiled.stand]

    @property
    def stand(self) -> Array:
        """(N, 3) of the stand: x, y, m, and its turn about z, rad."""
        yaw = 2 * np.arctan2(self._stand_quat[:, 3], self._stand_quat[:, 0])
        return np.column_stack((self._stand_pos[:, :2], yaw))

    def stand_at(self, ids: Ids, places: Array, play: Array) -> None:
        """Put stands of simulations ``ids`` with the tools in them at places.

        Args:
          ids: (k,) simulations; their stands are at ``PLACE`` with a tool at rest.
          places: (k, 3) of the stands: x, y, m, and yaw, rad.
          play: (k, 3) the same, by which the tools are off their middle.
        """
        turn = np.zeros((len(ids), 4))
        turn[:, 0], turn[:, 3] = np.cos(places[:, 2] / 2), np.sin(places[:, 2] / 2)
        self._stand_pos[ids, :2], self._stand_quat[ids] = places[:, :2], turn
        yaw = places[:, 2] + play[:, 2]
        turn[:, 0], turn[:, 3] = np.cos(yaw / 2), np.sin(yaw / 2)
        pose = self._qpos[np.ix_(ids, self.compiled.free)]
        pose[:, :2] -= PLACE
        pose[:, :3] = (matrices(turn) @ pose[:, :3, None])[..., 0]
        pose[:, :2] += places[:, :2] + play[:, :2]
        pose[:, 3:] = multiply(turn, pose[:, 3:])
        self._qpos[np.ix_(ids, self.compiled.free)] = pose

    def begin(self, ids: Ids, rows: Array, rot: Array) -> None:
        """See ``PickWorld``."""
        super().begin(ids, rows, rot)
        self.at_stand[ids] = False

    def _book(self, sensed: Array, ids: Ids) -> None:
        super()._book(sensed, ids)
        self.at_stand[ids] = (sensed[:, :, self.compiled.stand_contacts] > 0).any(axis=1)

    def _rows(self) -> dict[str, npt.NDArray[np.generic]]:
        return super()._rows() | {"at_stand": self.at_stand}


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
    found.check(compile_hand(hand, made))
    compiled, grasps = compile_pick(hand, made, stand=True), found.grasps
    count, fits = len(grasps), slot(made)
    world = StandWorld(compiled, count)
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
    good &= ~world.diverged & ~world.at_stand[:, STAND_PAIRS.index("robot-stand")]
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
    world: StandWorld, arm: Array, goal: Array, rot: Array, near: float = REACHED
) -> npt.NDArray[np.bool_]:
    pos, got = world.controller.kinematics.tcp(arm)
    out: npt.NDArray[np.bool_] = (
        np.linalg.norm(pos - goal, axis=1) + np.abs(got - rot).max(axis=(1, 2)) < near
    )
    return out


def _write(world: StandWorld, grasps: Sequence[GraspKeyframe], arm: Array, fits: Slot) -> None:
    """Open hands at joints (K, 7) of the arms, the tools in their stands."""
    to, ids = world.compiled, np.arange(world.n)
    world.start(ids)
    pre = np.array([grasp.pre for grasp in grasps])
    pose = np.tile((*PLACE, fits.pivot + _ABOVE, *_standing(to.tool)), (world.n, 1))
    world.pose(ids, pre, pose)
    qpos, ctrl = world.sim.bind("qpos"), world.sim.bind("ctrl")
    qpos[:, to.arm_q], ctrl[:, to.arm_servos] = arm, arm
    qpos[:, to.thing[:2]] = np.array(CENTRE) + (0.2, 0.2)
    world.sim.bind("mocap_pos")[:, to.stand, :2] = PLACE


def _standing(tool: ArticulatedTool) -> Array:
    """(4,) orientation of an open tool that points down and closes along y."""
    down = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    return quaternions((down @ middle(tool, 0.0).T)[None])[0]


def _goes_around(world: StandWorld, goal: Array) -> npt.NDArray[np.bool_]:
    """(K,) whether the arms, sent to (K, 3) m straight away, get there without turning the hand."""
    controller, targets = world.controller, world.ctrl.copy()
    start = controller.limiter.pos.copy()
    steps = round(_GO_S / world.dt)
    for part in np.minimum(1.0, np.arange(1, steps + _WAIT + 1) / steps):
        pos = start + part * (goal - start)
        sent = controller.to_pose(pos, world.turn, controller.aperture, 1)
        world.step(targets, arm=sent.ctrl[:, -1, :-1])
    return _there(world, world.arm_q, goal, world.turn, _NEAR)


def _closes(world: StandWorld, grasps: Sequence[GraspKeyframe]) -> npt.NDArray[np.bool_]:
    """(K,) whether hands that close where they are squeeze both halves of the tool."""
    command = world.compiled.hand.command
    start = world.ctrl.copy()
    touch = command(np.array([grasp.table[0] for grasp in grasps]))
    press = command(np.array([grasp.joints(grasp.hold) for grasp in grasps]))
    glide(world, start, touch, REACH_S)
    glide(world, touch, press, PRESS_S)
    squeezed = world.opening > SQUEEZED * world.compiled.tool.joint.stroke
    out: npt.NDArray[np.bool_] = np.all(world.touching.any(axis=1), axis=1) & squeezed
    return out


def _clear(world: StandWorld) -> npt.NDArray[np.bool_]:
    """(K,) whether the hands would not touch a stand that is higher by ``MARGIN``."""
    world.sim.bind("mocap_pos")[:, world.compiled.stand, 2] = MARGIN
    world.sim.forward()
    world.sim.bind("mocap_pos")[:, world.compiled.stand, 2] = 0.0
    column = world.compiled.stand_contacts[STAND_PAIRS.index("robot-stand")]
    out: npt.NDArray[np.bool_] = world.sim.bind("sensordata")[:, column] == 0
    return out
