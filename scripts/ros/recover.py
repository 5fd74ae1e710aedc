"""habilis ros recover: end the errors of an arm, or home its gripper."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import tyro

from habilis.envs.ros.profiles.spec import parse
from habilis.envs.ros.robot.recovery import NotRecovered, ask_for, homing_of, recovery_of
from habilis.scripts.shared.confirm import ask
from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import show


@dataclasses.dataclass(frozen=True)
class RosRecoverOptions:
    """End the errors of an arm after a reflex, or home its gripper, where its driver offers that.

    Find out first why the arm stopped, and free it. Nothing is armed: whatever commanded the arm
    stays stopped. The fingers of a gripper that is homed close and open all the way.

    Exit code: 0 done, 1 it was not, 2 the robot has no such action, or no connection.
    """

    robot: Annotated[str, tyro.conf.Positional]
    """PROFILE[@TRANSPORT], e.g. fr3, fr3@ws://192.168.1.5:9090, fr3@rclpy, my_robot.yaml."""
    home_gripper: bool = False
    """Home the gripper, and leave the arm alone."""
    yes: bool = False
    """Do not ask before the fingers move."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(RosRecoverOptions, args, prog="habilis ros recover")
    spec = parse(options.robot)
    asked = (homing_of if options.home_gripper else recovery_of)(spec.profile)
    transport = spec.connect()
    try:
        if options.home_gripper:
            fingers = "the fingers close and open all the way, and drop what they hold; home it?"
            if not (options.yes or ask(fingers)):
                return 1
            ask_for(asked, transport)
            print("the gripper is homed")
        else:
            ask_for(asked, transport)
            print("the arm is recovered; what commanded it stays stopped until it is armed again")
    except NotRecovered as error:
        show(f"NOT DONE: {error}")
        return 1
    finally:
        transport.close()
    return 0
