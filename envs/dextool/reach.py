"""Which goals of a sequence an arm reaches with a tool in its hand, for many grasps at once."""

from __future__ import annotations

import dataclasses
import functools

import mujoco
import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.dextool.scans import TOOL
from habilis.assets.dextool.scene import stance
from habilis.assets.robots.registry import make_robot
from habilis.assets.scene.model.compile import Compiled
from habilis.envs.control.kinematics import ArmKinematics
from habilis.envs.dextool.grasping import Grasps
from habilis.envs.dextool.poses import compose, inverse
from habilis.envs.world.poses import matrices, quaternions

STARTS = 3
"""Postures of the arm from which the first goal of a sequence is approached."""
DEEP = 0.004  # m of overlap with the table, or with itself, that an arm may have
ITERATIONS = 30
_FIRST = 100


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
        self, q: Array, tool: Array, held: Array, iterations: int = ITERATIONS
    ) -> tuple[Array, Mask]:
        """Joints (n, 7) that bring tools to poses (n, 7), from q (n, 7), and whether they do (n,).

        Args:
          q: rad.
          tool: wanted, in the world.
          held: (n, 7) pose of each tool in the frame of its palm.
          iterations: at most.
        """
        tcp = compose(compose(tool, inverse(held)), self.to_tcp)
        got = self.kinematics.follow(q, tcp[:, :3], matrices(tcp[:, 3:]), iterations)
        return got.q, got.ok


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


def plan_grasps(
    compiled: Compiled, grasps: Grasps, goals: Array, rng: np.random.Generator
) -> list[ReachPlan]:
    """How far each grasp gets, the farthest first, and of those the stillest first.

    Args:
      compiled: scene with the robot, the tool and what stands around.
      grasps: K of them.
      goals: (G, 7) poses of the tool, or (K, G, 7) where each grasp has its own.
      rng: of postures to start from.
    """
    robot, clear = compiled.robot, Clear(compiled)
    low, high = np.array(robot.arm.lower), np.array(robot.arm.upper)
    of = np.repeat(np.arange(len(grasps)), STARTS)  # of each way of the arm that goes on
    reach = ToolReach(robot.name, len(of))
    q = rng.uniform(low, high, (len(of), len(low)))
    q[::STARTS] = reach.ready
    ways: list[list[Array]] = [[] for _ in of]
    going = np.arange(len(of))
    goals = np.broadcast_to(goals, (len(grasps), *goals.shape[-2:]))
    for g in range(goals.shape[1]):
        if not len(going):
            break
        if len(going) < reach.n:
            reach = ToolReach(robot.name, len(going))
        goal = goals[of[going], g]
        q, ok = reach.follow(q, goal, grasps.pose[of[going]], ITERATIONS if g else _FIRST)
        ok &= np.array([
            good and clear.at(joints, grasps.q[of[way]], pose)
            for good, joints, way, pose in zip(ok, q, going, goal, strict=True)
        ])  # fmt: skip
        going, q = going[ok], q[ok]
        for way, joints in zip(going, q, strict=True):
            ways[way].append(joints)
    plans = []
    for i in range(len(grasps)):
        longest = max(ways[i * STARTS : (i + 1) * STARTS], key=len)
        plans.append(ReachPlan(i, len(longest), np.array(longest).reshape(-1, len(low))))
    return sorted(plans, key=lambda p: (-p.prefix, float(grasps.drift[p.grasp])))


class Clear:
    """Whether an arm with a hand is in the table, what stands on it, itself or the tool."""

    def __init__(self, compiled: Compiled) -> None:
        self._model, self._data = compiled.model, mujoco.MjData(compiled.model)
        hand = compiled.robot.effector.hand
        assert hand is not None
        index = compiled.index
        self._arm, self._hand = index.qpos(compiled.robot.joints), index.qpos(hand.joints)
        self._tool = index.qpos(TOOL)
        base = int(index.body(compiled.robot.base.body)[0])
        self._robot = self._model.body_rootid == base

    def at(self, q: Array, hand: Array, tool: Array) -> bool:
        """Whether it is clear with the arm at q (7,), the hand at (j,) and the tool at (7,)."""
        data = self._data
        data.qpos[self._arm], data.qpos[self._hand], data.qpos[self._tool] = q, hand, tool
        mujoco.mj_kinematics(self._model, data)
        mujoco.mj_collision(self._model, data)
        bodies = self._model.geom_bodyid[data.contact.geom]
        meant = self._robot[bodies].any(axis=1)
        return not bool((meant & (data.contact.dist < -DEEP)).any())
