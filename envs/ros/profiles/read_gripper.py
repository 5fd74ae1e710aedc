"""The gripper of a profile, as its file describes it: behind an action, or switched."""

from __future__ import annotations

import re
from typing import Any, cast, get_args

from habilis.assets.scene.format.yaml_lines import Item
from habilis.envs.ros.profiles.profile import ON_OFF, Gripper, GripperKind

_NAME = re.compile(r"(~/|/)?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")
WIDEST, HARDEST = 1.0, 1000.0
"""m that any gripper opens, N that any presses with."""
LONGEST = 10.0  # s that a gripper which is switched may take
_ACTION = {"action": "its name", "joints": "list of joints that report the opening"}
_NAMES = {
    "set_bool": {"service": "a std_srvs/srv/SetBool that closes and opens"},
    "trigger": {
        "close": "a std_srvs/srv/Trigger that closes", "open": "a std_srvs/srv/Trigger that opens",
    },
    "bool": {"topic": "a std_msgs/msg/Bool that closes and opens"},
}  # fmt: skip
_MAPPING = ("offset", "scale", "aperture", "max_effort")


def read_gripper(item: Item) -> Gripper:
    """Reads a gripper.

    Args:
      item: a mapping with the keys of its kind.

    Raises:
      SceneFileError: names line, key and what is allowed.
    """
    kind: GripperKind = "gripper_command"
    if "kind" in (every := item.entries("a gripper")):
        kind = cast(GripperKind, every["kind"].choice("kind of gripper", get_args(GripperKind)))
    extra: dict[str, Any]
    if kind in ON_OFF:
        switched = () if kind == "trigger" else ("closed_is",)
        keys = ("kind", "joints", *_MAPPING, "takes", *switched)
        got = item.record(_NAMES[kind], keys, f"a gripper of kind {kind}")
        action, *more = (ros_name(got[key]) for key in _NAMES[kind])
        extra = {"opens": more[0]} if more else {}
        if "closed_is" in got:
            extra["closed_is"] = got["closed_is"].flag()
        if "takes" in got:
            extra["takes"] = got["takes"].number(above=0.0, at_most=LONGEST)
    else:
        keys = ("kind", *_MAPPING, "position", "homing")
        got = item.record(_ACTION, keys, f"a gripper of kind {kind}")
        action, extra = ros_name(got["action"]), {}
        if "homing" in got:
            extra["homing"] = ros_name(got["homing"])
    extra |= _mapping(got)
    return Gripper(action, _joints(got), kind, **extra)


def ros_name(item: Item) -> str:
    """A name of the graph; SceneFileError if it cannot be one."""
    text = item.text()
    if not _NAME.fullmatch(text):
        raise item.error(f"expected a ROS name such as /joint_states, got {text!r}")
    return text


def _joints(got: dict[str, Item]) -> tuple[str, ...]:
    """Those that report the opening; only a gripper that is switched may leave them out."""
    if "joints" not in got:
        return ()
    joints = tuple(i.text() for i in got["joints"].items("a list of joint names"))
    if not joints or len(set(joints)) < len(joints):
        raise got["joints"].error("expected at least one joint, and each once")
    return joints


def _mapping(got: dict[str, Item]) -> dict[str, Any]:
    """How what is reported goes with the opening, and how far and hard it goes."""
    extra: dict[str, Any] = {"position": got["position"].number()} if "position" in got else {}
    for key, most in (("offset", WIDEST), ("scale", 10.0)):
        if key in got:
            extra[key] = got[key].number(at_least=-most, at_most=most)
    for key in ("scale", "position"):
        if extra.get(key) == 0:
            raise got[key].error("expected a number other than 0")
    if "max_effort" in got:
        extra["max_effort"] = got["max_effort"].number(above=0.0, at_most=HARDEST)
    if "aperture" in got:
        low, high = extra["aperture"] = got["aperture"].interval("in m")
        if not 0 <= low < high <= WIDEST:
            raise got["aperture"].error(f"expected 0 or more to {WIDEST:g} m at most")
    return extra
