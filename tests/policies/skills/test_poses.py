"""Grasps at any yaw, and what is held brought to poses, tilted and turned."""

import dataclasses
from collections.abc import Iterator, Sequence

import mujoco
import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.assets.scenes import scene_path
from habilis.envs.control.command import Command, CommandBatch, stack
from habilis.envs.control.kinematics import Attained
from habilis.envs.control.rotations import DOWN, pointing_down, turn_between
from habilis.envs.robot.held_frame import frame_offset
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World
from habilis.llm_planner.language.plan_schema import skill_docs
from habilis.llm_planner.search.options import graspable
from habilis.policies.skills import (
    Grasp,
    Lift,
    MoveFrame,
    MoveToPosition,
    OpenGripper,
    Place,
    Pour,
    Turn,
)
from habilis.policies.skills.attempt import Attempt
from habilis.policies.skills.executor import run
from habilis.policies.skills.geometry.grips import choose_grip, grips
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Result, Skill, frames_of, make_skill, skills_for

WALL, CUP, TALL = 0.01, 0.056, 0.09
SIX, SEVEN = "ur5e+robotiq_2f85", "fr3"


def scene_of(*things: Thing, robot: str = SEVEN) -> Scene:
    base = load_scene(scene_path("reach_milk_2023"))
    return dataclasses.replace(
        base, name="poses", entities=things, goal=Predicate("lifted", things[0].name, value=0.05),
        tool=None, robot=robot, workspace=Workspace((0.0, -0.3, 0.01), (0.5, 0.3, 0.5)),
    )  # fmt: skip


def bar(yaw: float, name: str = "bar", at: tuple[float, float] = (0.3, 0.0)) -> Thing:
    part = Part(name, "box", (0.14, 0.02, 0.02))
    return Thing(name, (part,), (*at, 0.01), yaw=yaw, mass=0.1)


def cup() -> Thing:
    side = (CUP - WALL) / 2
    walls = [
        Part(f"wall{i}", "box", (WALL, CUP, TALL) if x else (CUP, WALL, TALL), (x, y, TALL / 2))
        for i, (x, y) in enumerate(((side, 0.0), (-side, 0.0), (0.0, side), (0.0, -side)))
    ]
    floor = Part("floor", "box", (CUP, CUP, WALL), (0, 0, WALL / 2))
    frames = {"grip": (0, 0, 0.065), "rim": (0, 0, TALL)}
    return Thing("cup", (floor, *walls), (0.3, 0.0, 0.0), mass=0.15, frames=frames)


def driver() -> Thing:
    parts = (
        Part("handle", "cylinder", (0.025, 0.08), (0, 0, 0.07)),
        Part("shaft", "cylinder", (0.006, 0.03), (0, 0, 0.015)),
        Part("foot", "cylinder", (0.03, 0.004), (0, 0, 0.002)),
    )
    frames = {"grip": (0, 0, 0.085), "tip": (0, 0, 0)}
    return Thing("driver", parts, (0.3, 0.0, 0.0), mass=0.1, frames=frames)


def ready(scene: Scene) -> SimRobot:
    robot = SimRobot(World(compile_scene(scene)))
    robot.reset(published(scene, 1))
    return robot


def perform(robot: SimRobot, *skills: Skill) -> Result:
    """How the last of the skills that were run ended."""
    done: Attempt = run(robot, list(skills))
    result = done.steps[-1].result
    assert result is not None
    return result


def senses_of(robot: SimRobot) -> Senses:
    senses = Senses(robot.scene, robot.bodies)
    senses.update(robot.observe())
    return senses


# ---- yaw


@pytest.mark.parametrize("robot", [SEVEN, SIX])
@pytest.mark.parametrize("degrees", [0, 20, 30, 60, 90, 120, 150, 180])
def test_a_bar_is_grasped_at_any_yaw(degrees: float, robot: str) -> None:
    arm = ready(scene_of(bar(np.radians(degrees)), robot=robot))
    assert graspable(senses_of(arm), "bar")
    result = perform(arm, Grasp("bar"), Lift("bar"))
    assert result.ok and result.numbers["height"] > 0.07, result.reason


def test_the_hand_turns_only_if_it_must() -> None:
    straight = ready(scene_of(bar(np.radians(3))))
    assert choose_grip(senses_of(straight), "bar").yaw == 0.0
    across = ready(scene_of(bar(np.radians(60))))
    grip = choose_grip(senses_of(across), "bar")
    assert grip.yaw == pytest.approx(np.radians(60)) and grip.width == pytest.approx(0.02, abs=1e-6)
    assert grip.clear


def test_a_neighbour_beside_the_fingers_is_avoided_by_another_yaw() -> None:
    """A cube would be taken straight, but something stands where a finger would go down."""
    cube = Thing("cube", (Part("cube", "box", (0.03, 0.03, 0.03)),), (0.3, 0.0, 0.015))
    other = Thing("post", (Part("post", "box", (0.03, 0.03, 0.1)),), (0.3, 0.055, 0.05))
    robot = ready(scene_of(cube, other))
    grip = choose_grip(senses_of(robot), "cube")
    assert abs(abs(grip.yaw) - np.pi / 2) < 1e-6 and grip.clear


