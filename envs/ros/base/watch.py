"""Looks every few milliseconds whether a base is there, where it may be, and as fast as told."""

from __future__ import annotations

import collections
from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.base.heeding import HeedingBase
from habilis.envs.ros.base.odometry import OdometryStates
from habilis.envs.ros.motion.watchdog import Patience
from habilis.envs.ros.profiles.base_profile import BaseProfile

OFTEN = 0.02  # s between two velocities that are remembered
REMEMBERED = 1.2  # s for which what was told may still show in how fast it moves


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
