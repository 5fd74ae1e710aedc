"""A refusal says which ways were tried, what came nearest, and what rules out the rest."""

import dataclasses

import pytest
from tests.llm_planner.search.test_search import at_start, find, load
from tests.llm_planner.search.test_ways import SCENES, scene_of

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks import load_task
from habilis.llm_planner.run.plan import Step
from habilis.llm_planner.search.considered import DONE, Tried, considered
from habilis.llm_planner.search.misses import miss
from habilis.llm_planner.search.planner import SearchBudget
from habilis.policies.skills.senses import Senses

CUBE = Part("cube", "box", (0.05, 0.05, 0.05))


def ways(scene: Scene, *tried: Tried) -> tuple[str, ...]:
    robot = at_start(scene)
    senses = Senses(scene, robot.bodies)
    senses.update(robot.observe())
    return considered(senses, scene.goal, tried)


def post(name: str, y: float) -> Thing:
    part = Part("post", "box", (0.05, 0.03, 0.12))
    return Thing(name, (part,), (0.3, y, 0.06), fixed=True)


def test_what_keeps_the_hand_from_something_is_named() -> None:
    cube = Thing("cube", (CUBE,), (0.3, 0.0, 0.025), mass=0.1)
    by_hand, *_ = ways(scene_of(cube, post("left", 0.045), post("right", -0.045)))
    assert by_hand == "cube by hand: the hand would touch left and right on its way to it"


def test_a_place_out_of_reach_is_named_with_the_distance() -> None:
    cube = Thing("cube", (CUBE,), (0.3, 0.0, 0.025), mass=0.1)
    shelf = Thing("shelf", (CUBE,), (0.6, 0.0, 0.025), fixed=True)
    scene = dataclasses.replace(scene_of(cube, shelf), goal=Predicate("on", "cube", "shelf"))
    by_hand, *_ = ways(scene)
    assert by_hand == "cube by hand: the hand takes it, but shelf is 0.150 m out of reach"


def test_what_was_tried_is_counted_by_the_way_it_was_done() -> None:
    scene = load("reach_milk_2023")
    sweep = Step("sweep", {"object": "milk", "tool": "hammer"})
    with_hammer = (Step("grasp", {"object": "hammer"}), sweep)
    tried = [
        Tried("by hammer", 1.0, with_hammer, "it moved 0.004 of 0.1 m"),
        Tried("by hammer", 1.0, with_hammer, DONE),
        Tried("by hammer", 1.0, with_hammer, "it moved 0.002 of 0.1 m"),
        Tried("pushed", 1.0, (Step("sweep", {"object": "milk"}),), DONE),
    ]
    found = ways(scene, *tried)
    assert "milk with hammer: tried 3 times: most often it moved 0.004 of 0.1 m" in found
    fingers = "milk with the closed fingers: tried once: it ran through, but the goal did not hold"
    assert fingers in found
    assert not any("tried" in line for line in found if "by hand" in line)


def test_a_search_that_gives_up_says_what_came_nearest() -> None:
    scene = load_task("habilis/ReachMilkBroken-v0", scene="2023").scene()
    found = find(scene, SearchBudget(rollouts=2))
    assert "; nearest: move milk " in found.reason
    assert "lifted(milk, 0.05) unmet: milk rose 0.0" in found.reason


@pytest.mark.parametrize(
    ("goal", "text"),
    [
        (Predicate("moved", "cube", value=0.1), "cube moved 0.000 m"),
        (Predicate("near", "cube", "shelf", 0.1), "their middles are 0.300 m apart"),
        (Predicate("on", "cube", "shelf"), "cube is 0.250 m from shelf"),
        (Predicate("held", "cube"), "it does not hold"),
    ],
)
def test_how_far_a_state_is_from_a_goal_has_a_number(goal: Predicate, text: str) -> None:
    cube = Thing("cube", (CUBE,), (0.3, 0.0, 0.025), mass=0.1)
    shelf = Thing("shelf", (CUBE,), (0.6, 0.0, 0.025), fixed=True)
    found = miss(at_start(scene_of(cube, shelf)).world, goal)
    assert found is not None and found.unmet == 1 and found.text.endswith(text)


def test_what_is_under_a_bowl_is_at_one_place_with_it_and_not_in_it() -> None:
    roof = Part("roof", "box", (0.12, 0.12, 0.004), pos=(0.0, 0.0, 0.028))
    walls = [
        Part(f"wall{k}", "box", size, pos=pos)
        for k, (size, pos) in enumerate(
            ((0.004, 0.12, 0.06) if x else (0.12, 0.004, 0.06), (0.058 * x, 0.058 * y, 0.0))
            for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))
        )
    ]
    bowl = Thing("bowl", (roof, *walls), (0.3, 0.0, 0.03), mass=0.2)
    cube = Thing("cube", (Part("cube", "box", (0.03, 0.03, 0.03)),), (0.3, 0.0, 0.015), mass=0.1)
    scene = dataclasses.replace(scene_of(cube, bowl), goal=Predicate("in", "cube", "bowl"))
    found = miss(at_start(scene).world, scene.goal)
    assert found is not None and found.text == (
        "in(cube, bowl) unmet: cube is at one place with bowl, but has no floor below and a roof"
        " above, and walls on 8 of 8 sides"
    )
    scene = dataclasses.replace(scene, goal=Predicate("touching", "cube", "bowl"))
    found = miss(at_start(scene).world, scene.goal)
    assert found is not None and found.text.endswith(
        "at one place with bowl, but does not touch it"
    )


def test_why_a_drawer_is_not_opened_is_told_of_what_goes_in() -> None:
    """It was tried once to let go of the key above the closed drawer, and the jaw did not open."""
    scene = load_scene(SCENES.parent / "refused" / "drawer_knob.yaml")
    handle = "cab/drawer by a handle: the hand gets around no handle of cab/drawer from above"
    assert handle in ways(scene)
