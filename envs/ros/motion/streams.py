"""How joint targets become messages, in the three styles that drivers take.

``trajectory`` is for ros2_control's JointTrajectoryController. What it accepts, as its sources of
Jazzy and after have it: the names of all its joints in any order; times from start that strictly
increase; positions with velocities, between which it lays cubic splines; a start stamp of zero for
"now"; a velocity of zero at the last point (``allow_nonzero_velocity_at_trajectory_end`` is false).
A newer message replaces the running one at once, interpolated from where the robot is: from the
measured state, or, with ``interpolate_from_desired_state: true``, from what it commanded last. Its
documentation calls that necessary for a trajectory sent over several messages, and so it is here.

So every message is one point at rest, at most ``lead`` seconds after it arrives (see ``resting``).
The other two styles are bare positions.

Every message carries who sent it and its number, where no driver looks: in ``header.frame_id``, or
in the label of a dimension. The topic is listened to as well: one's own messages that come back
have reached the graph, and all others are somebody else's.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.joint_limiter import JointLimiter
from habilis.envs.ros.messages.motion import (
    FLOAT_ARRAY,
    JOINT_STATE,
    JOINT_TRAJECTORY,
    float_array,
    joint_state,
    joint_trajectory,
)
from habilis.envs.ros.motion.course import RestReach
from habilis.envs.ros.motion.resting import RestingMotion, cruising
from habilis.envs.ros.motion.stepped import SteppedMotion
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Message, Transport

MARK = "habilis"
Motion = RestingMotion | SteppedMotion
Foreign = Callable[[str], None]
Back = Callable[[int], None]


class CommandTopic:
    """The topic on which a robot is commanded: written, and listened to.

    Args:
      profile: of the robot.
      transport: to it.
      back: called with the number of each message of ours that comes back.
      foreign: called with what is known of who sent another.

    Attributes:
      name: of this client, unique.
    """

    def __init__(
        self, profile: Profile, transport: Transport, back: Back, foreign: Foreign
    ) -> None:
        self.name = uuid.uuid4().hex[:8]
        self._profile, self._transport = profile, transport
        self._back, self._foreign = back, foreign
        commands = profile.commands
        self._joints = commands.order or profile.joints
        self._places = [profile.joints.index(joint) for joint in self._joints]
        kind = KINDS[commands.style]
        transport.advertise(commands.topic, kind)
        transport.subscribe(commands.topic, kind, self._hear)

    def send(self, number: int, q: Array, lead: float = 0.0) -> None:
        """Publish positions (n,), rad: to be at rest there ``lead`` s after the message arrives,
        where messages have room for that.
        """
        style, mark = self._profile.commands.style, f"{MARK}/{self.name}/{number}"
        row = q[self._places]
        if style == "trajectory":
            message: dict[str, Any] = joint_trajectory(
                self._joints, [lead], row, np.zeros_like(row)
            )
            message["header"]["frame_id"] = mark
        elif style == "joint_state":
            message = joint_state(self._joints, row, frame=mark)
        else:
            message = float_array(row)
            size = len(row)
            message["layout"]["dim"] = [{"label": mark, "size": size, "stride": size}]
        self._transport.publish(self._profile.commands.topic, message)

    def _hear(self, message: Message) -> None:
        who = author(message)
        mark, _, rest = who.partition("/")
        name, _, number = rest.partition("/")
        if mark == MARK and name == self.name and number.isdigit():
            self._back(int(number))
        else:
            self._foreign("another habilis" if mark == MARK else "another node")


KINDS = {
    "trajectory": JOINT_TRAJECTORY, "joint_state": JOINT_STATE, "float_array": FLOAT_ARRAY,
}  # fmt: skip


def author(message: Message) -> str:
    """What a command says of who sent it: the mark of a habilis client, or something else."""
    try:
        if "header" in message:
            return str(message["header"]["frame_id"])
        return str(message["layout"]["dim"][0]["label"])
    except (LookupError, TypeError):
        return ""


def make_limiter(profile: Profile) -> JointLimiter:
    """The last gate before a robot: its limits, less what a way to rest may need of them."""
    lower, upper, velocity, acceleration = _limits(profile)
    if profile.commands.style == "trajectory":
        velocity, acceleration = cruising(velocity, acceleration, profile.commands.lead)
    return JointLimiter(lower, upper, velocity, acceleration)


def _limits(profile: Profile) -> Array:
    """(4, n) lower, upper, velocity and acceleration."""
    rows = [(j.lower, j.upper, j.velocity, j.acceleration) for j in profile.limits]
    return np.array(rows).T


def make_motion(
    profile: Profile, limiter: JointLimiter, topic: CommandTopic, period: float, now: float
) -> Motion:
    """The motion that suits a profile's style."""
    if profile.commands.style == "trajectory":
        limits = _limits(profile)
        reach = RestReach(limits[2], limits[3])
        return RestingMotion(limiter, reach, profile.commands.lead, topic.send, period, now)
    return SteppedMotion(limiter, topic.send, period, now)
