"""The robot of a dry run, and what is told of what it would be sent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from habilis.envs.ros.messages import motion as messages
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.profiles.profile import Commands, JointLimits, Profile
from habilis.envs.ros.robot.dry import PerfectRobot, brief, patient
from habilis.envs.ros.transports.local import Bus, LocalTransport


@pytest.mark.parametrize("style", ["joint_state", "float_array"])
def test_drivers_that_go_by_place_get_targets_in_their_order(style: Any) -> None:
    """And a robot of a dry run, which takes them in that order, ends where it was told to."""
    joints = ("a", "b", "c")
    profile = Profile(
        "hand", "", joints, 3 * (JointLimits(-1, 1, 2, 10),), "/joint_states", 100.0,
        Commands(style, "/go", 50.0, order=("c", "a", "b")), (0.0, 0.0, 0.0),
    )  # fmt: skip
    bus = Bus()
    sent: list[Any] = []
    robot = PerfectRobot(profile, LocalTransport(bus), np.zeros(3))
    robot.start()
    ear = LocalTransport(bus)
    ear.connect()
    kind = messages.JOINT_STATE if style == "joint_state" else messages.FLOAT_ARRAY
    ear.subscribe("/go", kind, sent.append)
    with RosJoints(patient(profile), LocalTransport(bus)) as hand:
        hand.arm()
        done = hand.move_to(np.array([0.1, 0.2, 0.3]), 0.5)
    assert done.ok, done.reason
    last = sent[-1]["position"] if style == "joint_state" else sent[-1]["data"]
    np.testing.assert_allclose(last, [0.3, 0.1, 0.2], atol=1e-6)
    if style == "joint_state":
        assert sent[-1]["name"] == ["c", "a", "b"]
    robot.close()
    ear.close()


def test_commands_in_short() -> None:
    trajectory = messages.joint_trajectory(("a",), [0.5, 1.0], np.array([[0.1], [0.2]]))
    assert brief({"trajectory": trajectory}) == "2 points, 1.000 s, to [0.2000]"
    assert brief(messages.float_array(np.array([0.5, 1.0]))) == "[0.5000, 1.0000]"
    assert brief(messages.gripper_goal(0.04, 40.0)) == "position 0.0400, effort at most 40"
    assert brief({}) == "nothing"
