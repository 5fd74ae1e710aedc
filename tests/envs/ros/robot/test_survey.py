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
from habilis.envs.ros.robot.survey import survey
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
