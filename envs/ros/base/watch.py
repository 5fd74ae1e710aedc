"""Looks every few milliseconds whether a base is there, where it may be, and as fast as told."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.base.odometry import OdometryStates
from habilis.envs.ros.motion.watchdog import Patience
from habilis.envs.ros.profiles.base_profile import BaseProfile

OFTEN = 0.02  # s between two velocities that are remembered
REMEMBERED = 1.2  # s for which what was told may still show in how fast it moves
LOOKS = 0.05  # s between two looks that are remembered
STALLED = 5.0  # s, longer than a walk takes to find that it is stuck, and to turn back by itself
AGAINST = 1.5  # s
LEAST = (0.2, 0.4)  # m, rad that it was told to go in that time, for anything to be said of it
BACK = (0.1, 0.25)  # m, rad that it must have gone the other way
SHORT, OPPOSITE = 0.1, 0.3  # shares of the way that it was told


@dataclasses.dataclass(frozen=True)
class _Look:
    """Ways up to a time, s: told, and gone along what was told; (2,) m in the plane and rad."""

    time: float
    told: Array
    gone: Array


class HeedingBase:
    """Compares the ways that a base was told to go with those that it went."""

    def __init__(self) -> None:
        self._looks: collections.deque[_Look] = collections.deque()
        self._at: Array | None = None

    def forget(self) -> None:
        """Begin anew, with a base at rest, or one that pushes."""
        self._looks.clear()
        self._at = None

    def look(self, now: float, velocity: Array, at: Array) -> str:
        """Note what it was told and where it is, and return why that does not go together, or ''.

        Args:
          now: s.
          velocity: (3,) sent: forward and to the left, m/s, and turning, rad/s.
          at: (3,) x, y, m, and heading, rad, without jumps.
        """
        if self._at is None:
            self._at = at.copy()
            self._looks.append(_Look(now, np.zeros(2), np.zeros(2)))
            return ""
        last = self._looks[-1]
        if (took := now - last.time) < LOOKS:
            return ""
        told = took * np.array([np.hypot(velocity[0], velocity[1]), abs(velocity[2])])
        by, self._at = at - self._at, at.copy()
        aim = at[2] + np.arctan2(velocity[1], velocity[0])
        along = float(by[0] * np.cos(aim) + by[1] * np.sin(aim))
        gone = np.where(told > 0, [along, np.copysign(1.0, velocity[2]) * by[2]], 0.0)
        self._looks.append(_Look(now, last.told + told, last.gone + gone))
        while self._looks[0].time < now - STALLED - LOOKS:
            self._looks.popleft()
        return self._judged(now)

    def _judged(self, now: float) -> str:
        here = self._looks[-1]
        for window in (AGAINST, STALLED):
            since = next(look for look in self._looks if look.time >= now - window - LOOKS)
            if window == STALLED and now - since.time < STALLED:
                continue
            told, gone = here.told - since.told, here.gone - since.gone
            for k, unit in enumerate(("m", "rad")):
                if told[k] < LEAST[k]:
                    continue
                ways = f"{gone[k]:+.2f} {unit} of {told[k]:.2f} {unit} in {now - since.time:.1f} s"
                if gone[k] < -max(BACK[k], OPPOSITE * told[k]):
                    return (
                        f"it went {ways}: it moves against what it is told; is a sign of its"
                        " driver or of its odometry wrong?"
                    )
                if window == STALLED and gone[k] < SHORT * told[k]:
                    return (
                        f"it went {ways}: it does not follow; is its emergency stop pressed, or"
                        " does something hold it?"
                    )
        return ""


class BaseWatchdog:
    """Finds a reason to stop. It knows no clock of its own: ``check`` is called with the time.

    Args:
      profile: deadlines and limits.
      odometry: of the base.
      connected: whether there is a connection.
      place: what is wrong with where it is; ''.

    Attributes:
      patient: whether this process was held up at the last look, so that nothing counts as late.
    """

    def __init__(
        self,
        profile: BaseProfile,
        odometry: OdometryStates,
        connected: Callable[[], bool],
        place: Callable[[], str],
    ) -> None:
        self._profile, self._watch, self._odometry = profile, profile.watch, odometry
        self._connected, self._place = connected, place
        self._told: collections.deque[tuple[float, float, float]] = collections.deque()
        self._following = HeedingBase()
        self.reset(0.0)

    def reset(self, now: float) -> None:
        """Begin to watch a base that has just been armed."""
        self._patience, self.patient = Patience(now), False
        self._silent, self._velocity, self._pushes = 0.0, np.zeros(3), False
        self._told.clear()
        self._following.forget()

    def expect(self, velocity: Array, now: float, silent: float, pushes: bool = False) -> None:
        """Note what was sent.

        Args:
          velocity: (3,) last.
          now: s.
          silent: s since the oldest message that was not seen to reach the graph.
          pushes: whether it pushes something, which may hold it up.
        """
        self._silent, self._velocity, self._pushes = silent, velocity, pushes
        if self._told and now - self._told[-1][0] < OFTEN:
            return
        self._told.append((now, float(np.hypot(velocity[0], velocity[1])), abs(velocity[2])))
        while self._told[0][0] < now - REMEMBERED:
            self._told.popleft()

    def check(self, now: float) -> str:
        """Return a reason to stop the base, or '' if there is none."""
        patient = self.patient = self._patience.look(now)
        if not self._connected():
            return "connection lost"
        if self._odometry.fault:
            return self._odometry.fault
        if old := self._odometry.why_old(now, self._watch.odometry_age):
            return "" if patient else old
        why = self._place() or self._fast() or self._elsewhere(now)
        return why or ("" if patient else self._unheard())

    def _elsewhere(self, now: float) -> str:
        if self._pushes:
            self._following.forget()
            return ""
        seen = self._odometry.sample(now)
        at = np.array([seen.pos[0], seen.pos[1], seen.heading])
        return self._following.look(now, self._velocity, at)

    def _fast(self) -> str:
        speeds = self._odometry.speeds()
        if not self._told or speeds is None:
            return ""
        for k, (speed, unit) in enumerate(zip(speeds, ("m/s", "rad/s"), strict=True), 1):
            most = max(row[k] for row in self._told)
            if speed > most + self._watch.overspeed:
                return (
                    f"it moves at {speed:.2f} {unit} and was told {most:.2f} at the most: does"
                    " somebody else drive it, or does its odometry err?"
                )
        return ""

    def _unheard(self) -> str:
        if self._silent <= self._watch.command_age:
            return ""
        topic = self._profile.commands.topic
        return f"nothing that was sent to {topic} arrived for {self._silent:.3f} s"
