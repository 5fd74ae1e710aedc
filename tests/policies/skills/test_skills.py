"""Skills: what they refuse, how they fail, what they take, and what they know of the scene."""

import dataclasses
import inspect
import json
import re
import typing
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habilis.assets.arrays import Array
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part, rotation
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.assets.scenes import scene_path
from habilis.envs.control.command import Command
from habilis.envs.control.rotations import DOWN
from habilis.envs.robot.robot import Observation, SimRobot, published
from habilis.envs.world.world import World
from habilis.policies.skills import (
    CloseGripper,
    Grasp,
    Lift,
    MoveToPosition,
    OpenGripper,
    Place,
    Pull,
    Sweep,
)
from habilis.policies.skills.attempt import StepTrace
from habilis.policies.skills.executor import Runner, run, run_all
from habilis.policies.skills.geometry.in_hand import CLEARANCE
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import SKILLS, Result, Skill, make_skill, register


@pytest.fixture(scope="module")
def scene() -> Scene:
    return load_scene(scene_path("reach_milk_2023"))


@pytest.fixture
def robot(scene: Scene) -> SimRobot:
    out = SimRobot(World(compile_scene(scene)))
    out.reset(published(scene, 1))
    return out


def perform(robot: SimRobot, *skills: Skill) -> StepTrace:
    """Run skills; how the last one ended."""
    return run(robot, skills).steps[-1]


# ---- results


def test_out_of_reach_is_refused_by_how_much_before_anything_moves(robot: SimRobot) -> None:
    before = robot.world.sim.states()
    end = perform(robot, Grasp("milk"))
    assert end.result.outcome == "failure"
    assert "out of the workspace by 0.094 m in x" in end.result.reason
    assert end.result.numbers["beyond_x"] == pytest.approx(0.094)
    assert end.result.numbers["beyond_y"] == 0.0 and end.start == end.end
    np.testing.assert_array_equal(robot.world.sim.states(), before)


