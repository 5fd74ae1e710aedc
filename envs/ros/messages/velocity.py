"""ROS messages of a base that is commanded by velocity: Twist, TwistStamped and Odometry."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.fields import MessageError, brief, inner, number, text
from habilis.envs.ros.messages.motion import header, stamp
from habilis.envs.ros.transports.base import Message

TWIST, TWIST_STAMPED = "geometry_msgs/msg/Twist", "geometry_msgs/msg/TwistStamped"
ODOMETRY = "nav_msgs/msg/Odometry"
FLOAT64 = "std_msgs/msg/Float64"


@dataclasses.dataclass(frozen=True)
class OdometryMessage:
    """Where a base is, and how it moves.

    Attributes:
      time: of its stamp, s.
      parent: frame in which the pose is said.
      frame: of the base, in which the velocity is said.
      pos: (3,) m.
      quat: (4,) wxyz.
      velocity: (3,) forward and to the left, m/s, and turning to the left, rad/s.
    """

    time: float
    parent: str
    frame: str
    pos: Array
    quat: Array
    velocity: Array


def twist(velocity: Array) -> dict[str, Any]:
    """A Twist of (3,) forward and to the left, m/s, and turning, rad/s."""
    forward, left, turning = (float(v) for v in velocity)
    return {
        "linear": {"x": forward, "y": left, "z": 0.0},
        "angular": {"x": 0.0, "y": 0.0, "z": turning},
    }


def twist_stamped(velocity: Array, time: float, frame: str) -> dict[str, Any]:
    """A TwistStamped of the same; a time of 0 is no time."""
    return {"header": header(time, frame), "twist": twist(velocity)}


def read_twist(message: Message, where: str = "Twist") -> Array:
    """Forward and to the left, m/s, and turning, rad/s, of a Twist: (3,); may hold NaN."""
    linear, angular = inner(message, "linear", where), inner(message, "angular", where)
    rows = [(linear, "x", "linear"), (linear, "y", "linear"), (angular, "z", "angular")]
    return np.array([number(of, key, f"{where}.{name}") for of, key, name in rows])


def read_velocity(message: Message) -> Array:
    """The same of a Twist or of a TwistStamped."""
    if "twist" in message:
        return read_twist(inner(message, "twist", "TwistStamped"), "TwistStamped.twist")
    return read_twist(message)


def odometry(told: OdometryMessage) -> dict[str, Any]:
    """An Odometry; its covariances are 0, which is unknown."""
    w, x, y, z = (float(v) for v in told.quat)
    px, py, pz = (float(v) for v in told.pos)
    unknown = [0.0] * 36
    return {
        "header": header(told.time, told.parent), "child_frame_id": told.frame,
        "pose": {
            "pose": {
                "position": {"x": px, "y": py, "z": pz},
                "orientation": {"x": x, "y": y, "z": z, "w": w},
            },
            "covariance": unknown,
        },
        "twist": {"twist": twist(told.velocity), "covariance": unknown},
    }  # fmt: skip


def read_odometry(message: Message) -> OdometryMessage:
    """Reads an Odometry, in which every number must be one.

    Raises:
      MessageError: a field is missing or no number; names it.
    """
    where = "Odometry"
    pose = inner(inner(message, "pose", where), "pose", f"{where}.pose")
    at, turn = inner(pose, "position", where), inner(pose, "orientation", where)
    pos = np.array([number(at, k, f"{where}.position") for k in "xyz"])
    quat = np.array([number(turn, k, f"{where}.orientation") for k in "wxyz"])
    moving = inner(inner(message, "twist", where), "twist", f"{where}.twist")
    velocity = read_twist(moving, f"{where}.twist")
    for name, values in (("position", pos), ("orientation", quat), ("twist", velocity)):
        if not np.isfinite(values).all():
            raise MessageError(f"{where}.{name} is not a number: {values.tolist()}")
    if not abs(np.linalg.norm(quat) - 1) < 0.01:
        raise MessageError(f"{where}.orientation: expected length 1, got {brief(turn)}")
    parent = text(inner(message, "header", where), "frame_id", f"{where}.header")
    frame = text(message, "child_frame_id", where)
    return OdometryMessage(stamp(message, where), parent, frame, pos, quat, velocity)
