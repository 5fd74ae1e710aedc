"""Profiles of robots: small YAML files, shipped by name or of one's own by path, checked when read.

A shipped one is also the example of the format: copy it and change what differs on your robot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast, get_args

from habilis.assets.names import did_you_mean
from habilis.assets.robots.hands.registry import HANDS, make_hand
from habilis.assets.robots.registry import ARMS, robot_spec
from habilis.assets.scene.format.yaml_lines import Item, SceneFileError
from habilis.assets.scene.format.yaml_read import compose, read
from habilis.envs.ros.profiles.base_profile import BaseProfile
from habilis.envs.ros.profiles.profile import (
    CAPS,
    CELL,
    Box,
    Commands,
    JointLimits,
    Profile,
    Style,
    WatchdogLimits,
    check_caps,
)
from habilis.envs.ros.profiles.read_base import read_base
from habilis.envs.ros.profiles.read_gripper import read_gripper, ros_name

FOLDER = Path(__file__).parent
BASES = FOLDER / "bases"
_SLACK = 1e-6
_REQUIRED = {
    "name": "of the profile",
    "joints": "mapping of ROS joint name to its limits, in the order of the habilis robot's joints",
    "states": "topic of the JointState messages",
    "state_rate": "Hz to be expected of it",
    "commands": "style, topic, ...",
    "home": "a joint angle in rad for each joint",
}
_OPTIONAL = (
    "robot", "gripper", "stop", "recovery", "base_frame", "objects", "cameras", "clouds", "watch",
    "workspace", "source", "notes",
)  # fmt: skip
_LIMITS = {
    "lower": "rad", "upper": "rad", "velocity": "rad/s", "acceleration": "rad/s^2",
}  # fmt: skip


class ProfileError(SceneFileError):
    """Raised by a profile that cannot be used: says where, what was found and what is allowed."""


def shipped() -> tuple[str, ...]:
    """Return the names of the profiles of arms and hands that come with the package."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def shipped_bases() -> tuple[str, ...]:
    """Return the names of the profiles of bases that come with the package."""
    return tuple(sorted(path.stem for path in BASES.glob("*.yaml")))


def profile_path(name: str | Path) -> Path:
    """The file of the shipped profile of that name, or a path as it is given.

    Raises:
      ProfileError: no such name; says which there are.
    """
    text, known = str(name), (*shipped(), *shipped_bases())
    if isinstance(name, Path) or "/" in text or text.endswith((".yaml", ".yml")):
        return Path(name)
    if text not in known:
        raise ProfileError(did_you_mean("profile", text, known) + "; or give the path of a file")
    return (FOLDER if text in shipped() else BASES) / f"{text}.yaml"


def load_profile(name: str | Path) -> Profile:
    """The shipped profile of an arm or a hand of that name, or the one in that file.

    Raises:
      ProfileError: there is none, or it is not such a profile; names line, key and what is allowed.
    """
    found = load_any_profile(name)
    if isinstance(found, BaseProfile):
        raise ProfileError(
            f"profile {found.name!r} is of a base that is commanded by velocity, wanted is one of"
            f" joints: {', '.join(shipped())}"
        )
    return found


def load_any_profile(name: str | Path) -> Profile | BaseProfile:
    """The shipped profile of that name, or the one in that file, of joints or of a base.

    Raises:
      ProfileError: there is none, or it is not a profile; names line, key and what is allowed.
    """
    path = profile_path(name)
    try:
        text = read(path, f"shipped profiles: {', '.join((*shipped(), *shipped_bases()))}")
        whole = compose(text, str(path))
        if "base" in whole.entries("a mapping"):
            return read_base(whole)
        return parse_profile(text, str(path))
    except ProfileError:
        raise
    except SceneFileError as error:
        raise ProfileError(str(error)) from error


def parse_profile(text: str, source: str) -> Profile:
    """Reads a profile from YAML text.

    Args:
      text: the YAML.
      source: name of the file, for errors.

    Raises:
      SceneFileError: names line, key and what is allowed.
    """
    top = compose(text, source).record(_REQUIRED, _OPTIONAL, "a mapping")
    robot = _robot(top["robot"]) if "robot" in top else ""
    joints = top["joints"].entries("a mapping of joint name to limits")
    if not joints:
        raise top["joints"].error("expected at least one joint")
    limits = tuple(_joint(item) for item in joints.values())
    _check_robot(robot, top["joints"], list(joints.values()), limits)
    extra: dict[str, Any] = {}
    for key in ("stop", "recovery", "states"):
        if key in top:
            extra[key] = ros_name(top[key])
    for key in ("base_frame", "objects", "source", "notes"):
        if key in top:
            extra[key] = top[key].text().strip()
    for key in ("cameras", "clouds"):
        if key in top:
            named = top[key].entries("a mapping of name to topic")
            extra[key] = tuple((name, ros_name(item)) for name, item in named.items())
    if "gripper" in top:
        extra["gripper"] = read_gripper(top["gripper"])
    if "workspace" in top:
        extra["workspace"] = _workspace(top["workspace"])
    if "watch" in top:
        extra["watch"] = WatchdogLimits(**_watch(top["watch"], WatchdogLimits.__dataclass_fields__))
    made = Profile(
        name=top["name"].name(dashes=True),
        robot=robot,
        joints=tuple(joints),
        limits=limits,
        state_rate=top["state_rate"].number(above=0.0),
        commands=_commands(top["commands"], tuple(joints)),
        home=_home(top["home"], tuple(joints), limits),
        **extra,
    )
    check_caps(made)
    _check_names(top, made)
    return made


