"""habilis ros stop: stop a robot from a second terminal, whoever commands it."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import tyro

from habilis.envs.ros.base.stopping import BaseStopper
from habilis.envs.ros.profiles.spec import BaseAddress, parse_any
from habilis.envs.ros.robot.stopping import Stopper
from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import show


@dataclasses.dataclass(frozen=True)
class RosStopOptions:
    """Stop a robot, whoever commands it, and see that it comes to rest.

    Every habilis that commands it stops and stays stopped, goals are cancelled, the profile's stop
    service is called; a controller that moves on is told to hold, a base to stand. It does not
    replace an emergency stop: a node that goes on sending commands will move the robot again.

    Exit code: 0 it stands still, 1 it does not or nothing is heard of it, 2 no connection.
    """

    robot: Annotated[str, tyro.conf.Positional]
    """PROFILE[@TRANSPORT], e.g. fr3, ur5e@ws://192.168.1.5:9090, fr3@rclpy, my_robot.yaml."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(RosStopOptions, args, prog="habilis ros stop")
    spec = parse_any(options.robot)
    transport = spec.connect()
    try:
        if isinstance(spec, BaseAddress):
            report = BaseStopper(spec.profile, transport).stop("habilis ros stop")
        else:
            report = Stopper(spec.profile, transport).stop("habilis ros stop")
    finally:
        transport.close()
    for line in report.trouble:
        show(line)
    if report.ok:
        print(f"it stands still {report.rest:.2f} s after it was asked to stop")
        return 0
    print("NOT STOPPED: use the emergency stop")
    return 1
