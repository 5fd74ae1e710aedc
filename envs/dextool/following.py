"""A hand that keeps its grasp of a tool while the arm brings the tool to one goal after the other.

The arm's targets are slewed towards the joints that inverse kinematics gives for the *measured*
pose of the tool in the hand, so that a tool that slips is still brought to its goals. An
integrating servo on its pose, faster than the arm, shakes the tool out of the hand.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.dextool.scans import TOOL
from habilis.assets.dextool.scene import GOAL
from habilis.assets.dextool.sequences import TOLERANCE
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.model.preset import TIMESTEP
from habilis.envs.dextool.holding.grasping import Grasps
from habilis.envs.dextool.poses import apart, compose, inverse
from habilis.envs.dextool.reach import ITERATIONS, ToolReach
from habilis.envs.world.varying.layout import Layout
from habilis.envs.world.world import World

SUBSTEPS = 4
DT = SUBSTEPS * TIMESTEP
"""Length of a control step, s: 62.5 Hz, where the benchmark has 60."""
HELD = int(np.ceil(10 / 60 / DT))
"""Steps in a row within the tolerance that reach a goal: the benchmark's 10 steps of 1/60 s."""
PATIENCE = round(600 / 60 / DT)
"""Steps for a goal, the benchmark's 600."""
LOST = 0.15  # m that the tool may move in the hand before it counts as dropped
LIFT = 0.1  # m above the first goal where episodes begin
SPEED, BRISK = 0.012, 0.025
"""Rad a step at most: as it goes well with any grasp, and as the benchmark allows it."""
_RATE = 0.1  # share of that by which it changes in a step
_LOOK = 30  # steps between looks at how the tool lies in the hand
_THERE, _REST = 1e-4, 15  # rad; steps after a turn in which the tool comes to rest


class Slew:
    """Targets (N, n) that go straight towards others, all joints together, with bounded speed, rad
    a step, and change of it."""

    def __init__(self, q: Array, most: float = SPEED) -> None:
        self.q, self._speed = q.copy(), np.zeros_like(q)
        self.most = most

    def to(self, goal: Array) -> Array:
        """One step further, rad."""
        way, rate = goal - self.q, _RATE * self.most
        far = np.maximum(np.abs(way).max(axis=-1, keepdims=True), 1e-12)
        wish = way * np.minimum(np.minimum(self.most, np.sqrt(2 * rate * far)) / far, 1.0)
        change = wish - self._speed
        most = np.maximum(np.abs(change).max(axis=-1, keepdims=True), 1e-12)
        self._speed += change * np.minimum(rate / most, 1.0)
        self.q = self.q + self._speed
        return self.q


class Motion:
    """N arms that go where they are told at a bounded speed, and hands whose servos are told.

    Args:
      world: the physics.
      q: (N, n) joints of the arms, where they are, rad.
      ctrl: (N, a) commands of the hands' servos, rad.

    Attributes:
      want: (N, n) joints where arms are to go, rad; ctrl: commands of hands. Both are written to.
    """

    def __init__(self, world: World, q: Array, ctrl: Array) -> None:
        self.world, self._slew = world, Slew(q)
        self.want, self.ctrl = q.copy(), ctrl.copy()
        self._qpos, self._tool = world.sim.bind("qpos"), world.compiled.index.qpos(TOOL)
        self._reach = ToolReach(world.robot.name, world.n)
        world.sim.bind("ctrl")[:] = world.columns.targets(np.concatenate((q, ctrl), axis=1))

    @property
    def tool(self) -> Array:
        """(N, 7) pose of the tools."""
        return self._qpos[:, self._tool]

    @property
    def palm(self) -> Array:
        """(N, 7) pose of the palms."""
        return self._reach.palm(self.world.q.copy())

    @property
    def held(self) -> Array:
        """(N, 7) pose of the tools in the frame of the palms."""
        return compose(inverse(self.palm), self.tool)

    @property
    def q(self) -> Array:
        """(N, n) what the arms' servos are told, rad."""
        return self._slew.q

    def aim(
        self, tool: Array, held: Array, iterations: int = ITERATIONS, near: Array | None = None
    ) -> Array:
        """Joints (N, n) with which tools that are held so (N, 7) would be at poses (N, 7).

        Args:
          tool: wanted, in the world.
          held: in the frame of the palms.
          iterations: at most.
          near: (N, n) joints that are meant to be good for it, rad; where they lead nowhere, and
            by default, it is looked for from where the arms are.
        """
        if near is None:
            return self._reach.follow(self._slew.q, tool, held, iterations)[0]
        q, ok = self._reach.follow(near, tool, held, iterations, near)
        return q if ok.all() else np.where(ok[:, None], q, self.aim(tool, held, iterations))

    def step(self) -> None:
        """One control step towards what is wanted."""
        start = self._slew.q
        self._send(start, self._slew.to(self.want))

    def lead(self, q: Array) -> None:
        """One control step in which what the arms' servos are told goes to q (N, n), rad."""
        start, self._slew.q = self._slew.q, q
        self._send(start, q)

    def _send(self, start: Array, goal: Array) -> None:
        part = (np.arange(SUBSTEPS) + 1.0)[:, None] / SUBSTEPS
        way = start[:, None] + part * (goal - start)[:, None]
        hand = np.repeat(self.ctrl[:, None], SUBSTEPS, axis=1)
        self.world.advance_part(np.concatenate((way, hand), axis=2), last=True)


