"""ROS messages of joints, trajectories and actions, as plain dicts: built and read.

Times are s since the epoch of whoever stamped them. What is read is checked: a ``MessageError``
names the field at fault. Joint numbers may be NaN, as drivers publish them; who moves by them
looks for that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.fields import (
    MessageError,
    flag,
    inner,
    messages,
    number,
    numbers,
    some_numbers,
    text,
    texts,
    whole,
)
from habilis.envs.ros.transports.base import Message

JOINT_STATE = "sensor_msgs/msg/JointState"
JOINT_TRAJECTORY = "trajectory_msgs/msg/JointTrajectory"
FLOAT_ARRAY = "std_msgs/msg/Float64MultiArray"
TF = "tf2_msgs/msg/TFMessage"
CLOCK = "rosgraph_msgs/msg/Clock"
BOOL, STRING, INT64 = "std_msgs/msg/Bool", "std_msgs/msg/String", "std_msgs/msg/Int64"
TRIGGER = "std_srvs/srv/Trigger"
CONTROLLER_STATE = "control_msgs/msg/JointTrajectoryControllerState"
FOLLOW = "control_msgs/action/FollowJointTrajectory"
GRIPPER = "control_msgs/action/GripperCommand"

SUCCESSFUL, INVALID_GOAL, INVALID_JOINTS, OLD_HEADER_TIMESTAMP = 0, -1, -2, -3
PATH_TOLERANCE_VIOLATED, GOAL_TOLERANCE_VIOLATED = -4, -5
"""Error codes of the result of FollowJointTrajectory."""

Values = npt.ArrayLike


# ---- time


def ros_time(seconds: float) -> dict[str, int]:
    """A Time or Duration of so many s, which may be negative."""
    sec, nanosec = divmod(round(seconds * 1e9), 1_000_000_000)
    return {"sec": sec, "nanosec": nanosec}


def seconds(time: Message, where: str = "time") -> float:
    """A Time or Duration in s."""
    nanosec = whole(time, "nanosec", where)
    if not 0 <= nanosec < 1_000_000_000:
        raise MessageError(f"{where}.nanosec: expected 0 to 999999999, got {nanosec}")
    return whole(time, "sec", where) + nanosec * 1e-9


def header(time: float = 0.0, frame: str = "") -> dict[str, Any]:
    """A std_msgs/msg/Header."""
    return {"stamp": ros_time(time), "frame_id": frame}


def stamp(message: Message, where: str) -> float:
    """The time in the header of a message, s."""
    return seconds(inner(inner(message, "header", where), "stamp", f"{where}.header"), "stamp")


def clock(time: float) -> dict[str, Any]:
    """A rosgraph_msgs/msg/Clock."""
    return {"clock": ros_time(time)}


# ---- joints


@dataclasses.dataclass(frozen=True)
class JointStates:
    """A JointState of n joints.

    Attributes:
      time: of its stamp, s.
      joints: names.
      q: (n,) rad or m; may hold NaN.
      qd: (n,) rad/s or m/s; None if it does not say.
      effort: (n,) Nm or N; None if it does not say.
    """

    time: float
    joints: tuple[str, ...]
    q: Array
    qd: Array | None = None
    effort: Array | None = None


def joint_state(
    joints: Sequence[str],
    q: Values,
    qd: Values = (),
    effort: Values = (),
    time: float = 0.0,
    frame: str = "",
) -> dict[str, Any]:
    """A JointState; arrays (n,), or empty for what is not known."""
    return {
        "header": header(time, frame), "name": list(joints),
        "position": _list(q), "velocity": _list(qd), "effort": _list(effort),
    }  # fmt: skip


def read_joint_state(message: Message) -> JointStates:
    """Reads a JointState; each of its lists is as long as its names, or empty."""
    where = "JointState"
    joints = texts(message, "name", where)
    q = some_numbers(message, "position", where, len(joints))
    qd = some_numbers(message, "velocity", where, len(joints))
    effort = some_numbers(message, "effort", where, len(joints))
    if q is None:
        q = np.full(len(joints), np.nan)
    return JointStates(stamp(message, where), joints, q, qd, effort)


def float_array(values: Values) -> dict[str, Any]:
    """A Float64MultiArray of one dimension."""
    return {"layout": {"dim": [], "data_offset": 0}, "data": _list(values)}


def read_float_array(message: Message, count: int | None = None) -> Array:
    """Numbers (count,) of a Float64MultiArray."""
    return numbers(message, "data", "Float64MultiArray", count)


# ---- trajectories


@dataclasses.dataclass(frozen=True)
class Point:
    """A JointTrajectoryPoint of n joints.

    Attributes:
      time: from the start, s.
      q: (n,) rad.
      qd: (n,) rad/s; None if it does not say.
      qdd: (n,) rad/s^2; None if it does not say.
      effort: (n,) Nm; None if it does not say.
    """

    time: float
    q: Array
    qd: Array | None = None
    qdd: Array | None = None
    effort: Array | None = None


@dataclasses.dataclass(frozen=True)
class JointTrajectory:
    """A JointTrajectory.

    Attributes:
      joints: names.
      points: in the order of the message.
      time: at which it starts, s; 0: now.
    """

    joints: tuple[str, ...]
    points: tuple[Point, ...]
    time: float = 0.0


def joint_trajectory(
    joints: Sequence[str],
    times: Values,
    q: Values,
    qd: Values | None = None,
    qdd: Values | None = None,
    time: float = 0.0,
) -> dict[str, Any]:
    """A JointTrajectory of m points for n joints.

    Args:
      joints: n names.
      times: (m,) from the start, s.
      q: (m, n) rad.
      qd: (m, n) rad/s.
      qdd: (m, n) rad/s^2.
      time: at which it starts, s; 0: now.
    """
    when = np.asarray(times, float).ravel()
    shape = len(when), len(joints)
    rows = [None if v is None else np.asarray(v, float).reshape(shape) for v in (q, qd, qdd)]
    points = [
        _point(float(t), *(None if row is None else row[i] for row in rows))
        for i, t in enumerate(when)
    ]
    return {"header": header(time), "joint_names": list(joints), "points": points}


def _point(
    time: float, q: Array | None = None, qd: Array | None = None, qdd: Array | None = None
) -> dict[str, Any]:
    return {
        "positions": _list(q), "velocities": _list(qd), "accelerations": _list(qdd), "effort": [],
        "time_from_start": ros_time(time),
    }  # fmt: skip


def read_joint_trajectory(message: Message, where: str = "JointTrajectory") -> JointTrajectory:
    """Reads a JointTrajectory; every list of a point is as long as the names, or empty."""
    joints = texts(message, "joint_names", where)
    points = [
        read_point(p, len(joints), f"{where}.points[{i}]")
        for i, p in enumerate(messages(message, "points", where))
    ]
    return JointTrajectory(joints, tuple(points), stamp(message, where))


def read_point(message: Message, count: int, where: str = "JointTrajectoryPoint") -> Point:
    """Reads a JointTrajectoryPoint of ``count`` joints."""
    return Point(
        seconds(inner(message, "time_from_start", where), f"{where}.time_from_start"),
        numbers(message, "positions", where, count),
        some_numbers(message, "velocities", where, count),
        some_numbers(message, "accelerations", where, count),
        some_numbers(message, "effort", where, count),
    )


def controller_state(
    joints: Sequence[str],
    reference: tuple[Array, Array],
    measured: tuple[Array, Array],
    time: float,
) -> dict[str, Any]:
    """A JointTrajectoryControllerState.

    Args:
      joints: n names.
      reference: positions (n,), rad, and speeds (n,), rad/s, that the controller asks for.
      measured: the same, as they are.
      time: s.
    """
    error = tuple(want - have for want, have in zip(reference, measured, strict=True))
    rows = {"reference": reference, "feedback": measured, "error": error}
    points = {name: _point(0.0, *row) for name, row in rows.items()}
    return {"header": header(time), "joint_names": list(joints), **points}


def read_controller_state(message: Message) -> JointStates:
    """What a controller asks of its joints, read from a JointTrajectoryControllerState."""
    where = "JointTrajectoryControllerState"
    joints = texts(message, "joint_names", where)
    point = read_point(inner(message, "reference", where), len(joints), f"{where}.reference")
    return JointStates(stamp(message, where), joints, point.q, point.qd)


# ---- FollowJointTrajectory


@dataclasses.dataclass(frozen=True)
class FollowGoal:
    """Goal of FollowJointTrajectory.

    Attributes:
      trajectory: to follow.
      path: by joint, rad off the trajectory at which it is aborted; 0: the server's, < 0: none.
      goal: by joint, rad off the last point that still count as reached; likewise.
      goal_time: s it may take longer; 0: the server's, < 0: no end.
    """

    trajectory: JointTrajectory
    path: Mapping[str, float] = dataclasses.field(default_factory=dict)
    goal: Mapping[str, float] = dataclasses.field(default_factory=dict)
    goal_time: float = 0.0


def read_follow_goal(message: Message) -> FollowGoal:
    """Reads the goal of a FollowJointTrajectory."""
    where = "FollowJointTrajectory"
    trajectory = inner(message, "trajectory", where)
    later = message.get("goal_time_tolerance", {"sec": 0, "nanosec": 0})
    return FollowGoal(
        read_joint_trajectory(trajectory, f"{where}.trajectory"),
        _read_tolerances(message, "path_tolerance", where),
        _read_tolerances(message, "goal_tolerance", where),
        seconds(later, f"{where}.goal_time_tolerance"),
    )


def follow_result(code: int = SUCCESSFUL, words: str = "") -> dict[str, Any]:
    """Result of FollowJointTrajectory."""
    return {"error_code": code, "error_string": words}


def follow_feedback(
    joints: Sequence[str], desired: Array, actual: Array, elapsed: float, time: float
) -> dict[str, Any]:
    """Feedback of FollowJointTrajectory; arrays (n,), rad; ``elapsed`` s since the start."""
    return {
        "header": header(time), "joint_names": list(joints),
        "desired": _point(elapsed, desired), "actual": _point(elapsed, actual),
        "error": _point(elapsed, desired - actual),
    }  # fmt: skip


def _read_tolerances(message: Message, key: str, where: str) -> dict[str, float]:
    if key not in message:
        return {}
    out: dict[str, float] = {}
    for i, entry in enumerate(messages(message, key, where)):
        here = f"{where}.{key}[{i}]"
        out[text(entry, "name", here)] = number(entry, "position", here)
    return out


# ---- GripperCommand


@dataclasses.dataclass(frozen=True)
class GripperState:
    """Result or feedback of GripperCommand.

    Attributes:
      position: in the unit of its driver.
      effort: N.
      stalled: it stopped short, at something.
      reached: it is where it should be.
    """

    position: float
    effort: float
    stalled: bool
    reached: bool


def gripper_goal(position: float, max_effort: float) -> dict[str, Any]:
    """Goal of GripperCommand: position in the unit of its driver, effort in N."""
    return {"command": {"position": float(position), "max_effort": float(max_effort)}}


def read_gripper_goal(message: Message) -> tuple[float, float]:
    """Position and greatest effort (N; 0: the driver's) of the goal of a GripperCommand."""
    where = "GripperCommand"
    command = inner(message, "command", where)
    return number(command, "position", where), number(command, "max_effort", where)


def gripper_state(state: GripperState) -> dict[str, Any]:
    """Result or feedback of GripperCommand."""
    return {
        "position": float(state.position), "effort": float(state.effort),
        "stalled": bool(state.stalled), "reached_goal": bool(state.reached),
    }  # fmt: skip


def read_gripper_state(message: Message) -> GripperState:
    """Reads the result or the feedback of a GripperCommand."""
    where = "GripperCommand"
    return GripperState(
        number(message, "position", where), number(message, "effort", where),
        flag(message, "stalled", where), flag(message, "reached_goal", where),
    )  # fmt: skip


# ---- services


def answer(success: bool, words: str) -> dict[str, Any]:
    """Answer of a Trigger service."""
    return {"success": success, "message": words}


def _list(values: Values | None) -> list[float]:
    out: list[float] = [] if values is None else np.asarray(values, float).ravel().tolist()
    return out
