"""What geometry only suspects orders the search's candidates; it does not rule them out."""

import dataclasses

import numpy as np
import pytest
from tests.llm_planner.search.test_search import at_start
from tests.llm_planner.search.test_ways import SCENES, scene_of

from habilis.assets.arrays import Array
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks import load_task
from habilis.llm_planner.search.affordances import missing
from habilis.llm_planner.search.goals import options
from habilis.llm_planner.search.options import Option
from habilis.policies.skills.geometry.grips import choose_grip
from habilis.policies.skills.geometry.solids import Box
from habilis.policies.skills.senses import Senses


def senses_of(scene: Scene) -> Senses:
    robot = at_start(scene)
    senses = Senses(scene, robot.bodies)
    senses.update(robot.observe())
    return senses


def ways(scene: Scene) -> list[Option]:
    return list(options(senses_of(scene), scene.goal))


def box(
    name: str, size: tuple[float, float, float], at: tuple[float, float], fixed: bool = False
) -> Thing:
    return Thing(name, (Part("p", "box", size),), (*at, size[2] / 2), mass=0.1, fixed=fixed)


@pytest.mark.parametrize(("between", "taken"), [(0.028, True), (0.012, False)])
def test_a_grasp_beside_something_fixed_is_tried_late_unless_it_surely_meets_it(
    between: float, taken: bool
) -> None:
    cube, half = box("cube", (0.04, 0.04, 0.04), (0.3, 0.0)), 0.03 + between
    around = [
        box(f"post{k}", (0.02, 0.02, 0.05), (0.3 + x * half, y * half), fixed=True)
        for k, (x, y) in enumerate([(1, 0), (-1, 0), (0, 1), (0, -1)])
    ]  # fmt: skip
    takes = [way for way in ways(scene_of(cube, *around)) if way.steps[0].skill == "grasp"]
    assert [way.dared for way in takes] == [True] * len(takes) and bool(takes) == taken
    assert all("although the hand may touch post" in way.why for way in takes)


def test_what_may_be_touched_is_also_taken_out_of_the_way() -> None:
    cube, half = box("cube", (0.04, 0.04, 0.04), (0.3, 0.0)), 0.061
    around = [
        box(f"b{k}", (0.026, 0.026, 0.05), (0.3 + x * half, y * half))
        for k, (x, y) in enumerate([(1, 0), (-1, 0), (0, 1), (0, -1)])
    ]
    found = ways(scene_of(cube, *around))
    assert any(way.dared for way in found)
    assert any("out of the way of cube" in way.why for way in found)


def test_fingers_open_less_far_where_there_is_no_room_for_more() -> None:
    cube, gap = box("cube", (0.04, 0.04, 0.04), (0.3, 0.0)), 0.058
    walls = [box(f"w{k}", (0.2, 0.01, 0.06), (0.3, k * gap), fixed=True) for k in (-1, 1)]
    ends = [box(f"e{k}", (0.01, 0.1, 0.06), (0.3 + k * gap, 0), fixed=True) for k in (-1, 1)]
    grip = choose_grip(senses_of(scene_of(cube, *walls, *ends)), "cube")
    assert grip.clear and grip.opening == pytest.approx(0.052, abs=0.001)
    assert choose_grip(senses_of(scene_of(cube)), "cube").opening == pytest.approx(0.08)


def test_a_thing_is_pushed_onto_what_is_hardly_wider_and_a_little_lower() -> None:
    thing = Box(*corners(0.0, 0.1, 0.05))
    ((way, far),) = missing(thing, Box(*corners(0.3, 0.14, 0.0, top=0.045)))
    assert way == "+x" and far == pytest.approx(0.29)
    assert missing(thing, Box(*corners(0.3, 0.14, 0.0, top=0.03))) == []
    assert missing(thing, Box(*corners(0.3, 0.09, 0.0, top=0.05))) == []


def test_what_stands_on_something_is_pushed_at_its_own_height() -> None:
    stand = box("stand", (0.4, 0.2, 0.05), (0.25, 0.0), fixed=True)
    block = dataclasses.replace(box("block", (0.1, 0.1, 0.04), (0.15, 0.0)), pos=(0.15, 0.0, 0.07))
    scene = dataclasses.replace(scene_of(block, stand), goal=Predicate("moved", "block", value=0.1))
    pushes = [step for way in ways(scene) for step in way.steps if step.skill == "sweep"]
    assert pushes and all(step.args["height"] == pytest.approx(0.054) for step in pushes)


def test_a_tool_rises_straight_out_of_what_it_stands_in_before_it_goes_anywhere() -> None:
    scene = load_task("habilis/BoltInBlock-v0").scene()
    x, y, _ = scene.entity("pin").pos
    presses = [way for way in ways(scene) if "with the shank of pin" in way.why]
    for way in presses:
        grasp, up, *_, last = way.steps
        assert (grasp.skill, up.skill) == ("grasp", "move_to_position")
        assert up.args["position"][:2] == pytest.approx((x, y))
        assert last.skill == "move_frame" and last.args["frame"] == "tip"
    assert presses


def test_a_lid_that_would_fall_shut_is_also_kept_up_and_a_door_is_not() -> None:
    for name, link, kept in (("chest", "chest/lid", True), ("door", None, False)):
        scene = load_scene(SCENES / f"{name}.yaml")
        hinged = [f"{e.name}/{part.name}" for e in scene.entities for part in e.links if part.joint]
        want = Predicate("joint", link or hinged[0], value=0.5)
        found = ways(dataclasses.replace(scene, goal=want))
        hands = [way for way in found if way.steps[0].skill == "move_joint"]
        assert hands and any("keep it there" in way.why for way in hands) == kept
        assert all(way.steps[0].args["to"] > 0.57 for way in hands)


def corners(x: float, size: float, low: float, top: float | None = None) -> tuple[Array, Array]:
    half = size / 2
    high = low + 0.04 if top is None else top
    return np.array([x - half, -half, low]), np.array([x + half, half, high])
