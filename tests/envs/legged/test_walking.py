"""Walking, in physics: it gets there, stays on its feet, and stands still."""

import numpy as np
import pytest

from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.envs.control.command import Command, CommandBatch, stack
from habilis.envs.control.limiter import StoppedError
from habilis.envs.legged.robot import LeggedRobot
from habilis.envs.legged.trot import turns
from habilis.envs.robot.robot import published
from habilis.envs.robot.simulated import simulated
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.world import World


def scene(*things: Thing, goal: Predicate | None = None) -> Scene:
    crate = Thing("crate", (Part("crate", "box", (0.2, 0.2, 0.2)),), (3.5, 3.5, 0.1005))
    box = Workspace((-4.0, -4.0, 0.0), (4.0, 4.0, 1.0))
    wanted = goal or Predicate("moved", "crate", value=0.5)
    return Scene("walk", "Walk.", (crate, *things), box, wanted, robot="go1", base=(0, 0, 0))


def robots(given: Scene, n: int) -> LeggedRobot:
    robot = simulated(World(compile_scene(given), n))
    assert isinstance(robot, LeggedRobot)
    robot.reset(published(given, n))
    return robot


def go(robot: LeggedRobot, goal: np.ndarray, heading: np.ndarray, seconds: float) -> None:
    batch = CommandBatch(np.pad(goal, ((0, 0), (0, 1))), np.zeros(robot.n), turns(heading))
    for _ in range(round(seconds / 0.02)):
        robot.command(batch)


def test_it_stands_still() -> None:
    robot = robots(scene(), 2)
    robot.hold(1.0)
    start = robot.trunk().pos.copy()
    robot.hold(1.0)
    assert robot.trunk().pos == pytest.approx(start, abs=2e-4)
    assert start[:, 2] == pytest.approx(np.full(2, 0.28), abs=5e-3)


def test_it_walks_to_places_with_a_heading() -> None:
    robot = robots(scene(), 6)
    rng = np.random.default_rng(2)
    robot.place(np.zeros((6, 2)), rng.uniform(-np.pi, np.pi, 6))
    goal, heading = rng.uniform(-1.0, 1.0, (6, 2)), rng.uniform(-1.0, 1.0, 6)
    go(robot, goal, heading, 12.0)
    trunk = robot.trunk()
    assert (trunk.rot[:, 2, 2] > 0.98).all()
    assert np.linalg.norm(trunk.pos[:, :2] - goal, axis=1).max() < 0.03
    assert np.abs(trunk.yaw - heading).max() < 0.1
    assert np.abs(trunk.velocity).max() < 0.01


def test_what_it_stands_on_is_told_by_its_feet() -> None:
    step = Thing("step", (Part("step", "box", (1.2, 1.6, 0.12)),), (1.2, 0.0, 0.06), fixed=True)
    robot = robots(scene(step, goal=Predicate("stands", "step")), 4)
    robot.hold(0.3)
    assert not evaluate(robot.scene.goal, robot.world).any()
    go(robot, np.tile([1.2, 0.0], (4, 1)), np.zeros(4), 9.0)
    assert evaluate(robot.scene.goal, robot.world).sum() >= 3
    robot.place(np.tile([0.0, 0.0], (4, 1)), np.zeros(4))
    assert not evaluate(robot.scene.goal, robot.world).any()


def test_it_goes_on_from_a_saved_state_as_before() -> None:
    robot = robots(scene(), 1)
    robot.hold(0.5)
    saved, ends = robot.world.save(), []
    for _ in range(2):
        robot.world.restore(saved)
        robot.arm()
        go(robot, np.array([[0.5, 0.2]]), np.zeros(1), 2.0)
        ends.append(robot.trunk().pos.copy())
    assert np.array_equal(ends[0], ends[1])


def test_a_stop_holds_and_what_legs_cannot_do_is_refused() -> None:
    robot = robots(scene(), 1)
    stay = Command(np.zeros(3), 0.0, np.eye(3))
    with pytest.raises(ValueError, match="nothing to take things with"):
        robot.command(stack([Command(np.zeros(3), 0.0, np.eye(3), frame="crate/grip")]))
    with pytest.raises(ValueError, match="finite"):
        robot.command(stack([Command(np.full(3, np.nan), 0.0, np.eye(3))]))
    robot.stop()
    with pytest.raises(StoppedError, match="re-arm"):
        robot.command(stack([stay]))
    robot.arm()
    robot.command(stack([stay]))