def _check_names(top: dict[str, Item], made: Profile) -> None:
    """SceneFileError where two things have one name, or a name could hide what is told of it."""
    for name in made.joints:
        if not name.isprintable() or any(c.isspace() for c in name):
            raise top["joints"].error(f"expected names of joints, got {name!r}")
    if made.gripper is not None and (both := set(made.gripper.joints) & set(made.joints)):
        raise top["gripper"].error(f"{', '.join(sorted(both))} is a joint of the arm")
    topics = [made.states, made.commands.topic, *(t for _, t in (*made.cameras, *made.clouds))]
    topics += [made.commands.reports] if made.commands.reports else []
    if twice := sorted({t for t in topics if topics.count(t) > 1}):
        raise top["commands"].error(f"expected topics of their own, got {twice[0]} twice")


def _robot(item: Item) -> str:
    return item.choice("robot or hand", [*ARMS, *HANDS])


def _joint(item: Item) -> JointLimits:
    got = item.record(_LIMITS, ("effort",), "limits of a joint")
    lower, upper = got["lower"].number(), got["upper"].number()
    if not lower < upper:
        raise got["upper"].error(f"expected more than lower, {lower:g}, got {upper:g}")
    effort = _capped("effort", got["effort"]) if "effort" in got else None
    velocity = _capped("velocity", got["velocity"])
    acceleration = _capped("acceleration", got["acceleration"])
    return JointLimits(lower, upper, velocity, acceleration, effort)


def _check_robot(
    robot: str, whole: Item, items: Sequence[Item], limits: Sequence[JointLimits]
) -> None:
    """SceneFileError where the limits are wider than those of the habilis robot."""
    rows = _own_limits(robot)
    if rows is None:
        return
    names = rows.pop("joints")
    if len(names) != len(limits):
        raise whole.error(
            f"{robot} has {len(names)} joints ({', '.join(names)}), got {len(limits)}"
        )
    for i, (item, got) in enumerate(zip(items, limits, strict=True)):
        for key, row in rows.items():
            value, own = getattr(got, key), row[i]
            wide = value < own - _SLACK if key == "lower" else value > own + _SLACK
            if wide:
                raise item.error(
                    f"{key} {value:g} is wider than the {own:g} of {names[i]} of {robot}"
                )


def _own_limits(robot: str) -> dict[str, Sequence[Any]] | None:
    """Names and limits of a habilis robot or hand; None without one, or where it is not here."""
    if robot in ARMS:
        arm = robot_spec(robot).arm
        return {
            "joints": arm.joints, "lower": arm.lower, "upper": arm.upper,
            "velocity": arm.velocity, "acceleration": arm.acceleration,
        }  # fmt: skip
    if not robot:
        return None
    try:
        hand, _ = make_hand(robot)
    except FileNotFoundError:  # a Menagerie hand, and no copy of the Menagerie
        return None
    return {
        "joints": hand.joints, "lower": hand.lower, "upper": hand.upper, "velocity": hand.velocity,
    }  # fmt: skip


def _commands(item: Item, joints: tuple[str, ...]) -> Commands:
    needed = {"style": f"one of {', '.join(get_args(Style))}", "topic": "where targets go"}
    got = item.record(
        needed, ("rate", "lead", "action", "reports", "order"), "how joints are commanded"
    )
    style = cast(Style, got["style"].choice("style", get_args(Style)))
    extra: dict[str, Any] = {}
    for key in ("rate", "lead"):
        if key in got:
            extra[key] = _capped(key, got[key])
    for key in ("action", "reports"):
        if key in got:
            if style != "trajectory":
                raise got[key].error(f"{key} goes with style trajectory only, this is {style}")
            extra[key] = ros_name(got[key])
    if "order" in got:
        extra["order"] = _order(got["order"], joints)
    return Commands(style, ros_name(got["topic"]), **extra)


def _order(item: Item, joints: tuple[str, ...]) -> tuple[str, ...]:
    entries = item.items("a list of all joints")
    names = tuple(i.choice("joint", joints) for i in entries)
    if sorted(names) != sorted(joints):
        missing = [j for j in joints if j not in names]
        raise item.error(f"expected each joint once; missing: {', '.join(missing)}")
    return names


def _home(item: Item, joints: tuple[str, ...], limits: Sequence[JointLimits]) -> tuple[float, ...]:
    home = item.numbers(len(joints), f"{len(joints)} numbers in rad, one a joint")
    for name, value, limit in zip(joints, home, limits, strict=True):
        if not limit.lower <= value <= limit.upper:
            raise item.error(f"{value:g} of {name} is outside [{limit.lower:g}, {limit.upper:g}]")
    return home


def _watch(item: Item, keys: Iterable[str]) -> dict[str, float]:
    got = item.record({}, tuple(keys), "a mapping")
    return {key: _capped(key, value) for key, value in got.items()}


def _capped(key: str, item: Item) -> float:
    least, most = CAPS[key]
    value = item.number(above=0.0, at_most=most)
    if value < least:
        raise item.error(f"expected at least {least:g}, got {value:g}")
    return value


def _workspace(item: Item) -> Box:
    got = item.record({"lower": "x, y, z in m", "upper": "x, y, z in m"}, (), "a box")
    low, high = (got[k].numbers(3, "x, y, z in m from the base") for k in ("lower", "upper"))
    if not all(-CELL <= a < b <= CELL for a, b in zip(low, high, strict=True)):
        raise item.error(f"expected lower < upper, within {CELL:g} m of the base")
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])
