"""Joints behind limiter and watchdog, driven through a genuine ROS 2 whose robot misbehaves."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from tests.envs.ros.stack import Stack, until

from habilis.envs.control.limiter import StoppedError
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.profiles.profile import JointLimits, Profile, WatchdogLimits
from habilis.envs.ros.transports.names import make_transport

TEXT = "std_msgs/msg/String"
# Deadlines that a machine which runs other tests keeps; the peer's joints all start at 0.
WATCH = WatchdogLimits(
    state_age=0.6, state_delay=0.3, command_age=1.0, tracking=0.1, tracking_time=0.5
)
Fault = Callable[[str], None]


@pytest.fixture(scope="module")
def profile() -> Profile:
    wide = JointLimits(-2.5, 2.5, 2.0, 10.0)
    return dataclasses.replace(load_profile("fr3"), limits=7 * (wide,), gripper=None, watch=WATCH)


@pytest.fixture(scope="module")
def both(whole_stack: Stack, profile: Profile) -> Iterator[tuple[RosJoints, Fault]]:
    """One for all tests, since discovery takes seconds, and a second client that makes faults."""
    whole_stack.mend()
    other, heard = make_transport(whole_stack.url), list[str]()
    other.connect()
    other.subscribe("/faulty", TEXT, lambda m: heard.append(m["data"]))
    other.advertise("/fault", TEXT)

    def fault(text: str) -> None:
        def holds() -> bool:
            other.publish("/fault", {"data": text})
            time.sleep(0.02)
            return bool(heard) and heard[-1] == text

        heard.clear()
        until(holds, f"that the robot knows of {text!r}")

    joints = RosJoints(profile, make_transport(whole_stack.url))
    joints.connect(10.0)
    yield joints, fault
    joints.close()
    other.close()


@pytest.fixture
def joints(both: tuple[RosJoints, Fault], stack: Stack) -> Iterator[RosJoints]:
    """Armed, with a robot that is mended, now and for whoever comes next."""
    joints, fault = both
    fault("none")
    time.sleep(1.0)  # stamps that were off jump back, and what was late is over
    until(lambda: armed(joints), "that it can be armed", 30.0)
    yield joints
    joints.stop("the test is over")
    stack.mend()
    fault("none")


@pytest.fixture
def fault(both: tuple[RosJoints, Fault]) -> Fault:
    return both[1]


def armed(joints: RosJoints) -> bool:
    if joints.stopped:
        try:
            joints.arm()
        except (RuntimeError, StoppedError):
            return False
    return not joints.stopped


def test_a_goal_is_followed_to_its_end(joints: RosJoints) -> None:
    start = joints.state().q
    goal = np.where(np.arange(7) == 6, start + 0.3, start)
    done = joints.move_to(goal, 0.5)
    assert done.ok, done.reason
    np.testing.assert_allclose(joints.state().q, goal, atol=1e-3)
    assert joints.move_to(start, 0.5).ok


def test_streamed_targets_are_followed(joints: RosJoints) -> None:
    start = joints.state().q
    for k in range(1, 26):
        sent = joints.send(start + 0.004 * k)
        joints.pace()
    for _ in range(25):
        sent = joints.send(sent)
        joints.pace()
    np.testing.assert_allclose(sent, start + 0.1, atol=1e-6)
    until(lambda: np.abs(joints.state().q - sent).max() < 1e-3, "the robot at the last target")
    assert not joints.stopped


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("silence", "nothing comes"),
        ("freeze_stamps", "frozen"),
        ("drop fr3_joint3", "fr3_joint3"),
        ("nan fr3_joint2", "fr3_joint2"),
        ("time_jump 100", "jump"),
        ("delay 0.5", "late"),
    ],
)
def test_a_state_that_cannot_be_trusted_stops_and_says_why(
    joints: RosJoints, fault: Fault, what: str, said: str
) -> None:
    fault(what)
    until(lambda: joints.stopped, f"a stop for {what}")
    assert said in joints.stopped
    with pytest.raises(StoppedError, match="arm first"):
        joints.send(np.zeros(7))


def test_joints_in_another_order_are_no_fault(joints: RosJoints, fault: Fault) -> None:
    target = joints.state().q + 0.05 * np.arange(7)
    assert joints.move_to(target, 0.5).ok
    fault("order")
    time.sleep(1.0)
    np.testing.assert_allclose(joints.state().q, target, atol=1e-3)
    assert not joints.stopped
    assert joints.move_to(target - 0.05 * np.arange(7), 0.5).ok


def test_a_joint_that_sticks_aborts_the_goal(joints: RosJoints, fault: Fault) -> None:
    fault("stick fr3_joint4")
    start = joints.state().q
    done = joints.move_to(np.where(np.arange(7) == 3, start + 0.8, start), 0.5)
    assert not done.ok and joints.stopped
    assert "abort" in done.reason.lower() or "fr3_joint4" in done.reason


def test_a_robot_that_does_not_follow_a_stream_is_stopped(joints: RosJoints, fault: Fault) -> None:
    fault("ignore")
    start = joints.state().q
    with pytest.raises(StoppedError, match="fr3_joint"):
        for k in range(300):
            joints.send(start + min(0.004 * k, 0.4))
            joints.pace()


def test_a_robot_killed_mid_motion_is_noticed_and_picked_up_again(
    joints: RosJoints, stack: Stack
) -> None:
    goal = joints.state().q + np.where(np.arange(7) == 0, 1.5, 0.0)
    timer = threading.Timer(1.0, stack.peer.kill)
    timer.start()
    done = joints.move_to(goal, 0.2)
    timer.join()
    assert not done.ok and joints.stopped
    stack.start_peer()
    until(lambda: armed(joints), "that it can be armed again", 30.0)


def test_a_lost_bridge_stops_and_stays_a_stop(joints: RosJoints, stack: Stack) -> None:
    stack.bridge.kill()
    until(lambda: joints.stopped, "a stop")
    assert joints.stopped == "connection lost"
    stack.start_bridge()
    until(lambda: joints.transport.connected, "the connection", 30.0)
    assert joints.stopped == "connection lost"
    time.sleep(1.0)  # what was heard before is then too old to be armed with

    def moves() -> bool:  # messages that piled up meanwhile may stop it once more
        if not armed(joints):
            return False
        goal = joints.state().q + np.where(np.arange(7) == 5, 0.1, 0.0)
        return joints.move_to(goal, 0.5).ok

    until(moves, "that it moves again", 30.0)


def test_two_clients_a_stop_of_one_ends_the_goal_of_the_other(
    joints: RosJoints, profile: Profile, stack: Stack
) -> None:
    with RosJoints(profile, make_transport(stack.url)) as second:
        until(lambda: armed(second), "the second one armed", 30.0)
        goal = joints.state().q + np.where(np.arange(7) == 1, 1.5, 0.0)
        timer = threading.Timer(1.0, second.stop, ("the other stops",))
        timer.start()
        done = joints.move_to(goal, 0.2)
        timer.join()
    assert not done.ok
    assert np.abs(joints.state().q - goal).max() > 0.2
