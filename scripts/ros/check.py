"""habilis ros check: what answers, joint by joint: rate, delay, faults; nothing moves."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Annotated, Any

import tyro

from habilis.envs.ros.base.survey import BaseSurvey, survey_base
from habilis.envs.ros.profiles.base_profile import BaseProfile
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.profiles.spec import BaseAddress, parse_any
from habilis.envs.ros.robot.survey import JointRow, Survey, survey
from habilis.envs.ros.tags.file import load_tags
from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import JsonOptions, show


@dataclasses.dataclass(frozen=True)
class RosCheckOptions(JsonOptions):
    """Connect to a robot and report what answers, at what rate, with what delay. Nothing moves.

    Exit code: 0 nothing is in the way of a first motion, 1 something is, 2 bad input or no
    connection.
    """

    robot: Annotated[str, tyro.conf.Positional]
    """PROFILE[@TRANSPORT], e.g. fr3, ur5e@ws://192.168.1.5:9090, fr3@rclpy, my_robot.yaml."""
    seconds: float = 3.0
    """How long to listen."""
    tags: Path | None = None
    """A file of the tags on things: look for them with the profile's cameras, too."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(RosCheckOptions, args, prog="habilis ros check")
    if not options.seconds >= 0.5:
        raise ValueError(f"--seconds must be at least 0.5, got {options.seconds:g}")
    spec = parse_any(options.robot)
    if isinstance(spec, BaseAddress):
        return _check_base(options, spec)
    tags = None if options.tags is None else load_tags(options.tags)
    transport = spec.connect()
    try:
        found = survey(spec.profile, transport, options.seconds, tags)
    finally:
        transport.close()
    if options.json:
        print(json.dumps(_plain(found) | {"transport": transport.name}, indent=1))
    else:
        show("\n".join(report(spec.profile, found, transport.name)))
    return 1 if found.faults else 0


def _check_base(options: RosCheckOptions, spec: BaseAddress) -> int:
    if options.tags is not None:
        raise ValueError(f"profile {spec.profile.name!r} is of a base: --tags is for arms so far")
    transport = spec.connect()
    try:
        found = survey_base(spec.profile, transport, options.seconds)
    finally:
        transport.close()
    if options.json:
        told = {k: None if v != v else v for k, v in dataclasses.asdict(found).items()}
        told["at"] = [None if v != v else v for v in found.at]
        print(json.dumps(told | {"transport": transport.name}, indent=1))
    else:
        show("\n".join(base_report(spec.profile, found, transport.name)))
    return 1 if found.faults else 0


def base_report(profile: BaseProfile, found: BaseSurvey, transport: str) -> list[str]:
    """Format what was found on a base as lines for a person."""
    x, y, z, heading = found.at
    commands, kind = profile.commands, "TwistStamped" if profile.commands.stamped else "Twist"
    (low, high), limits = profile.area, profile.limits
    rows = {
        "at": f"({x:.2f}, {y:.2f}, {z:.2f}) m, facing {math.degrees(heading):.0f} degrees",
        "odometry": f"{found.rate:.1f} Hz on {profile.odometry.topic}, silent for at most"
        f" {found.worst * 1e3:.0f} ms",
        "commands": f"{kind} on {commands.topic} at {commands.rate:g} Hz (not tried)",
        "limits": f"{limits.forward:g} m/s forward, {limits.sideways:g} to the side,"
        f" {limits.turning:g} rad/s",
        "area": f"({low[0]:g}, {low[1]:g}) to ({high[0]:g}, {high[1]:g}) m in {profile.world}",
        "silence": f"when commands cease, the base {found.timeout}",
        "pushing": commands.pushing or "no topic tells the robot what to push and what to step on",
        "stop": profile.stop or "no stop service; a stop brakes it and tells it to stand",
        "things": ", ".join(found.frames) or f"no frame {profile.objects}* on /tf",
        "notes": " ".join(profile.notes.split()),
    }
    lines = [f"{profile.name} over {transport}, heard for {found.seconds:g} s", ""]
    lines += [f"{name:<9} {text}" for name, text in rows.items() if text]
    free = f"nothing is in the way of a first motion: habilis ros jog {profile.name} --dry-run"
    faults = ["in the way of a first motion:", *(f"  {fault}" for fault in found.faults)]
    return [*lines, "", *(faults if found.faults else [free])]


def report(profile: Profile, found: Survey, transport: str) -> list[str]:
    """Format what was found on a robot as lines for a person."""
    limits = dict(zip(profile.joints, profile.limits, strict=True))
    width = max(len(j.name) for j in found.joints)
    lines = [f"{profile.name} over {transport}, heard for {found.seconds:g} s", ""]
    lines += [
        f"{'joint':<{width}}  {'at':>8}  {'limits':>17}  {'Hz':>6}  {'delay ms':>8}  {'gap ms':>6}"
    ]
    for row in found.joints:
        limit = limits.get(row.name)
        bounds = f"{limit.lower:7.3f} .. {limit.upper:6.3f}" if limit else ""
        lines.append(f"{row.name:<{width}}  {_numbers(row, bounds)}  {row.fault or 'ok'}")
    lines += ["", *_rest(profile, found)]
    if found.tagged:
        lines += ["", "things with tags:", *(f"  {line}" for line in found.tagged.values())]
    lines += [""] + (
        ["in the way of a first motion:", *(f"  {f}" for f in found.faults)]
        if found.faults
        else [f"nothing is in the way of a first motion: habilis ros jog {profile.name} --dry-run"]
    )
    return [line.rstrip() for line in lines]


def _numbers(row: JointRow, bounds: str) -> str:
    at = f"{row.position:8.4f}" if math.isfinite(row.position) else f"{'-':>8}"
    delay = f"{row.delay * 1e3:8.1f}" if math.isfinite(row.delay) else f"{'-':>8}"
    worst = f"{row.worst * 1e3:6.1f}" if math.isfinite(row.worst) else f"{'-':>6}"
    return f"{at}  {bounds:>17}  {row.rate:6.1f}  {delay}  {worst}"


def _rest(profile: Profile, found: Survey) -> list[str]:
    commands, gripper = profile.commands, profile.gripper
    sends = f"{commands.style} on {commands.topic} at {commands.rate:g} Hz"
    rows = {"commands": f"{sends} (not tried: it would move)"}
    if commands.action:
        rows["action"] = found.action or f"{commands.action} answers"
    if commands.reports:
        silent = (
            "nothing comes, so that motion is slower: an arm that lags looks like late messages"
        )
        rows["reports"] = f"{commands.reports}: " + (
            f"{found.reports:.0f} Hz" if found.reports else silent
        )
    if gripper is not None:
        names = ", ".join(name for name in (gripper.action, gripper.opens) if name)
        unseen = "" if gripper.joints else "; nothing reports its opening"
        rows["gripper"] = f"{names} (not tried: it would move{unseen})"
    for name, key in ((profile.recovery, "recovery"), (gripper and gripper.homing, "homing")):
        if name:
            silent = found.help.get(name, "")
            rows[key] = f"{name}: nobody answers" if silent else f"{name} answers"
    rows["stop"] = profile.stop or "no stop service; stopping cancels goals and brakes the arm"
    if profile.objects or found.frames:
        rows["things"] = ", ".join(found.frames) or f"no frame {profile.objects}* on /tf"
    if found.others:
        rows["others"] = f"also on {profile.states}: {', '.join(found.others)}"
    if math.isfinite(found.offset) and abs(found.offset) > 0.5:
        rows["clock"] = f"the robot's clock is {found.offset:+.1f} s from this machine's"
    if profile.notes:
        rows["notes"] = " ".join(profile.notes.split())
    return [f"{name:<9} {text}" for name, text in rows.items()]


def _plain(found: Survey) -> dict[str, Any]:
    out = dataclasses.asdict(found) | {"faults": list(found.faults)}
    for joint in out["joints"]:
        for key, value in joint.items():
            if isinstance(value, float) and not math.isfinite(value):
                joint[key] = None
    out["offset"] = None if math.isnan(found.offset) else found.offset
    return out
