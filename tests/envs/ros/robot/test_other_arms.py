"""An arm whose gripper's joint turns, served and driven in simulated time, as the FR3 is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from tests.envs.ros.rig import Clock, Direct

from habilis.assets.robots.registry import ARMS, robot_spec
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scenes import scene_path
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import CommandBatch
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.robot.robot import RosRobot
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.ros.transports.local import Bus
from habilis.scripts.shared.scenes import with_robot

pytestmark = pytest.mark.usefixtures("no_thread")


@pytest.mark.parametrize("name", sorted(ARMS))
def test_targets_say_what_they_were_made_from(name: str) -> None:
    robot = robot_spec(name)
    low, high = robot.effector.opening.range
    widths = np.linspace(low, high, 7)
    q = np.random.default_rng(0).uniform(-1, 1, (7, len(robot.arm.lower)))
    joints, openings = robot.commanded(robot.command(q, widths))
    np.testing.assert_allclose(joints, q)
    np.testing.assert_allclose(openings, widths, atol=1e-9)


@pytest.fixture
def robot() -> Iterator[RosRobot]:
    """A UR5e with a 2F-85 that is served, in time that passes while the client sleeps."""
    profile = load_profile("ur5e_robotiq")
    given = load_scene(scene_path("reach_milk_2023"))
    scene = with_robot(given, "ros:ur5e_robotiq", lambda line: None)
    assert scene.robot == "ur5e+robotiq_2f85"
    bus, clock = Bus(), Clock()
    server = SimServer(profile, Direct(bus, "server"), scene)
    server.offer()
    real = RosRobot(profile, Direct(bus, "us"), scene, clock=clock, sleep=clock.sleep)
    began = clock()

    def live() -> None:
        while server.elapsed + TICK <= clock() - began:
            server.tick()

    clock.each += [live, real.joints.look]
    with real:
        yield real
    server.close()


def test_its_gripper_closes_and_opens_as_it_is_told(robot: RosRobot) -> None:
    robot.arm()
    start = robot.observe()
    for wanted in (0.0, 0.06):
        for _ in range(100):
            robot.observe()
            robot.command(CommandBatch(start.tcp, np.full(1, wanted), start.rot))
        assert robot.observe().aperture[0] == pytest.approx(wanted, abs=0.004)


def test_hands_keep_their_scene() -> None:
    scene = dataclasses.replace(load_scene(scene_path("reach_milk_2023")), robot="leap")
    assert with_robot(scene, "", print) is scene
    hand = load_scene(scene_path("clip_the_bag"))
    assert with_robot(hand, "ros:fr3", print) is hand


SWINGS = [("ur5e_robotiq", 0, 0.8, 0.9, 0.6), ("leap", 0, 0.6, 2.5, 0.25)]
"""Of a profile: a joint, how far it is sent to either side, rad, how fast it gets at least, rad/s,
and within how many s it is at rest after a stop."""


@pytest.mark.parametrize(("name", "joint", "far", "fast", "rests"), SWINGS)
def test_it_is_streamed_to_and_fro_and_stopped(
    name: str, joint: int, far: float, fast: float, rests: float
) -> None:
    profile, bus, clock = load_profile(name), Bus(), Clock()
    given = load_scene(scene_path("reach_milk_2023"))
    hand = name == "leap"  # which is served alone
    server = SimServer(
        profile, Direct(bus, "server"), None if hand else with_robot(given, f"ros:{name}", print)
    )
    server.offer()
    joints = RosJoints(profile, Direct(bus, "us"), clock=clock, sleep=clock.sleep)
    began = clock()

    def live() -> None:
        while server.elapsed + TICK <= clock() - began:
            server.tick()

    clock.each += [live, joints.look]
    with joints:
        joints.arm()
        middle, seen, side = joints.state().q, [], far
        while clock() < began + 3.0:
            goal = middle.copy()
            goal[joint] += side
            sent = joints.send(goal)
            joints.pace()
            seen.append(joints.state().q[joint] - middle[joint])
            side = -side if abs(sent[joint] - goal[joint]) < 0.02 else side
        assert np.abs(np.diff(seen)).max() * profile.commands.rate > fast
        joints.stop("enough")
        clock.sleep(rests)
        rest = joints.state().q
        clock.sleep(0.5)
        np.testing.assert_allclose(joints.state().q, rest, atol=0.01)
        joints.arm()
        assert joints.move_to(middle, 0.3).ok
    server.close()
