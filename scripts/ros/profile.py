"""habilis ros profile: the robots that are known, what a profile says, or one from the robot."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro

from habilis.envs.ros.profiles import (
    load_any_profile,
    load_profile,
    parse_profile,
    profile_path,
    shipped,
    shipped_bases,
)
from habilis.envs.ros.transports.names import make_transport
from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import show


@dataclasses.dataclass(frozen=True)
class RosProfileOptions:
    """List the shipped profiles, print one to be changed, or have a robot write its own.

    With --from-robot a profile is written from the robot's /robot_description (URDF), its
    controllers and cameras, as far as it tells of them. Nothing moves. What it cannot know stands
    in the profile's notes and is printed. Exit code: 0 done, 2 bad input, no connection, or no
    description.
    """

    name: Annotated[str, tyro.conf.Positional] = ""
    """Print the file of this one."""
    from_robot: str = ""
    """How the robot is reached: the address of a rosbridge server, or rclpy."""
    robot: str = ""
    """With --from-robot: the habilis robot that it is, e.g. ur5e: plans can then run, and its
    limits are kept to."""
    namespace: str = ""
    """With --from-robot: of the robot's description and controllers, e.g. /cell."""
    states: str = ""
    """With --from-robot: topic of the joint states; joint_states in the namespace if left out."""
    seconds: float = 3.0
    """With --from-robot: how long to listen."""
    out: Path = Path("my_robot.yaml")
    """With --from-robot: where the profile is written; a file that exists is not overwritten."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(RosProfileOptions, args, prog="habilis ros profile")
    if options.from_robot:
        _write(options)
    elif options.name:
        print(profile_path(options.name).read_text(encoding="utf-8"), end="")
    else:
        _list()
    return 0


def _list() -> None:
    for name in shipped():
        profile = load_profile(name)
        runs = f"kinematics of {profile.robot}" if profile.robot else "joints only"
        commands = profile.commands
        sent = f"{len(profile.joints)} joints, {commands.style} on {commands.topic}"
        print(f"{name}\n    {sent}; {runs}")
    for name in shipped_bases():
        topic = load_any_profile(name).commands.topic
        print(f"{name}\n    a base, velocities on {topic}")


def _write(o: RosProfileOptions) -> None:
    from habilis.envs.ros.profiles.from_robot import listen, profile_text

    if o.out.exists():
        raise ValueError(f"--out {o.out} exists already")
    if not o.seconds >= 0.5:
        raise ValueError(f"--seconds must be at least 0.5, got {o.seconds:g}")
    space = f"/{o.namespace.strip('/')}" if o.namespace.strip("/") else ""
    states = o.states or f"{space}/joint_states"
    transport = make_transport(o.from_robot)
    transport.connect()
    try:
        heard = listen(transport, states, o.seconds, space)
    finally:
        transport.close()
    text = profile_text(heard, states, o.robot)
    made = parse_profile(text, str(o.out))  # what is written can be read
    o.out.write_text(text, encoding="utf-8")
    show(f"{made.name}: {len(made.joints)} joints, {made.commands.topic}; written to {o.out}")
    show(made.notes)
    print(f"next: habilis ros check {o.out}@{o.from_robot}")
