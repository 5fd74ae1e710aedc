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
from habilis.assets.scene import Workspace

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

TCP_SPEED = 0.5  # m/s
FIRST_DISTANCE = 0.05  # m, from the measured pose to the first target after (re-)arming
MAX_AGE = 0.25  # s, of a command


STOPPING = 0.12  # m from a side of the box within which the way to a stop is looked at
SLACK = 0.001  # m
TCP_ACCELERATION = 1.5  # m/s^2
BRAKING = 1.0  # m/s^2 with which the target runs up to a goal or to a side of the box


class StoppedError(RuntimeError):
    """A command reached a limiter whose stop is latched."""


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
        self._q_low, self._q_high = np.array(robot.lower), np.array(robot.upper)
        self._v_max, self._a_max = np.array(robot.velocity), np.array(robot.acceleration)
        self.pos: Array = np.zeros((n, 3))
        self.q: Array = np.zeros((n, len(robot.joints)))
        self._v: Array = np.zeros_like(self.q)
        self._want: Array = np.zeros_like(self.q)
        self._goal: Array = np.zeros((n, 3))
        self._u: Array = np.zeros((n, 3))
        self._first: Mask = np.ones(n, bool)
        self._stopped: Mask = np.zeros(n, bool)

    def arm(self, ids: npt.NDArray[np.int_], q: Array, pos: Array) -> None:
        """(Re-)arm simulations ``ids`` (k,) at measured joints (k, 7) and position (k, 3).

        Releases a latched stop and forgets the command before it.
        """
        self.q[ids], self._want[ids], self.pos[ids], self._v[ids] = q, q, pos, 0.0
        self._first[ids], self._stopped[ids] = True, False
        self._goal[ids], self._u[ids] = pos, 0.0

    def stop(self, ids: npt.NDArray[np.int_] | None = None) -> None:
        """Latch the stop of ``ids`` (all by default) until ``arm`` is called again."""
        self._stopped[slice(None) if ids is None else ids] = True
        self._v[slice(None) if ids is None else ids] = 0.0
        self._u[slice(None) if ids is None else ids] = 0.0

    def rows(self) -> dict[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""
        return {
            "pos": self.pos, "q": self.q, "v": self._v, "want": self._want, "goal": self._goal,
            "u": self._u,
            "first": self._first, "stopped": self._stopped,
        }  # fmt: skip

    @property
    def stopped(self) -> Mask:
        """(N,) whether the stop is latched."""
        return self._stopped.copy()

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
        self._check_stopped()
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
        pace, self._goal = goal - self._goal, goal
        far = np.sqrt(np.vecdot(way, way))
        fastest = np.minimum(TCP_SPEED * dt, np.sqrt(np.vecdot(pace, pace)) + _ease(far, dt))
        fastest = np.where(self._first, np.minimum(FIRST_DISTANCE, fastest), fastest)
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
        v = (q - self.q) / dt
        return q + v * np.abs(v) / (2 * self._a_max)

    def brake(self, q: Array, which: Mask, dt: float) -> Array:
        """Joints (N, 7) to send: q, but full braking from now for the arms ``which`` (N,)."""
        change = self._a_max * dt
        v = np.sign(self._v) * np.maximum(np.abs(self._v) - change, 0.0)
        braked = np.where(which[:, None], self.q + v * dt, q)
        self._want = np.where(which[:, None], braked, self._want)
        return braked

    def inside(self, pos: Array) -> Array:
        """The nearest positions (N, 3) in the box."""
        return np.minimum(np.maximum(pos, self._low), self._high)

    def limit_joints(self, want: Array, dt: float) -> tuple[Array, Mask]:
        """Clamp wanted joints (N, 7) to range, speed and acceleration; return them and (N,) if so.

        The speed is also kept low enough to brake before the end of the range, and to catch up
        with a target that runs ahead without overshooting it.
        """
        self._check_stopped()
        direct = (want - self.q) / dt
        low, high = self._speed_range(want, dt)
        free = (direct >= low) & (direct <= high)
        if free.all():
            self._want = want
            return want, np.zeros(len(want), bool)
        asked, want = want, np.minimum(np.maximum(want, self._q_low), self._q_high)
        pace, self._want = (want - self._want) / dt, want
        room = want - self.q
        catch_up = np.copysign(self._braking(np.abs(room), dt), room) + pace
        v = np.where(np.abs(room / dt) < np.abs(catch_up), room / dt, catch_up)
        sent = self.q + np.minimum(np.maximum(v, low), high) * dt
        return np.where(free, asked, sent), ~np.logical_and.reduce(free, axis=1)

    def _speed_range(self, want: Array, dt: float) -> tuple[Array, Array]:
        """Slowest and fastest allowed joint speeds (N, 7), rad/s, in the next period."""
        change = self._a_max * dt
        top = self._braking(np.maximum(self._q_high - self.q, 0.0), dt)
        end = self._braking(np.maximum(self.q - self._q_low, 0.0), dt)
        high = np.minimum(np.minimum(self._v_max, self._v + change), top)
        low = np.maximum(np.maximum(-self._v_max, self._v - change), -end)
        return np.minimum(low, high), np.maximum(low, high)

    def accept(self, q: Array, pos: Array, dt: float) -> None:
        """Remember what was sent: joints (N, 7), position (N, 3), over dt seconds."""
        self._v, self._u = (q - self.q) / dt, (pos - self.pos) / dt
        self.q, self.pos = q, pos
        self._first[:] = False

    def _braking(self, room: Array, dt: float) -> Array:
        """Largest speed from which ``room`` (rad) suffices to stop, one period from now."""
        a = self._a_max
        return a * (np.sqrt(dt * dt + 2 * np.maximum(room, 0.0) / a) - dt)

    def _check_stopped(self) -> None:
        if self._stopped.any():
            raise StoppedError("the stop is latched: re-arm from the measured pose first")


def _ease(room: Array, dt: float) -> Array:
    """Longest step in m, of the shape of ``room``, from which ``BRAKING`` stops within it, m."""
    a = BRAKING
    return a * (np.sqrt(dt * dt + 2 * np.maximum(room, 0.0) / a) - dt) * dt
