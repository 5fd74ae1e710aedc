"""Which robot, and how it is reached, in one word: ``ros:PROFILE[@TRANSPORT]``."""

from __future__ import annotations

import dataclasses

from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Transport
from habilis.envs.ros.transports.names import make_transport

DEFAULT = "rosbridge"
"""A rosbridge server on this machine, at its usual port."""


@dataclasses.dataclass(frozen=True)
class RobotAddress:
    """A robot named on the command line.

    Attributes:
      profile: of the robot.
      transport: as ``make_transport`` takes it.
    """

    profile: Profile
    transport: str

    def connect(self, timeout: float = 5.0) -> Transport:
        """Return a connected transport.

        Raises:
          Disconnected: there is no connection within ``timeout`` s; the message says what was
            tried.
        """
        transport = make_transport(self.transport)
        transport.connect(timeout)
        return transport


def parse(text: str) -> RobotAddress:
    """Read ``fr3``, ``ros:fr3``, ``ros:my_robot.yaml@ws://192.168.1.5:9090``, ``ros:fr3@rclpy``.

    Raises:
      ValueError: an unknown profile; says which there are.
    """
    rest = text.removeprefix("ros:")
    name, _, transport = rest.partition("@")
    if not name:
        raise ValueError(f"a robot is written ros:PROFILE[@TRANSPORT], got {text!r}")
    return RobotAddress(load_profile(name), transport or DEFAULT)
