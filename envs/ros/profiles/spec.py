"""Which robot, and how it is reached, in one word: ``ros:[sim:]PROFILE[@TRANSPORT]``."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from habilis.envs.ros.motion.simtime import SimTime
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Transport
from habilis.envs.ros.transports.names import make_transport

SIM = "sim:"
DEFAULT = "rosbridge"
"""A rosbridge server on this machine, at its usual port."""


@dataclasses.dataclass(frozen=True)
class RobotAddress:
    """A robot named on the command line.

    Attributes:
      profile: of the robot.
      transport: as ``make_transport`` takes it.
      simulated: whether its time is that of ``/clock``.
    """

    profile: Profile
    transport: str
    simulated: bool = False

    def connect(self, timeout: float = 5.0) -> Transport:
        """Return a connected transport.

        Raises:
          Disconnected: there is no connection within ``timeout`` s; the message says what was
            tried.
        """
        transport = make_transport(self.transport)
        transport.connect(timeout)
        return transport

    def time(self, transport: Transport) -> tuple[Callable[[], float], Callable[[float], None]]:
        """The clock by which it is driven, s, and what sleeps by that clock.

        Raises:
          TransportError: it is simulated, and ``/clock`` does not tell its time.
        """
        if not self.simulated:
            return time.monotonic, time.sleep
        clock = SimTime(transport, self.profile.states)
        clock.wait()
        return clock, clock.sleep


def parse(text: str) -> RobotAddress:
    """Read ``fr3``, ``ros:fr3``, ``ros:my_robot.yaml@ws://192.168.1.5:9090``, ``ros:fr3@rclpy``;
    ``ros:sim:fr3`` of a simulation whose time is that of ``/clock``.

    Raises:
      ValueError: an unknown profile; says which there are.
    """
    rest = text.removeprefix("ros:")
    bare = rest.removeprefix(SIM)
    name, _, transport = bare.partition("@")
    if not name:
        raise ValueError(f"a robot is written ros:[{SIM}]PROFILE[@TRANSPORT], got {text!r}")
    return RobotAddress(load_profile(name), transport or DEFAULT, bare != rest)