def test_every_axis_that_is_left_is_named(robot: SimRobot) -> None:
    result = perform(robot, MoveToPosition((0.5, -0.3, 0.4))).result
    assert result.reason.endswith("by 0.050 m in x, 0.050 m in y, 0.100 m in z")
    assert result.numbers == pytest.approx(
        {"beyond_x": 0.05, "beyond_y": -0.05, "beyond_z": 0.1}, abs=1e-9
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_position_that_is_no_number_is_a_failure(robot: SimRobot, bad: float) -> None:
    assert "must be finite" in perform(robot, MoveToPosition((0.2, bad, 0.2))).result.reason


@pytest.mark.parametrize("speed", [0.0, -0.1, np.nan, 1e-4])
def test_a_speed_that_leads_nowhere_is_a_failure(robot: SimRobot, speed: float) -> None:
    result = perform(robot, MoveToPosition((0.2, 0.0, 0.2), speed)).result
    assert result.outcome == "failure" and "speed must be at least 0.005" in result.reason


def test_move_to_position_arrives_gripper_down(robot: SimRobot) -> None:
    goal = (0.12, 0.2, 0.05)
    assert perform(robot, MoveToPosition(goal)).result.ok
    tcp, rot = robot.controller.kinematics.tcp(robot.world.q)
    assert np.linalg.norm(tcp[0] - goal) < 0.005
    assert rot[0, 2, 2] < -0.999


def test_move_to_position_says_how_far_short_it_stopped(robot: SimRobot) -> None:
    """The fixed speed limit of the limiter: at ten times that it cannot keep up."""
    result = perform(robot, MoveToPosition((0.1, -0.25, 0.02), 50.0)).result
    assert result.ok or re.search(r"stopped 0\.\d{3} m short", result.reason)


def test_closing_on_nothing_is_a_failure_with_the_opening(robot: SimRobot) -> None:
    result = perform(robot, CloseGripper()).result
    assert result.outcome == "failure"
    assert "gripper closed on nothing (jaw 0." in result.reason
    assert 0 <= result.numbers["aperture"] < 0.002
    assert perform(robot, OpenGripper()).result.numbers["aperture"] > 0.078


def test_grasping_where_the_object_is_not_closes_on_nothing(robot: SimRobot) -> None:
    result = perform(robot, Grasp("hammer", grip=(0.1, 0.2, 0.0))).result
    assert result.outcome == "failure" and "gripper closed on nothing" in result.reason


def test_too_wide_for_the_jaw_is_refused_with_the_width(robot: SimRobot) -> None:
    result = perform(robot, Grasp("hammer", grip=(0.1, 0.0, 0.0), raise_by=0.0)).result
    assert result.ok
    perform(robot, OpenGripper())
    wide = perform(robot, Grasp("hammer", grip=(0.192, 0.0, 0.0))).result
    assert "hammer is 0.100 m wide" in wide.reason and wide.numbers["width"] == pytest.approx(
        0.1, abs=1e-4
    )


def test_an_object_that_slips_out_is_a_failure_with_the_way(robot: SimRobot) -> None:
    """Its friction is taken away while it is being raised."""
    scene = robot.scene
    world = robot.world
    body = world.model.body("hammer").id
    program = [Grasp("hammer", raise_by=0.1)]

    def grease(_: Any) -> None:
        if world.aperture[0] < 0.03:
            world._varied.fields["body_mass"][0, body] = 50.0
            world.sim.set_const(np.zeros(1, int))

    result = run(robot, program, watch=grease).steps[-1].result
    assert scene.entity("hammer").mass < 1
    assert result.outcome == "failure"
    assert re.search(r"hammer slipped by 0\.\d{3} m when raised", result.reason)
    assert result.numbers["slip"] > 0.015


def test_lifting_what_is_not_held_is_refused(robot: SimRobot) -> None:
    result = perform(robot, Lift("hammer")).result
    assert re.search(r"hammer is not in the hand: it is 0\.\d{3} m away", result.reason)
    perform(robot, CloseGripper())
    assert "not in the hand (jaw closed)" in perform(robot, Lift("hammer")).result.reason


def test_an_object_that_stays_behind_a_sweep_is_a_failure(robot: SimRobot) -> None:
    """The fingers pass beside the hammer."""
    result = perform(robot, Sweep("hammer", "-y", 0.08, offset=-0.2)).result
    assert result.outcome == "failure"
    assert "hammer did not follow: it moved" in result.reason
    assert result.numbers["distance"] == 0.08 and abs(result.numbers["moved"]) < 0.001


@pytest.mark.parametrize("skill", [Sweep("milk", "up", 0.1), Pull("milk", "x", 0.1)])
def test_an_unknown_direction_names_the_known_ones(robot: SimRobot, skill: Skill) -> None:
    assert "is none of +x, -x, +y, -y" in perform(robot, skill).result.reason


@pytest.mark.parametrize(
    ("skill", "reason"),
    [
        (Sweep("hammer", "-x", 0.0), "distance must be positive, got 0.0 m"),
        (Sweep("hammer", "-x", -0.1), "distance must be positive, got -0.1 m"),
        (Sweep("hammer", "-x", 0.1, side=2), "side must be -1, 0 or 1, got 2"),
        (Pull("hammer", "-x", -0.1), "distance must be positive, got -0.1 m"),
        (Lift("hammer", -0.1), "height must be positive, got -0.1 m"),
    ],
)
def test_a_way_to_nowhere_is_no_success(robot: SimRobot, skill: Skill, reason: str) -> None:
    assert perform(robot, Grasp("hammer")).result.ok
    result = perform(robot, skill).result
    assert result.outcome == "failure" and result.reason == reason


@pytest.mark.parametrize(
    "skill",
    [
        Grasp("hamer"),
        Lift("hamer"),
        Place("hamer"),
        Pull("hamer", "-x", 0.1),
        Sweep("hamer", "-x", 0.1),
        Sweep("milk", "-x", 0.1, "hamer"),
    ],
)
def test_an_unknown_object_is_a_failure_with_a_hint(robot: SimRobot, skill: Skill) -> None:
    result = perform(robot, skill).result
    assert result.outcome == "failure"
    assert "did you mean 'hammer'" in result.reason or "known: hammer, milk" in result.reason


@pytest.mark.parametrize(
    "skill",
    [
        Sweep("hammer", "+x", 0.05, object_part="haft"),
        Sweep("pineapple_toy", "-x", 0.02, "hammer", "haed"),
        Sweep("pineapple_toy", "-x", 0.02, part="head"),
        Place("hammer", on="shelf"),
    ],
)
def test_an_unknown_part_or_place_is_a_failure_too(robot: SimRobot, skill: Skill) -> None:
    perform(robot, Grasp("hammer"))
    result = perform(robot, skill).result
    assert result.outcome == "failure" and "unknown" in result.reason, result


def test_a_hammer_is_taken_and_put_where_it_was_asked_for(robot: SimRobot) -> None:
    trace = run(robot, [Grasp("hammer"), Lift("hammer"), Place("hammer", (0.3, 0.0))])
    assert trace.ok, trace.failed
    assert [s.skill for s in trace.steps] == ["grasp", "lift", "place"]
    assert all(a.end == b.start for a, b in zip(trace.steps, trace.steps[1:], strict=False))
    senses = Senses(robot.scene, robot.bodies)
    senses.update(robot.observe())
    np.testing.assert_allclose(senses.get_center("hammer")[:2], (0.3, 0.0), atol=0.01)
    assert trace.steps[1].result.numbers["height"] == pytest.approx(0.08, abs=0.01)
    assert senses.get_center("hammer")[2] == pytest.approx(0.025, abs=0.003)
    assert CLEARANCE > 0


# ---- preemption


def test_preemption_is_a_third_outcome_and_ends_the_program(robot: SimRobot) -> None:
    ticks = 0

    def after(_: Any) -> str:
        nonlocal ticks
        ticks += 1
        return "enough" if ticks >= 20 else ""

    trace = run(robot, [OpenGripper(), Grasp("hammer"), Lift("hammer")], watch=after)
    assert [s.result.outcome for s in trace.steps] == ["preempted"] and ticks == 20
    assert (trace.outcome, trace.ended, trace.reason) == ("preempted", "stopped", "enough")
    assert trace.failed is trace.steps[-1]


def test_the_time_limit_preempts(robot: SimRobot) -> None:
    trace = run(robot, [Grasp("hammer")], seconds=0.5)
    assert trace.ended == "limit" and trace.outcome == "failure"
    said = "it took more than 0.5 s"
    assert trace.steps[-1].result == Result("preempted", said)
    assert trace.steps[-1].end == pytest.approx(0.5, abs=0.05)


def test_a_program_preempted_before_its_first_step_can_be(robot: SimRobot) -> None:
    senses = Senses(robot.scene, robot.bodies)
    senses.update(robot.observe())
    runner = Runner([Grasp("hammer")], senses)
    runner.cut("stopped", "changed my mind")
    assert runner.ending is not None and runner.steps == []
    last = Command(np.zeros(3), 0.0)
    assert runner.step(last) is last


def test_nothing_to_do_is_done(robot: SimRobot) -> None:
    done = run(robot, [])
    assert done.ok and done.steps == () and robot.world.time[0] == 0
    with pytest.raises(ValueError, match="2 programs for 1 robots"):
        run_all(robot, [[], []])


def test_many_robots_run_different_programs_in_lockstep(scene: Scene) -> None:
    robot = SimRobot(World(compile_scene(scene), 3))
    robot.reset(published(scene, 3))
    programs: list[list[Skill]] = [[Grasp("hammer")], [CloseGripper()], [Grasp("milk")]]
    traces = run_all(robot, programs)
    assert [t.steps[-1].result.outcome for t in traces] == ["success", "failure", "failure"]
    alone = SimRobot(World(compile_scene(scene)))
    alone.reset(published(scene, 1))
    assert run(alone, [Grasp("hammer")]).steps == traces[0].steps


# ---- skills as data


@pytest.mark.parametrize("name", SKILLS)
def test_every_parameter_is_documented_with_its_unit(name: str) -> None:
    cls = SKILLS[name]
    text = inspect.getdoc(cls) or ""
    assert not text.startswith(f"{cls.__name__}("), "the docstring dataclass made up"
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(typing.cast(Any, cls)):
        assert re.search(rf"^\s+{field.name}: \S", text, re.M), f"{name}: {field.name}"
        if "float" in str(hints[field.name]):
            line = re.search(rf"^\s+{field.name}: (.*(?:\n\s{{4,}}.*)*)", text, re.M)
            assert line and re.search(r"\b(m|s|rad|m/s)\b", line[1]), f"{name}: {field.name} unit"
    named = re.findall(r"^  (\w+): ", text, re.M)
    assert set(named) <= {f.name for f in dataclasses.fields(typing.cast(Any, cls))}


def test_robotools_arm_skills_are_there() -> None:
    assert {"move_to_position", "open_gripper", "close_gripper"} <= set(SKILLS)
    for query in ("get_center", "get_graspable_point", "get_size", "get_workspace_range"):
        assert inspect.getdoc(getattr(Senses, query))


def test_a_skill_is_registered_once() -> None:
    with pytest.raises(ValueError, match="'grasp' is registered already"):
        register(Grasp)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a parameter's type, as JSON would bring them."""
    if "|" in str(hint):
        return st.one_of([values(h) for h in typing.get_args(hint)])
    if hint is type(None):
        return st.none()
    if typing.get_origin(hint) is Literal:
        return st.sampled_from(typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return st.tuples(*(values(h) for h in typing.get_args(hint)))
    kinds: dict[Any, st.SearchStrategy[Any]] = {
        float: st.floats(-10, 10) | st.integers(-3, 3),
        int: st.integers(-1, 1),
        str: st.text(max_size=8),
        bool: st.booleans(),
    }
    return kinds[hint]


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(sorted(SKILLS)))
    cls = typing.cast(Any, SKILLS[name])
    hints = typing.get_type_hints(cls)
    args = {}
    for field in dataclasses.fields(cls):
        if field.default is dataclasses.MISSING or draw(st.booleans()):
            args[field.name] = draw(values(hints[field.name]))
    return name, args


@settings(max_examples=300, deadline=None)
@given(step=steps())
def test_arguments_round_trip_through_json(step: tuple[str, dict[str, Any]]) -> None:
    name, args = step
    skill = make_skill(name, args)
    again = make_skill(name, json.loads(json.dumps(skill.args())))
    assert again == skill and again.args() == skill.args()
    assert {k: v for k, v in args.items() if v is not None}.items() <= skill.args().items()


WRONG: dict[Any, list[Any]] = {
    float: ["1", None, True, [1.0], float("nan"), float("inf"), 10**400],
    int: ["1", None, True, 0.5, 1.0],
    str: [1, None, True, ["milk"]],
    bool: [1, 0, None, "yes", 1.0],
    tuple: ["abc", 1.0, [], [1.0], [1, 2, 3, 4], {"x": 1}, [0.1, "0.2", 0.3], [0.1, None, 0.3]],
}


@settings(max_examples=400, deadline=None)
@given(step=steps(), data=st.data())
def test_a_wrong_type_is_refused_by_name(
    step: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    name, args = step
    hints = {k: h for k, h in typing.get_type_hints(SKILLS[name]).items() if k in fields(name)}
    if not hints:
        return
    key = data.draw(st.sampled_from(sorted(hints)))
    kinds = [h for h in (typing.get_args(hints[key]) if "|" in str(hints[key]) else [hints[key]])]
    kind = typing.get_origin(kinds[0]) or kinds[0]
    wrong = data.draw(st.sampled_from(WRONG[kind]))
    if wrong is None and type(None) in kinds:
        return
    with pytest.raises(ValueError, match=f"skill '{name}': parameter '{key}' must be"):
        make_skill(name, args | {key: wrong})


def fields(name: str) -> list[str]:
    return [f.name for f in dataclasses.fields(typing.cast(Any, SKILLS[name]))]


@given(name=st.text(max_size=12).filter(lambda s: s not in SKILLS))
def test_an_unknown_skill_names_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match="known: .*grasp"):
        make_skill(name, {})


def test_missing_and_unknown_parameters_are_named() -> None:
    with pytest.raises(ValueError, match="skill 'sweep' needs parameter 'direction'"):
        make_skill("sweep", {"object": "milk"})
    with pytest.raises(ValueError, match="unknown parameter 'objct'; did you mean 'object'"):
        make_skill("grasp", {"objct": "milk"})
    with pytest.raises(ValueError, match="did you mean 'grasp'"):
        make_skill("grap", {"object": "milk"})


# ---- queries


def turned() -> st.SearchStrategy[Array]:
    return st.lists(st.floats(-1, 1), min_size=4, max_size=4).map(np.array).filter(
        lambda q: float(np.linalg.norm(q)) > 0.1
    ).map(lambda q: q / np.linalg.norm(q))  # fmt: skip


places = st.tuples(*[st.floats(-1, 1)] * 3)
PARTS = (
    Part("slab", "box", (0.2, 0.04, 0.02), (0.03, -0.01, 0.0), (0.3, -0.2, 0.7)),
    Part("rod", "cylinder", (0.02, 0.1), (-0.05, 0.02, 0.04), (1.2, 0.0, 0.1)),
    Part("pill", "capsule", (0.03, 0.05), (0.0, 0.1, 0.0), (0.0, 0.9, 0.0)),
    Part("ball", "sphere", (0.05,), (0.0, 0.0, -0.06)),
)


def surface(part: Part) -> Array:
    """Points (k, 3) on a part's surface, in its own frame, among them its outermost ones."""
    if part.shape == "box":
        signs = np.stack(np.meshgrid(*[(-1, 1)] * 3), axis=-1).reshape(-1, 3)
        return signs * np.array(part.size) / 2
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    rise = np.zeros(1) if part.shape == "cylinder" else np.linspace(-np.pi / 2, np.pi / 2, 91)
    around, up = (a.ravel() for a in np.meshgrid(turn, rise))
    ball = np.stack([np.cos(around) * np.cos(up), np.sin(around) * np.cos(up), np.sin(up)], 1)
    long = part.size[1] / 2 if part.shape in ("cylinder", "capsule") else 0.0
    return np.concatenate([ball * part.size[0] / 2 + (0, 0, end) for end in (-long, long)])


@settings(max_examples=100, deadline=None)
@given(pos=places, quat=turned())
def test_queries_are_right_for_turned_bodies(pos: tuple[float, ...], quat: Array) -> None:
    """Against points all over the surface of every part, turned with MuJoCo."""
    import mujoco

    thing = Thing("thing", PARTS, (0.0, 0.0, 0.0), frames={"grip": (0.03, 0.01, 0.02)})
    space = Workspace((0.0, -0.25, 0.01), (0.45, 0.25, 0.3))
    scene = Scene("s", "i", (thing,), space, Predicate("held", "thing"))
    senses = Senses(scene, ("thing",))
    one = np.zeros(1)
    senses.update(
        Observation(
            one,
            np.zeros((1, 7)),
            np.zeros((1, 3)),
            DOWN[None],
            one,
            np.array([[pos]]),
            quat[None, None],
        )
    )
    mat = np.empty(9)
    mujoco.mju_quat2Mat(mat, quat)
    rot = mat.reshape(3, 3)
    points = []
    for part in PARTS:
        local = np.array(part.pos) + surface(part) @ rotation(part.euler).T
        points.append(np.array(pos) + local @ rot.T)
    cloud = np.concatenate(points)
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    np.testing.assert_allclose(senses.get_center("thing"), (low + high) / 2, atol=1e-4)
    np.testing.assert_allclose(senses.get_size("thing"), high - low, atol=2e-4)
    grip = np.array(pos) + rot @ (0.03, 0.01, 0.02)
    np.testing.assert_allclose(senses.get_graspable_point("thing"), grip, atol=1e-9)
    assert senses.get_workspace_range() == (0.0, -0.25, 0.01, 0.45, 0.25, 0.3)


def test_queries_on_a_published_scene(robot: SimRobot) -> None:
    senses = Senses(robot.scene, robot.bodies)
    with pytest.raises(RuntimeError, match="no observation yet"):
        _ = senses.tcp
    senses.update(robot.observe())
    np.testing.assert_allclose(senses.get_center("milk"), (0.544, -0.001, 0.08), atol=1e-9)
    np.testing.assert_allclose(senses.get_size("milk"), (0.044, 0.044, 0.16), atol=1e-9)
    np.testing.assert_allclose(
        senses.get_graspable_point("milk"), (0.544, -0.001, 0.135), atol=1e-9
    )
    with pytest.raises(KeyError, match="did you mean 'milk'"):
        senses.get_center("mlik")
