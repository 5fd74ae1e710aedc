"""Tasks acted out on a robot behind the bridge: what can be observed there, and what cannot."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from habilis.envs.core import Core
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.robot.episodes import LiveCore
from habilis.envs.ros.robot.robot import RosRobot
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.envs.task import TaskSpec
from habilis.envs.tasks import load_task
from habilis.envs.terms.term import Term
from habilis.envs.world.state import State

PATIENT = {"state_age": 2.0, "state_delay": 2.0, "command_age": 2.0}


@pytest.fixture(scope="module")
def task() -> TaskSpec:
    return load_task("habilis/Scene-v0", scene="training/push", variation=0.0)


@pytest.fixture
def robot(task: TaskSpec) -> Iterator[RosRobot]:
    bus, profile = Bus(), load_profile("fr3")
    profile = dataclasses.replace(profile, watch=dataclasses.replace(profile.watch, **PATIENT))
    server = SimServer(profile, LocalTransport(bus), task.scene())
    server.start()
    with RosRobot(profile, LocalTransport(bus), task.scene()) as robot:
        yield robot
    server.close()


def peak(state: State) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return state.world.ledger.peak


def test_a_term_of_contact_forces_is_named_before_anything_moves(
    task: TaskSpec, robot: RosRobot
) -> None:
    shown = {"state": {"tcp": task.observations["state"]["tcp"], "pressing": Term(peak)}}  # type: ignore[index]
    asking = dataclasses.replace(task, observations=shown)
    with pytest.raises(ValueError, match=r"state/pressing needs contact forces \(peak\)"):
        LiveCore(asking, robot)
    with pytest.raises(ValueError, match="'rgb' is a camera's"):
        LiveCore(task, robot, "rgb")
    assert robot.joints.stopped == "not armed yet"


def test_the_observation_is_that_of_the_simulation(task: TaskSpec, robot: RosRobot) -> None:
    live, simulated = LiveCore(task, robot), Core(task, 1)
    rng = np.random.default_rng(0)
    simulated.reset(np.zeros(1, int), [rng])
    live.reset(np.zeros(1, int), [rng])
    assert live.observation_space == simulated.observation_space
    seen, known = live.observe(), simulated.observe()
    assert isinstance(seen, np.ndarray) and isinstance(known, np.ndarray)
    np.testing.assert_allclose(seen, known, atol=0.02)


def test_actions_move_the_robot(task: TaskSpec, robot: RosRobot) -> None:
    core = LiveCore(task, robot)
    core.reset(np.zeros(1, int), [np.random.default_rng(0)])
    before = core.state.tcp[0].copy()
    fastest = 0.0
    for _ in range(4):
        core.step(np.array([[0.0, 0.5, 0.0, 1.0]]))
        fastest = max(fastest, float(np.abs(core.world.qd).max()))
    assert 0.05 < fastest < 2.0  # speeds are those of the robot
    moved = core.state.tcp[0] - before
    assert moved[1] > 0.015 and abs(moved[0]) < 0.01
    robot.stop("the test is over")
