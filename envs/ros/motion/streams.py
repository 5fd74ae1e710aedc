"""How joint targets become messages, in the three styles that drivers take.

``trajectory`` is for ros2_control's JointTrajectoryController. What it accepts, as its sources of
Jazzy and after have it: the names of all its joints in any order; times from start that strictly
increase; positions with velocities, between which it lays cubic splines; a start stamp of zero for
"now"; a velocity of zero at the last point (``allow_nonzero_velocity_at_trajectory_end`` is false).
A newer message replaces the running one at once, interpolated from where the robot is: from the
measured state, or, with ``interpolate_from_desired_state: true``, from what it commanded last. Its
documentation calls that necessary for a trajectory sent over several messages, and so it is here:
without it the robot lags more.

So every message holds the next target, due ``LEAD`` periods on, and after it the braking to rest. A
link that breaks, a program that dies, a machine that freezes then end in a controlled stop. The
other two styles are bare positions: a driver holds the last one, and whoever is cut off from it
cannot brake. There the watchdog's thread sends the braking, step by step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.joint_limiter import Tail
from habilis.envs.ros.messages.motion import (
    FLOAT_ARRAY,
    JOINT_STATE,
    JOINT_TRAJECTORY,
    float_array,
    joint_state,
    joint_trajectory,
)
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Message, Transport

LEAD = 2  # periods from a trajectory message to its first point, but no less than
GRID = 1e-7  # s, of the times at which joints come to rest in a message, which holds nanoseconds
LEAST_LEAD = 0.04  # s: how late the next message may be without the robot beginning to brake


class Stream(Protocol):
    """A way to send targets.

    Attributes:
      carries_tail: messages hold the braking to rest, so that nobody else need send it.
    """

    carries_tail: bool

    def send(self, tail: Tail, lead: float) -> None:
        """Send a target and, where the messages carry it, the way to rest.

        Args:
          tail: begins at the target and leads to rest.
          lead: time until the target is due, s.
        """


class TrajectoryStream:
    """``trajectory_msgs/msg/JointTrajectory`` messages."""

    carries_tail = True

    def __init__(self, profile: Profile, transport: Transport) -> None:
        self._joints, self._topic = profile.joints, profile.commands.topic
        self._transport = transport
        transport.advertise(self._topic, JOINT_TRAJECTORY)

    def send(self, tail: Tail, lead: float) -> None:
        """See ``Stream``."""
        self._transport.publish(self._topic, braking_trajectory(self._joints, tail, lead))


class PositionStream:
    """Bare positions: ``joint_state`` or ``float_array`` messages."""

    carries_tail = False

    def __init__(self, profile: Profile, transport: Transport) -> None:
        self._topic, self._transport = profile.commands.topic, transport
        kind, self._message = _POSITIONS[profile.commands.style]
        self._joints = profile.commands.order or profile.joints
        self._places = [profile.joints.index(joint) for joint in self._joints]
        transport.advertise(self._topic, kind)

    def send(self, tail: Tail, lead: float) -> None:
        """See ``Stream``; there is no room for the way to rest."""
        q, _ = tail.at(0.0)
        self._transport.publish(self._topic, self._message(self._joints, q[0, self._places]))


_POSITIONS: dict[str, tuple[str, Callable[[tuple[str, ...], Array], Message]]] = {
    "joint_state": (JOINT_STATE, lambda joints, q: joint_state(joints, q)),
    "float_array": (FLOAT_ARRAY, lambda joints, q: float_array(q)),
}


def make_stream(profile: Profile, transport: Transport) -> Stream:
    """Make the stream of a profile's style, and advertise its topic."""
    if profile.commands.style == "trajectory":
        return TrajectoryStream(profile, transport)
    return PositionStream(profile, transport)


def braking_trajectory(joints: tuple[str, ...], tail: Tail, lead: float) -> dict[str, Any]:
    """A trajectory that is where ``tail`` begins in ``lead`` s, brakes, and ends at rest.

    Between its points every joint has one deceleration, so that cubic splines are exactly it.
    """
    times = [0.0, *tail.times()]
    states = [tail.at(t) for t in times]
    speeds = np.array([v[0] for _, v in states])
    speeds[-1] = 0.0
    return joint_trajectory(
        joints, [lead + t for t in times], np.array([q[0] for q, _ in states]), speeds
    )
