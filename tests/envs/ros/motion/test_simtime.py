"""Time of a simulation: as fast as its clock, never where the clock is not the robot's."""

from __future__ import annotations

import time

import numpy as np
import pytest
from tests.envs.ros.rig import Direct

from habilis.envs.ros.messages.motion import CLOCK, JOINT_STATE, clock, joint_state
from habilis.envs.ros.motion import simtime
from habilis.envs.ros.motion.simtime import CLOCK_TOPIC, SimTime
from habilis.envs.ros.profiles.spec import parse
from habilis.envs.ros.transports.base import TransportError
from habilis.envs.ros.transports.local import Bus

STATES = "/joint_states"


class Simulated:
    """A simulation that tells its time, and the real time, both by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.real = 100.0
        monkeypatch.setattr(time, "monotonic", lambda: self.real)
        bus = Bus()
        self.robot, self.us = Direct(bus, "robot"), Direct(bus, "us")
        for transport in (self.robot, self.us):
            transport.connect()
        self.robot.advertise(CLOCK_TOPIC, CLOCK)
        self.robot.advertise(STATES, JOINT_STATE)
        self.time = SimTime(self.us, STATES)

    def tell(self, now: float, stamp: float | None = None) -> None:
        self.robot.publish(CLOCK_TOPIC, clock(now))
        told = now if stamp is None else stamp
        self.robot.publish(STATES, joint_state(("a",), np.zeros(1), time=told))


@pytest.fixture
def sim(monkeypatch: pytest.MonkeyPatch) -> Simulated:
    return Simulated(monkeypatch)


def test_it_goes_as_the_clock_does(sim: Simulated) -> None:
    sim.tell(50.0)
    sim.time.wait(0)
    began = sim.time()
    for k in range(1, 11):  # a quarter of real time
        sim.real += 0.04
        sim.tell(50.0 + 0.01 * k)
    assert sim.time() - began == pytest.approx(0.1)
    sim.real += 1.0
    assert sim.time() - began == pytest.approx(0.1), "it stands with the simulation"


def test_it_never_goes_back_and_goes_on_when_the_simulation_has_died(sim: Simulated) -> None:
    sim.tell(50.0)
    sim.tell(51.0)
    began = sim.time()
    sim.tell(0.0)  # was reset
    assert sim.time() == began
    sim.tell(0.5)
    assert sim.time() == pytest.approx(began + 0.5)
    sim.real += simtime.STANDS + 0.3
    assert sim.time() == pytest.approx(began + 0.8), "so that its silence is found"


def test_the_time_of_others_is_not_followed(sim: Simulated) -> None:
    """A real robot stamps with the time of day, whatever clock a recording plays."""
    with pytest.raises(TransportError, match="nothing on /clock"):
        sim.time.wait(0)
    sim.tell(50.0, stamp=1.7e9)
    with pytest.raises(TransportError, match="is not stamped with the time of /clock"):
        sim.time.wait(0)
    began = sim.time()
    for k in range(10):
        sim.real += 0.1
        sim.tell(50.0 + 0.01 * k, stamp=1.7e9 + 0.1 * k)
    assert sim.time() - began == pytest.approx(1.0), "real time"
    sim.tell(60.0)
    sim.time.wait(0)
    began = sim.time()
    sim.tell(60.1, stamp=1.7e9)
    sim.real += 1.0
    sim.tell(60.2, stamp=1.7e9)
    assert sim.time() - began == pytest.approx(1.1), "real time again"


def test_whoever_sleeps_sleeps_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = Bus()
    robot, us = Direct(bus, "robot"), Direct(bus, "us")
    for transport in (robot, us):
        transport.connect()
    robot.advertise(CLOCK_TOPIC, CLOCK)
    robot.advertise(STATES, JOINT_STATE)
    made = SimTime(us, STATES)
    began = time.monotonic()
    made.sleep(0.02)  # nothing is known yet: real time
    assert time.monotonic() - began >= 0.02
    import threading

    def go() -> None:
        for k in range(100):
            robot.publish(CLOCK_TOPIC, clock(k * 0.1))
            robot.publish(STATES, joint_state(("a",), np.zeros(1), time=k * 0.1))
            time.sleep(0.001)

    thread = threading.Thread(target=go)
    thread.start()
    made.wait()
    before = made()
    made.sleep(2.0)
    assert made() - before >= 2.0 - 1e-9
    thread.join()


def test_which_robots_are_simulated_is_said_by_whoever_names_them() -> None:
    assert parse("ros:sim:fr3@rclpy").simulated and parse("sim:fr3").profile.name == "fr3"
    plain = parse("fr3")
    assert not plain.simulated
    clock_, sleep = plain.time(Direct(Bus(), "us"))
    assert (clock_, sleep) == (time.monotonic, time.sleep)
