"""habilis ros profiles: the robots that are known, and what a profile says."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import tyro

from habilis.envs.ros.profiles import load_profile, profile_path, shipped
from habilis.scripts.shared.options import read_options


@dataclasses.dataclass(frozen=True)
class RosProfilesOptions:
    """List the shipped profiles, or print one, to be changed for a robot of your own."""

    name: Annotated[str, tyro.conf.Positional] = ""
    """Print the file of this one."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(RosProfilesOptions, args, prog="habilis ros profiles")
    if options.name:
        print(profile_path(options.name).read_text(encoding="utf-8"), end="")
        return 0
    for name in shipped():
        profile = load_profile(name)
        runs = f"kinematics of {profile.robot}" if profile.robot else "joints only"
        commands = profile.commands
        sent = f"{len(profile.joints)} joints, {commands.style} on {commands.topic}"
        print(f"{name}\n    {sent}; {runs}")
    return 0
