"""Limits that every command passes, in simulation as on a real robot. They cannot be switched off.

What leaves the limiter is inside the joint ranges, the speed and the acceleration limits, and
starts near the measured pose; its position target is inside the workspace box. An arm that could
not come to rest inside the box is braked (``ArmController._stay_inside``): under wild commands it
passes a side by less than 2 cm and its tool centre point is up to a quarter faster than
``TCP_SPEED``. Whatever is changed is reported.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.things import Workspace
from habilis.envs.control.joint_limiter import MAX_AGE, JointLimiter, StoppedError

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

TCP_SPEED = 0.5  # m/s
FIRST_DISTANCE = 0.05  # m, from the measured pose to the first target after (re-)arming
STOPPING = 0.12  # m from a side of the box within which the way to a stop is looked at
SLACK = 0.001  # m
TCP_ACCELERATION = 1.5  # m/s^2
BRAKING = 1.0  # m/s^2 with which the target runs up to a goal or to a side of the box

__all__ = ["MAX_AGE", "Clamps", "Limiter", "StoppedError"]


@dataclasses.dataclass(frozen=True)
class Clamps:
    """How far each of N commands was changed.

    Attributes:
      workspace: (N,) distance in m by which the wanted position lay outside the box.
      speed: (N,) the position target was cut back for speed.
      joints: (N,) a joint range, speed or acceleration limit was active.
    """

    workspace: Array
    speed: Mask
    joints: Mask


class Limiter:
    """Position, speed, acceleration, workspace, age and first-target limits of N arms.

    Args:
      robot: joint limits.
      workspace: box of the tool centre point.
      n: how many arms.
    """

    def __init__(self, robot: RobotSpec, workspace: Workspace, n: int) -> None:
        self._low = np.array(workspace.lower)
        self._high = np.array(workspace.upper)
        arm = robot.arm
        self._joints = JointLimiter(
            arm.lower, arm.upper, arm.velocity, arm.acceleration, n,
            jump=np.inf,  # FIRST_DISTANCE takes its place
        )  # fmt: skip
        self.pos: Array = np.zeros((n, 3))
        self._goal: Array = np.zeros((n, 3))
        self._u: Array = np.zeros((n, 3))
        self._known: Mask = np.ones(n, bool)  # whether ``_goal`` is the one before

    @property
    def q(self) -> Array:
        """(N, 7) the joints sent last, rad."""
        return self._joints.q

    def arm(self, ids: npt.NDArray[np.int_], q: Array, pos: Array) -> None:
        """(Re-)arm simulations ``ids`` (k,) at measured joints (k, 7) and position (k, 3).

        Releases a latched stop and forgets the command before it.
        """
        self._joints.arm(ids, q)
        self.pos[ids], self._goal[ids], self._u[ids] = pos, pos, 0.0
        self._known[ids] = True

    def put(self, q: Array, v: Array, pos: Array) -> None:
        """Go on from joints (N, 7) rad, speeds (N, 7) rad/s and positions (N, 3) m as really sent.

        For targets that were changed after they left this limiter.
        """
        self._joints.put(q, v)
        self.pos, self._u, self._known[:] = pos.copy(), np.zeros_like(pos), False

    def stop(self, ids: npt.NDArray[np.int_] | None = None) -> None:
        """Latch the stop of ``ids`` (all by default) until ``arm`` is called again."""
        self._joints.stop(ids)
        self._u[slice(None) if ids is None else ids] = 0.0

    def rows(self) -> dict[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""
        return {**self._joints.rows(), "pos": self.pos, "goal": self._goal, "u": self._u,
            "goal_known": self._known,
        }  # fmt: skip

    @property
    def stopped(self) -> Mask:
        """(N,) whether the stop is latched."""
        return self._joints.stopped

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
        if not np.isfinite(want).all():
            raise ValueError(f"command must be finite, got {want.tolist()}")
        if age > MAX_AGE:
            self.stop()
        self._joints.check_stopped()
        goal = np.minimum(np.maximum(want, self._low), self._high)
        out, way = want - goal, goal - self.pos
        step = self._paced(goal, way, dt)
        down, up = self.pos - self._low, self._high - self.pos
        step = np.minimum(np.maximum(step, -_ease(down, dt)), _ease(up, dt))
        cut = np.logical_or.reduce(np.abs(step - way) > 1e-12, axis=1)
        near = np.where(cut[:, None], self.pos + step, goal)
        return near, np.sqrt(np.vecdot(out, out)), cut

    def _paced(self, goal: Array, way: Array, dt: float) -> Array:
        """Step (N, 3) towards the goal: within speed and acceleration, able to stop there.

        A goal that moves is followed at its own pace.
        """
        pace, self._goal = np.where(self._known[:, None], goal - self._goal, 0.0), goal
        self._known[:] = True
        far = np.sqrt(np.vecdot(way, way))
        fastest = np.minimum(TCP_SPEED * dt, np.sqrt(np.vecdot(pace, pace)) + _ease(far, dt))
        fastest = np.where(self._joints.first, np.minimum(FIRST_DISTANCE, fastest), fastest)
        step = way * (np.minimum(far, fastest) / np.maximum(far, 1e-12))[:, None]
        change = step - self._u * dt
        most = TCP_ACCELERATION * dt * dt
        size = np.sqrt(np.vecdot(change, change))
        part = np.where(size > most, most / np.maximum(size, 1e-12), 1.0)
        return np.where((part < 1.0)[:, None], self._u * dt + change * part[:, None], step)

    def near_wall(self, pos: Array) -> Mask:
        """(N,) whether a position (N, 3) is so near a side of the box that stopping matters."""
        low, high = pos < self._low + STOPPING, pos > self._high - STOPPING
        return np.logical_or.reduce(low | high, axis=1)

    def beyond_wall(self, pos: Array) -> Mask:
        """(N,) whether a position (N, 3) is outside the box by more than ``SLACK``."""
        low, high = pos < self._low - SLACK, pos > self._high + SLACK
        return np.logical_or.reduce(low | high, axis=1)

    def too_fast(self, pos: Array, dt: float) -> Mask:
        """(N,) whether a position (N, 3) is too far from the last one for the speed limit."""
        way = pos - self.pos
        return np.vecdot(way, way) > (1.05 * TCP_SPEED * dt) ** 2

    def stopping(self, q: Array, dt: float) -> Array:
        """Joints (N, 7) where the arm comes to rest if it brakes fully after being sent to q."""
        return self._joints.rest(q, dt)

    def brake(self, q: Array, which: Mask, dt: float) -> Array:
        """Joints (N, 7) to send: q, but full braking from now for the arms ``which`` (N,)."""
        return self._joints.brake(q, which, dt)

    def inside(self, pos: Array) -> Array:
        """The nearest positions (N, 3) in the box."""
        return np.minimum(np.maximum(pos, self._low), self._high)

    def limit_joints(self, want: Array, dt: float) -> tuple[Array, Mask]:
        """Clamp wanted joints (N, 7) as ``JointLimiter.limit`` does."""
        return self._joints.limit(want, dt)

    def in_line(self, want: Array, sent: Array, dt: float) -> Array:
        """Bring limited joints (N, 7) back on their line, as ``JointLimiter.in_line`` does."""
        return self._joints.in_line(want, sent, dt)

    def accept(self, q: Array, pos: Array, dt: float) -> None:
        """Remember what was sent: joints (N, 7), position (N, 3), over dt seconds."""
        self._u, self.pos = (pos - self.pos) / dt, pos
        self._joints.accept(q, dt)


def _ease(room: Array, dt: float) -> Array:
    """Longest step in m, of the shape of ``room``, from which ``BRAKING`` stops within it, m."""
    a = BRAKING
    return a * (np.sqrt(dt * dt + 2 * np.maximum(room, 0.0) / a) - dt) * dt
