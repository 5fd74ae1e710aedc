"""Which goals of a sequence an arm reaches with a tool in its hand, for many grasps at once."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import mujoco
import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.dextool.scans import TOOL
from habilis.assets.dextool.scene import stance
from habilis.assets.robots.registry import make_robot
from habilis.assets.scene.model.compile import Compiled
from habilis.envs.control.kinematics import ArmKinematics
from habilis.envs.dextool.holding.grasping import Grasps
from habilis.envs.dextool.poses import compose, inverse
from habilis.envs.world.poses import matrices, quaternions

DEEP = 0.004  # m of overlap with the table, or with itself, that an arm may have
ITERATIONS = 30
KEYS = 10
"""Goals of a sequence by which hands that are only drawn are judged, evenly spread."""
_FIRST, _STARTS, _AGAIN = 24, 6, 1
"""Iterations from a posture that is near; and from how many of them the first goal is approached,
and each later one."""
_POSTURES, _NEAREST, _LEVER, _BEYOND = 20000, 24, 0.3, 0.6
"""Random postures that are known; how many of those whose hand is nearest to a pose are drawn from;
m that count as much as a rad of another turn; and how far the nearest is from a pose, in m of both,
that no arm reaches."""
_WIDTH = 4  # ways of the arm that are followed for each grasp
_ALIKE = 0.2  # rad in which no joint of two postures differs that count as one
_CHANGE = 1.0  # rad that a change to another posture costs beside its length
_SHORT, _KNOT = 0.4, 0.25
"""Rad of a joint up to which a way is not looked at between its ends; and between looks at
longer ones."""
_MOST = 256  # arms at a time


@functools.cache
def palm_to_tcp(robot: str) -> Array:
    """(7,) pose of the tool centre point of a robot's hand in the frame of its palm."""
    spec, made = make_robot(robot)
    model = made.compile()
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    hand = spec.effector.hand
    assert hand is not None
    palm, tcp = data.body(hand.palm), data.site(spec.effector.tcp)
    quat = quaternions(tcp.xmat.reshape(1, 3, 3))[0]
    return compose(
        inverse(np.concatenate((palm.xpos, palm.xquat))), np.concatenate((tcp.xpos, quat))
    )


class ToolReach:
    """Joints of n arms whose hands hold tools, for poses of the tools.

    Args:
      robot: a key of ``habilis.assets.dextool.scene.STANCES``.
      n: how many.
    """

    def __init__(self, robot: str, n: int) -> None:
        stand = stance(robot)
        self.to_tcp = palm_to_tcp(robot)
        self.kinematics = ArmKinematics(robot, stand.base, n, stand.ready)
        self.ready, self.n = np.array(stand.ready), n

    def palm(self, q: Array) -> Array:
        """(n, 7) poses of the palms with the arms at q (n, 7)."""
        pos, rot = self.kinematics.tcp(q)
        return compose(np.concatenate((pos, quaternions(rot)), axis=1), inverse(self.to_tcp))

    def follow(
        self, q: Array, tool: Array, held: Array, iterations: int = ITERATIONS,
        near: Array | None = None,
    ) -> tuple[Array, Mask]:  # fmt: skip
        """Joints (n, 7) that bring tools to poses (n, 7), from q (n, 7), and whether they do (n,).

        Args:
          q: rad.
          tool: wanted, in the world.
          held: (n, 7) pose of each tool in the frame of its palm.
          iterations: at most.
          near: (n, 7) joints to stay near where the pose leaves a choice, rad; ready by default.
        """
        tcp = compose(compose(tool, inverse(held)), self.to_tcp)
        self.kinematics.posture = self.ready if near is None else near
        got = self.kinematics.follow(q, tcp[:, :3], matrices(tcp[:, 3:]), iterations)
        return got.q, got.ok


@functools.cache
def _postures(robot: str) -> tuple[Array, Array]:
    """Random joints (P, 7) of an arm, rad, and the pose (P, 7) of its palm with each."""
    reach = ToolReach(robot, _POSTURES)
    arm = reach.kinematics.robot.arm
    q = np.random.default_rng(0).uniform(arm.lower, arm.upper, (_POSTURES, len(arm.lower)))
    return q, reach.palm(q)


def _near_postures(
    robot: str, palm: Array, times: int, rng: np.random.Generator
) -> tuple[Ids, Array]:
    """Rows (k,) of poses (m, 7) of palms that are not beyond reach, each so often, and joints
    (k, 7) that bring palms somewhere near these, rad."""
    q, known = _postures(robot)
    rows, out = [], []
    for i, pose in enumerate(palm):
        turn = 2 * np.arccos(np.minimum(np.abs(known[:, 3:] @ pose[3:]), 1.0))
        far = np.linalg.norm(known[:, :3] - pose[:3], axis=1) + _LEVER * turn
        nearest = np.argpartition(far, _NEAREST)[:_NEAREST]
        if far[nearest].min() < _BEYOND:
            rows += [i] * times
            out.append(q[rng.choice(nearest, times, replace=False)])
    if not out:
        return np.zeros(0, int), np.zeros((0, q.shape[1]))
    return np.array(rows), np.concatenate(out)


