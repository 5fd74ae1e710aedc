"""Joints behind limiter and watchdog, driven through a genuine ROS 2 whose robot misbehaves."""

from __future__ import annotations

import dataclasses
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from tests.envs.ros.stack import Stack, until

from habilis.envs.control.limiter import StoppedError
from habilis.envs.ros.messages.motion import JOINT_TRAJECTORY, joint_trajectory
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.profiles.profile import JointLimits, Profile, WatchdogLimits
from habilis.envs.ros.robot.events import RobotEvent
from habilis.envs.ros.robot.stopping import Stopper
from habilis.envs.ros.transports.names import make_transport

TEXT = "std_msgs/msg/String"
# Deadlines that a machine which runs other tests keeps; the peer's joints all start at 0.
WATCH = WatchdogLimits(
    state_age=0.6, state_delay=0.3, command_age=1.0, tracking=0.1, tracking_time=0.5
)
BUSY = 0.7  # s that messages may take on such a machine
Fault = Callable[[str], None]


@pytest.fixture(scope="module")
def profile() -> Profile:
    return narrow()


def narrow() -> Profile:
    """The peer's joints, of which all start at 0; no links are known of it."""
    limits, fr3 = 7 * (JointLimits(-2.5, 2.5, 2.0, 10.0),), load_profile("fr3")
    return dataclasses.replace(fr3, robot="", limits=limits, gripper=None, watch=WATCH)


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


def test_a_long_motion_is_followed_to_its_end(joints: RosJoints) -> None:
    start = joints.state().q
    goal = np.where(np.arange(7) == 6, start + 0.3, start)
    done = joints.move_to(goal, 0.5)
    assert done.ok, done.reason
    # It has arrived within the tolerance of a goal; the controller closes the rest by itself.
    until(lambda: np.abs(joints.state().q - goal).max() < 1e-3, "the robot at its goal")
    assert joints.move_to(start, 0.5).ok


def test_streamed_targets_are_followed(joints: RosJoints) -> None:
    start = joints.state().q
    for k in range(1, 26):
        sent = joints.send(start + 0.004 * k)
        joints.pace()
    for _ in range(60):
        sent = joints.send(start + 0.1)
        joints.pace()
    np.testing.assert_allclose(sent, start + 0.1, atol=1e-3)
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


def test_a_joint_that_sticks_ends_the_motion(joints: RosJoints, fault: Fault) -> None:
    fault("stick fr3_joint4")
    start = joints.state().q
    done = joints.move_to(np.where(np.arange(7) == 3, start + 0.8, start), 0.5)
    assert not done.ok and joints.stopped
    assert "fr3_joint4" in done.reason


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


def test_a_second_client_cannot_arm_and_can_stop(
    joints: RosJoints, profile: Profile, stack: Stack
) -> None:
    transport = make_transport(stack.url)
    with RosJoints(profile, transport) as second:
        time.sleep(0.5)
        with pytest.raises(RuntimeError, match="another habilis"):
            second.arm()
        stopper = Stopper(profile, transport)
        time.sleep(1.0)  # until the graph knows of it
        goal = joints.state().q + np.where(np.arange(7) == 1, 1.5, 0.0)
        timer = threading.Timer(1.0, stopper.stop, ("by hand",))
        timer.start()
        done = joints.move_to(goal, 0.2)
        timer.join()
    assert not done.ok and "stopped from another terminal: by hand" in done.reason
    assert np.abs(joints.state().q - goal).max() > 0.2


def test_a_foreign_node_that_sends_commands_stops_it(joints: RosJoints, stack: Stack) -> None:
    other = make_transport(stack.url)
    other.connect()
    topic = joints.profile.commands.topic
    other.advertise(topic, JOINT_TRAJECTORY)
    time.sleep(1.0)
    here = joints.state().q
    other.publish(topic, joint_trajectory(joints.profile.joints, [0.5], here, np.zeros(7)))
    until(lambda: joints.stopped, "a stop")
    other.close()
    assert "another node sends commands" in joints.stopped