@dataclasses.dataclass(frozen=True, eq=False)
class TurnAt:
    """A tool is turned in the hand, without looking, while the arm keeps still.

    Attributes:
      at: goals that are reached before it.
      arm: (n,) joints of the arm meanwhile, rad.
      ctrl: (T, a) commands of the hand's servos, one each control step, rad.
    """

    at: int
    arm: Array
    ctrl: Array


class Following:
    """N episodes of one sequence, with tools that are in the hands.

    Args:
      motion: of arms and hands that hold them.
      goals: (G, 7) poses of the tool.
      patience: steps for a goal; a turn in the hand is part of the goal after it.
      path: (N, P, n) joints that are meant for the first P of them, rad.
      turns: N times those of the tool in the hand, in their order.

    Attributes:
      world: the physics.
      reached: (N,) goals reached in order; over: (N,) whether it ended; dropped: (N,) whether
        because the tool was lost.
      steps: (N,) control steps until then.
    """

    def __init__(
        self, motion: Motion, goals: Array, patience: int = PATIENCE, path: Array | None = None,
        turns: Sequence[Sequence[TurnAt]] = (),
    ) -> None:  # fmt: skip
        self._motion, self.world, self._goals = motion, motion.world, goals
        self._patience, n = patience, motion.world.n
        self._path, self._turns = path, turns or [()] * n
        self._turned, self._sent = np.zeros((2, n), int)
        self._held = motion.held
        self._first = self._held.copy()
        self.reached, self._steady, self._waited, self.steps = np.zeros((4, n), int)
        self.over, self.dropped = np.zeros((2, n), bool)
        self._look()

    @property
    def tool(self) -> Array:
        """(N, 7) pose of the tools."""
        return self._motion.tool

    @property
    def goal(self) -> Array:
        """(N, 7) pose that is wanted now; the last one where all are reached."""
        return self._goals[np.minimum(self.reached, len(self._goals) - 1)]

    @property
    def complete(self) -> Mask:
        """(N,) whether all goals are reached."""
        out: Mask = self.reached == len(self._goals)
        return out

    def run(self) -> Iterator[int]:
        """Go on until all episodes are over; yields the steps gone after each."""
        for step in range(1, self._patience * len(self._goals) + 1):
            new = self._step()
            self._judge()
            if self.over.all():
                yield step
                return
            if new.any() or step % _LOOK == 0:
                self._look()
            yield step

    def _step(self) -> Mask:
        """One control step; returns (N,) whether another goal is wanted since the last."""
        before, turned = self.reached.copy(), self._turned.copy()
        turning = self._turning()
        self._motion.step()
        near = (apart(self.tool, self.goal) < TOLERANCE) & ~turning
        self._steady = np.where(near, self._steady + 1, 0)
        arrived = (self._steady >= HELD) & ~self.over
        self.reached += arrived
        self._steady[arrived], self._waited[arrived] = 0, 0
        self._waited += ~arrived
        self.steps += ~self.over
        return (self.reached > before) | (self._turned > turned)

    def _turning(self) -> Mask:
        """(N,) which tools are being turned in the hands; these are told what to do."""
        out = np.zeros(len(self.over), bool)
        motion, count = self._motion, np.array([len(turns) for turns in self._turns])
        for row in np.flatnonzero(~self.over & (self._turned < count)).tolist():
            turn = self._turns[row][self._turned[row]]
            if self.reached[row] < turn.at:
                continue
            out[row], motion.want[row] = True, turn.arm
            if np.abs(motion.q[row] - turn.arm).max() < _THERE:
                sent = self._sent[row]
                motion.ctrl[row] = turn.ctrl[min(sent, len(turn.ctrl) - 1)]
                self._sent[row] = sent + 1
                if sent == len(turn.ctrl) + _REST:
                    out[row], self._sent[row] = False, 0
                    self._turned[row] += 1
                    self._first[row] = motion.held[row]
        return out

    def _judge(self) -> None:
        slipped = apart(self._motion.held, self._first) > LOST
        self.dropped |= (slipped | self.world.diverged) & ~self.over & ~self.complete
        self.over |= self.complete | self.dropped | (self._waited >= self._patience)

    def _look(self) -> None:
        """See how tools lie in the hands, and where arms are to go for that."""
        self._held = np.where(self.over[:, None], self._held, self._motion.held)
        aimed = self._motion.aim(self.goal, self._held, near=self._meant())
        self._motion.want = np.where(self.over[:, None], self._motion.want, aimed)

    def _meant(self) -> Array | None:
        """(N, n) joints that are meant for the goals, or where arms are if none are; rad."""
        if self._path is None:
            return None
        last = self._path.shape[1] - 1
        meant = self._path[np.arange(len(self.over)), np.minimum(self.reached, last)]
        return np.where((self.reached <= last)[:, None], meant, self._motion.q)

    def show_goal(self, sim: int) -> None:
        """Put the picture of the goal where it is in one episode."""
        body = int(self.world.compiled.index.body(GOAL)[0])
        mocap = int(self.world.model.body_mocapid[body])
        pose = self.goal[sim]
        self.world.sim.bind("mocap_pos").reshape(self.world.n, -1, 3)[sim, mocap] = pose[:3]
        self.world.sim.bind("mocap_quat").reshape(self.world.n, -1, 4)[sim, mocap] = pose[3:]


