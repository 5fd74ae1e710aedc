"""Goals and results of grippers of any kind: openings in m to messages, and back."""

from __future__ import annotations

import math
from typing import Any

from habilis.envs.ros.messages.fields import MessageError, flag, inner, number, numbers, texts
from habilis.envs.ros.messages.motion import (
    GRIPPER,
    GripperState,
    gripper_goal,
    gripper_state,
    joint_state,
    read_gripper_goal,
    read_gripper_state,
)
from habilis.envs.ros.profiles.profile import Gripper
from habilis.envs.ros.transports.base import Message

PARALLEL = "control_msgs/action/ParallelGripperCommand"
MOVE, GRASP = "franka_msgs/action/Move", "franka_msgs/action/Grasp"
FRANKA_SPEED = 0.1  # m/s
ANY_WIDTH = 0.1  # m: whatever the fingers stop at counts as grasped


def grip_actions(gripper: Gripper) -> dict[str, str]:
    """The actions of a gripper that are sent goals, each with its type."""
    if gripper.kind == "franka":
        return {f"{gripper.action}/move": MOVE, f"{gripper.action}/grasp": GRASP}
    return {gripper.action: PARALLEL if gripper.kind == "parallel" else GRIPPER}


def grip_goal(
    gripper: Gripper, aperture: float, effort: float, closing: bool
) -> tuple[str, str, dict[str, Any]]:
    """Action, its type, and the goal that brings a gripper to an opening.

    Args:
      gripper: of the profile.
      aperture: to go to, m.
      effort: to press with at most, N.
      closing: whether that is less than now; the Franka Hand then grasps with force.
    """
    if gripper.kind == "franka":
        goal: dict[str, Any] = {"width": float(aperture), "speed": FRANKA_SPEED}
        if not closing:
            return f"{gripper.action}/move", MOVE, goal
        goal |= {"force": float(effort), "epsilon": {"inner": ANY_WIDTH, "outer": ANY_WIDTH}}
        return f"{gripper.action}/grasp", GRASP, goal
    position = gripper.position_at(aperture)
    if gripper.kind == "parallel":
        state = joint_state(gripper.joints[:1], [position], (), [effort])
        return gripper.action, PARALLEL, {"command": state}
    return gripper.action, GRIPPER, gripper_goal(position, effort)


def read_grip_goal(gripper: Gripper, message: Message) -> float:
    """The opening, m, that a goal asks for; MessageError if it cannot be read or is no number."""
    if gripper.kind == "franka":
        aperture = number(message, "width", "franka_msgs")
    elif gripper.kind == "parallel":
        command = inner(message, "command", "ParallelGripperCommand")
        names = texts(command, "name", "ParallelGripperCommand.command")
        if names != gripper.joints[:1]:
            raise MessageError(f"expected the joint {gripper.joints[0]}, got {', '.join(names)}")
        positions = numbers(command, "position", "ParallelGripperCommand.command", 1)
        aperture = gripper.aperture_at(float(positions[0]))
    else:
        aperture = gripper.aperture_at(read_gripper_goal(message)[0])
    if not math.isfinite(aperture):
        raise MessageError(f"position must be finite, got {aperture}")
    return aperture


def grip_state(gripper: Gripper, state: GripperState, over: bool) -> dict[str, Any]:
    """Feedback, or if it is over the result, that tells how a gripper stands."""
    if gripper.kind == "franka":
        width = {"current_width": gripper.aperture_at(state.position)}
        return {"success": state.reached or state.stalled, "error": ""} if over else width
    if gripper.kind == "parallel":
        now = joint_state(gripper.joints[:1], [state.position], (), [state.effort])
        return {"state": now, "stalled": bool(state.stalled), "reached_goal": bool(state.reached)}
    return gripper_state(state)


def read_grip_result(gripper: Gripper, message: Message) -> GripperState:
    """How a gripper stands by the result of a goal; NaN for what its kind does not tell."""
    if gripper.kind == "franka":
        return GripperState(math.nan, math.nan, False, flag(message, "success", "franka_msgs"))
    if gripper.kind == "parallel":
        where = "ParallelGripperCommand"
        state = inner(message, "state", where)
        position = numbers(state, "position", f"{where}.state", 1)
        effort = numbers(state, "effort", f"{where}.state")
        return GripperState(
            float(position[0]), float(effort[0]) if len(effort) else math.nan,
            flag(message, "stalled", where), flag(message, "reached_goal", where),
        )  # fmt: skip
    return read_gripper_state(message)
