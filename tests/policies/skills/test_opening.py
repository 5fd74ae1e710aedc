"""Tests of opening and shutting by hand: drawers, lids and doors."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tests.policies.skills.test_poses import perform, ready, senses_of

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.links import Link
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path
from habilis.llm_planner.search.considered import considered
from habilis.llm_planner.search.goals import options
from habilis.policies.skills.joints.opening import MoveJoint, handles
from habilis.policies.skills.joints.present import joint_now
from habilis.policies.skills.skill import skills_for

SCENES = Path(__file__).parents[2] / "data" / "scenes"
DRAWER = "cabinet/drawer"


def drawer() -> Scene:
    return load_scene(scene_path("gallery_drawer"))


def box(scene: Scene) -> Link:
    link = scene.body(DRAWER)
    assert isinstance(link, Link)
    return link


@pytest.mark.parametrize(
    ("scene", "name", "to"),
    [
        (scene_path("gallery_drawer"), DRAWER, 0.16),
        (SCENES / "chest.yaml", "chest/lid", 1.8),
        (SCENES / "door.yaml", "pen/door", 1.2),
    ],
)
def test_what_is_on_a_joint_is_opened_and_shut_by_its_handle(
    scene: Path, name: str, to: float
) -> None:
    robot = ready(load_scene(scene))
    result = perform(robot, MoveJoint(name, to))
    assert result.ok, result.reason
    assert robot.world.opening(name)[0] == pytest.approx(to, abs=0.1 * to)
    assert joint_now(senses_of(robot), name).opening == pytest.approx(  # type: ignore[union-attr]
        robot.world.opening(name)[0], abs=1e-3
    )
    result = perform(robot, MoveJoint(name, 0.0))
    assert result.ok, result.reason
    assert abs(robot.world.opening(name)[0]) < 0.2 * to


def test_it_says_why_it_cannot() -> None:
    robot = ready(drawer())
    assert "goes from 0.000 to 0.160, 0.300" in perform(robot, MoveJoint(DRAWER, 0.3)).reason
    assert "not on a slide or a hinge" in perform(robot, MoveJoint("soap", 0.1)).reason
    assert "did you mean 'drawer'" in perform(robot, MoveJoint("cabinet/draw", 0.1)).reason
    floor = perform(robot, MoveJoint(DRAWER, 0.1, (0.0, 0.0, -0.025)))
    assert "gets around no handle of cabinet/drawer from above" in floor.reason
    assert robot.world.opening(DRAWER)[0] == pytest.approx(0.0, abs=1e-3)


def test_a_drawer_that_is_stuck_is_not_said_to_be_open() -> None:
    scene = drawer()
    link = box(scene)
    assert link.joint is not None
    link = dataclasses.replace(link, joint=dataclasses.replace(link.joint, frictionloss=200.0))
    cabinet = dataclasses.replace(scene.entity("cabinet"), links=(link,))
    robot = ready(dataclasses.replace(scene, entities=(cabinet, scene.entity("soap"))))
    result = perform(robot, MoveJoint(DRAWER, 0.16))
    assert not result.ok and "0.160 m was asked for" in result.reason


def test_planners_are_told_of_it_only_where_something_has_a_link_on_a_joint() -> None:
    assert "move_joint" in skills_for(drawer())
    for name in ("press_button_2023", "beads_in_vials", "reach_milk_2023"):
        assert "move_joint" not in skills_for(load_scene(scene_path(name)))


def test_a_point_of_a_lid_goes_around_its_hinge() -> None:
    robot = ready(load_scene(SCENES / "chest.yaml"))
    senses = senses_of(robot)
    joint, knob = joint_now(senses, "chest/lid"), next(handles(senses, "chest/lid")).grip.point
    assert joint is not None and joint.hinge
    up = joint.carried(knob, np.pi / 2)
    assert joint.arm(up) == pytest.approx(joint.arm(knob)) == pytest.approx(0.121, abs=0.002)
    assert up[2] == pytest.approx(joint.anchor[2] + 0.12, abs=0.001)


def test_the_search_opens_what_hides_a_thing_and_shuts_what_is_to_be_shut() -> None:
    senses = senses_of(ready(load_scene(SCENES / "chest.yaml")))
    ways = list(options(senses, senses.scene.goal))
    assert [way.steps[0].skill for way in ways] == ["move_joint"]
    assert "to get at block" in ways[0].why and ways[0].left > 0
    senses = senses_of(ready(drawer()))
    wanted = Predicate("joint", DRAWER, value=0.1)
    (way,) = options(senses, wanted)
    assert way.steps[0].args["to"] == pytest.approx(0.11)


def test_a_drawer_without_a_handle_is_refused_with_the_reason() -> None:
    scene = drawer()
    link = box(scene)
    bare = dataclasses.replace(link, parts=link.parts[:-1])
    cabinet = dataclasses.replace(scene.entity("cabinet"), links=(bare,))
    scene = dataclasses.replace(scene, entities=(cabinet, scene.entity("soap")))
    wanted = Predicate("joint", DRAWER, value=0.1)
    lines = considered(senses_of(ready(scene)), wanted)
    assert f"{DRAWER} by a handle: the hand gets around no handle" in lines[0]