def in_hand(
    compiled: Compiled, grasp: Grasps, path: Array, goal: Array, layout: Layout | None = None,
    lift: float = LIFT,
) -> Motion:  # fmt: skip
    """Arms with tools in their hands, above the first goal.

    Args:
      compiled: scene with the robot, the tool and what stands around.
      grasp: of each episode, (N,) of them.
      path: (N, 7) joints of the arms at the first goal, rad.
      goal: (7,) or (N, 7) pose of the tool there.
      layout: mass and friction of the tool in each.
      lift: how far above, m.
    """
    n = len(grasp)
    world, index, rows = World(compiled, n, 1), compiled.index, np.arange(n)
    hand = compiled.robot.effector.hand
    assert hand is not None
    if layout is not None:
        world.vary(rows, layout)
    world.clear(rows)
    reach = ToolReach(compiled.robot.name, n)
    q, _ = reach.follow(path, goal + np.array([0, 0, lift, 0, 0, 0, 0]), grasp.pose, near=path)
    qpos = world.sim.bind("qpos")
    qpos[:, world.columns.arm] = q
    qpos[:, index.qpos(hand.joints)] = grasp.q
    qpos[:, index.qpos(TOOL)] = compose(reach.palm(q), grasp.pose)
    world.settle(rows)
    return Motion(world, q, grasp.ctrl)


def repeated(grasps: Grasps, row: int, n: int) -> Grasps:
    """One grasp, n times."""
    rows: Ids = np.full(n, row)
    return grasps.take(rows)


@dataclasses.dataclass(frozen=True)
class Spread:
    """By how much episodes of a sequence differ: mass and friction of the tool, as shares."""

    mass: float = 0.1
    friction: float = 0.1

    def draw(self, compiled: Compiled, rng: np.random.Generator, n: int) -> Layout:
        """Layouts of n episodes."""
        mass, friction = (1 + by * rng.uniform(-1, 1, n) for by in (self.mass, self.friction))
        nominal = Layout.nominal(compiled.scene, n)
        return nominal.of_thing(compiled.scene, TOOL, mass=mass, friction=friction)
