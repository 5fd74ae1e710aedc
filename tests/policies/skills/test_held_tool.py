"""Skills of a hand that holds a tool: they work in plans, fail with numbers, and fit no gripper."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.envs.made import many

from habilis.assets.pick.objects import make_object
from habilis.assets.pick.scene import CENTRE
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scenes import scene_path
from habilis.envs.control.command import CommandBatch
from habilis.envs.pick.robot import PickRobot
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World
from habilis.llm_planner.language.plan_schema import plan_schema, skill_docs
from habilis.llm_planner.run.plan import Plan, PlanError, Step, parse_plan
from habilis.policies.skills import Grasp, MoveToPosition, OpenGripper, PickWithTool, SetAperture
from habilis.policies.skills.attempt import StepTrace
from habilis.policies.skills.executor import Runner, run, run_all
from habilis.policies.skills.skill import Skill, skills_for

PLAN = """{"steps": [
  {"skill": "set_aperture", "args": {"gap": 0.02}},
  {"skill": "move_to_position", "args": {"position": [0.18, 0.06, 0.12]}},
  {"skill": "pick_with_tool", "args": {"object": "object"}}]}"""


def robot(tool: str = "tweezers", thing: str = "sphere_20", n: int = 1) -> PickRobot:
    core = many(f"{tool.capitalize()}Pick", n, objects=(thing,)).core
    core.reset(np.arange(n), [np.random.default_rng(i) for i in range(n)])
    return PickRobot(core)


def do(on: PickRobot, *skills: Skill, watch: Callable[[Any], None] | None = None) -> StepTrace:
    """The last step of a program on one robot."""
    return run(on, skills, watch=watch).steps[-1]


# ---- what they do


@pytest.mark.parametrize(("tool", "thing"), [("tweezers", "box_12_26_14"), ("tongs", "sphere_28")])
def test_a_plan_opens_goes_and_picks(tool: str, thing: str) -> None:
    plan, on = parse_plan(PLAN), robot(tool, thing, 3)
    plan.check(on.scene)
    traces = run_all(on, [plan] * 3)
    assert all(trace.ok for trace in traces)
    for trace, lifted in zip(traces, on.core.monitor.success, strict=True):
        assert trace.ok == lifted, "what a skill says is what the ledger of contacts says"
        gap = trace.steps[0].result.numbers["gap"]
        assert gap == pytest.approx(0.02, abs=0.05 * on.tool.max_gap)
        picked = trace.steps[2].result
        if picked.ok:
            assert picked.numbers["height"] > 0.05 and picked.numbers["force"] > 0.5
            assert 0.006 < picked.numbers["gap"] < 0.03


def test_a_gentle_grip_crushes_nothing() -> None:
    forces = []
    for gentle in (False, True):
        on = robot("tongs", "sphere_20", 2)
        traces = run_all(on, [[PickWithTool("object", gentle)] for _ in range(2)])
        assert all(trace.ok for trace in traces)
        forces.append(on.core.monitor.peak.copy())
    assert (forces[1] < 0.5 * forces[0]).all() and (forces[1] < 1.5).all()


def test_tips_go_from_closed_to_wide_open() -> None:
    on = robot("tongs")
    for gap in (0.0, on.tool.max_gap, 0.01):
        result = do(on, SetAperture(gap)).result
        assert result.ok and abs(result.numbers["gap"] - gap) <= 0.05 * on.tool.max_gap


def test_the_same_plan_from_the_same_seed_gives_the_same_bits() -> None:
    plan, ends = parse_plan(PLAN), []
    used = robot()
    do(used, SetAperture(0.01))
    for on in (used, robot()):
        on.core.reset(np.zeros(1, int), [np.random.default_rng(3)])
        again = PickRobot(on.core)
        trace = run(again, plan)
        ends.append((trace, on.core.save().rows))
    (first, rows), (second, again_rows) = ends
    assert first.steps == second.steps
    for name, row in rows.items():
        np.testing.assert_array_equal(row, again_rows[name])


# ---- how they fail


def test_a_gap_beyond_the_tool_is_refused() -> None:
    on = robot()
    before = on.core.world.time.copy()
    result = do(on, SetAperture(0.09)).result
    assert not result.ok and "90.0 mm" in result.reason
    assert result.numbers == {"gap": 0.09, "greatest": on.tool.max_gap}
    assert (on.core.world.time == before).all()


def test_what_is_too_wide_is_refused_with_both_widths() -> None:
    on = robot("tongs")
    thing = make_object("sphere_28").scaled(2.0)
    on.core.world.offer((thing,))
    on.core.reset(np.zeros(1, int), [np.random.default_rng(0)])
    result = do(PickRobot(on.core), PickWithTool("object")).result
    assert not result.ok and "56.0 mm wide" in result.reason
    assert result.numbers["width"] > result.numbers["greatest"] == on.tool.max_gap


def test_an_unknown_object_is_named() -> None:
    result = do(robot(), PickWithTool("objet")).result
    assert not result.ok and "unknown object 'objet'; did you mean 'object'" in result.reason


def test_what_is_not_there_any_more_is_missed() -> None:
    on = robot("tongs")
    elsewhere = np.array([[*(np.array(CENTRE) + 0.2), 0.01, 1, 0, 0, 0]])

    def snatch(_: Runner) -> None:
        if on.core.world.tip[0, 2] < 0.03:
            on.core.world.put(np.zeros(1, int), np.zeros(1, int), elsewhere)

    result = do(on, PickWithTool("object"), watch=snatch).result
    assert not result.ok and "closed on nothing" in result.reason
    assert result.numbers["gap"] < 0.006 < result.numbers["width"]


def test_a_dropped_tool_is_noticed_and_the_arm_stays() -> None:
    on = robot()

    def pull(_: Runner) -> None:
        on.core.world.push(np.zeros(1, int), np.array([[0.0, 0.0, -30.0]]))

    result = do(on, SetAperture(0.01), SetAperture(0.03), watch=pull).result
    assert not result.ok and "slipped" in result.reason and result.numbers["distance"] >= 0.05
    assert on.core.failure[0] == "the tool was dropped"


# ---- hands


@pytest.fixture(scope="module")
def gripper() -> SimRobot:
    scene = load_scene(scene_path("gallery_tray"))
    made = SimRobot(World(compile_scene(scene)))
    made.reset(published(scene, 1))
    return made


def test_each_hand_refuses_the_other_s_skills(gripper: SimRobot) -> None:
    trace = run(gripper, [SetAperture(0.01)])
    assert trace.steps[0].result.reason == "set_aperture needs a hand tool; there is none"
    on = robot()
    assert do(on, OpenGripper()).result.reason == (
        "open_gripper needs a gripper; the hand holds tweezers"
    )
    with pytest.raises(PlanError, match=r"step 1 \(grasp\): grasp needs a gripper; the hand holds"):
        Plan("", "", (Step("grasp", {"object": "object"}),)).check(on.scene)
    assert isinstance(do(on, Grasp("object")), StepTrace)


def test_planners_are_offered_what_fits(gripper: SimRobot) -> None:
    scenes = {"gripper": gripper.scene, "held tool": robot().scene}
    kinds = {hand: set(skills_for(scene)) for hand, scene in scenes.items()}
    assert kinds["held tool"] == {
        "move_to_position", "pick_with_tool", "place_with_tool", "set_aperture",
    }  # fmt: skip
    assert kinds["gripper"] & kinds["held tool"] == {MoveToPosition.name}
    for hand, names in kinds.items():
        steps = plan_schema(scene=scenes[hand])["properties"]["steps"]["items"]["anyOf"]
        assert {step["properties"]["skill"]["enum"][0] for step in steps} == names
        assert all(f"{name}(" in skill_docs(scene=scenes[hand]) for name in names)
    assert "set_aperture" not in skill_docs() and "pick_with_tool" not in str(plan_schema())


# ---- the robot


def test_commands_keep_to_the_box_and_to_speed() -> None:
    on = robot()
    sent = on.command(CommandBatch(np.array([[0.2, 0.05, 0.9]]), np.array([0.5])))
    assert sent.clamps.workspace[0] == pytest.approx(0.68) and sent.clamps.speed[0]
    assert sent.aperture[0] == on.tool.max_gap
    here = on.core.world.tip.copy()
    for _ in range(50):
        on.command(CommandBatch(np.array([[0.2, 0.05, 0.9]]), np.array([0.02])))
    assert 0.1 < on.core.world.tip[0, 2] - here[0, 2] < 0.2
    assert on.observe().time[0] == pytest.approx(51 * 0.02)
    with pytest.raises(ValueError, match="finite"):
        on.command(CommandBatch(np.full((1, 3), np.nan), np.array([0.02])))
    on.stop()
    with pytest.raises(RuntimeError, match="stopped"):
        on.command(CommandBatch(here, np.array([0.02])))


def test_robots_share_one_object() -> None:
    core = many("TweezersPick", 8).core
    core.reset(np.arange(8), [np.random.default_rng(i) for i in range(8)])
    with pytest.raises(ValueError, match="the same one"):
        PickRobot(core)
    with pytest.raises(ValueError, match="flat"):
        PickRobot(many("TweezersPick", 1, flat=True).core)
