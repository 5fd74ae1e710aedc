"""Taking a tool from the table: hands before it that fit there, closed on it, and lifted.

Hands come from above with the handle between thumb and fingertips, or are those of any grasp that
has room where the tool lies. The arm starts in its ready posture; all of it is physics.
"""

from __future__ import annotations

import dataclasses

import mujoco
import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.dextool.scans import TOOL, Inertial
from habilis.assets.dextool.scene import grasp_scene
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.things import Thing
from habilis.envs.dextool.following import Motion
from habilis.envs.dextool.holding.closings import closing_of
from habilis.envs.dextool.holding.grasping import Grasps, draw_grasps, handle_point, joined
from habilis.envs.dextool.poses import apart, compose, inverse
from habilis.envs.dextool.reach import ReachPlan, ToolReach, plan_grasps
from habilis.envs.world.poses import matrices, quaternions
from habilis.envs.world.varying.layout import Layout
from habilis.envs.world.world import World

UP = 0.1  # m by which a tool is lifted
_RISEN, _SLIPPED = 0.07, 0.01  # m: what counts as up, and as still
_OVER, _CLOSE, _WAIT, _LIFT, _STILL = 220, 40, 15, 90, 30  # control steps of the phases
_LAG = (0.15, 0.6)  # rad that commands are ahead of joints that press
_TILT, _OFF = 0.35, 0.006  # rad, m: standard deviations of how hands come from above
_LEAST = 0.012  # m above the table of the middle between the tips
_NARROW = 0.015  # m between tips, below which nothing fits in


def draw_pinches(
    hand: str, tool: Thing, start: Array, rng: np.random.Generator, tries: int,
    inertial: Inertial | None = None,
) -> Grasps:  # fmt: skip
    """Open hands over a tool on the table, its handle between the tips of thumb and fingers.

    Args:
      hand: a key of ``CLOSINGS``.
      tool: its x axis is along its handle.
      start: (7,) where it lies.
      rng: of what is drawn.
      tries: how many.
      inertial: of the tool, where it is not that of its parts.
    """
    tips = _Tips(grasp_scene(hand, tool, inertial))
    closing, rows = closing_of(hand), []
    along = matrices(start[None, 3:])[0, :, 0]
    for _ in range(20 * tries):
        q = closing.draw_pinch(tips.hand, rng)
        middle, across, gap, palm = tips.at(q)
        if gap < _NARROW:
            continue
        point = start[:3] + handle_point(rng) * along + rng.normal(0.0, _OFF, 3)
        point[2] = max(point[2], _LEAST)
        turn = _over(along, across, middle - palm[:3], rng)
        frame = np.concatenate((point - turn @ middle, quaternions(turn[None])[0]))
        rows.append((compose(inverse(compose(frame, palm)), start), q))
        if len(rows) == tries:
            break
    if not rows:
        raise ValueError("thumb and fingertips leave no room for a tool between them")
    held, q = (np.array(column) for column in zip(*rows, strict=True))
    return Grasps(held, q, tips.hand.command(q), np.zeros(len(q)), len(q))


class _Tips:
    """Where the tips of a hand are, in the frame of its own model."""

    def __init__(self, compiled: Compiled) -> None:
        spec = compiled.robot.effector.hand
        assert spec is not None
        self.hand: HandSpec = spec
        self._model, self._data = compiled.model, mujoco.MjData(compiled.model)
        self._q = compiled.index.qpos(spec.joints)

    def at(self, q: Array) -> tuple[Array, Array, float, Array]:
        """The middle (3,) between thumb and fingers, the unit vector (3,) from these to that, the
        gap between their pads, and the pose (7,) of the palm, with the joints at q (j,)."""
        self._data.qpos[self._q] = q
        mujoco.mj_kinematics(self._model, self._data)
        names = [name for name in self.hand.fingers if name != "thumb"][:2]
        thumb, finger = self._pad("thumb"), np.mean([self._pad(n) for n in names], axis=0)
        way = thumb - finger
        far = float(np.linalg.norm(way))
        gap = far - self.hand.tips["thumb"].radius - self.hand.tips[names[0]].radius
        palm = self._data.body(self.hand.palm)
        pose = np.concatenate((palm.xpos, palm.xquat))
        return (thumb + finger) / 2, way / far, gap, pose

    def _pad(self, finger: str) -> Array:
        tip = self.hand.tips[finger]
        body = self._data.body(tip.body)
        out: Array = body.xpos + body.xmat.reshape(3, 3) @ np.array(tip.centre)
        return out


