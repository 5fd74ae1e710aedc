"""Where a base is, from odometry of which no message is trusted; see ``ros.motion.states``."""

from __future__ import annotations

import collections
import dataclasses

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.motion import JointStates
from habilis.envs.ros.messages.velocity import read_odometry
from habilis.envs.ros.motion.states import States
from habilis.envs.ros.profiles.base_profile import BaseProfile
from habilis.envs.ros.transports.base import Message
from habilis.envs.world.poses import matrices

NAMES, UNITS = ("x", "y", "heading"), ("m", "m", "rad")
STANDS = (0.05, 0.1)  # m/s, rad/s below which a base stands
LOOKED = 0.5  # s over which a speed is a mean: trunks that walk sway


@dataclasses.dataclass(frozen=True)
class BaseSample:
    """A base, as far as is known.

    Attributes:
      pos: (3,) m, in the frame of the odometry.
      quat: (4,) wxyz.
      heading: rad, without jumps at half turns.
      velocity: (3,) forward and to the left, m/s, and turning, rad/s, as it reports them.
      stamp: s, clock of the robot; 0 where it does not stamp.
      age: s since it was measured, as far as can be told.
    """

    pos: Array
    quat: Array
    heading: float
    velocity: Array
    stamp: float
    age: float


class OdometryStates:
    """The newest good odometry.

    Args:
      profile: of the base.
    """

    def __init__(self, profile: BaseProfile) -> None:
        speeds = profile.limits.speeds
        along = float(np.hypot(speeds[0], speeds[1]))
        fastest = along, along, speeds[2]
        watch, self._frame = profile.watch, profile.odometry.frame
        topic = profile.odometry.topic
        self._states = States(NAMES, topic, watch.odometry_delay, fastest, UNITS)
        self._pose = np.zeros(3), np.array([1.0, 0, 0, 0])
        self._heading = 0.0
        self._way: collections.deque[tuple[float, Array]] = collections.deque()

    def take(self, message: Message, now: float) -> bool:
        """Take a ``nav_msgs/msg/Odometry``; whether it was new and good.

        Args:
          message: as received.
          now: when it arrived, s.
        """
        try:
            told = read_odometry(message)
        except MessageError as error:
            self._states.reject(str(error), now)
            return False
        if told.parent.removeprefix("/") != self._frame.removeprefix("/"):
            self._states.reject(
                f"is in the frame {told.parent!r}, the profile says {self._frame!r}", now
            )
            return False
        turn = matrices(told.quat)
        heading = float(np.arctan2(turn[1, 0], turn[0, 0]))
        heading = self._heading + (heading - self._heading + np.pi) % (2 * np.pi) - np.pi
        where = np.array([told.pos[0], told.pos[1], heading])
        if not self._states.merge(JointStates(told.time, NAMES, where, told.velocity), now):
            return False
        self._pose, self._heading = (told.pos, told.quat), heading
        self._way.append((now, where))
        while self._way[0][0] < now - LOOKED:
            self._way.popleft()
        return True

    @property
    def fault(self) -> str:
        """What was wrong with a message since the last ``forget``, or ''."""
        return self._states.fault

    @property
    def heard(self) -> bool:
        """Whether any good message came."""
        return not self._states.missing()

    def forget(self) -> None:
        """Forget the faults that were dealt with."""
        self._states.forget()
        self._way.clear()

    def stands(self) -> str:
        """What speaks against its standing still; '' if it does."""
        speeds = self.speeds()
        if speeds is None:
            return "it is not known yet whether the base stands"
        if speeds[0] > STANDS[0] or speeds[1] > STANDS[1]:
            return f"the base moves, at {speeds[0]:.2f} m/s and {speeds[1]:.2f} rad/s"
        return ""

    def age(self, now: float) -> float:
        """s since it was measured; inf before the first message."""
        return self._states.age(now)

    def why_old(self, now: float, limit: float) -> str:
        """What is wrong if it is older than ``limit`` s, or ''."""
        return self._states.why_old(now, limit)

    def sample(self, now: float, limit: float = np.inf) -> BaseSample:
        """The newest.

        Raises:
          StaleState: it is older than ``limit`` s; the message says what is wrong.
        """
        got = self._states.sample(now, limit)
        velocity = np.zeros(3) if got.qd is None else got.qd
        return BaseSample(*self._pose, self._heading, velocity, got.stamp, got.age)

    def speeds(self) -> tuple[float, float] | None:
        """m/s in the plane and rad/s, both means over the last ``LOOKED``; None before half of it
        was seen.
        """
        way = list(self._way)
        if len(way) < 2 or way[-1][0] - way[0][0] < 0.5 * LOOKED:
            return None
        took = way[-1][0] - way[0][0]
        by = way[-1][1] - way[0][1]
        return float(np.hypot(by[0], by[1])) / took, abs(float(by[2])) / took
