"""Kinds of scenes that nothing shipped is like, each found by geometry and proved by physics."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tests.llm_planner.search.test_search import at_start, carry_out, find

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import Not, Predicate
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing
from habilis.assets.scenes import scene_path
from habilis.llm_planner.run.plan import Plan
from habilis.llm_planner.search.arranging import push_near
from habilis.llm_planner.search.considered import considered
from habilis.llm_planner.search.goals import options
from habilis.llm_planner.search.options import graspable
from habilis.llm_planner.search.ways.spots import spots_on
from habilis.policies.skills.geometry.grips import choose_grip
from habilis.policies.skills.senses import Senses

SCENES = Path(__file__).parents[2] / "data" / "scenes"


def scene_of(*things: Thing) -> Scene:
    base = load_scene(scene_path("reach_milk_2023"))
    goal = Predicate("lifted", things[0].name, value=0.05)
    return dataclasses.replace(base, name="ways", entities=things, goal=goal, tool=None)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.stem for path in SCENES.glob("*.yaml")))
def test_a_way_is_found_and_holds(name: str) -> None:
    scene = load_scene(SCENES / f"{name}.yaml")
    found = find(scene)
    assert found.plan is not None, found.reason
    attempt = carry_out(scene, found.plan)
    assert attempt.ok, attempt.reason


def test_something_tall_without_a_grip_frame_is_picked_up_at_once() -> None:
    post = Thing("post", (Part("post", "cylinder", (0.05, 0.14)),), (0.3, 0.05, 0.07), mass=0.1)
    found = find(scene_of(post))
    assert found.plan is not None and found.rollouts <= 2, found.reason


def test_what_is_fixed_is_held_where_it_is() -> None:
    post = Thing("post", (Part("post", "box", (0.04, 0.04, 0.1)),), (0.3, 0.05, 0.05), fixed=True)
    scene = dataclasses.replace(scene_of(post), goal=Predicate("held", "post"))
    found = find(scene)
    assert found.plan is not None, found.reason
    assert [step.skill for step in found.plan.steps] == ["grasp"]
    assert carry_out(scene, found.plan).ok


@pytest.mark.parametrize(("asked", "least"), [(0.1, 0.0), (0.2, 0.05)])
def test_something_is_pushed_no_farther_than_the_goal_asks(asked: float, least: float) -> None:
    part = Part("cube", "box", (0.05, 0.05, 0.05))
    one, two = Thing("one", (part,), (0.15, 0.0, 0.025)), Thing("two", (part,), (0.4, 0.0, 0.025))
    robot = at_start(scene_of(one, two))
    senses = Senses(robot.scene, robot.bodies)
    senses.update(robot.observe())
    ways = list(push_near(senses, Predicate("near", "one", "two", asked)))
    lengths = {
        step.args["distance"] for way in ways for step in way.steps if "distance" in step.args
    }
    assert lengths and all(0.25 - asked < length < 0.25 - least for length in lengths)


def sensed(scene: Scene) -> Senses:
    robot = at_start(scene)
    senses = Senses(robot.scene, robot.bodies)
    senses.update(robot.observe())
    return senses


def cube(name: str, x: float, y: float, z: float = 0.02) -> Thing:
    return Thing(name, (Part("cube", "box", (0.04, 0.04, 0.04)),), (x, y, z))


def test_a_second_thing_is_put_beside_the_first_and_room_is_left_for_it() -> None:
    plate = Thing("plate", (Part("p", "box", (0.14, 0.14, 0.01)),), (0.35, 0.0, 0.005), fixed=True)
    first, second = cube("first", 0.15, -0.1), cube("second", 0.15, 0.1)
    empty = sensed(scene_of(first, second, plate))
    assert spots_on(empty, "first", "plate", crowded=False) == [None]
    middle, corner = spots_on(empty, "first", "plate", crowded=True)
    assert middle is None and corner is not None and abs(corner[0] - 0.35) > 0.04
    half_full = sensed(scene_of(cube("first", 0.35, 0.0, 0.03), second, plate))
    (beside,) = spots_on(half_full, "second", "plate", crowded=False)
    assert beside is not None and 0.04 < abs(beside[0] - 0.35) < 0.05


@pytest.mark.parametrize(
    "bar", [Predicate("near", "one", "two", 0.1), Predicate("on", "one", "two")]
)
def test_what_must_not_be_is_parted_and_ways_to_it_are_named(bar: Predicate) -> None:
    scene = scene_of(cube("one", 0.3, 0.0), cube("two", 0.3, 0.06))
    senses = sensed(dataclasses.replace(scene, goal=Not(bar)))
    ways = {option.why for option in options(senses, Not(bar), lambda p: p == bar)}
    assert {"put one away from two", "put two away from one"} <= ways
    assert any("with the fingers" in why for why in ways)
    assert any("one by hand" in line for line in considered(senses, Not(bar)))
    unmet = {option.why for option in options(senses, Not(bar), lambda _: False)}
    assert not any("away" in why for why in unmet)


def test_a_slanted_handle_is_gripped_along_its_sides_where_it_is_too_wide_across() -> None:
    parts = (
        Part("handle", "box", (0.26, 0.02, 0.04), (0.1, 0.0, 0.0)),
        Part("arm", "box", (0.02, 0.1, 0.04), (0.22, 0.04, 0.0)),
    )
    hook = Thing(
        "hook", parts, (0.35, -0.12, 0.02), yaw=np.radians(170.0), frames={"grip": (0, 0, 0)}
    )
    senses = sensed(scene_of(cube("one", 0.2, 0.1), hook))
    grip = choose_grip(senses, "hook")
    assert grip.centred < 0.03 and graspable(senses, "hook")


@pytest.mark.parametrize("degrees", [-30.0, 90.0, 170.0])
def test_a_tool_that_lies_askew_is_put_down_straight_before_it_is_used(degrees: float) -> None:
    parts = (
        Part("handle", "box", (0.26, 0.02, 0.04), (0.1, 0.0, 0.0)),
        Part("arm", "box", (0.02, 0.1, 0.04), (0.22, 0.04, 0.0)),
    )
    yaw, frames = np.radians(degrees), {"grip": (0.0, 0.0, 0.0)}
    hook = Thing("hook", parts, (0.2, -0.2, 0.02), yaw=yaw, frames=frames)
    goal = Predicate("lifted", "one", value=0.05)
    senses = sensed(scene_of(cube("one", 0.52, 0.0), hook))
    found = [o for o in options(senses, goal) if "turned by" in o.why]
    assert found
    for option in found:
        *lay, grasp, sweep, place = option.steps
        assert [grasp.skill, sweep.skill, place.skill] == ["grasp", "sweep", "place"]
        assert lay and [s.skill for s in lay] == ["grasp", "place"] * (len(lay) // 2)
        taken = [s.args["yaw"] for s in lay[::2] if "yaw" in s.args]
        assert all(abs(float(str(yaw))) <= np.radians(100) for yaw in taken)
    assert 0.0 in {option.steps[-4].args["yaw"] for option in found}


def test_a_hook_that_points_backwards_is_turned_in_two_goes_and_used() -> None:
    """Between them the hand turns by half a turn, which its wrist bears one way round only."""
    parts = (
        Part("handle", "box", (0.26, 0.02, 0.04), (0.1, 0.0, 0.0)),
        Part("arm", "box", (0.02, 0.1, 0.04), (0.22, 0.04, 0.0)),
    )
    yaw, frames = np.radians(170.0), {"grip": (0.0, 0.0, 0.0)}
    hook = Thing("hook", parts, (0.3, -0.12, 0.02), yaw=yaw, mass=0.2, frames=frames, tool=True)
    cup = Thing("cup", (Part("cup", "cylinder", (0.05, 0.08)),), (0.54, 0.0, 0.04), mass=0.15)
    scene = scene_of(cup, hook)
    way = next(o for o in options(sensed(scene), scene.goal) if "turned by" in o.why)
    attempt = carry_out(scene, Plan(scene.name, "", way.steps))
    assert [trace.skill for trace in attempt.steps] == [step.skill for step in way.steps]
    assert attempt.steps[-1].result.ok


def test_what_is_to_come_down_is_pushed_over_each_edge_of_what_it_stands_on() -> None:
    senses = sensed(load_scene(SCENES / "ledge.yaml"))
    pushes = [way.steps[0].args for way in options(senses, senses.scene.goal)]
    assert {push["direction"] for push in pushes} == {"+x", "-x", "+y", "-y"}
    assert min(push["distance"] for push in pushes) == pytest.approx(0.09)


def test_a_lid_is_put_aside_for_what_goes_into_the_box_and_nothing_else_is() -> None:
    senses = sensed(load_scene(SCENES / "lid_on_box.yaml"))
    found = [o for o in options(senses, senses.scene.goal) if "out of the way" in o.why]
    assert [o.why for o in found] == ["put lid out of the way of box"]
    off = dataclasses.replace(senses.scene.entity("lid"), pos=(0.3, -0.1, 0.003))
    senses = sensed(senses.scene.replace_entities([off]))
    assert not [o for o in options(senses, senses.scene.goal) if "out of the way" in o.why]


def test_what_lies_on_another_at_the_start_is_not_off_it_already() -> None:
    found = find(load_scene(SCENES / "lid_of_a_pot.yaml"))
    assert found.plan is not None, found.reason
    assert [step.skill for step in found.plan.steps] == ["grasp", "place"]
