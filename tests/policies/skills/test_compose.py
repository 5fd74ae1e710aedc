"""Compositions are skills: they run, fail and nest like any other."""

import numpy as np

from habilis.assets.scene.compile import compile_scene
from habilis.assets.scene.file import load_scene
from habilis.assets.scenes import scene_path
from habilis.envs.robot import SimRobot, published
from habilis.envs.world.world import World
from habilis.policies.skills import CloseGripper, MoveToPosition
from habilis.policies.skills.compose import FirstOf, Sequence
from habilis.policies.skills.runner import Trace, run
from habilis.policies.skills.skill import Skill

HERE, THERE, BEYOND = (0.3, 0.0, 0.2), (0.25, 0.1, 0.2), (0.6, 0.0, 0.2)


def perform(skill: Skill) -> tuple[Trace, SimRobot]:
    scene = load_scene(scene_path("reach_milk_2023"))
    robot = SimRobot(World(compile_scene(scene), nthread=1))
    robot.reset(published(scene, 1))
    return run(robot, [[skill]])[0], robot


def test_a_sequence_does_all_in_order() -> None:
    trace, robot = perform(Sequence((MoveToPosition(HERE), MoveToPosition(THERE))))
    assert trace.ok
    np.testing.assert_allclose(robot.observe().tcp[0], THERE, atol=2e-3)


def test_a_sequence_fails_with_the_first_that_fails() -> None:
    trace, robot = perform(Sequence((CloseGripper(), MoveToPosition(THERE))))
    assert trace.failure is not None
    assert "close_gripper: gripper closed on nothing" in trace.failure.result.reason
    assert np.linalg.norm(robot.observe().tcp[0] - THERE) > 0.02


def test_first_of_goes_on_after_a_failure_and_stops_after_a_success() -> None:
    trace, robot = perform(FirstOf((MoveToPosition(BEYOND), MoveToPosition(HERE))))
    assert trace.ok
    np.testing.assert_allclose(robot.observe().tcp[0], HERE, atol=2e-3)


def test_first_of_names_every_failure() -> None:
    trace, _ = perform(FirstOf((MoveToPosition(BEYOND), CloseGripper())))
    assert trace.failure is not None
    assert "out of the workspace by 0.150 m in x" in trace.failure.result.reason
    assert "closed on nothing" in trace.failure.result.reason


def test_compositions_nest() -> None:
    inner = FirstOf((MoveToPosition(BEYOND), MoveToPosition(HERE)))
    trace, robot = perform(Sequence((inner, MoveToPosition(THERE))))
    assert trace.ok
    np.testing.assert_allclose(robot.observe().tcp[0], THERE, atol=2e-3)


def test_nothing_to_do_is_a_success_in_sequence_and_a_failure_as_first_of() -> None:
    assert perform(Sequence(()))[0].ok
    assert not perform(FirstOf(()))[0].ok
