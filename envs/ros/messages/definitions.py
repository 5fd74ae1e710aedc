"""Definitions of the ROS 2 messages that recordings hold, as an MCAP file carries them."""

from __future__ import annotations

import functools
from pathlib import Path

import yaml

from habilis.assets.names import check_known
from habilis.envs.ros.messages.motion import JOINT_STATE, STRING, TF

__all__ = ["JOINT_STATE", "STRING", "TF", "definition"]


def definition(type: str) -> str:
    """The text of a message type such as ``sensor_msgs/msg/JointState``, with all it consists of.

    The form is ``ros2msg`` of the MCAP registry: each further message after a line of ``=`` and
    one that names it.
    """
    fields = _fields()
    known = [name.replace("/", "/msg/") for name in fields]
    check_known("message type", type, known)
    first = type.replace("/msg/", "/")
    below = dict.fromkeys(_below(first, fields))
    return fields[first] + "".join(f"{'=' * 80}\nMSG: {name}\n{fields[name]}" for name in below)


@functools.cache
def _fields() -> dict[str, str]:
    """Fields of each message, a line each."""
    path = Path(__file__).with_name("definitions.yaml")
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def _below(name: str, fields: dict[str, str]) -> list[str]:
    """The messages that a message consists of, and those that these do."""
    kinds = [line.split()[0].removesuffix("[]") for line in fields[name].splitlines()]
    direct = [kind for kind in kinds if kind in fields]
    return [*direct, *(deeper for part in direct for deeper in _below(part, fields))]