def _over(along: Array, across: Array, reach: Array, rng: np.random.Generator) -> Array:
    """(3, 3) that turns a hand so that it reaches down, its tips on both sides of a handle.

    Args:
      along: (3,) the handle, in the world.
      across: (3,) unit vector between the tips, in the hand.
      reach: (3,) from the palm to the middle between the tips, in the hand.
      rng: of the side and of tilts.
    """
    side = np.cross([0.0, 0.0, 1.0], along) * rng.choice([-1.0, 1.0])
    side /= np.linalg.norm(side)
    down = reach - (reach @ across) * across
    down /= np.linalg.norm(down)
    own = np.column_stack((across, down, np.cross(across, down)))
    lean = rng.normal(0.0, _TILT)
    low = np.cos(lean) * np.array([0.0, 0.0, -1.0]) + np.sin(lean) * np.cross(side, [0, 0, -1.0])
    world = np.column_stack((side, low, np.cross(side, low)))
    out: Array = world @ own.T
    return out


@dataclasses.dataclass(frozen=True, eq=False)
class Approach:
    """Open hands before a tool on the table, which arms can bring there.

    Attributes:
      opened: (K,) of them.
      path: (K, 7) joints of the arms there, rad.
      drawn: how many were drawn to find these.
    """

    opened: Grasps
    path: Array
    drawn: int

    def take(self, rows: Ids) -> Approach:
        """Some of them."""
        return Approach(self.opened.take(rows), self.path[rows], self.drawn)


def find_approaches(
    compiled: Compiled, tool: Thing, start: Array, goals: Array, rng: np.random.Generator,
    tries: int, most: int, inertial: Inertial | None = None,
) -> Approach:  # fmt: skip
    """Hands that have room where a tool lies, those first that would reach most goals.

    Args:
      compiled: scene with the robot, the tool and what stands around.
      tool: what is to be taken.
      start: (7,) where it lies.
      goals: (G, 7) poses where it is to go afterwards.
      rng: of what is drawn.
      tries: how many of each kind are drawn: from above, and any.
      most: how many are returned, at most.
      inertial: of the tool, where it is not that of its parts.
    """
    hand = compiled.robot.name.partition("+")[2]
    lots = (
        draw_pinches(hand, tool, start, rng, tries, inertial),
        draw_grasps(hand, tool, rng, tries, inertial),
    )
    found: list[tuple[ReachPlan, Grasps]] = []
    for opened in lots:
        plans = plan_grasps(compiled, opened, np.concatenate((start[None], goals)), rng)
        found += [(plan, opened.take([plan.grasp])) for plan in plans if plan.prefix]
    found = sorted(found, key=lambda one: -one[0].prefix)[:most]
    drawn = sum(len(lot) for lot in lots)
    if not found:
        return Approach(lots[0].take(()), np.zeros((0, len(compiled.robot.joints))), drawn)
    opened = joined([one for _, one in found])
    return Approach(opened, np.array([plan.path[0] for plan, _ in found]), drawn)


