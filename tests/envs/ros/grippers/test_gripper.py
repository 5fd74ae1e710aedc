"""A gripper behind an action: what is sent when, and what a stop does."""

from __future__ import annotations

import numpy as np
import pytest
from tests.envs.ros.rig import Rig

from habilis.envs.ros.grippers.driver import GripperDriver
from habilis.envs.ros.messages.motion import gripper_goal
from habilis.envs.ros.transports.base import GoalStatus


class Held:
    """A driver, the arm it drives, and what it was told of."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.rig.transport.connect()
        self.heard: list[GoalStatus] = []
        assert self.rig.profile.gripper is not None
        self.driver = GripperDriver(self.rig.profile.gripper, self.rig.transport, self.heard.append)

    def want(self, *apertures: float, every: float = 0.02) -> list[float]:
        """The positions that came of wanting these, one after the other."""
        before = len(self.rig.arm.grips)
        for aperture in apertures:
            self.rig.clock.time += every
            self.driver.want(aperture)
            self.driver.keep(self.rig.clock())
        return self.rig.arm.grips[before:]


@pytest.fixture
def held(no_thread: None) -> Held:
    return Held()


def test_goals_are_of_one_finger_and_inside_the_range(held: Held) -> None:
    assert held.want(0.05) == [0.025]
    assert held.want(0.2, every=0.2) == [0.04]
    assert held.want(-1.0, every=0.2) == [0.0]
    assert held.driver.want(0.2) == 0.08
    assert held.rig.arm.grip_goals[-1].goal == gripper_goal(0.0, 40.0)


def test_small_changes_are_not_sent_and_large_ones_not_too_often(held: Held) -> None:
    assert held.want(0.05, 0.0505, 0.0495, 0.0509) == [0.025]
    sent = held.want(*np.linspace(0.05, 0.001, 50))
    assert 7 <= len(sent) <= 11 and (np.diff(sent) < 0).all()
    assert held.want(0.0, every=0.2) == [0.0], "at the end it goes all the way"
    assert held.want(*[0.0] * 50) == []


def test_the_last_wish_is_sent_though_nothing_is_wanted_any_more(held: Held) -> None:
    assert held.want(0.08, 0.0) == [0.04]
    held.rig.clock.time += 0.2
    assert held.driver.keep(held.rig.clock()) == 0.0
    assert held.rig.arm.grips[-1] == 0.0


def test_what_stopped_the_fingers_is_kept(held: Held) -> None:
    held.want(0.0)
    held.rig.arm.end_grip(0.044, stalled=True)
    assert held.driver.stalled and held.heard == [GoalStatus.SUCCEEDED]
    assert held.driver.result is not None and held.driver.result.position == 0.022
    held.want(0.08, every=0.2)
    held.rig.arm.end_grip(0.08, stalled=False)
    assert not held.driver.stalled


def test_a_stop_cancels_what_runs_and_leaves_alone_what_is_held(held: Held) -> None:
    held.want(0.0)
    running = held.rig.arm.grip_goals[-1]
    held.driver.stop()
    assert running.cancelled
    assert held.driver.keep(held.rig.clock() + 1) is None
    held.want(0.08, every=0.2)
    held.want(0.0, every=0.2)
    held.rig.arm.end_grip(0.03, stalled=True)
    held.driver.stop()
    assert not held.rig.arm.grip_goals[-1].cancelled, "it is over: the gripper holds"


def test_joints_that_say_another_opening_than_the_action_are_a_fault(held: Held) -> None:
    """As with a wrong offset or scale, where nobody knows what the gripper holds."""
    held.want(0.05)
    assert held.driver.see(held.rig.clock(), 0.0) == "", "it is on its way"
    held.rig.arm.end_grip(0.05, stalled=False)
    now = held.rig.clock()
    assert held.driver.see(now, 0.02) == "" and held.driver.see(now + 0.5, 0.02) == ""
    said = held.driver.see(now + 1.1, 0.02)
    assert "says that the gripper is where it was sent, at 0.050 m" in said
    assert "fr3_finger_joint1, fr3_finger_joint2 that it is open by 0.020 m" in said
    assert held.driver.see(now + 1.2, 0.049) == ""
    held.want(0.0, every=2.0)
    held.rig.arm.end_grip(0.03, stalled=True)
    assert [held.driver.see(now + t, 0.03) for t in (3.0, 9.0)] == ["", ""], "it holds something"


def test_a_goal_that_was_lost_is_cancelled_when_the_connection_is_back(held: Held) -> None:
    held.want(0.0)
    held.driver.back()
    assert held.rig.transport.cancelled == []
    held.rig.arm.grip_goals[-1].end(GoalStatus.LOST, {})
    assert "lost" in held.driver.trouble
    held.driver.back()
    assert held.rig.transport.cancelled == ["/fr3_gripper/gripper_action"]
