"""What a survey finds on a bus: sound robots, silent joints, dead controllers."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from habilis.envs.ros.messages import motion as messages
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.robot.dry import PerfectRobot
from habilis.envs.ros.robot.survey import _fault, survey
from habilis.envs.ros.transports.local import Bus, LocalTransport

PROFILE = dataclasses.replace(load_profile("fr3"), gripper=None, state_rate=50.0)
LISTEN = 0.6


@pytest.fixture
def bus() -> Iterator[Bus]:
    bus = Bus()
    robot = PerfectRobot(PROFILE, LocalTransport(bus), np.array(PROFILE.home))
    robot.start()
    yield bus
    robot.close()


def ours(bus: Bus) -> LocalTransport:
    transport = LocalTransport(bus)
    transport.connect()
    return transport


def test_a_sound_robot_has_nothing_in_the_way(bus: Bus) -> None:
    patient = dataclasses.replace(PROFILE.watch, state_age=5.0)
    found = survey(dataclasses.replace(PROFILE, watch=patient, state_rate=1.0), ours(bus), LISTEN)
    assert not found.faults and not found.others
    assert [row.name for row in found.joints] == list(PROFILE.joints)
    np.testing.assert_allclose([row.position for row in found.joints], PROFILE.home)


def test_what_does_not_answer_is_named(bus: Bus) -> None:
    wrong = dataclasses.replace(
        PROFILE,
        joints=(*PROFILE.joints[:-1], "elbow"),
        commands=dataclasses.replace(PROFILE.commands, action="/nobody"),
    )
    found = survey(wrong, ours(bus), LISTEN)
    assert any(fault.startswith("elbow: not on /joint_states") for fault in found.faults)
    assert any("/nobody: nobody answers" in fault for fault in found.faults)
    assert found.others == (PROFILE.joints[-1],)


def test_what_a_controller_tells_of_its_parameters_counts(bus: Bus) -> None:
    controller = LocalTransport(bus)
    controller.connect()
    false = {"type": 1, "bool_value": False}
    values = [false, false]
    service = "/fr3_arm_controller/get_parameters"
    controller.serve(service, "rcl_interfaces/srv/GetParameters", lambda _: {"values": values})
    found = survey(PROFILE, ours(bus), LISTEN)
    assert any("interpolate_from_desired_state is false" in fault for fault in found.faults)
    values[0] = {"type": 1, "bool_value": True}
    assert not survey(PROFILE, ours(bus), LISTEN).parameters


def test_a_second_commander_is_in_the_way(bus: Bus) -> None:
    other = ours(bus)
    kind = messages.JOINT_TRAJECTORY
    other.advertise(PROFILE.commands.topic, kind)
    point = messages.joint_trajectory(PROFILE.joints, [1.0], [PROFILE.home], np.zeros((1, 7)))
    timer = threading.Timer(0.3, other.publish, (PROFILE.commands.topic, point))
    timer.start()
    assert "sends commands" in survey(PROFILE, ours(bus), LISTEN).commander


def test_a_value_that_is_no_number_and_a_long_silence_are_faults() -> None:
    bus = Bus()
    robot, profile = ours(bus), dataclasses.replace(PROFILE, state_rate=1.0)
    profile = dataclasses.replace(
        profile, commands=dataclasses.replace(PROFILE.commands, action="")
    )
    q = np.array(PROFILE.home)
    q[0] = np.nan
    robot.advertise(PROFILE.states, messages.JOINT_STATE)

    def speak() -> None:
        robot.publish(PROFILE.states, messages.joint_state(PROFILE.joints, q, time=100.0))

    timers = [threading.Timer(delay, speak) for delay in (0.1, 0.5)]
    for timer in timers:
        timer.start()
    found = survey(profile, ours(bus), 1.0)
    assert found.joints[0].fault == "its position is not a number"
    assert all("was silent for" in row.fault for row in found.joints[1:])


def test_a_robot_is_slow_where_the_watchdog_would_have_too_little_to_go_by() -> None:
    """A served UR5e reports at 250 Hz and older ones at 125: 500 is what the newest do."""
    ur5e = load_profile("ur5e")
    home = [ur5e.home[0]]
    assert _fault(ur5e.joints[0], home, 125.0, 0.01, ur5e) == ""
    said = _fault(ur5e.joints[0], home, 15.0, 0.07, ur5e)
    assert said == "reports at 15 Hz, the profile says 500"
    fr3 = load_profile("fr3")
    assert _fault(fr3.joints[0], [0.0], 15.0, 0.07, fr3) == "reports at 15 Hz, the profile says 100"
