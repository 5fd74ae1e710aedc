"""Held is what is between the fingers, and not what they press on; moved is what went away."""

import numpy as np
import pytest

from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.envs.control.command import CommandBatch
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.world import World

WORKSPACE = Workspace((0.0, -0.25, 0.005), (0.45, 0.25, 0.3))
HELD = Predicate("held", "thing")


def robot_with(thing: Thing, robot: str = "fr3") -> SimRobot:
    sim = SimRobot(
        World(compile_scene(Scene("grip", "Hold it.", (thing,), WORKSPACE, HELD, robot)))
    )
    sim.reset(published(sim.scene, 1))
    return sim


def go(sim: SimRobot, way: list[tuple[float, float, float]], opening: float) -> None:
    for at in way:
        for _ in range(60):
            sim.command(CommandBatch(np.array([at]), np.array([opening])))


def touched(sim: SimRobot) -> list[bool]:
    ledger = sim.world.ledger
    fingers = sim.world.robot.effector.fingers
    return [bool(ledger.now[0, ledger.column(finger, "thing")]) for finger in fingers]


def block(wide: float = 0.05, at: float = 0.0) -> Thing:
    part = Part("block", "box", (0.05, wide, 0.06))
    return Thing("thing", (part,), (0.3, at, 0.03), mass=0.3)


@pytest.mark.parametrize("height", [0.068, 0.06, 0.05])
def test_what_the_fingers_press_on_from_above_is_not_held(height: float) -> None:
    """However hard they press."""
    sim = robot_with(block())
    go(sim, [(0.3, 0, 0.15), (0.3, 0, height)], 0.02)
    assert touched(sim) == [True, True]
    assert not evaluate(HELD, sim.world)[0]


def test_what_the_fingers_push_from_one_side_is_not_held() -> None:
    thing = Thing("thing", (Part("wall", "box", (0.05, 0.2, 0.06)),), (0.3, 0, 0.03), mass=5.0)
    sim = robot_with(thing)
    go(sim, [(0.2, 0, 0.15), (0.2, 0, 0.04), (0.28, 0, 0.04)], 0.04)
    assert touched(sim) == [True, True]
    assert not evaluate(HELD, sim.world)[0]


BALL = Thing("thing", (Part("ball", "sphere", (0.05,)),), (0.3, 0, 0.025), mass=0.1, rolling=0.001)
COIN = Thing("thing", (Part("coin", "cylinder", (0.06, 0.02)),), (0.3, 0, 0.01), mass=0.02)


@pytest.mark.parametrize("thing", [block(), block(0.004), BALL, COIN])
@pytest.mark.parametrize("robot", ["fr3", "ur5e+robotiq_2f85"])
def test_what_is_between_the_fingers_is_held_and_stays_so(thing: Thing, robot: str) -> None:
    sim = robot_with(thing, robot)
    low = max(thing.pos[2], 0.012)
    go(sim, [(0.3, 0, 0.15), (0.3, 0, low)], 0.08)
    assert not evaluate(HELD, sim.world)[0]
    go(sim, [(0.3, 0, low), (0.3, 0, 0.15)], 0.0)
    assert sim.world.pos[0, 0, 2] > 0.1
    assert evaluate(HELD, sim.world)[0]


def test_a_robot_without_fingers_holds_nothing() -> None:
    scene = Scene("grip", "Hold it.", (block(),), WORKSPACE, HELD, "go1")
    world = World(compile_scene(scene))
    assert not evaluate(HELD, world)[0]


@pytest.mark.parametrize(("about", "moved"), [((0.0, 0.0), False), ((0.1, 0.0), True)])
def test_moved_is_where_the_middle_went(about: tuple[float, float], moved: bool) -> None:
    """A bar that is turned half round about a point of its own."""
    bar = Part("bar", "box", (0.2, 0.02, 0.02), (*about, 0.0))
    sim = robot_with(Thing("thing", (bar,), (0.3, 0, 0.01), mass=0.1))
    world = sim.world
    world._qpos[0, world.compiled.index.qpos("thing")[3:7]] = (0.0, 0.0, 0.0, 1.0)
    world._poses.refresh()
    assert evaluate(Predicate("moved", "thing", value=0.05), world)[0] == moved
