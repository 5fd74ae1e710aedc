"""Which robot, and how it is reached, in one word: ``ros:[sim:]PROFILE[@TRANSPORT]``."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from habilis.assets.robots.hands.registry import HANDS
from habilis.assets.robots.registry import ARMS, full_name, same_robot
from habilis.assets.scene.things import Scene
from habilis.envs.ros.messages.motion import JOINT_STATE
from habilis.envs.ros.messages.velocity import ODOMETRY
from habilis.envs.ros.motion.simtime import SimTime
from habilis.envs.ros.profiles import ProfileError, load_any_profile
from habilis.envs.ros.profiles.base_profile import BaseProfile
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Transport
from habilis.envs.ros.transports.names import make_transport

SIM = "sim:"
DEFAULT = "rosbridge"
"""A rosbridge server on this machine, at its usual port."""


@dataclasses.dataclass(frozen=True)
class Address:
    """How a robot named on the command line is reached.

    Attributes:
      transport: as ``make_transport`` takes it.
      simulated: whether its time is that of ``/clock``.
    """

    transport: str
    simulated: bool

    def connect(self, timeout: float = 5.0) -> Transport:
        """Return a connected transport.

        Raises:
          Disconnected: there is no connection within ``timeout`` s; the message says what was
            tried.
        """
        transport = make_transport(self.transport)
        transport.connect(timeout)
        return transport

    def _time(
        self, transport: Transport, topic: str, type: str
    ) -> tuple[Callable[[], float], Callable[[float], None]]:
        if not self.simulated:
            return time.monotonic, time.sleep
        clock = SimTime(transport, topic, type)
        clock.wait()
        return clock, clock.sleep


@dataclasses.dataclass(frozen=True)
class RobotAddress(Address):
    """An arm or a hand, with its profile."""

    profile: Profile

    def time(self, transport: Transport) -> tuple[Callable[[], float], Callable[[float], None]]:
        """The clock by which it is driven, s, and what sleeps by that clock.

        Raises:
          TransportError: it is simulated, and ``/clock`` does not tell its time.
        """
        return self._time(transport, self.profile.states, JOINT_STATE)


@dataclasses.dataclass(frozen=True)
class BaseAddress(Address):
    """A base that is commanded by velocity, with its profile."""

    profile: BaseProfile

    def time(self, transport: Transport) -> tuple[Callable[[], float], Callable[[float], None]]:
        """See ``RobotAddress.time``."""
        return self._time(transport, self.profile.odometry.topic, ODOMETRY)


def parse(text: str) -> RobotAddress:
    """Read ``fr3``, ``ros:fr3``, ``ros:my_robot.yaml@ws://192.168.1.5:9090``, ``ros:fr3@rclpy``;
    ``ros:sim:fr3`` of a simulation whose time is that of ``/clock``.

    Raises:
      ValueError: an unknown profile, says which there are; or it is of a base.
    """
    found = parse_any(text)
    if isinstance(found, BaseAddress):
        raise ProfileError(
            f"profile {found.profile.name!r} is of a base that is commanded by velocity: this is"
            " for arms and hands"
        )
    return found


def parse_any(text: str) -> RobotAddress | BaseAddress:
    """The same, of a base too.

    Raises:
      ValueError: an unknown profile; says which there are.
    """
    rest = text.removeprefix("ros:")
    bare = rest.removeprefix(SIM)
    name, _, transport = bare.partition("@")
    if not name:
        raise ValueError(f"a robot is written ros:[{SIM}]PROFILE[@TRANSPORT], got {text!r}")
    profile, reached = load_any_profile(name), (transport or DEFAULT, bare != rest)
    if isinstance(profile, BaseProfile):
        return BaseAddress(*reached, profile)
    return RobotAddress(*reached, profile)


def arm_for(text: str, scene: Scene) -> str:
    """The arm of habilis that takes the place of a scene's, where plans for it run on a robot.

    Args:
      text: names the robot, as of ``parse_any``.
      scene: whose robot it is to stand in for.

    Returns:
      '' where the scene has it already, or a hand or legs; and where the robot is no arm.
    """
    profile = parse_any(text).profile
    fingers = full_name(scene.robot).partition("+")[2] in HANDS
    if not isinstance(profile, Profile) or profile.robot not in ARMS:
        return ""
    if scene.hand != "gripper" or fingers or same_robot(profile.robot, scene.robot):
        return ""
    return profile.robot
