"""Environments whose actions are velocities of a robot on legs."""

import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.envs.core import Core
from habilis.envs.tasks import load_task

CLIMB, TRAVERSE = "habilis/ClimbSofa-v0", "habilis/TraverseSofa-v0"


def begun(task: str, n: int = 2) -> Core:
    core = Core(load_task(task, variation=0.0), n)
    core.reset(np.arange(n), [np.random.default_rng(i) for i in range(n)])
    return core


def acted(core: Core, action: Array, seconds: float) -> None:
    for _ in range(round(seconds / core.dt)):
        core.step(np.tile(action, (core.n, 1)))


def test_an_action_is_a_velocity_and_nothing_is_standing_still() -> None:
    core = begun(CLIMB)
    acted(core, np.array([0.0, 0.0, 0.0, -1.0]), 0.5)
    assert np.abs(core.state.tcp[:, :2]).max() < 0.01
    core.step(np.array([[-0.4, 0.0, 0.0, -1.0], [0.0, 0.0, 0.8, -1.0]]))
    for _ in range(19):
        core.step(np.array([[-0.4, 0.0, 0.0, -1.0], [0.0, 0.0, 0.8, -1.0]]))
    assert core.state.tcp[0, 0] == pytest.approx(-0.4, abs=0.12)
    yaw = np.arctan2(core.state.tcp_rot[1, 1, 0], core.state.tcp_rot[1, 0, 0])
    assert yaw == pytest.approx(1.6, abs=0.4)
    assert not core.failed.any()


def test_who_pushes_is_told_what_is_right_ahead_and_on_the_same_ground() -> None:
    core = begun(CLIMB)
    control, world = core.control, core.world
    every = np.ones(2, bool)
    assert control.ahead(every) == ("", "")
    world._qpos[0, world.columns.base.start] += 0.5
    assert control.ahead(every) == ("box_1", "")
    assert control.ahead(~every) == ("", "")
    traverse = begun(TRAVERSE)
    assert set(traverse.control.ahead(every)) <= {"surfboard", ""}


def test_a_robot_that_is_put_onto_the_goal_has_not_climbed_it() -> None:
    core = begun(CLIMB)
    world = core.world
    at = world._qpos[:, world.columns.base]
    at[:, :3] += (3.0, 0.2, 0.34)
    core.control.reset(np.arange(2))
    acted(core, np.array([0.0, 0.0, 0.0, -1.0]), 1.0)
    assert core.monitor.holds(0) and not core.success.any()
    assert "the robot was moved 3.000 m by nothing that is simulated" in core.monitor.unmet(0)


def test_a_fall_ends_the_episode() -> None:
    core = begun(TRAVERSE)
    core.world._qpos[0, core.world.columns.base][3:] = (0.0, 1.0, 0.0, 0.0)
    core.step(np.zeros((2, 4)))
    assert core.failure.tolist() == ["the robot fell", ""] and core.terminated.tolist() == [1, 0]


def test_legs_have_used_a_tool_that_they_moved_and_not_one_that_they_brushed() -> None:
    core = begun(CLIMB)
    ledger = core.world.ledger
    column = ledger.column("robot", "box_1")
    ledger.duration[:, column] = 1.0
    ledger.moved[:, column, ledger.pairs[column].index("box_1")] = 0.02, 0.1
    assert core.monitor.caused().tolist() == [False, True]
    core.monitor.held[:] = 1.0
    assert "the robot moved it 0.020 m, of 0.050 m that are asked" in core.monitor.unmet(0)


def test_no_foot_is_put_onto_a_wall() -> None:
    trot = begun(CLIMB, 1).control.walking.trot
    spot = np.full((1, 4, 2), 0.94)
    _, height = trot._snapped(spot, np.full(1, np.pi / 2), lambda p: 0.24 * (p[..., 1] > 0.95))
    assert height.max() == 0.0
