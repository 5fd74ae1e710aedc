"""Openings as goals of grippers of any kind, and back."""

from __future__ import annotations

import dataclasses
import math

import pytest

from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.grips import (
    grip_actions,
    grip_goal,
    grip_state,
    read_grip_goal,
    read_grip_result,
)
from habilis.envs.ros.messages.motion import GripperState
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.profiles.profile import Gripper

ROBOTIQ = load_profile("ur5e_robotiq").gripper
FINGERS = load_profile("fr3").gripper
XARM = load_profile("xarm7").gripper
assert ROBOTIQ is not None and FINGERS is not None and XARM is not None
KINDS = (
    ROBOTIQ, FINGERS, dataclasses.replace(ROBOTIQ, kind="parallel"),
    dataclasses.replace(FINGERS, kind="franka", action="/fr3_gripper"),
    XARM,
)  # fmt: skip


@pytest.mark.parametrize("gripper", KINDS, ids=lambda g: f"{g.kind} {g.action}")
def test_the_opening_that_is_asked_for_is_the_one_that_is_read(gripper: Gripper) -> None:
    for closing in (False, True):
        action, kind, goal = grip_goal(gripper, 0.03, 20.0, closing)
        assert grip_actions(gripper)[action] == kind
        assert read_grip_goal(gripper, goal) == pytest.approx(0.03)
    state = GripperState(gripper.position_at(0.02), 5.0, stalled=True, reached=False)
    told = read_grip_result(gripper, grip_state(gripper, state, over=True))
    if gripper.kind == "franka":
        assert told.reached and math.isnan(told.position)
    else:
        assert told == state


def test_a_joint_that_closes_is_0_where_it_is_open() -> None:
    assert ROBOTIQ is not None
    assert ROBOTIQ.position_at(0.085) == pytest.approx(0.0)
    assert ROBOTIQ.position_at(0.0) == pytest.approx(0.8, abs=1e-5)
    assert XARM is not None and XARM.position_at(0.085) == pytest.approx(0.0)
    assert XARM.position_at(0.0) == pytest.approx(0.85) == pytest.approx(-XARM.offset / XARM.scale)
    assert ROBOTIQ.opening(0.8) == pytest.approx(0.0) and ROBOTIQ.opening(0.0) == 0.085


def test_a_franka_hand_grasps_with_force_and_opens_without() -> None:
    franka = KINDS[3]
    action, _, goal = grip_goal(franka, 0.0, 30.0, closing=True)
    assert action == "/fr3_gripper/grasp" and goal["force"] == 30.0
    assert goal["epsilon"] == {"inner": 0.1, "outer": 0.1}
    action, _, goal = grip_goal(franka, 0.08, 30.0, closing=False)
    assert action == "/fr3_gripper/move" and "force" not in goal


def test_goals_for_others_and_no_numbers_are_refused() -> None:
    with pytest.raises(MessageError, match="expected the joint robotiq_85_left_knuckle_joint"):
        read_grip_goal(KINDS[2], {"command": {"name": ["x"], "position": [0.1]}})
    with pytest.raises(MessageError, match="must be finite"):
        read_grip_goal(FINGERS or KINDS[1], {"command": {"position": math.nan, "max_effort": 1.0}})