@dataclasses.dataclass(frozen=True, eq=False)
class ReachPlan:
    """How far a grasp gets along a sequence without letting go.

    Attributes:
      grasp: its index.
      prefix: goals in order that the arm can bring the tool to, itself clear of all that stands.
      path: (prefix, 7) joints there, rad.
    """

    grasp: int
    prefix: int
    path: Array


def paths(plans: Sequence[ReachPlan]) -> Array:
    """(N, P, 7) joints of plans of which each reaches something; short ones stay at their end."""
    most = max(plan.prefix for plan in plans)
    return np.array([plan.path[np.minimum(np.arange(most), plan.prefix - 1)] for plan in plans])


def plan_grasps(
    compiled: Compiled, grasps: Grasps, goals: Array, rng: np.random.Generator,
    start: Array | None = None,
) -> list[ReachPlan]:  # fmt: skip
    """How far each grasp gets, the farthest first, and of those the stillest first.

    For each grasp several ways of the arm are kept from goal to goal. They go on from where they
    are, and new ones begin in other postures, to which the arm can change where that is clear; of
    ways that end up alike the shortest is kept. So no grasp fails because the arm began bent
    the wrong way.

    Args:
      compiled: scene with the robot, the tool and what stands around.
      grasps: K of them.
      goals: (G, 7) poses of the tool, or (K, G, 7) where each grasp has its own.
      rng: of postures to start from.
      start: (K, 7) joints of the arms at first, rad; any by default.
    """
    goals = np.broadcast_to(goals, (len(grasps), *goals.shape[-2:]))
    ways = _Ways(compiled, grasps, rng, start)
    for g in range(goals.shape[1]):
        if not ways.go(goals[:, g]):
            break
    return sorted(ways.plans(), key=lambda p: (-p.prefix, float(grasps.drift[p.grasp])))


def key_goals(goals: Array) -> Array:
    """At most ``KEYS`` of goals (G, 7), evenly spread, the first and the last among them."""
    rows = np.linspace(0, len(goals) - 1, min(KEYS, len(goals))).round().astype(int)
    out: Array = goals[np.unique(rows)]
    return out


@dataclasses.dataclass(frozen=True, eq=False)
class _Level:
    """Ways of arms at one goal: of which grasp, with which joints, how long so far, and from which
    way at the goal before."""

    of: Ids
    q: Array
    length: Array
    back: Ids


