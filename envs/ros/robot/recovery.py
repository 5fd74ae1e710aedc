"""What brings a robot back that refuses to move: recovery of the arm, homing of the gripper."""

from __future__ import annotations

from habilis.envs.ros.messages.fields import MessageError, flag
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import GoalStatus, Transport

ERROR_RECOVERY, HOMING = "franka_msgs/action/ErrorRecovery", "franka_msgs/action/Homing"
RECOVERED, HOMED = 10.0, 20.0  # s that they may take; homing took 5 to 8


class NotRecovered(RuntimeError):
    """Raised where a robot did not do what it was asked for: says what it answered."""


def recover_arm(profile: Profile, transport: Transport, seconds: float = RECOVERED) -> None:
    """Have the driver end the errors of the arm, after a reflex; nothing moves.

    Args:
      profile: of the robot.
      transport: connected.
      seconds: that it may take.

    Raises:
      ValueError: the profile names no such action.
      NotRecovered: nobody answers, or the driver says that it failed.
    """
    if not profile.recovery:
        raise ValueError(
            f"profile {profile.name!r} names no action that recovers the arm from errors (recovery,"
            " a franka_msgs/action/ErrorRecovery): recover it at its pendant or by its driver"
        )
    _run(transport, profile.recovery, ERROR_RECOVERY, seconds)


def home_gripper(profile: Profile, transport: Transport, seconds: float = HOMED) -> None:
    """Have a gripper find out how far it opens; its fingers move all the way.

    Args:
      profile: of the robot.
      transport: connected.
      seconds: that it may take.

    Raises:
      ValueError: the profile names no such action.
      NotRecovered: nobody answers, or the driver says that it failed.
    """
    _run(transport, homing_of(profile), HOMING, seconds)


def homing_of(profile: Profile) -> str:
    """The action that homes the gripper of a profile; ValueError if it names none."""
    gripper = profile.gripper
    if gripper is None or not gripper.homing:
        raise ValueError(
            f"profile {profile.name!r} names no action that homes the gripper (gripper: homing, a"
            " franka_msgs/action/Homing)"
        )
    return gripper.homing


def _run(transport: Transport, action: str, type: str, seconds: float) -> None:
    """Send an empty goal and wait for its end; whoever interrupts this cancels it."""
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