CLIENT = """
import time
import numpy as np
from habilis.envs.ros.motion.joints import RosJoints
from tests.envs.ros.motion.test_joints_ros import narrow
from habilis.envs.ros.transports.names import make_transport
from habilis.scripts.shared.keyboard import KeyStop
joints = RosJoints(narrow(), make_transport(sys.argv[1]))
joints.connect(10.0)
with KeyStop(joints.stop):
    for _ in range(20):
        try:
            joints.arm()
            break
        except RuntimeError:
            time.sleep(0.5)
    far = np.where(np.arange(7) == 0, 2.0, 0.0)
    here = joints.state().q
    if "stream" in MOTION:
        for k in range(1000):
            joints.send(here + min(0.012 * k, 2.0) * far / 2)
            joints.pace()
    joints.move_to(here + far, 0.3)
"""


@pytest.mark.parametrize(
    ("how", "via", "motion"),
    [
        ("SIGKILL", "rosbridge", "goal"), ("SIGSTOP", "rosbridge", "goal"),
        ("SIGHUP", "rosbridge", "goal"), ("SIGKILL", "rosbridge", "stream"),
        ("SIGSTOP", "rosbridge", "stream"), ("SIGKILL", "rclpy", "goal"),
        ("SIGSTOP", "rclpy", "goal"), ("SIGKILL", "rclpy", "stream"),
        ("SIGSTOP", "rclpy", "stream"),
    ],
)  # fmt: skip
def test_a_client_that_dies_freezes_or_hangs_up_leaves_the_robot_at_rest(
    joints: RosJoints, stack: Stack, how: str, via: str, motion: str
) -> None:
    """Watched by a client that commands nothing; timed by the robot's own stamps."""
    if via == "rclpy" and sys.version_info[:2] != (3, 11):
        pytest.skip("the ROS wheels are for Python 3.11")
    joints.stop("the other one drives")
    start, path = joints.state().q[0], list[tuple[float, float]]()

    def note(event: RobotEvent) -> None:
        if event.kind == "state":
            sample = event.data["sample"]
            path.append((sample.stamp, float(sample.q[0])))

    joints.events.append(note)
    with stack.ours(f"MOTION = {motion!r}\n" + CLIENT, via) as client:
        try:
            until(lambda: abs(joints.state().q[0] - start) > 0.1, "a motion", 60.0)
            client.send_signal(getattr(signal, how))
            began, at = time.time(), joints.state().q[0]
            time.sleep(2.0)
        finally:
            client.kill()
            joints.events.remove(note)
    end, rest = path[-1]
    moved = [t for t, q in path if abs(q - rest) > 1e-6]
    print(f"{how}, {motion} over {via}: at rest after {moved[-1] - began:.3f} s")
    assert end - moved[-1] > 0.5, "it stands still"
    assert moved[-1] - began < joints.profile.commands.lead + BUSY
    assert abs(rest - at) < 0.5, "a goal would have gone on for two radians"


def test_a_bridge_that_dies_leaves_the_robot_at_rest(joints: RosJoints, stack: Stack) -> None:
    start = joints.state().q
    goal = start + np.where(np.arange(7) == 0, -1.5, 0.0)
    timer = threading.Timer(1.0, stack.bridge.kill)
    timer.start()
    done = joints.move_to(goal, 0.3)
    timer.join()
    assert not done.ok and joints.stopped == "connection lost"
    stack.start_bridge()
    until(lambda: joints.transport.connected, "the connection", 30.0)
    until(lambda: joints.states.age(joints.now) < 0.1, "a state", 30.0)
    rest = joints.state().q
    time.sleep(0.5)
    np.testing.assert_allclose(joints.state().q, rest, atol=1e-6)
    assert np.abs(rest - goal).max() > 0.3