class _Ways:
    """Ways of arms that hold a tool with K grasps, from goal to goal."""

    def __init__(
        self, compiled: Compiled, grasps: Grasps, rng: np.random.Generator, start: Array | None
    ) -> None:
        self._clear, self._grasps, self._rng = Clear(compiled), grasps, rng
        robot = compiled.robot
        self._name, self._reach = robot.name, ToolReach(robot.name, 1)
        every = np.arange(len(grasps))
        first = [] if start is None else [_Level(every, start, np.zeros(len(every)), every)]
        self._levels: list[_Level] = first
        self._before = len(self._levels)
        self._goal = np.zeros((len(grasps), 7))

    def go(self, goal: Array) -> bool:
        """Go on to goals (K, 7), one for each grasp; returns whether any arm gets there."""
        self._goal = goal
        found = self._fresh() if not self._levels else self._further(self._levels[-1])
        if found:
            self._levels.append(self._best(found))
        return bool(found)

    def plans(self) -> list[ReachPlan]:
        """How far each grasp gets; the shortest of its ways."""
        out = []
        for grasp in range(len(self._grasps)):
            depth, path = 0, []
            for depth in range(len(self._levels), 0, -1):
                rows = np.flatnonzero(self._levels[depth - 1].of == grasp)
                if len(rows):
                    row = int(rows[np.argmin(self._levels[depth - 1].length[rows])])
                    break
            else:
                depth = 0
            for level in self._levels[:depth][::-1]:
                path.append(level.q[row])
                row = int(level.back[row])
            joints = np.array(path[::-1]).reshape(-1, len(self._reach.ready))[self._before :]
            out.append(ReachPlan(grasp, len(joints), joints))
        return out

    def _fresh(self) -> list[tuple[int, Array, float, int]]:
        every = np.arange(len(self._grasps))
        return [(k, q, 0.0, -1) for k, q in self._anew(every, _STARTS)]

    def _further(self, level: _Level) -> list[tuple[int, Array, float, int]]:
        """Of each way that goes on: its grasp, joints, length, and the way that it comes from."""
        found = []
        for row, (k, q) in self._rows(level.of, level.q, ITERATIONS):
            far = float(np.abs(q - level.q[row]).max())
            if far < _SHORT or self._between(k, level.q[row], q):
                found.append((k, q, level.length[row] + far, row))
        for k, q in self._anew(np.unique(level.of), _AGAIN):
            rows = np.flatnonzero(level.of == k)
            far = np.abs(level.q[rows] - q).max(axis=1) + _CHANGE
            row = int(rows[np.argmin(level.length[rows] + far)])
            if self._between(k, level.q[row], q):
                found.append((k, q, float((level.length[rows] + far).min()), row))
        return found

    def _best(self, found: list[tuple[int, Array, float, int]]) -> _Level:
        """The shortest ways of each grasp, each of another posture."""
        kept: dict[int, list[tuple[int, Array, float, int]]] = {}
        for way in sorted(found, key=lambda way: way[2]):
            own = kept.setdefault(way[0], [])
            if len(own) < _WIDTH and all(np.abs(way[1] - o[1]).max() > _ALIKE for o in own):
                own.append(way)
        rows = [way for own in kept.values() for way in own]
        of, q, length, back = zip(*rows, strict=True)
        return _Level(np.array(of), np.array(q), np.array(length), np.array(back))

    def _anew(self, of: Ids, times: int) -> list[tuple[int, Array]]:
        """Grasps and joints of arms that get to the goals of grasps (m,) from postures near."""
        palm = compose(self._goal[of], inverse(self._grasps.pose[of]))
        rows, start = _near_postures(self._name, palm, times, self._rng)
        return [way for _, way in self._rows(of[rows], start, _FIRST)]

    def _rows(self, of: Ids, start: Array, iterations: int) -> list[tuple[int, tuple[int, Array]]]:
        """Of arms (M, 7) that get to their goals and are clear there: row, grasp and joints."""
        q, ok = self._follow(of, start, iterations)
        hand, tool = self._grasps.q[of], self._goal[of]
        return [
            (i, (int(of[i]), q[i]))
            for i in np.flatnonzero(ok).tolist() if self._clear.at(q[i], hand[i], tool[i])
        ]  # fmt: skip

    def _follow(self, of: Ids, start: Array, iterations: int) -> tuple[Array, Mask]:
        """``ToolReach.follow``, near where each arm starts, some arms at a time."""
        q, ok = start.copy(), np.zeros(len(of), bool)
        n = min(_MOST, 8 ** int(np.ceil(np.log(max(len(of), 8)) / np.log(8))))
        if self._reach.n != n:
            self._reach = ToolReach(self._name, n)
        for first in range(0, len(of), n):
            rows = np.arange(first, min(first + n, len(of)))
            fill = np.resize(rows, n)  # arms that are too many do as others
            got, good = self._reach.follow(
                start[fill], self._goal[of[fill]], self._grasps.pose[of[fill]], iterations,
                start[fill],
            )  # fmt: skip
            q[rows], ok[rows] = got[: len(rows)], good[: len(rows)]
        return q, ok

    def _between(self, grasp: int, start: Array, end: Array) -> bool:
        """Whether arm and tool are clear of all that stands on the straight way of the joints."""
        knots = int(np.ceil(np.abs(end - start).max() / _KNOT))
        hand, held = self._grasps.q[grasp], self._grasps.pose[grasp]
        return all(
            self._clear.on_the_way(start + (i / knots) * (end - start), hand, held)
            for i in range(1, knots)
        )


class Clear:
    """Whether an arm with a hand is in the table, what stands on it, itself or the tool."""

    def __init__(self, compiled: Compiled) -> None:
        self._model, self._data = compiled.model, mujoco.MjData(compiled.model)
        hand = compiled.robot.effector.hand
        assert hand is not None
        index = compiled.index
        self._arm, self._hand = index.qpos(compiled.robot.joints), index.qpos(hand.joints)
        self._tool = index.qpos(TOOL)
        self._palm = self._data.body(hand.palm)
        base = int(index.body(compiled.robot.base.body)[0])
        self._robot = self._model.body_rootid == base

    def at(self, q: Array, hand: Array, tool: Array) -> bool:
        """Whether it is clear with the arm at q (7,), the hand at (j,) and the tool at (7,)."""
        data = self._data
        data.qpos[self._arm], data.qpos[self._hand], data.qpos[self._tool] = q, hand, tool
        mujoco.mj_kinematics(self._model, data)
        mujoco.mj_collision(self._model, data)
        return not self._deep(self._robot)

    def on_the_way(self, q: Array, hand: Array, held: Array) -> bool:
        """Whether arm, hand and tool are clear, the tool at a pose (7,) in the palm's frame."""
        data = self._data
        data.qpos[self._arm], data.qpos[self._hand] = q, hand
        mujoco.mj_kinematics(self._model, data)
        palm = np.concatenate((self._palm.xpos, self._palm.xquat))
        data.qpos[self._tool] = compose(palm, held)
        mujoco.mj_kinematics(self._model, data)
        mujoco.mj_collision(self._model, data)
        return not self._deep(np.ones_like(self._robot))

    def _deep(self, meant: Mask) -> bool:
        """Whether bodies that are meant (B,) overlap with others by too much."""
        bodies = self._model.geom_bodyid[self._data.contact.geom]
        some = meant[bodies].any(axis=1)
        return bool((some & (self._data.contact.dist < -DEEP)).any())