@dataclasses.dataclass(frozen=True, eq=False)
class Taken:
    """N tries to take a tool.

    Attributes:
      motion: of arms and hands, which go on from there.
      up: (N,) whether it is up and stays in the hand.
      rose: (N,) m that it is higher than at first.
    """

    motion: Motion
    up: Mask
    rose: Array

    def grasps(self) -> Grasps:
        """How the hands hold it, all N."""
        world = self.motion.world
        hand = world.robot.effector.hand
        assert hand is not None
        q = world.sim.bind("qpos")[:, world.compiled.index.qpos(hand.joints)]
        return Grasps(self.motion.held, q.copy(), self.motion.ctrl.copy(), 0 * self.rose, world.n)


def lying(compiled: Compiled, start: Array) -> Array:
    """(7,) where a tool comes to rest that is let go at a pose (7,)."""
    world = World(compiled, 1, 1)
    motion = _ready(world, start)
    for _ in range(60):
        motion.step()
    out: Array = motion.tool[0].copy()
    return out


def _ready(world: World, tool: Array, q: Array | None = None) -> Motion:
    """Arms in their ready posture, hands at q (N, j) or home, tools at a pose (7,)."""
    hand, index = world.robot.effector.hand, world.compiled.index
    assert hand is not None
    rows = np.arange(world.n)
    world.clear(rows)
    arm = np.tile(ToolReach(world.robot.name, 1).ready, (world.n, 1))
    fingers = np.tile(np.array(hand.home), (world.n, 1)) if q is None else q
    qpos = world.sim.bind("qpos")
    qpos[:, world.columns.arm], qpos[:, index.qpos(hand.joints)] = arm, fingers
    qpos[:, index.qpos(TOOL)] = tool
    world.settle(rows)
    return Motion(world, arm, hand.command(fingers))


def take(
    compiled: Compiled, approach: Approach, start: Array, lag: Array, layout: Layout | None = None
) -> Taken:
    """Go over the tool, down to it, close, and lift; each arm in its own way.

    Args:
      compiled: scene with the robot and the tool.
      approach: (N,) of them.
      start: (7,) where the tool lies.
      lag: (N,) rad that the hands' commands may be ahead of joints that press.
      layout: mass and friction of the tool in each.
    """
    n = len(approach.path)
    world = World(compiled, n, 1)
    if layout is not None:
        world.vary(np.arange(n), layout)
    hand = world.robot.effector.hand
    assert hand is not None
    opened = approach.opened
    motion, reach = _ready(world, start, opened.q), ToolReach(world.robot.name, n)
    lifted = start + np.array([0, 0, UP, 0, 0, 0, 0])
    over, _ = reach.follow(approach.path, lifted[None], opened.pose)
    for want in (over, approach.path):
        motion.want = want
        for _ in range(_OVER):
            motion.step()
            if np.abs(motion.q - want).max() < 1e-4:
                break
    _close(motion, hand, closing_of(hand.name).target(hand, opened.q), opened.q, lag[:, None])
    motion.want, _ = reach.follow(approach.path, lifted[None], opened.pose)
    for _ in range(_LIFT):
        motion.step()
    before = motion.held
    for _ in range(_STILL):
        motion.step()
    rose = motion.tool[:, 2] - start[2]
    still = apart(motion.held, before) < _SLIPPED
    return Taken(motion, (rose > _RISEN) & still & ~world.diverged, rose)


def _close(motion: Motion, hand: HandSpec, closed: Array, opened: Array, lag: Array) -> None:
    """Close hands from q (N, j) towards others, no harder than a lag (N, 1) allows, and wait."""
    world = motion.world
    columns, qpos = world.compiled.index.qpos(hand.joints), world.sim.bind("qpos")
    low, high = world.model.actuator_ctrlrange[world.columns.grip_servos].T
    for i in range(_CLOSE):
        want = opened + (i + 1) / _CLOSE * (closed - opened)
        q = qpos[:, columns]
        motion.ctrl = np.clip(hand.command(np.clip(want, q - lag, q + lag)), low, high)
        motion.step()
    for _ in range(_WAIT):
        motion.step()


def draw_lag(rng: np.random.Generator, n: int) -> Array:
    """(N,) how hard hands are to press, rad."""
    return rng.uniform(*_LAG, n)
