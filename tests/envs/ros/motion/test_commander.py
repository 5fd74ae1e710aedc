"""One commander at a time: others are found out, named, and stop the robot; anybody may stop it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.envs.ros.rig import JOINTS, Direct, Rig

from habilis.assets.robots.registry import ARMS
from habilis.envs.control.joint_limiter import StoppedError
from habilis.envs.ros.latched import Refused
from habilis.envs.ros.messages.motion import JOINT_TRAJECTORY, STRING, joint_trajectory
from habilis.envs.ros.motion.commander import STATUS, desk, stop_everyone
from habilis.envs.ros.motion.joints import RosJoints

pytestmark = pytest.mark.usefixtures("no_thread")
HOME = np.array(ARMS["fr3"].limb.home)


def second(rig: Rig) -> RosJoints:
    other = RosJoints(rig.profile, Direct(rig.bus, "other"), clock=rig.clock, sleep=rig.clock.sleep)
    other.connect()
    rig.clock.each.append(other.look)
    rig.clock.sleep(0.2)
    return other


def test_two_clients_do_not_both_arm() -> None:
    rig = Rig().armed()
    other = second(rig)
    with pytest.raises(Refused, match=r"not armed: another habilis \([0-9a-f]{8}\) commands this"):
        other.arm()
    assert rig.joints.stopped == ""
    rig.joints.stop("enough")
    rig.clock.sleep(1.0)
    other.arm()
    with pytest.raises(Refused, match="another habilis"):
        rig.joints.arm()


def test_two_that_arm_at_once_are_not_both_armed() -> None:
    rig = Rig().connected()
    other = second(rig)
    began, done = rig.clock(), list[str]()

    def too() -> None:
        if rig.clock() > began + 0.05 and not done:
            done.append("tried")
            try:
                other.arm()
            except Refused:
                pass

    rig.clock.each.append(too)
    try:
        rig.joints.arm()
    except Refused:
        pass
    assert done and sum(not joints.stopped for joints in (rig.joints, other)) == 1


def foreign(rig: Rig, q: np.ndarray) -> None:
    node = Direct(rig.bus, "foreign")
    node.connect()
    node.advertise(rig.profile.commands.topic, JOINT_TRAJECTORY)
    node.publish(rig.profile.commands.topic, joint_trajectory(JOINTS, [0.3], q, np.zeros(7)))


def test_a_foreign_command_stops_the_robot_gently_and_says_so() -> None:
    rig = Rig().armed()
    rig.swing(0.5, 0.5)
    foreign(rig, rig.arm.q + 0.02)
    assert (
        "another node sends commands on /fr3_arm_controller/joint_trajectory" in rig.joints.stopped
    )
    rig.clock.sleep(0.35)
    assert not rig.arm.qd.any()
    with pytest.raises(Refused, match="another node sends commands"):
        foreign(rig, rig.arm.q)
        rig.clock.each.append(lambda: foreign(rig, rig.arm.q))
        rig.joints.arm()


def test_a_long_foreign_way_is_ended_by_one_of_ours() -> None:
    rig = Rig().armed()
    node = Direct(rig.bus, "foreign")
    node.connect()
    node.advertise(rig.profile.commands.topic, JOINT_TRAJECTORY)
    goal = rig.arm.q + (1.0, 0, 0, 0, 0, 0, 0)
    rig.swing(0.3, 0.3)
    sent = len(rig.arm.heard)
    node.publish(rig.profile.commands.topic, joint_trajectory(JOINTS, [5.0], goal, np.zeros(7)))
    rig.clock.sleep(1.0)
    assert not rig.arm.qd.any() and len(rig.arm.heard) == sent + 2, "theirs, and one of ours"


def test_a_foreign_goal_stops_the_robot_and_is_cancelled() -> None:
    rig = Rig().armed()
    node = Direct(rig.bus, "controller")
    node.connect()
    topic = f"{rig.profile.commands.action}/_action/status"
    node.advertise(topic, STATUS)
    rig.transport.cancelled.clear()
    node.publish(topic, {"status_list": [{"status": 4}, {"status": 2}]})
    assert "another node sent a goal to /fr3_arm_controller/follow" in rig.joints.stopped
    assert rig.transport.cancelled == [rig.profile.commands.action]
    with pytest.raises(Refused, match="a goal of another node runs"):
        rig.joints.arm()
    node.publish(topic, {"status_list": [{"status": 4}, {"status": 5}]})
    rig.clock.sleep(0.6)
    rig.joints.arm()


@pytest.mark.parametrize("rows", [None, 3, [None], [{}], [{"status": "x"}], [{"status": None}]])
def test_goals_of_which_nothing_can_be_read_are_those_of_another_node(rows: object) -> None:
    rig = Rig().armed()
    node = Direct(rig.bus, "node")
    node.connect()
    topic = f"{rig.profile.commands.action}/_action/status"
    node.advertise(topic, STATUS)
    node.publish(topic, {"status_list": rows})
    assert "another node sent a goal" in rig.joints.stopped


def test_what_others_say_is_told_in_short_and_cannot_act_on_a_terminal() -> None:
    rig = Rig().armed()
    other = Direct(rig.bus, "a second terminal")
    other.connect()
    other.advertise(desk(rig.profile), STRING)
    stop_everyone(rig.profile, other, "\x1b[2Jall is well" + 1000 * "x")
    assert len(rig.joints.stopped) < 200 and "\x1b" not in rig.joints.stopped


def test_any_terminal_stops_it() -> None:
    rig = Rig().armed()
    rig.swing(0.5, 0.5)
    other = Direct(rig.bus, "a second terminal")
    other.connect()
    other.advertise(desk(rig.profile), STRING)
    stop_everyone(rig.profile, other, "by hand")
    assert rig.joints.stopped == "stopped from another terminal: by hand"
    rig.clock.sleep(0.35)
    assert not rig.arm.qd.any()


def test_messages_that_do_not_come_back_slow_the_robot_down_and_then_stop_it() -> None:
    """A link that takes what is written and does not pass it on."""
    rig = Rig().armed()
    rig.swing(0.5, 0.5)
    passed = rig.transport.publish
    rig.transport.publish = lambda topic, message: None  # type: ignore[method-assign]
    at = rig.joints.limiter.q[0, 0]
    with pytest.raises(RuntimeError, match="nothing that was sent to .* arrived for 0.2"):
        rig.swing(1.0, 0.5)
    rig.transport.publish = passed  # type: ignore[method-assign]
    assert rig.joints.limiter.q[0, 0] - at < 0.25 and rig.joints.stopped


def test_where_nothing_comes_back_the_arm_is_at_rest_before_it_is_stopped() -> None:
    """A link that passes on what is sent, and tells nothing of it."""
    rig = Rig().armed()
    rig.swing(0.5, 0.5)
    motion = rig.joints._motion
    assert motion is not None
    motion.confirm = lambda number, now: None  # type: ignore[method-assign]
    ends = rig.clock() + 0.22
    while rig.clock() < ends:
        rig.swing(0.02, 0.5)
    moved = rig.arm.q[0]
    with pytest.raises(StoppedError, match="nothing that was sent to .* arrived for 0.2"):
        rig.swing(1.0, 0.5)
    assert rig.arm.q[0] - moved < 0.03
