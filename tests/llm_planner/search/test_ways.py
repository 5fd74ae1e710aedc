"""Kinds of scenes that nothing shipped is like, each found by geometry and proved by physics."""

import dataclasses
from pathlib import Path

import pytest
from tests.llm_planner.search.test_search import at_start, carry_out, find

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing
from habilis.assets.scenes import scene_path
from habilis.llm_planner.search.arranging import push_near
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
