"""Limits of joints: range, speed, acceleration, room to brake, first target, latched stop.

The last gate before a robot, simulated or real. It always knows how it would come to rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask

JUMP = 0.05  # rad, from the measured pose to the first target after (re-)arming
MAX_AGE = 0.25  # s, of a command


class StoppedError(RuntimeError):
    """A command reached a limiter whose stop is latched."""


class JointLimiter:
    """Keeps the targets of n robots with j joints inside their limits.

    Args:
      lower, upper: (j,) range, rad.
      velocity: (j,) rad/s.
      acceleration: (j,) rad/s^2.
      n: how many robots.
      jump: rad by which the first target after (re-)arming may be off the measured pose.

    Attributes:
      q: (n, j) the targets accepted last, rad.
      v: (n, j) their speed over the period before, rad/s.
    """

    def __init__(
        self,
        lower: npt.ArrayLike,
        upper: npt.ArrayLike,
        velocity: npt.ArrayLike,
        acceleration: npt.ArrayLike,
        n: int = 1,
        jump: float = JUMP,
    ) -> None:
        self.lower, self.upper = np.array(lower, float), np.array(upper, float)
        self.velocity, self.acceleration = np.array(velocity, float), np.array(acceleration, float)
        self._jump = jump
        # Forwards, then backwards: the sign of the way, and where the range ends.
        self._ways = np.array([[[1.0]], [[-1.0]]])
        self._ends = np.stack((self.upper, self.lower))[:, None]
        self.q: Array = np.zeros((n, len(self.lower)))
        self.v: Array = np.zeros_like(self.q)
        self._want: Array = np.zeros_like(self.q)
        self._first: Mask = np.ones(n, bool)
        self._known: Mask = np.ones(n, bool)  # whether ``_want`` is the target before
        self._stopped: Mask = np.zeros(n, bool)

    def rows(self) -> dict[str, npt.NDArray[Any]]:
        """Live arrays (n, ...) that make up its state, by name."""
        return {
            "q": self.q, "v": self.v, "want": self._want,
            "first": self._first, "stopped": self._stopped, "known": self._known,
        }  # fmt: skip

    def arm(self, ids: Ids, q: Array) -> None:
        """(Re-)arm robots ``ids`` (k,) at measured joints (k, j), rad: at rest, nothing queued.

        Releases a latched stop and forgets the command before it.
        """
        self.q[ids], self._want[ids], self.v[ids] = q, q, 0.0
        self._first[ids], self._stopped[ids], self._known[ids] = True, False, True

    def put(self, q: Array, v: Array) -> None:
        """Go on from joints (n, j), rad, and speeds (n, j), rad/s, that something else sent.

        The way to the next target is then a gap to be closed, and not the pace of a target.
        """
        self.q, self.v = q.copy(), v.copy()
        self._known[:] = False

    # ---- the stop

    def stop(self, ids: Ids | None = None) -> None:
        """Latch the stop of ``ids`` (all by default) until ``arm`` is called again."""
        index = slice(None) if ids is None else ids
        self._stopped[index], self.v[index] = True, 0.0

    @property
    def first(self) -> Mask:
        """(n,) whether nothing was sent since arming."""
        return self._first

    @property
    def stopped(self) -> Mask:
        """(n,) whether the stop is latched."""
        return self._stopped.copy()

    def check_stopped(self) -> None:
        """StoppedError if the stop of any is latched."""
        if np.count_nonzero(self._stopped):
            raise StoppedError("the stop is latched: re-arm from the measured pose first")

    # ---- targets

    def limit(self, want: Array, dt: float) -> tuple[Array, Mask]:
        """Clamp wanted joints (n, j) to range, speed and acceleration; return them and (n,) if so.

        The speed is also kept low enough to brake before the end of the range, and to catch up
        with a target that runs ahead without overshooting it.

        Raises:
          ValueError: not finite. StoppedError: the stop is latched.
        """
        self.check_stopped()
        direct = (want - self.q) / dt
        low, high = self._speed_range(dt)
        free = (direct >= low) & (direct <= high)
        if np.count_nonzero(free) == free.size:
            self._want, self._known[:] = want, True
            return want, np.zeros(len(want), bool)
        if not np.isfinite(want).all():
            raise ValueError(f"command must be finite, got {want.tolist()}")
        asked, want = want, np.minimum(np.maximum(want, self.lower), self.upper)
        pace, self._want = np.where(self._known[:, None], want - self._want, 0.0) / dt, want
        self._known[:] = True
        room = want - self.q
        catch_up = np.copysign(self._braking(np.abs(room), dt), room) + pace
        v = np.where(np.abs(room / dt) < np.abs(catch_up), room / dt, catch_up)
        sent = self.q + np.minimum(np.maximum(v, low), high) * dt
        return np.where(free, asked, sent), ~np.logical_and.reduce(free, axis=1)

    def in_line(self, want: Array, sent: Array, dt: float) -> Array:
        """``sent``, what ``limit`` made of ``want``, (n, j), rad, on the line to what was wanted.

        All joints of a robot go the least share of their way, so that its hand does not stray;
        where that would break a joint's limits, what was sent stands.
        """
        way = want - self.q
        share = np.ones_like(way)
        np.divide(sent - self.q, way, out=share, where=np.abs(way) > 1e-9)
        out = self.q + np.clip(share, 0.0, 1.0).min(axis=1, keepdims=True) * way
        low, high = self._speed_range(dt)
        v = (out - self.q) / dt
        fits = np.logical_and.reduce((v >= low - 1e-9) & (v <= high + 1e-9), axis=1)
        return np.where(fits[:, None], out, sent)

    def _speed_range(self, dt: float) -> tuple[Array, Array]:
        """Slowest and fastest allowed joint speeds (n, j), rad/s, in the next period."""
        stop = self._braking(self._ways * (self._ends - self.q), dt)
        gain = self._ways * self.v + self.acceleration * dt
        most = np.minimum(np.minimum(self.velocity, gain), stop)
        if np.count_nonzero(self._first):
            near = np.where(self._first, self._jump / dt, np.inf)[:, None]
            most = np.minimum(most, near)
        high, low = most[0], -most[1]
        return np.minimum(low, high), np.maximum(low, high)

    def accept(self, q: Array, dt: float) -> None:
        """Remember what was sent: joints (n, j), over dt seconds."""
        self.v, self.q = (q - self.q) / dt, q
        self._first[:] = False

    def _braking(self, room: Array, dt: float) -> Array:
        """Largest speed from which ``room`` (rad) suffices to stop, one period from now."""
        a = self.acceleration
        return a * (np.sqrt(dt * dt + 2 * np.maximum(room, 0.0) / a) - dt)

    # ---- the way to rest

    def rest(self, q: Array, dt: float) -> Array:
        """Joints (n, j) where the robots come to rest if they brake fully after being sent to q."""
        v = (q - self.q) / dt
        return q + v * np.abs(v) / (2 * self.acceleration)

    def brake(self, q: Array, which: Mask, dt: float) -> Array:
        """Joints (n, j) to send: q, but full braking from now for the robots ``which`` (n,)."""
        change = self.acceleration * dt
        v = np.sign(self.v) * np.maximum(np.abs(self.v) - change, 0.0)
        braked = np.where(which[:, None], self.q + v * dt, q)
        self._want = np.where(which[:, None], braked, self._want)
        return braked

    def tail(self) -> Tail:
        """The way to rest from the targets accepted last."""
        return Tail(self.q.copy(), self.v.copy(), self.acceleration)


class Tail:
    """Full braking of every joint for itself: where it is, and how fast, some time on.

    Args:
      q: (n, j) where it begins, rad.
      v: (n, j) how fast, rad/s.
      acceleration: (j,) rad/s^2.

    Attributes:
      ends: (n, j) time after which each joint is at rest, s.
    """

    def __init__(self, q: Array, v: Array, acceleration: Array) -> None:
        ends: Array = np.abs(v) / acceleration
        self._q, self._v, self.ends = q, v, ends
        self._a = v / np.where(ends == 0, 1.0, ends)

    @property
    def duration(self) -> float:
        """Until all is at rest, s."""
        return float(self.ends.max())

    def at(self, time: float) -> tuple[Array, Array]:
        """Joints (n, j), rad, and speeds (n, j), rad/s, ``time`` s after the beginning."""
        t = np.minimum(time, self.ends)
        v = np.where(time >= self.ends, 0.0, self._v - self._a * t)
        return self._q + self._v * t - self._a * t * t / 2, v