def test_a_bar_is_taken_the_other_way_round_where_the_arm_does_not_get_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    senses = senses_of(ready(scene_of(bar(np.radians(60)))))
    first, other, *_ = grips(senses, "bar")
    assert abs(abs(first.yaw - other.yaw) - np.pi) < 1e-6
    short = Attained(np.zeros((1, 7)), np.array([0.1]), np.zeros(1))
    reach = Senses.reach

    def barred(self: Senses, poses: Sequence[tuple[Array, Array]]) -> Iterator[Attained]:
        """Out of reach at the first yaw."""
        here = (rot @ first.rot.T for _, rot in poses)
        yield from ([short] if np.allclose(next(here), np.eye(3)) else reach(self, poses))

    monkeypatch.setattr(Senses, "reach", barred)
    assert choose_grip(senses, "bar").yaw == other.yaw


def test_a_hand_that_is_stopped_short_of_a_thing_says_so() -> None:
    """One of its fingers comes down on a post that is fixed beside the cube."""
    cube = Thing("cube", (Part("cube", "box", (0.03, 0.03, 0.03)),), (0.3, 0.0, 0.015))
    part = Part("post", "box", (0.03, 0.03, 0.1))
    post = Thing("post", (part,), (0.3, 0.055, 0.05), fixed=True)
    refused = perform(ready(scene_of(cube, post)), Grasp("cube", yaw=0.0))
    assert not refused.ok and refused.numbers["distance"] > 0.03
    assert "short of cube" in refused.reason


def test_a_yaw_that_is_asked_for_is_kept_or_refused_with_the_width() -> None:
    robot = ready(scene_of(bar(0.0)))
    refused = perform(robot, Grasp("bar", yaw=np.pi / 2))
    assert "bar is 0.140 m wide" in refused.reason
    assert perform(robot, make_skill("grasp", {"object": "bar", "yaw": np.pi})).ok
    assert abs(np.linalg.norm(turn_between(DOWN[None], robot.observe().rot)) - np.pi) < 0.01


def test_a_thing_is_placed_at_a_yaw() -> None:
    robot = ready(scene_of(bar(np.radians(60))))
    result = perform(robot, Grasp("bar"), Place("bar", (0.25, 0.1), yaw=0.0))
    assert result.ok, result.reason
    w, _, _, z = robot.world.quat[0, 0]
    assert abs(np.degrees(2 * np.arctan2(z, w))) < 4
    np.testing.assert_allclose(robot.world.pos[0, 0, :2], (0.25, 0.1), atol=0.01)


def test_a_hand_that_was_turned_stays_so_until_it_grasps_again() -> None:
    robot = ready(scene_of(bar(np.radians(60)), bar(0.0, "other", (0.2, -0.2))))
    perform(robot, Grasp("bar"), Lift("bar"), MoveToPosition((0.3, 0.1, 0.2)))
    turned = turn_between(pointing_down(np.radians(60))[None], robot.observe().rot)
    assert np.linalg.norm(turned) < 0.02
    assert perform(robot, Place("bar", (0.3, 0.15)), Grasp("other")).ok
    assert np.linalg.norm(turn_between(DOWN[None], robot.observe().rot)) < 0.02


def bowl(wall: float) -> Thing:
    """Too wide for the hand: it is taken by its wall."""
    side, size, tall = (0.12 - wall) / 2, 0.12, 0.07
    walls = [
        Part(f"wall{i}", "box", (wall, size, tall) if x else (size, wall, tall), (x, y, tall / 2))
        for i, (x, y) in enumerate(((side, 0.0), (-side, 0.0), (0.0, side), (0.0, -side)))
    ]
    floor = Part("floor", "box", (size, size, wall), (0, 0, wall / 2))
    return Thing("bowl", (floor, *walls), (0.3, 0, 0), mass=0.1, frames={"grip": (0, side, 0.055)})


def ball() -> Thing:
    part = Part("ball", "sphere", (0.05,))
    return Thing("ball", (part,), (0.3, 0.0, 0.025), mass=0.05, rolling=0.001)


@pytest.mark.parametrize("thing", [bowl(0.002), bowl(0.004), bowl(0.016), ball()])
def test_fingers_do_not_go_into_what_they_grip(thing: Thing) -> None:
    robot = ready(scene_of(thing))
    result = perform(robot, Grasp(thing.name), Lift(thing.name, 0.05))
    assert result.ok, result.reason
    model, data = robot.world.model, mujoco.MjData(robot.world.model)
    data.qpos[:] = robot.world.sim.bind("qpos")[0]
    mujoco.mj_forward(model, data)
    deep = [-c.dist for c in data.contact if model.geom_bodyid[list(c.geom)].min() > 0]
    assert deep and max(deep) < 0.001


def test_a_tall_thing_is_gripped_below_its_top() -> None:
    post = Thing("post", (Part("post", "box", (0.04, 0.04, 0.16)),), (0.3, 0.0, 0.08), mass=0.1)
    robot = ready(scene_of(post))
    grip = choose_grip(senses_of(robot), "post")
    assert grip.clear and grip.point[2] > 0.1
    assert perform(robot, Grasp("post"), Lift("post", 0.05)).ok


