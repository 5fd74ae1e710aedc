"""Skills of robots on legs: what they refuse, with the number, and what they do."""

import dataclasses

import numpy as np
import pytest
from tests.envs.legged.test_walking import robots, scene

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.links import Link
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Thing
from habilis.assets.scenes import scene_path
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.robot.simulated import simulated
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World
from habilis.llm_planner.search.planner import search
from habilis.llm_planner.search.scratch import Scratch
from habilis.policies.skills.executor import run
from habilis.policies.skills.grasping import Grasp
from habilis.policies.skills.legs.pushing import PushToPosition
from habilis.policies.skills.legs.walking import ClimbToPosition, WalkToPosition
from habilis.policies.skills.skill import Skill, skills_for


def box(name: str, pos: tuple[float, float, float], size: tuple[float, float, float],
        **more: object) -> Thing:  # fmt: skip
    return Thing(name, (Part(name, "box", size),), pos, **more)  # type: ignore[arg-type]


THINGS = (
    box("wall", (1.5, 0.0, 0.25), (0.1, 8.2, 0.5), fixed=True),
    box("low", (0.7, -1.0, 0.0605), (0.4, 0.6, 0.12), mass=2.0, friction=0.5),
    box("heavy", (0.7, 1.0, 0.0605), (0.4, 0.6, 0.12), mass=5.0, friction=0.5),
    box("sofa", (-1.5, 0.0, 0.15), (0.8, 1.5, 0.3), fixed=True),
    box("post", (0.4, 2.5, 0.0505), (0.2, 0.5, 0.1), mass=0.5),
    box("tin", (-1.5, 0.0, 0.3505), (0.1, 0.1, 0.1), mass=0.2),
    Thing(
        "cloth", (Part("a", "box", (0.2, 0.4, 0.004)),), (-0.5, 1.2, 0.0025),
        links=(Link("b", (Part("b", "box", (0.2, 0.4, 0.004)),), pos=(0.2, 0.0, 0.0)),),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("skill", "said"),
    [
        (WalkToPosition((2.5, 0.0, 0.0)), "the easiest has a step of 0.50 m, 0.12 m at the most"),
        (WalkToPosition((9.0, 0.0, 0.0)), "no way"),
        (ClimbToPosition((0.5, 0.0, 0.0)), "it is not higher there"),
        (PushToPosition("wall", (0, 0, 0)), "it is fastened"),
        (
            PushToPosition("heavy", (1, 0, 0)),
            "too heavy: it takes 25 N, the robot pushes 15 N with its feet",
        ),
        (PushToPosition("tin", (-1.4, 0, 0)), "stands on another surface, at 0.30 m"),
        (PushToPosition("cloth", (0, 0, 0)), "it bends"),
        (PushToPosition("post", (0.4, 2.0, 0)), "0.20 m wide and passes between the feet"),
        (Grasp("tin"), "needs an arm; the robot go1 walks"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, Skill) else "",
)
def test_what_cannot_be_done_is_refused_with_its_number(skill: Skill, said: str) -> None:
    robot = robots(scene(*THINGS), 1)
    came = run(robot, [skill])
    assert not came.ok and said in came.steps[0].result.reason, came.steps[0].result.reason
    assert came.steps[0].end - came.steps[0].start < 0.1  # it did not move


def test_planners_are_told_of_skills_that_the_robot_has() -> None:
    legs = set(skills_for(scene()))
    arm = set(skills_for(load_scene(scene_path("reach_milk_2024"))))
    assert legs == {"walk_to_position", "climb_to_position", "push_to_position"}
    assert not legs & arm
    given = load_scene(scene_path("reach_milk_2024"))
    robot = simulated(World(compile_scene(given), 1))
    assert type(robot) is SimRobot
    robot.reset(published(given, 1))
    came = run(robot, [WalkToPosition((0.0, 0.0, 0.0))])
    assert "walk_to_position needs" in came.steps[0].result.reason


def test_a_box_is_pushed_to_its_place() -> None:
    robot = robots(scene(THINGS[1]), 1)
    came = run(robot, [PushToPosition("low", (1.3, -0.7, 0.06))])
    off = robot.world.pos[0, robot.world.index("low"), :2] - (1.3, -0.7)
    assert came.steps[0].result.ok and np.linalg.norm(off) < 0.05


def test_a_box_is_pushed_by_little() -> None:
    robot = robots(scene(THINGS[1]), 1)
    came = run(robot, [PushToPosition("low", (0.7, -0.96, 0.06))])
    off = robot.world.pos[0, robot.world.index("low"), :2] - (0.7, -0.96)
    assert came.steps[0].result.ok and np.linalg.norm(off) < 0.025


def test_a_push_brings_back_what_comes_off_its_line() -> None:
    skewed = box("pad", (0.9, 0.03, 0.0805), (0.5, 0.5, 0.16), mass=2.0, friction=0.5, yaw=-0.08)
    robot = robots(scene(skewed), 1)
    came = run(robot, [PushToPosition("pad", (2.7, 0.0, 0.0))])
    off = robot.world.pos[0, robot.world.index("pad"), :2] - (2.7, 0.0)
    assert came.steps[0].result.ok and abs(off[1]) < 0.05


def test_a_thing_is_pushed_over_an_edge_and_the_robot_stays() -> None:
    stage = box("stage", (0.0, 0.0, 0.15), (1.2, 1.6, 0.3), fixed=True)
    vase = box("vase", (0.0, 0.5, 0.3505), (0.3, 0.1, 0.1), mass=0.5, friction=0.4, fragile=40.0)
    robot = robots(dataclasses.replace(scene(stage, vase), base=(0.0, -0.2, 0.3)), 1)
    came = run(robot, [PushToPosition("vase", (0.0, 1.0, 0.0))])
    assert came.steps[0].result.ok and "went over the edge" in came.steps[0].result.reason
    assert robot.world.pos[0, robot.world.index("vase"), 2] < 0.1
    assert robot.trunk().pos[0, 2] > 0.5 and robot.trunk().pos[0, 1] < 0.65


def test_after_a_push_along_a_wall_it_backs_off_to_where_it_can_turn() -> None:
    wall = box("wall", (1.6, -0.6, 0.12), (1.2, 0.7, 0.24), fixed=True)
    pad = box("pad", (0.7, 0.02, 0.0805), (0.5, 0.5, 0.16), mass=2.0, friction=0.5)
    robot = robots(scene(wall, pad), 1)
    robot.place(np.array([[-0.3, 0.0]]), np.zeros(1))
    came = run(robot, [PushToPosition("pad", (1.9, 0.02, 0.0)), WalkToPosition((0.0, -1.0, 0.0))])
    assert came.ok, came.reason


def test_what_is_loose_and_narrow_is_walked_around() -> None:
    tin = box("low_tin", (1.0, 0.0, 0.0505), (0.2, 0.2, 0.1), mass=0.3)
    robot = robots(scene(tin), 1)
    came = run(robot, [WalkToPosition((2.0, 0.0, 0.0))])
    assert (
        came.ok
        and not robot.world.ledger.duration[0, robot.world.ledger.column("robot", "low_tin")]
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["climb_sofa_2024", "traverse_sofa_2024"])
def test_the_search_makes_itself_a_way(name: str) -> None:
    given = load_scene(scene_path(name))
    compiled = compile_scene(given)
    robot = simulated(World(compiled))
    robot.reset(published(given, 1))
    found = search(compiled, Monitor(robot.world).save())
    assert found.plan is not None, found.reason
    assert [step.skill for step in found.plan.steps] == ["push_to_position", "walk_to_position"]
    came = Scratch(compiled).rehearse(Monitor(robot.world).save(), found.plan)
    assert came.ok


def test_a_search_says_what_no_way_leads_over() -> None:
    given = load_scene(scene_path("climb_sofa_2024"))
    fixed = [dataclasses.replace(e, fixed=True) for e in given.entities]
    still = dataclasses.replace(given.replace_entities(fixed), tool=None)
    compiled = compile_scene(still)
    robot = simulated(World(compiled))
    robot.reset(published(still, 1))
    found = search(compiled, Monitor(robot.world).save())
    assert found.plan is None
    assert "sofa on foot: the easiest way has a step of 0.24 m, 0.12 m at the most" in found.reason
