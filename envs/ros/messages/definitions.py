"""Definitions of the ROS 2 messages that recordings hold, as an MCAP file carries them."""

from __future__ import annotations

from habilis.assets.names import did_you_mean
from habilis.envs.ros.messages.motion import JOINT_STATE, STRING, TF

__all__ = ["JOINT_STATE", "STRING", "TF", "definition"]

# Fields of each message, and which messages those fields are of.
_FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "builtin_interfaces/Time": ("int32 sec\nuint32 nanosec", ()),
    "std_msgs/Header": (
        "builtin_interfaces/Time stamp\nstring frame_id",
        ("builtin_interfaces/Time",),
    ),
    "std_msgs/String": ("string data", ()),
    "sensor_msgs/JointState": (
        "std_msgs/Header header\nstring[] name\nfloat64[] position\nfloat64[] velocity\n"
        "float64[] effort",
        ("std_msgs/Header",),
    ),
    "geometry_msgs/Vector3": ("float64 x\nfloat64 y\nfloat64 z", ()),
    "geometry_msgs/Quaternion": ("float64 x 0\nfloat64 y 0\nfloat64 z 0\nfloat64 w 1", ()),
    "geometry_msgs/Transform": (
        "geometry_msgs/Vector3 translation\ngeometry_msgs/Quaternion rotation",
        ("geometry_msgs/Vector3", "geometry_msgs/Quaternion"),
    ),
    "geometry_msgs/TransformStamped": (
        "std_msgs/Header header\nstring child_frame_id\ngeometry_msgs/Transform transform",
        ("std_msgs/Header", "geometry_msgs/Transform"),
    ),
    "tf2_msgs/TFMessage": (
        "geometry_msgs/TransformStamped[] transforms",
        ("geometry_msgs/TransformStamped",),
    ),
}


def definition(type: str) -> str:
    """The text of a message type such as ``sensor_msgs/msg/JointState``, with all it consists of.

    The form is ``ros2msg`` of the MCAP registry: each further message after a line of ``=`` and
    one that names it.
    """
    known = [name.replace("/", "/msg/") for name in _FIELDS]
    if type not in known:
        raise ValueError(did_you_mean("message type", type, known))
    first = type.replace("/msg/", "/")
    parts = [
        f"{'=' * 80}\nMSG: {name}\n{_FIELDS[name][0]}" for name in dict.fromkeys(_below(first))
    ]
    return "\n".join([_FIELDS[first][0], *parts]) + "\n"


def _below(name: str) -> list[str]:
    direct = _FIELDS[name][1]
    return [*direct, *(deeper for part in direct for deeper in _below(part))]
