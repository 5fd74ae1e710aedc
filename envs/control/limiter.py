"""Limits that every command passes, in simulation as on a real robot. They cannot be switched off.

What leaves the limiter is inside the joint ranges, the speed and the acceleration limits, and
starts near the measured pose; its position target is inside the workspace box. An arm that could
not come to rest inside the box is braked (``ArmController._stay_inside``): under wild commands it
passes a side by less than 2 cm and its tool centre point is up to a quarter faster than
``TCP_SPEED``. The hand turns within ``TURNING``, as its tool centre point moves within ``MOVING``.
Whatever is changed is reported.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Mask
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.things import Workspace
from habilis.envs.control.joint_limiter import MAX_AGE, JointLimiter, StoppedError
from habilis.envs.control.rotations import check_rotations, turn_between, turned

TCP_SPEED = 0.5  # m/s
FIRST_DISTANCE = 0.05  # m, from the measured pose to the first target after (re-)arming
STOPPING = 0.12  # m from a side of the box within which the way to a stop is looked at
SLACK = 0.001  # m
TCP_ACCELERATION = 1.5  # m/s^2
BRAKING = 1.0  # m/s^2 with which the target runs up to a goal or to a side of the box

__all__ = ["MAX_AGE", "MOVING", "TURNING", "Bounds", "Clamps", "Limiter", "StoppedError"]


@dataclasses.dataclass(frozen=True)
class Bounds:
    """How a target may move: lengths in m, or angles in rad.

    Attributes:
      speed: m/s or rad/s.
      acceleration: m/s^2 or rad/s^2.
      braking: the same, with which it runs up to a goal.
      first: m or rad, from the measured pose to the first target after (re-)arming.
    """

    speed: float
    acceleration: float
    braking: float
    first: float

    def ease(self, room: Array, dt: float) -> Array:
        """Longest step, of the shape of ``room``, from which ``braking`` stops within it."""
        a = self.braking
        return (np.sqrt(dt * dt + np.maximum(room, 0.0) * (2 / a)) - dt) * (a * dt)

    def step(
        self, way: Array, far: Array, fastest: Array, speed: Array, first: Mask, dt: float
    ) -> Array:
        """Step (N, 3) along the way to the goal: within the bounds.

        Args:
          way: (N, 3) to the goal.
          far: (N,) how long it is.
          fastest: (N,) how far to go at the most.
          speed: (N, 3) of the target in the period before, per s.
          first: (N,) whether nothing was sent since arming.
          dt: period, s.
        """
        fastest = np.minimum(fastest, self.speed * dt)
        if np.count_nonzero(first):
            fastest[first] = np.minimum(fastest[first], self.first)
        step = way * (np.minimum(far, fastest) / np.maximum(far, 1e-12))[:, None]
        same = speed * dt
        change = step - same
        size = np.sqrt(np.vecdot(change, change))
        part = (self.acceleration * dt * dt / np.maximum(size, 1e-12))[:, None]
        np.copyto(step, same + change * part, where=part < 1.0)
        return step


MOVING = Bounds(TCP_SPEED, TCP_ACCELERATION, BRAKING, FIRST_DISTANCE)
"""Of the position of the tool centre point, m."""
TURNING = Bounds(speed=1.5, acceleration=6.0, braking=4.0, first=0.25)
"""Of its orientation, rad."""


@dataclasses.dataclass(frozen=True)
class Clamps:
    """How far each of N commands was changed.

    Attributes:
      workspace: (N,) distance in m by which the wanted position lay outside the box.
      speed: (N,) the position target was cut back for speed.
      turning: (N,) the orientation target was cut back for speed.
      joints: (N,) a joint range, speed or acceleration limit was active, or the arm's reach ended.
      short: (N,) m to the wanted position from an arm that gets no nearer, at the end of its reach
        or of the ranges of its joints; else 0.
      askew: (N,) rad that its tool centre point is turned off from what was wanted then.
    """

    workspace: Array
    speed: Mask
    turning: Mask
    joints: Mask
    short: Array
    askew: Array


class Limiter:
    """Position, speed, acceleration, workspace, age and first-target limits of N arms.

    Args:
      robot: joint limits.
      workspace: box of the tool centre point.
      n: how many arms.

    Attributes:
      joints: limits of the joints alone.
      pos: (N, 3) position target sent last, world, m.
      rot: (N, 3, 3) orientation target sent last, world.
    """

    def __init__(self, robot: RobotSpec, workspace: Workspace, n: int) -> None:
        self._low = np.array(workspace.lower)
        self._high = np.array(workspace.upper)
        self._near = self._low + STOPPING, self._high - STOPPING
        self._outside = self._low - SLACK, self._high + SLACK
        self._room = np.zeros((n, 7))  # to the goal, and to the sides of the box
        self._ways = np.zeros((3, n, 3))  # to the goal, from the goal before, out of the box
        arm = robot.arm
        self.joints = JointLimiter(
            arm.lower, arm.upper, arm.velocity, arm.acceleration, n,
            jump=np.inf,  # FIRST_DISTANCE takes its place
        )  # fmt: skip
        self.pos: Array = np.zeros((n, 3))
        self._goal: Array = np.zeros((n, 3))
        self._u: Array = np.zeros((n, 3))
        self.rot: Array = np.tile(np.eye(3), (n, 1, 1))
        self._facing: Array = self.rot.copy()  # the orientation wanted before
        self._w: Array = np.zeros((n, 3))
        self._known: Mask = np.ones(n, bool)  # whether ``_goal`` is the one before
        self._facing_known: Mask = np.ones(n, bool)  # the same of ``_facing``

    @property
    def q(self) -> Array:
        """(N, j) the joints sent last, rad."""
        return self.joints.q

    def arm(self, ids: npt.NDArray[np.int_], q: Array, pos: Array, rot: Array) -> None:
        """(Re-)arm simulations ``ids`` (k,) at measured joints (k, j) and poses (k, 3), (k, 3, 3).

        Releases a latched stop and forgets the command before it.
        """
        self.joints.arm(ids, q)
        self.pos[ids], self._goal[ids], self._u[ids] = pos, pos, 0.0
        self.rot[ids], self._facing[ids], self._w[ids] = rot, rot, 0.0
        self._known[ids], self._facing_known[ids] = True, True

    def put(self, q: Array, v: Array, pos: Array, rot: Array) -> None:
        """Go on from joints (N, j) rad, speeds (N, j) rad/s and poses as really sent.

        For targets that were changed after they left this limiter.

        Args:
          q, v: joints and their speeds.
          pos: (N, 3) of the tool centre point, m.
          rot: (N, 3, 3) of it.
        """
        self.joints.put(q, v)
        self.pos, self._u, self._known[:] = pos.copy(), np.zeros_like(pos), False
        self.rot, self._w, self._facing_known[:] = rot.copy(), np.zeros_like(pos), False

    def stop(self, ids: npt.NDArray[np.int_] | None = None) -> None:
        """Latch the stop of ``ids`` (all by default) until ``arm`` is called again."""
        self.joints.stop(ids)
        index = slice(None) if ids is None else ids
        self._u[index], self._w[index] = 0.0, 0.0

    def rows(self) -> dict[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""
        return {**self.joints.rows(), "pos": self.pos, "goal": self._goal, "u": self._u,
            "rot": self.rot, "facing": self._facing, "w": self._w, "goal_known": self._known,
            "facing_known": self._facing_known,
        }  # fmt: skip

    @property
    def stopped(self) -> Mask:
        """(N,) whether the stop is latched."""
        return self.joints.stopped

    def limit_position(self, want: Array, dt: float, age: float = 0.0) -> tuple[Array, Array, Mask]:
        """Clamp wanted positions (N, 3) into the box and to the speed limit.

        Args:
          want: positions of the tool centre point, m.
          dt: time in which they are to be reached, s.
          age: of the command, s; beyond ``MAX_AGE`` it latches the stop.

        Returns:
          Positions to go for (N, 3), distance outside the box (N,), cut for speed (N,).

        Raises:
          ValueError: not finite. StoppedError: the stop is latched.
        """
        if np.count_nonzero(np.isfinite(want)) < want.size:
            raise ValueError(f"command must be finite, got {want.tolist()}")
        if age > MAX_AGE:
            self.stop()
        self.joints.check_stopped()
        goal, ways, room = self.inside(want), self._ways, self._room
        way = np.subtract(goal, self.pos, out=ways[0])
        np.subtract(goal, self._goal, out=ways[1])
        np.subtract(want, goal, out=ways[2])
        far, pace, out = np.sqrt(np.vecdot(ways, ways))
        room[:, 0] = far
        np.subtract(self.pos, self._low, out=room[:, 1:4])
        np.subtract(self._high, self.pos, out=room[:, 4:])
        ease = MOVING.ease(room, dt)
        fastest = pace * self._known + ease[:, 0]
        self._goal, self._known[:] = goal, True
        step = MOVING.step(way, far, fastest, self._u, self.joints.first, dt)
        step = np.minimum(np.maximum(step, -ease[:, 1:4]), ease[:, 4:])
        cut = np.logical_or.reduce(np.abs(step - way) > 1e-12, axis=1)
        near = np.where(cut[:, None], self.pos + step, goal)
        return near, out, cut

    def limit_rotation(self, want: Array, dt: float) -> tuple[Array, Mask]:
        """Clamp wanted orientations (N, 3, 3), or one for all (3, 3), to ``TURNING``.

        Args:
          want: orientations of the tool centre point, world.
          dt: time in which they are to be reached, s.

        Returns:
          Orientations to go for (N, 3, 3), and (N,) whether they were cut back.

        Raises:
          ValueError: not finite, or no rotation.
        """
        turns = np.count_nonzero(want != self._facing)
        if not (turns or np.count_nonzero(want != self.rot) or np.count_nonzero(self._w)):
            self._facing_known[:] = True
            return self.rot, np.zeros(len(self.rot), bool)
        goal = np.empty_like(self.rot)
        goal[:] = want
        if turns:
            check_rotations(goal)
        way = turn_between(self.rot, goal)
        far = np.sqrt(np.vecdot(way, way))
        fastest = TURNING.ease(far, dt)
        if turns:
            pace = turn_between(self._facing, goal)
            fastest += np.sqrt(np.vecdot(pace, pace)) * self._facing_known
        self._facing, self._facing_known[:] = goal, True
        step = TURNING.step(way, far, fastest, self._w, self.joints.first, dt)
        cut = np.logical_or.reduce(np.abs(step - way) > 1e-12, axis=1)
        if not np.count_nonzero(cut):
            return goal.copy(), cut
        return np.where(cut[:, None, None], turned(self.rot, step), goal), cut

    def near_wall(self, pos: Array) -> Mask:
        """(N,) whether a position (N, 3) is so near a side of the box that stopping matters."""
        low, high = self._near
        return np.logical_or.reduce((pos < low) | (pos > high), axis=1)

    def beyond_wall(self, pos: Array) -> Mask:
        """(N,) whether a position (N, 3) is outside the box by more than ``SLACK``."""
        low, high = self._outside
        return np.logical_or.reduce((pos < low) | (pos > high), axis=-1)

    def has_room(self, pos: Array, way: Array) -> Mask:
        """(N,) whether ways of (N,) m from positions (N, 3) cannot lead out of the box."""
        far = way[:, None]
        return np.logical_and.reduce((pos - far > self._low) & (pos + far < self._high), axis=1)

    def too_fast(self, pos: Array, dt: float) -> Mask:
        """(N,) whether positions (N, 3) are too far from the last ones for the speed limit."""
        way = pos - self.pos
        return np.vecdot(way, way) > (1.05 * TCP_SPEED * dt) ** 2

    def inside(self, pos: Array) -> Array:
        """The nearest positions (N, 3) in the box."""
        return np.minimum(np.maximum(pos, self._low), self._high)

    def calm(self) -> None:
        """Go on within the speed limits from what joints that brake made of the last targets."""
        for speed, bounds in ((self._u, MOVING), (self._w, TURNING)):
            size = np.sqrt(np.vecdot(speed, speed))
            speed *= np.minimum(1.0, bounds.speed / np.maximum(size, 1e-12))[:, None]

    def accept(self, q: Array, pos: Array, rot: Array, dt: float) -> None:
        """Remember what was sent over dt seconds: joints (N, j), pose (N, 3), (N, 3, 3)."""
        self._u, self.pos = (pos - self.pos) / dt, pos
        if rot is not self.rot:
            self._w, self.rot = turn_between(self.rot, rot) / dt, rot
        self.joints.accept(q, dt)
