"""A motion that does not arrive says what it came up against, or why it was not begun."""

import dataclasses
import os
import shutil
from pathlib import Path

import pytest
from tests.llm_planner.search.test_foreseen import senses_of

from habilis.assets.robots.registry import robot_spec
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.links import Link
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Thing
from habilis.assets.scenes import scene_path
from habilis.envs.robot.at_rest import ThingAtRest
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World
from habilis.policies.skills import make_skill
from habilis.policies.skills.attempt import Ask, Ending, Steps
from habilis.policies.skills.executor import run
from habilis.policies.skills.geometry.arm_room import arm_stopped
from habilis.policies.skills.geometry.effector import carried
from habilis.policies.skills.grasping import Grasp, Place
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import resting


def onto_a_cube(senses: Senses) -> Steps:
    """With closed fingers onto a cube that lies there."""
    x, y, _ = (float(v) for v in senses.get_center("cube1"))
    yield Ask(make_skill("close_gripper", {}))
    yield Ask(make_skill("move_to_position", {"position": (x, y, 0.012)}))
    return Ending("done")


def test_what_stands_in_the_way_is_named() -> None:
    scene = load_scene(scene_path("press_button_2023"))
    robot = SimRobot(World(compile_scene(scene), nthread=1))
    robot.reset(published(scene, 1))
    robot.arm()
    reason = run(robot, onto_a_cube).steps[-1].result.reason
    assert reason.endswith("m short of the position: the hand came up against cube1"), reason


def stands(name: str, size: tuple[float, float, float], y: float, mass: float) -> Thing:
    return Thing(name, (Part("p", "box", size),), (0.3, y, size[2] / 2), mass=mass)


@pytest.mark.parametrize(("robot", "rated"), [("fr3", 2.24), ("ur5e", 4.08)])
def test_what_the_arm_is_not_rated_to_carry_is_refused_with_both_weights(
    robot: str, rated: float
) -> None:
    base = load_scene(scene_path("press_button_2023"))
    block = stands("block", (0.05, 0.05, 0.05), 0.0, 8.0)
    scene = dataclasses.replace(
        base, robot=robot, entities=(block,), tool=None, goal=Predicate("held", "block")
    )
    senses = senses_of(scene)
    assert carried(robot) == pytest.approx(rated, abs=0.01)
    refused = Grasp("block").start(senses, resting(senses))
    want = f"block weighs 8 kg; the arm is rated to carry {rated:.2g} kg in its hand"
    assert refused is not None and refused.reason == want
    assert Grasp("block", raise_by=0.0).start(senses, resting(senses)) is None  # to be dragged


def test_a_grasp_that_stops_short_says_in_its_cause_what_it_met() -> None:
    base = load_scene(scene_path("press_button_2023"))
    low, tall = (
        stands("low", (0.05, 0.05, 0.04), 0.0, 0.1),
        stands("tall", (0.05, 0.05, 0.09), 0, 1),
    )
    tall = dataclasses.replace(tall, pos=(0.3, 0.056, 0.045), fixed=True)
    scene = dataclasses.replace(
        base, entities=(low, tall), goal=Predicate("held", "low"), tool=None
    )
    robot = SimRobot(World(compile_scene(scene), nthread=1))
    robot.reset(published(scene, 1))
    robot.arm()
    came = run(robot, [Grasp("low", yaw=0.0)]).steps[-1].result
    assert came.reason.startswith("the hand stopped 0.0") and came.reason.endswith("m short of low")
    assert came.cause == "the hand came up against tall", came.told
    assert came.told == f"{came.reason}: {came.cause}"


def test_an_arm_at_the_end_of_a_joint_says_which() -> None:
    scene = load_scene(scene_path("press_button_2023"))
    senses = senses_of(scene)
    assert arm_stopped(senses) == ""
    arm = robot_spec(scene.robot).arm
    q = senses.obs.q.copy()
    q[0, 3] = arm.upper[3]
    senses.update(dataclasses.replace(senses.obs, q=q))
    assert arm_stopped(senses).startswith(f"at the end of its range: {arm.joints[3]} (")


def test_fingers_let_go_in_a_narrow_place_without_pressing_on_its_walls() -> None:
    base, wall = load_scene(scene_path("press_button_2023")), Part("p", "box", (0.1, 0.01, 0.06))
    cube = stands("cube", (0.04, 0.04, 0.04), -0.12, 0.1)
    walls = tuple(
        Thing(f"wall{k}", (wall,), (0.3, 0.1 + k * 0.058, 0.03), fixed=True) for k in (-1, 1)
    )
    scene = dataclasses.replace(
        base, entities=(cube, *walls), goal=Predicate("held", "cube"), tool=None
    )
    robot = SimRobot(World(compile_scene(scene), nthread=1))
    robot.reset(published(scene, 1))
    robot.arm()
    came = run(robot, [Grasp("cube", yaw=0.0), Place("cube", (0.3, 0.1))]).steps[-1].result
    assert came.ok, came.told


def test_the_description_of_a_file_says_what_its_arm_carries(tmp_path: Path) -> None:
    models = Path(__file__).parents[2] / "assets/robots/loaded/models"
    shutil.copy(models / "heron.xml", tmp_path)
    note = tmp_path / "heron.yaml"
    told = (models / "heron.yaml").read_text()
    name = f"file:{tmp_path}/heron.xml"
    for rated in (3.0, 2.0):  # it is read anew when it changes
        note.write_text(told.replace("velocity: 2.5", f"velocity: 2.5\n  payload: {rated}"))
        os.utime(note, ns=(0, int(rated)))
        assert carried(name) == pytest.approx(rated - 0.67, abs=0.01)
    base = load_scene(scene_path("press_button_2023"))
    block = stands("block", (0.05, 0.05, 0.05), 0.0, 1.5)
    scene = dataclasses.replace(
        base, robot=name, entities=(block,), tool=None, goal=Predicate("held", "block")
    )
    senses = senses_of(scene)
    refused = Grasp("block").start(senses, resting(senses))
    assert refused is not None and "rated to carry 1.3 kg in its hand" in refused.reason


def test_a_tree_weighs_as_much_as_all_of_it() -> None:
    base = load_scene(scene_path("press_button_2023"))
    lid = Link("lid", (Part("l", "box", (0.05, 0.05, 0.01)),), pos=(0, 0, 0.03), mass=8.0)
    chest = dataclasses.replace(stands("chest", (0.05, 0.05, 0.05), 0.0, 0.1), links=(lid,))
    scene = dataclasses.replace(base, entities=(chest,), tool=None, goal=Predicate("held", "chest"))
    senses = senses_of(scene)
    refused = Grasp("chest").start(senses, resting(senses))
    assert refused is not None and refused.reason.startswith("chest weighs 8.1 kg")
    assert "8.1 kg" in ThingAtRest("chest", chest, (0, 0, 0), (1, 1, 1), 0, 0).line(whole=True)
