"""Whatever goes wrong, a served robot on legs is at rest in a bounded time, and it is known why.

Judged by the trunk in the simulation, which sways as it comes to rest, and not by what was sent.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.envs.ros.base.base_rig import FineClock, Link, go1
from tests.envs.ros.rig import Direct

from habilis.assets.robots.registry import robot_spec
from habilis.envs.ros.base.driver import RosBase
from habilis.envs.ros.base.server import BaseServer
from habilis.envs.ros.messages.velocity import TWIST, twist
from habilis.envs.ros.transports.base import Message
from habilis.envs.ros.transports.local import Bus
from habilis.scripts.shared.scenes import choose_scene

pytestmark = pytest.mark.usefixtures("by_hand")
LYNX = f"file:{Path(__file__).parents[3]}/assets/robots/loaded/models/lynx.xml"
ANYMAL = "menagerie:anybotics_anymal_c"
THERE = pytest.mark.skipif(not os.environ.get("MENAGERIE_ROOT"), reason="MENAGERIE_ROOT is not set")
STANDS = 0.02  # m that a trunk at rest sways
WITHIN = 0.4  # simulated s: what a driver waits for without commands, and a step of the robot


class OdometryOut(Direct):
    """The robot's side; odometry passes ``mangle``."""

    mangle: Callable[[Message], Message | None] = staticmethod(lambda m: m)

    def publish(self, topic: str, message: Message) -> None:
        told = self.mangle(message) if topic == "/odom" else message
        if told is not None:
            super().publish(topic, told)


class Walk:
    """A served robot on legs, driven over a link, by a clock that the test moves."""

    def __init__(self, robot: str) -> None:
        bus, self.clock = Bus(), FineClock()
        scene = dataclasses.replace(choose_scene("climb_sofa_2024", ""), robot=robot)
        names = tuple(f"leg_{k}" for k in range(len(robot_spec(robot).joints)))
        self.profile = go1(robot=robot, joints=names)
        self.out = OdometryOut(bus)
        self.server = BaseServer(self.profile, self.out, scene)
        self.server.offer()
        self.link = Link(bus, self.clock)
        self.driver = RosBase(self.profile, self.link, clock=self.clock, sleep=self.clock.sleep)
        self.path: list[np.ndarray] = []
        self.clock.each += [self.link.step, self._tick, self._look]
        self.looks, self.bus = True, bus
        self.driver.connect()
        self.clock.sleep(0.6)
        self.driver.arm()

    def _tick(self) -> None:
        if self.clock.ticks % 20 == 0:
            self.server.tick()
            self.path.append(self.server.world.trunk[0][0, :2].copy())

    def _look(self) -> None:
        if self.looks and self.clock.ticks % 4 == 0:
            self.driver.look()

    def drive(self, seconds: float, *velocity: float) -> None:
        for _ in range(round(seconds / 0.02)):
            if not self.driver.stopped:
                self.driver.drive(velocity)
            self.clock.sleep(0.02)


def killed(walk: Walk) -> None:
    walk.looks = False


def stalled(walk: Walk) -> None:
    walk.link.stalled = walk.clock() + 5.0


def foreign(walk: Walk) -> None:
    other = Direct(walk.bus, "another")
    other.connect()
    other.advertise("/cmd_vel", TWIST)
    other.publish("/cmd_vel", twist(np.array([0.3, 0.0, 0.0])))


def silent(walk: Walk) -> None:
    walk.out.mangle = lambda m: None


def leapt(walk: Walk) -> None:
    def mangle(message: Message) -> Message:
        pose = message["pose"]["pose"]
        x, y, z = (pose["position"][k] for k in "xyz")
        moved = {**pose, "position": {"x": x + 3.0, "y": y, "z": z}}
        return {**message, "pose": {**message["pose"], "pose": moved}}

    walk.out.mangle = mangle


FAULTS: dict[str, tuple[Callable[[Walk], None], str]] = {
    "kill -9, or a process that is frozen": (killed, r"^$"),
    "a link that stalls": (stalled, r"nothing that was sent to /cmd_vel arrived for 0\.25"),
    "another node": (foreign, "another node sends commands on /cmd_vel"),
    "odometry that stops": (silent, r"nothing comes on /odom \(last message: 0\.2"),
    "odometry that leaps": (leapt, r"x leapt from [-\d.]+ to [-\d.]+ m within"),
    "a key": (lambda walk: walk.driver.stop("a key"), "a key"),
}
MANY = pytest.mark.slow


@pytest.mark.parametrize(
    "robot",
    ["go1", LYNX, pytest.param(ANYMAL, marks=[MANY, THERE])],
    ids=["go1", "a file", "anymal"],
)
@pytest.mark.parametrize("name", FAULTS)
def test_it_is_at_rest_in_time_and_says_why(name: str, robot: str) -> None:
    fault, why = FAULTS[name]
    walk = Walk(robot)
    walk.drive(1.6, 0.0, 0.25, 0.0)
    went = np.linalg.norm(walk.path[-1] - walk.path[-26]) / 0.5
    assert went > 0.12, "it does walk"
    fault(walk)
    began = len(walk.path)
    walk.clock.sleep(2.5)
    assert re.search(why, walk.driver.stopped), walk.driver.stopped
    path = np.array(walk.path[began:])
    away = np.linalg.norm(path - path[-25:].mean(axis=0), axis=1)
    moving = np.flatnonzero(away > STANDS)
    rested = 0.02 * (moving[-1] + 1 if moving.size else 0)
    print(f"{robot} {name}: at rest after {rested:.2f} s, {away[0]:.2f} m on")
    assert rested <= WITHIN
    assert walk.server.world.trunk[1][0, 2, 2] > 0.95, "upright"
