"""The profile of a base, as its file describes it."""

from __future__ import annotations

from typing import Any

from habilis.assets.robots.loaded.named import LEGGED, walks
from habilis.assets.robots.registry import robot_spec
from habilis.assets.scene.format.yaml_lines import Item
from habilis.envs.ros.profiles.base_profile import (
    BASE_CAPS,
    BaseLimits,
    BaseProfile,
    BaseWatch,
    OdometrySource,
    Rectangle,
    VelocityCommands,
    check_base_caps,
)
from habilis.envs.ros.profiles.read_gripper import ros_name

_TOP = {"name": "of the profile", "base": "how it is commanded and where it may be"}
_MORE = ("robot", "joints", "states", "stop", "objects", "source", "notes")
_BASE = {
    "topic": "of the velocity commands", "odometry": "topic of the nav_msgs/msg/Odometry",
    "odometry_rate": "Hz to be expected of it",
    "timeout": "s without a command after which the driver stops by itself",
    "limits": "speeds and accelerations", "area": "rectangle that it never leaves",
}  # fmt: skip
_BASE_MORE = (
    "stamped", "rate", "pushing", "odometry_frame", "frame", "world", "planar", "keep_out", "watch",
)  # fmt: skip


def read_base(whole: Item) -> BaseProfile:
    """Reads the profile of a base.

    Args:
      whole: the file.

    Raises:
      SceneFileError: names line, key and what is allowed.
    """
    top = whole.record(_TOP, _MORE, "a mapping")
    base = top["base"].record(_BASE, _BASE_MORE, "how a base is commanded")
    robot = _walker(top["robot"]) if "robot" in top else ""
    extra: dict[str, Any] = {}
    if "joints" in top:
        extra["joints"] = _joints(top["joints"], robot)
        extra["states"] = "/joint_states"
    for key in ("states", "stop"):
        if key in top:
            extra[key] = ros_name(top[key])
    for key in ("objects", "source", "notes"):
        if key in top:
            extra[key] = top[key].text().strip()
    frame = base["odometry_frame"].text() if "odometry_frame" in base else "odom"
    extra["world"] = base["world"].text() if "world" in base else frame
    if "frame" in base:
        extra["base_frame"] = base["frame"].text()
    if "keep_out" in base:
        extra["keep_out"] = tuple(_rectangle(item) for item in base["keep_out"].items("rectangles"))
    if "watch" in base:
        got = base["watch"].record({}, tuple(BaseWatch.__dataclass_fields__), "a mapping")
        extra["watch"] = BaseWatch(**{key: _capped(key, item) for key, item in got.items()})
    made = BaseProfile(
        top["name"].name(dashes=True),
        robot,
        _commands(base),
        OdometrySource(
            ros_name(base["odometry"]),
            base["odometry_rate"].number(above=0.0),
            frame,
            base["planar"].flag() if "planar" in base else False,
        ),
        _limits(base["limits"]),
        _rectangle(base["area"]),
        **extra,
    )
    try:
        check_base_caps(made)
    except ValueError as error:
        raise top["base"].error(str(error)) from error
    return made


def _commands(base: dict[str, Item]) -> VelocityCommands:
    extra: dict[str, Any] = {}
    if "stamped" in base:
        extra["stamped"] = base["stamped"].flag()
    if "rate" in base:
        extra["rate"] = _capped("rate", base["rate"])
    if "pushing" in base:
        extra["pushing"] = ros_name(base["pushing"])
    timeout = _capped("timeout", base["timeout"])
    return VelocityCommands(ros_name(base["topic"]), timeout=timeout, **extra)


def _limits(item: Item) -> BaseLimits:
    names = tuple(BaseLimits.__dataclass_fields__)
    needed = {name: "m/s, rad/s, m/s^2 or rad/s^2" for name in names if name != "sideways"}
    got = item.record(needed, ("sideways",), "limits of a base")
    sideways = 0.0
    if "sideways" in got:
        sideways = got["sideways"].number(at_least=0.0, at_most=BASE_CAPS["sideways"][1])
    rows = {name: _capped(name, got[name]) for name in needed}
    return BaseLimits(sideways=sideways, **rows)


def _capped(key: str, item: Item) -> float:
    low, high = BASE_CAPS[key]
    return (
        item.number(above=low, at_most=high)
        if low == 0
        else item.number(at_least=low, at_most=high)
    )


def _rectangle(item: Item) -> Rectangle:
    got = item.record({"lower": "x, y in m", "upper": "x, y in m"}, (), "a rectangle")
    low, high = (got[key].numbers(2, "x, y in m") for key in ("lower", "upper"))
    return (low[0], low[1]), (high[0], high[1])


def _walker(item: Item) -> str:
    """Name of a robot on legs, also of one that is read from a file."""
    return name if walks(name := item.text()) else item.choice("robot on legs", list(LEGGED))


def _joints(item: Item, robot: str) -> tuple[str, ...]:
    names = tuple(one.text() for one in item.items("names of joints"))
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise item.error(f"{twice[0]} is named twice")
    if not robot:
        raise item.error("joints are those of a habilis robot's legs, and there is no 'robot'")
    own = robot_spec(robot).joints
    if len(own) != len(names):
        raise item.error(f"{robot} has {len(own)} joints ({', '.join(own)}), got {len(names)}")
    return names
