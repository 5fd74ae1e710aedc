"""Episodes of ``habilis/ToolPose-v0``: what an action does, where they begin, and how they end."""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.dextool.scans import TOOL
from habilis.assets.dextool.scene import GOAL, stance
from habilis.envs.dextool.disturbance import Disturbance
from habilis.envs.dextool.following import DT, HELD, PATIENCE, SUBSTEPS, Spread
from habilis.envs.dextool.holding.grasping import Grasps
from habilis.envs.dextool.options import PoseOptions
from habilis.envs.dextool.poses import apart, compose
from habilis.envs.dextool.reach import ToolReach
from habilis.envs.parts import Generators, Rows
from habilis.envs.world.poses import multiply
from habilis.envs.world.world import World

FELL = "the tool fell"
LATE = "a goal took too long"
LIFTED = 0.15  # m above the table at which the tool counts as taken up
_SPEED, _SMOOTH, _RESIDUAL = 0.025, 0.1, 0.3  # rad a step, share, rad
_BELOW = -0.1  # m
_LOOSE, _TIGHTEN, _OFTEN, _ENOUGH = 0.075 * 1.5, 0.9, 3000, 3
_LOW, _HIGH = np.array([-0.35, -0.2, 0.07]), np.array([0.35, 0.2, 0.42])
"""Corners of the box in which goals are, m."""


class PoseControl:
    """A ``Control``: speeds of the arm's joints, and what the hand's servos are told.

    The first numbers are speeds of the arm, 1 for 0.025 rad a step (1.5 rad/s), the others are the
    hand's, see ``PoseOptions.hand_action``; both are smoothed by a factor of 0.1.

    Attributes:
      targets: (N, n + a) commands of all servos; grasp: (N, a) of the hand's at the start.
      last: (N, n + a) the last action.
    """

    def __init__(self, world: World, options: PoseOptions, disturbance: Disturbance) -> None:
        self.world, self._options, self._disturbance = world, options, disturbance
        self.dt, robot, n = DT, world.robot, world.n
        self._arms, count = len(robot.joints), len(robot.joints) + len(robot.effector.actuators)
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (count,), np.float32)
        model = world.model
        servos = np.concatenate((world.columns.arm_servos, world.columns.grip_servos))
        self._low, self._high = model.actuator_ctrlrange[servos].T
        self._ctrl, self._servos = world.sim.bind("ctrl"), servos
        self.targets, self.last = np.zeros((n, count)), np.zeros((n, count))
        self._speed, self.grasp = np.zeros((n, self._arms)), np.zeros((n, count - self._arms))
        self._queue = np.zeros((n, 4, count))
        self._force = world.sim.bind("xfrc_applied").reshape(n, -1, 6)
        self._body = int(world.compiled.index.body(TOOL)[0])
        self._height = int(world.compiled.index.qpos(TOOL)[2])
        self._qpos = world.sim.bind("qpos")
        self._steps = np.zeros(n, int)

    def reset(self, ids: Ids) -> None:
        """See ``Control``."""
        self.targets[ids] = self._ctrl[np.ix_(ids, self._servos)]
        self.grasp[ids] = self.targets[ids, self._arms :]
        for row in (self._speed, self.last, self._queue, self._steps):
            row[ids] = 0

    def act(self, action: Array) -> Iterator[float]:
        """See ``Control``."""
        n, arms = len(action), self._arms
        self._queue = np.concatenate((action[:, None], self._queue[:, :-1]), axis=1)
        late = self._queue[np.arange(n), self._disturbance.late[:, 2]]
        self.last[:] = action
        start = self.targets.copy()
        self._speed += _SMOOTH * (_SPEED * late[:, :arms] - self._speed)
        self.targets[:, :arms] += self._speed
        hand = late[:, arms:]
        if self._options.hand_action == "residual":
            want = self.grasp + _RESIDUAL * hand
        else:
            middle, half = (self._low + self._high) / 2, (self._high - self._low) / 2
            want = middle[arms:] + half[arms:] * hand
        self.targets[:, arms:] += _SMOOTH * (want - self.targets[:, arms:])
        np.clip(self.targets, self._low, self._high, out=self.targets)
        up = self._qpos[:, self._height] > LIFTED
        self._force[:, self._body, :3] = self._disturbance.push(self._steps) * up[:, None]
        part = (np.arange(SUBSTEPS) + 1.0)[:, None] / SUBSTEPS
        way = start[:, None] + part * (self.targets - start)[:, None]
        self.world.advance_part(way, last=True)
        self._steps += 1
        yield DT

    def rows(self) -> Rows:
        """See ``Control``."""
        return {
            "targets": self.targets, "grasp": self.grasp, "last": self.last, "speed": self._speed,
            "queue": self._queue, "steps": self._steps,
        }  # fmt: skip


