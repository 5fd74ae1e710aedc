"""habilis robots list: the robots that come with the package, and how others are named."""

from __future__ import annotations

import dataclasses

from habilis.assets.robots.loaded.named import LEGGED
from habilis.assets.robots.registry import robot_names, robot_spec
from habilis.assets.robots.spec import RobotSpec
from habilis.scripts.shared.options import read_options


@dataclasses.dataclass(frozen=True)
class RobotsListOptions:
    """List the robots that come with the package."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    read_options(RobotsListOptions, args, prog="habilis robots list")
    names = (*robot_names(), *LEGGED)
    width = max(map(len, names))
    for name in names:
        print(f"{name:<{width}}  {about(robot_spec(name))}")
    print("\nmenagerie:FOLDER[+EFFECTOR] and file:MODEL[+EFFECTOR] are robots too: docs/robots.md")
    return 0


def about(robot: RobotSpec) -> str:
    """A line about a robot."""
    joints = sum(len(limb.joints) for limb in robot.limbs)
    if robot.legs is not None:
        return f"walks on {len(robot.limbs)} legs of {joints // len(robot.limbs)} joints, no hand"
    effector = robot.effector
    arm = f"{joints} arm joints" if joints else "no arm"
    return f"{arm}, {effector.kind} that opens {effector.widest * 1e3:.0f} mm"
