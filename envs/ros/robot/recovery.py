"""What brings a robot back that refuses to move: recovery of the arm, homing of the gripper."""

from __future__ import annotations

import dataclasses

from habilis.envs.ros.messages.fields import MessageError, flag
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import GoalStatus, Transport

ERROR_RECOVERY, HOMING = "franka_msgs/action/ErrorRecovery", "franka_msgs/action/Homing"
RECOVERED, HOMED = 10.0, 20.0  # s that they may take; homing took 5 to 8


class NotRecovered(RuntimeError):
    """Raised where a robot did not do what it was asked for: says what it answered."""


@dataclasses.dataclass(frozen=True)
class Help:
    """An action of a robot's driver that takes an empty goal.

    Attributes:
      action: its name.
      type: of it.
      seconds: that it may take.
    """

    action: str
    type: str
    seconds: float


def recovery_of(profile: Profile) -> Help:
    """What ends the errors of an arm after a reflex; ValueError if the profile names nothing."""
    if not profile.recovery:
        raise ValueError(
            f"profile {profile.name!r} names no action that recovers the arm from errors (recovery,"
            f" a {ERROR_RECOVERY}): recover it at its pendant or by its driver"
        )
    return Help(profile.recovery, ERROR_RECOVERY, RECOVERED)


def homing_of(profile: Profile) -> Help:
    """What has a gripper find out how far it opens, by going all the way; ValueError as above."""
    gripper = profile.gripper
    if gripper is None or not gripper.homing:
        raise ValueError(
            f"profile {profile.name!r} names no action that homes the gripper (gripper: homing, a"
            f" {HOMING})"
        )
    return Help(gripper.homing, HOMING, HOMED)


def ask_for(asked: Help, transport: Transport) -> None:
    """Have a driver help, and wait for the end; whoever interrupts this cancels it.

    Args:
      asked: what the driver is asked for.
      transport: connected.

    Raises:
      NotRecovered: nobody answers, or the driver says that it failed.
    """
    action, type, seconds = asked.action, asked.type, asked.seconds
    goal = transport.send_goal(action, type, {})
    try:
        end = goal.wait(seconds)
    finally:
        if not goal.status.over:
            goal.cancel()
    if end is None:
        raise NotRecovered(f"{action} did not end within {seconds:g} s; does its driver run?")
    try:
        done = flag(end.result, "success", type) if "success" in end.result else True
    except MessageError as error:
        raise NotRecovered(f"{action}: {error}") from error
    if end.status is not GoalStatus.SUCCEEDED or not done:
        why = end.error or str(end.result.get("error", "")) or "no reason given"
        status = "failed" if end.status is GoalStatus.SUCCEEDED else end.status.name.lower()
        raise NotRecovered(f"{action}: {status}: {why}")
