"""A world reads its robot by the constants alone: other joints, other servos, other openings."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scenes import scene_path
from habilis.envs.control.command import CommandBatch
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World

ROOT = Path(__file__).parents[2]
HERON = f"file:{ROOT}/assets/robots/loaded/models/heron.xml"


def robot_in_a_world(name: str) -> SimRobot:
    scene = dataclasses.replace(load_scene(scene_path("reach_milk_2023")), robot=name)
    robot = SimRobot(World(compile_scene(scene), 2, 1))
    robot.reset(published(scene, 2))
    return robot


@pytest.mark.parametrize("name", ["fr3", "ur5e", "iiwa14", "fr3+leap", HERON])
def test_a_robot_stands_opens_and_closes_in_a_world(name: str) -> None:
    robot = robot_in_a_world(name)
    world, effector = robot.world, robot.world.robot.effector
    joints = len(world.robot.arm.joints)
    assert world.q.shape == world.qd.shape == (2, joints)
    np.testing.assert_allclose(world.aperture, effector.widest, atol=1e-4)
    place = robot.controller.limiter.pos.copy()
    for width in (effector.aperture[0], effector.widest / 2):
        for _ in range(70):
            robot.command(CommandBatch(place, np.full(2, width)))
        np.testing.assert_allclose(world.aperture, width, atol=4e-3)
        assert np.abs(world.opening_speed).max() < 0.01
    tcp, _ = robot.controller.kinematics.tcp(world.q)
    np.testing.assert_allclose(tcp, place, atol=3e-3)
    robot.observe()


def test_a_jaw_that_is_told_half_open_is_where_it_was_told_in_a_restored_world() -> None:
    robot = robot_in_a_world("ur5e")
    for _ in range(30):
        robot.command(CommandBatch(robot.controller.limiter.pos.copy(), np.full(2, 0.03)))
    saved, aperture = robot.world.save(), robot.world.aperture.copy()
    robot.reset(published(robot.world.scene, 2))
    robot.world.restore(saved)
    assert (robot.world.aperture == aperture).all()


def test_what_a_real_robot_reports_is_mirrored_for_any_gripper() -> None:
    world = robot_in_a_world("ur5e").world
    q = np.tile(world.robot.arm.home, (2, 1))
    world.mirror(np.full(2, 1.0), q, np.full(2, 0.05), {}, start=True)
    np.testing.assert_allclose(world.aperture, 0.05, atol=1e-9)