class PoseStart:
    """A ``Start``: the tool is in the hand, which holds it over the table, or lies on the table.

    Args:
      world: the physics.
      options: of the episodes.
      grasps: to draw from; None where the tool lies on the table.
      goals: (G, 7) that all episodes have; None to draw them.

    Attributes:
      goals: (N, G, 7) poses that are to be reached in order.
    """

    def __init__(
        self, world: World, options: PoseOptions, grasps: Grasps | None, goals: Array | None
    ) -> None:
        self._world, self._options, self._grasps, self._given = world, options, grasps, goals
        count = options.goals if goals is None else len(goals)
        self.goals = np.zeros((world.n, count, 7))
        self.goals[:, :, 3] = 1.0
        compiled = world.compiled
        hand = compiled.robot.effector.hand
        assert hand is not None
        self._hand, self._joints = hand, compiled.index.qpos(hand.joints)
        self._tool = compiled.index.qpos(TOOL)
        self._qpos = world.sim.bind("qpos")
        self._ready = np.array(stance(options.robot).ready)
        self._palm = ToolReach(options.robot, 1).palm(self._ready[None])[0]

    def place(self, ids: Ids, rngs: Generators) -> None:
        """See ``Start``."""
        world, options = self._world, self._options
        spread = Spread(options.spread, options.spread)
        for i, rng in zip(ids, rngs, strict=True):
            one = np.array([i])
            world.vary(one, spread.draw(world.compiled, rng, 1))
            world.clear(one)
            self._qpos[i, world.columns.arm] = self._ready
            if self._grasps is not None:
                row = int(rng.integers(len(self._grasps)))
                q, ctrl = self._grasps.q[row], self._grasps.ctrl[row]
                tool = compose(self._palm, self._grasps.pose[row])
            else:
                q = np.array(self._hand.home)
                ctrl, tool = self._hand.command(q), self._lying(rng)
            self._qpos[i, self._joints], self._qpos[i, self._tool] = q, tool
            targets = np.concatenate((self._ready, ctrl))
            world.sim.bind("ctrl")[i] = world.columns.targets(targets)
            self.goals[i] = self._draw(tool, rng) if self._given is None else self._given
        world.settle(ids)

    def _lying(self, rng: np.random.Generator) -> Array:
        """(7,) a pose on the table, turned about the vertical at random."""
        thing = self._world.scene.entity(TOOL)
        low, _ = thing.bounds()
        yaw = rng.uniform(-np.pi, np.pi)
        x, y = rng.uniform(-0.1, 0.1, 2)
        return np.array([x, y, 0.003 - low[2], np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)])

    def _draw(self, tool: Array, rng: np.random.Generator) -> Array:
        """(G, 7) goals, each near the one before."""
        options, out, pose = self._options, [], tool
        for _ in range(options.goals):
            way = rng.normal(size=3)
            pos = pose[:3] + options.step * rng.random() ** (1 / 3) * way / np.linalg.norm(way)
            axis = rng.normal(size=3)
            half = options.turn * rng.random() / 2
            turn = np.array([np.cos(half), *(np.sin(half) * axis / np.linalg.norm(axis))])
            pose = np.concatenate((np.clip(pos, _LOW, _HIGH), multiply(turn, pose[3:])))
            out.append(pose)
        return np.array(out)

    def rows(self) -> Rows:
        """See ``Start``."""
        return {"goals": self.goals}