# ---- frames


@pytest.mark.parametrize("robot", [SEVEN, SIX])
def test_a_frame_of_what_is_held_is_brought_to_a_pose(robot: str) -> None:
    arm = ready(scene_of(cup(), robot=robot))
    move = MoveFrame("cup", "rim", (0.35, 0.1, 0.3), (0.4, 0.2, 0.5))
    result = perform(arm, Grasp("cup"), Lift("cup", 0.15), move)
    assert result.ok and result.numbers["gap"] < 0.004 and result.numbers["off"] < 0.03
    np.testing.assert_allclose(senses_of(arm).point("cup", (0, 0, TALL)), move.position, atol=0.004)


@pytest.mark.parametrize(("robot", "direction"), [(SEVEN, "+y"), (SEVEN, "-y"), (SIX, "-y")])
def test_a_cup_is_tilted_over_its_rim_and_set_upright_again(robot: str, direction: str) -> None:
    arm = ready(scene_of(cup(), robot=robot))
    result = perform(arm, Grasp("cup"), Lift("cup", 0.2), Pour("cup", direction, angle=1.9))
    assert result.ok and result.numbers["tilt"] == pytest.approx(1.9, abs=0.1), result.reason
    assert senses_of(arm).pose("cup")[1][2, 2] > 0.97


@pytest.mark.parametrize("robot", [SEVEN, SIX])
def test_a_screwdriver_is_turned_about_its_tip(robot: str) -> None:
    arm = ready(scene_of(driver(), robot=robot))
    result = perform(arm, Grasp("driver"), Turn("driver", 1.5), Turn("driver", -2.5))
    assert result.ok and result.numbers["angle"] == pytest.approx(-2.5, abs=0.1), result.reason
    assert result.numbers["gap"] < 0.01


def test_what_the_wrist_cannot_turn_is_refused_before_anything_moves() -> None:
    robot = ready(scene_of(driver()))
    perform(robot, Grasp("driver"))
    before = robot.world.sim.states()
    result = perform(robot, Turn("driver", 9.0))
    assert not result.ok and "the arm cannot" in result.reason
    np.testing.assert_array_equal(robot.world.sim.states(), before)


def test_frames_that_do_not_exist_are_named() -> None:
    robot = ready(scene_of(cup()))
    perform(robot, Grasp("cup"))
    assert "did you mean 'rim'" in perform(robot, MoveFrame("cup", "rin", (0.3, 0, 0.3))).reason
    with pytest.raises(ValueError, match="did you mean 'cup'"):
        frame_offset(robot.scene, "cop/rim")
    with pytest.raises(ValueError, match="end effector of"):
        robot.command(stack([Command(np.array([0.3, 0.0, 0.3]), 0.0, effector="left")]))


def test_planners_hear_of_turning_only_where_something_has_such_a_frame() -> None:
    assert not {"move_frame", "pour", "turn"} & set(skills_for())
    scene = scene_of(cup())
    assert frames_of(scene) == {"rim"} and {"move_frame", "pour"} <= set(skills_for(scene))
    assert "pour(object" in skill_docs(scene=scene) and "turn" not in skills_for(scene)
    assert "yaw" not in skill_docs()


# ---- what is measured


def test_a_gripper_that_does_not_open_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    robot = ready(scene_of(bar(0.0)))
    perform(robot, Grasp("bar"))
    command = robot.command

    def stuck(commands: CommandBatch) -> object:
        return command(dataclasses.replace(commands, aperture=np.zeros(1)))

    monkeypatch.setattr(robot, "command", stuck)
    result = perform(robot, OpenGripper())
    assert result.outcome == "failure" and "did not open: jaw 20 of 80 mm" in result.reason
    assert perform(robot, Place("bar")).outcome == "failure"


def test_a_force_bound_presses_no_harder_and_is_lifted_again() -> None:
    robot = ready(scene_of(bar(0.0)))
    perform(robot, Grasp("bar", raise_by=0.0))
    here = robot.controller.held()
    servo = robot.world.model.actuator(robot.world.robot.effector.actuators[0]).id
    pressed = []
    for force in (4.0, np.inf):
        for _ in range(25):
            robot.command(dataclasses.replace(here, force=np.full(1, force)))
        pressed.append(abs(float(robot.world.sim.bind("actuator_force")[0, servo])))
    assert pressed[0] <= 4.0 / 40.0 * pressed[1] * 1.1 and pressed[1] > 20
    with pytest.raises(ValueError, match="force must be above zero"):
        robot.command(dataclasses.replace(here, force=np.zeros(1)))


def test_the_jaw_closes_at_the_speed_that_is_asked_for() -> None:
    robot = ready(scene_of(bar(0.0)))
    here = robot.controller.held()
    openings = []
    for _ in range(10):
        close = dataclasses.replace(here, aperture=np.zeros(1), speed=np.full(1, 0.1))
        openings.append(float(robot.command(close).aperture[0]))
    np.testing.assert_allclose(np.diff(openings), -0.002, atol=1e-9)
