"""Where a thing is said to be put is where it lies at the end."""

import dataclasses

import numpy as np
import pytest
from tests.llm_planner.search.test_search import at_start
from tests.llm_planner.search.test_ways import scene_of

from habilis.assets.scene.links import Link
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Thing
from habilis.policies.skills import Grasp, Lift, Place
from habilis.policies.skills.attempt import Attempt
from habilis.policies.skills.executor import run
from habilis.policies.skills.geometry.solids import around
from habilis.policies.skills.senses import Senses

CUBE = Thing("cube", (Part("cube", "box", (0.04, 0.04, 0.04)),), (0.3, 0.1, 0.0201), mass=0.1)
MAT = Thing("mat", (Part("mat", "box", (0.1, 0.1, 0.006)),), (0.3, -0.08, 0.003), fixed=True)
BLOCK = Thing("block", (Part("block", "box", (0.06, 0.06, 0.05)),), (0.3, -0.08, 0.025), fixed=True)
POSTS = Thing(
    "posts",
    tuple(Part(f"p{x}{y}", "box", (0.01, 0.01, 0.05), (0.02 * x, 0.02 * y, 0.025))
          for x in (-1, 1) for y in (-1, 1)),
    (0.3, -0.08, 0.0), fixed=True,
)  # fmt: skip
SLAB = Thing("cube", (Part("cube", "box", (0.06, 0.06, 0.03)),), (0.3, 0.1, 0.0151), mass=0.1)


def placed(thing: Thing, other: Thing, y: float | None, on: bool = True) -> Attempt:
    robot = at_start(scene_of(thing, other))
    where = None if y is None else (0.3, y)
    place = Place("cube", position=where, on=other.name if on else None)
    return run(robot, [Grasp("cube"), Lift("cube", height=0.1), place])


@pytest.mark.parametrize(("thing", "other"), [(CUBE, MAT), (CUBE, BLOCK), (SLAB, POSTS)])
def test_what_lies_on_something_is_on_it(thing: Thing, other: Thing) -> None:
    done = placed(thing, other, None)
    assert done.ok, done.reason


def test_what_lies_beside_something_flat_is_not_on_it() -> None:
    done = placed(CUBE, MAT, -0.16)
    assert not done.ok and "cube is not on mat: its bottom is at z = " in done.reason


@pytest.mark.parametrize("on", [True, False])
def test_what_falls_off_an_edge_is_said_to(on: bool) -> None:
    done = placed(CUBE, BLOCK, -0.128, on)
    assert not done.ok, "it came down beside the block"


LID = Part("lid", "box", (0.06, 0.03, 0.006))
BOX = dataclasses.replace(
    CUBE, name="box", links=(Link("lid", (LID,), pos=(0.05, 0.0, 0.01), mass=0.01),)
)
ONE = dataclasses.replace(CUBE, name="one", magnetic=("+x",))
TWO = dataclasses.replace(ONE, name="two", pos=(0.345, 0.1, 0.0201), magnetic=("-x",))


@pytest.mark.parametrize("things", [(BOX, MAT), (ONE, TWO)], ids=["a lid", "a chain"])
def test_what_hangs_together_is_put_where_it_is_said_to_be(things: tuple[Thing, ...]) -> None:
    robot, name = at_start(scene_of(*things)), things[0].name
    robot.hold(0.5)  # magnets snap
    done = run(robot, [Grasp(name), Lift(name, height=0.1), Place(name, position=(0.3, -0.16))])
    assert done.ok, done.reason
    senses = Senses(robot.scene, robot.world.bodies)
    senses.update(robot.observe())
    centre = around([senses.box(thing.name) for thing in things if thing.movable]).centre
    assert np.abs(centre[:2] - (0.3, -0.16)).max() < 0.005
    assert done.steps[-1].result.numbers["x"] == pytest.approx(centre[0], abs=0.001)