class PoseJudge:
    """A ``Judge``: goals are reached one after the other, each within its time.

    Attributes:
      reached: (N,) goals reached; far: (N,) m of the farthest keypoint from where it should be;
        nearest: (N,) least that ``far`` has been since the last goal; tolerance: (N,) m.
      arrived: (N,) whether a goal was reached in the last step; waited: (N,) steps since then.
    """

    def __init__(self, world: World, options: PoseOptions, start: PoseStart) -> None:
        self._world, self._options, self._start = world, options, start
        n = world.n
        self._qpos, self.columns = world.sim.bind("qpos"), world.compiled.index.qpos(TOOL)
        self.reached, self._steady, self.waited, self._since = np.zeros((4, n), int)
        self.far, self.nearest = np.zeros(n), np.zeros(n)
        first = _LOOSE if options.curriculum else options.tolerance
        self.tolerance = np.full(n, first)
        self.success, self.arrived = np.zeros((2, n), bool)
        self.failure: npt.NDArray[np.object_] = np.full(n, "", object)
        body = int(world.compiled.index.body(GOAL)[0])
        self._ghost = int(world.model.body_mocapid[body])
        self._mocap = [world.sim.bind(f"mocap_{part}") for part in ("pos", "quat")]

    @property
    def goal(self) -> Array:
        """(N, 7) pose that is wanted now."""
        row = np.minimum(self.reached, self._start.goals.shape[1] - 1)
        out: Array = self._start.goals[np.arange(len(row)), row]
        return out

    @property
    def tool(self) -> Array:
        """(N, 7) pose of the tool."""
        return self._qpos[:, self.columns]

    def reset(self, ids: Ids) -> None:
        """See ``Judge``."""
        if self._options.curriculum:
            ready = (self.reached[ids] >= _ENOUGH) & (self._since[ids] >= _OFTEN)
            tighter = np.maximum(_TIGHTEN * self.tolerance[ids], self._options.tolerance)
            self.tolerance[ids] = np.where(ready, tighter, self.tolerance[ids])
            self._since[ids] = np.where(ready, 0, self._since[ids])
        for row in (self.reached, self._steady, self.waited, self.success, self.arrived):
            row[ids] = 0
        self.failure[ids] = ""
        self.far[ids] = self.nearest[ids] = apart(self.tool, self.goal)[ids]
        self._show()

    def begin(self) -> None:
        """See ``Judge``."""

    def update(self, dt: float) -> None:
        """See ``Judge``."""
        self._since += 1
        self.nearest = np.minimum(self.nearest, self.far)
        self.far = apart(self.tool, self.goal)
        self._steady = np.where(self.far < self.tolerance, self._steady + 1, 0)
        self.arrived = (self._steady >= HELD) & ~self.success
        self.reached += self.arrived
        self._steady[self.arrived] = 0
        self.waited = np.where(self.arrived, 0, self.waited + 1)
        self.success |= self.reached >= self._start.goals.shape[1]
        new = self.arrived & ~self.success
        if new.any():
            self.far[new] = self.nearest[new] = apart(self.tool, self.goal)[new]
            self._show()
        for why, lost in (
            ("the simulation diverged", self._world.diverged),
            (FELL, ~(self.tool[:, 2] > _BELOW)), (LATE, self.waited >= PATIENCE),
        ):  # fmt: skip
            self.failure[lost & ~self.success & (self.failure == "")] = why

    def _show(self) -> None:
        """Put the picture of the goal where it is."""
        n = len(self.reached)
        self._mocap[0].reshape(n, -1, 3)[:, self._ghost] = self.goal[:, :3]
        self._mocap[1].reshape(n, -1, 4)[:, self._ghost] = self.goal[:, 3:]

    def rows(self) -> Rows:
        """See ``Judge``."""
        names = ("reached", "far", "nearest", "tolerance", "success", "arrived", "failure")
        own = {"steady": self._steady, "waited": self.waited, "since": self._since}
        return {name: getattr(self, name) for name in names} | own

    def told(self) -> Rows:
        """See ``Judge``."""
        return {"goals_reached": self.reached}


def lifted(tool: Array) -> Mask:
    """(N,) whether tools at poses (N, 7) are up."""
    out: Mask = tool[:, 2] > LIFTED
    return out
