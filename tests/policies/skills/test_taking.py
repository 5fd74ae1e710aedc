"""Hand tools taken off their stands, and used, in ordinary scenes."""

from __future__ import annotations

import numpy as np
import pytest

from habilis.assets.scene.format.file import SceneFileError, dump_scene, parse_scene
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.control.command import Command, ToolGrip, stack
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.tasks.base.changes import refit
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World
from habilis.llm_planner.language.plan_schema import skill_docs
from habilis.llm_planner.run.skill_api import documentation, host_names
from habilis.policies.skills import PickWithTool, SetAperture, TakeTool
from habilis.policies.skills.executor import run
from habilis.policies.skills.grasping import Grasp
from habilis.policies.skills.skill import skills_for

TEXT = """\
name: bead
instruction: Pick up the bead.
robot: {name: fr3+leap}
workspace: {x: [-0.05, 0.5], y: [-0.35, 0.35], z: [0.006, 0.45]}
objects:
  tweezers: {tool: tweezers}
  rack: {pos: [0.26, -0.2, 0], yaw_deg: -135, stand_for: tweezers}
  bead: {pos: [0.3, 0], mass: 0.002, rolling: 0.001, shape: sphere, size: [0.014]}
goal: lifted(bead)
tool: {name: tweezers, use: required}
"""


def scene(*changes: tuple[str, str]) -> Scene:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_scene(text, "bead.yaml")


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_scene(scene())


def fresh(compiled: Compiled) -> SimRobot:
    robot = SimRobot(World(compiled))
    robot.reset(published(compiled.scene, 1))
    return robot


def test_a_tool_without_a_place_hangs_on_its_stand_tips_down_and_stays(compiled: Compiled) -> None:
    tool, rack = compiled.scene.entity("tweezers"), compiled.scene.entity("rack")
    assert tool.pos[:2] == rack.pos[:2] and tool.turn()[2, 0] == pytest.approx(-np.cos(0.15))
    robot = fresh(compiled)
    robot.hold(1.0)
    world = robot.world
    assert np.abs(world.pos - world.start_pos).max() < 1e-3


def test_a_stand_and_its_tool_are_written_and_read_back() -> None:
    given = scene()
    assert parse_scene(dump_scene(given), "again.yaml") == given
    odd = scene(("{tool: tweezers}", "{tool: tweezers, options: {length: 0.145}}"))
    assert parse_scene(dump_scene(odd), "again.yaml") == odd


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("stand_for: tweezers", "stand_for: bead"), "unknown hand tool 'bead'"),
        (("tool: tweezers}", "tool: syringe}"), "does not hang on a fin"),
        ((", stand_for: tweezers", ", shape: box, size: [0.1, 0.1, 0.1]"), "or a stand with"),
    ],
)  # fmt: skip
def test_what_cannot_hang_is_named(change: tuple[str, str], said: str) -> None:
    with pytest.raises(SceneFileError, match=said):
        scene(change)


def test_a_clothespin_stands_on_its_jaws_and_opens_as_it_is_taken() -> None:
    raised = ("{pos: [0.26, -0.2, 0], yaw_deg: -135,", "{pos: [0.26, -0.2, 0.1], yaw_deg: -135,")
    others = ("{tool: tweezers}", "{tool: clothespin, size: large}")
    robot = fresh(compile_scene(scene(others, raised)))
    world = robot.world
    robot.hold(1.0)
    assert np.abs(world.pos - world.start_pos).max() < 1e-3
    assert world.opening("tweezers/moving")[0] == pytest.approx(0.0, abs=1e-3)
    assert run(robot, [TakeTool("tweezers"), SetAperture(0.011)]).ok
    assert world.opening("tweezers/moving")[0] > 0.24
    assert world.pos[0, world.index("tweezers"), 2] > 0.28


def test_the_hand_takes_the_tool_and_picks_with_it(compiled: Compiled) -> None:
    robot = fresh(compiled)
    steps = [TakeTool("tweezers"), SetAperture(0.03), PickWithTool("bead")]
    came = run(robot, steps, Monitor(robot.world))
    assert [s.result.outcome for s in came.steps] == ["success"] * 3, came.steps
    assert came.goal and came.steps[1].result.numbers["gap"] == pytest.approx(0.03, abs=0.003)
    seen = robot.observe()
    assert seen.grip[0] is not None and seen.grip[0].tool == "tweezers"
    assert 0.006 < seen.aperture[0] < 0.014
    assert np.linalg.norm(seen.tcp[0] - robot.world.pos[0, robot.world.index("bead")]) < 0.006


def test_a_copy_of_the_world_goes_on_holding(compiled: Compiled) -> None:
    robot = fresh(compiled)
    assert run(robot, [TakeTool("tweezers"), PickWithTool("bead")]).ok
    other = SimRobot(World(compiled))
    other.world.restore(robot.world.save())
    other.arm()
    assert run(other, [SetAperture(robot.observe().aperture[0])], seconds=3.0).ok
    assert other.world.pos[0, other.world.index("bead"), 2] > 0.05
    assert run(other, [SetAperture(0.03)]).ok
    other.hold(0.5)
    assert other.world.pos[0, other.world.index("bead"), 2] < 0.02


def test_only_hands_with_grasps_of_a_tool_are_offered_it() -> None:
    assert {"take_tool", "set_aperture", "pick_with_tool", "grasp"} <= set(skills_for(scene()))
    gripper = scene(("fr3+leap", "fr3+panda_hand"))
    assert not {"take_tool", "set_aperture", "pick_with_tool"} & set(skills_for(gripper))
    assert TakeTool.unfit(gripper) == (
        "take_tool needs a hand of several fingers; fr3+panda_hand has panda_hand"
    )
    odd = scene(("{tool: tweezers}", "{tool: tweezers, options: {length: 0.145}}"))
    assert TakeTool.unfit(odd) == "take_tool: no grasps of tweezers are stored for leap"


def test_a_stiff_tool_is_taken_by_the_grasps_of_its_shape_and_its_tips_stay_apart() -> None:
    stiff = scene(("{tool: tweezers}", "{tool: tweezers, options: {spring: 3.0}}"))
    again = refit(scene(), "tweezers", spring=3.0)
    assert again == stiff and parse_scene(dump_scene(again), "again.yaml") == again
    robot = fresh(compile_scene(stiff))
    came = run(robot, [TakeTool("tweezers"), SetAperture(0.0)])
    assert came.steps[0].result.ok
    assert came.steps[1].result.numbers["gap"] > 0.02


def test_what_a_hand_cannot_do_is_refused_before_anything_moves(compiled: Compiled) -> None:
    robot = fresh(compiled)
    came = run(robot, [PickWithTool("bead")])
    assert came.steps[0].result.reason == (
        "pick_with_tool needs a tool in the hand: take_tool takes tweezers"
    )
    lying = scene(("{tool: tweezers}", "{tool: tweezers, pos: [0.2, 0.1]}"))
    came = run(fresh(compile_scene(lying)), [TakeTool("tweezers")])
    assert "does not hang on a stand" in came.steps[0].result.reason
    far = scene(("[0.26, -0.2, 0]", "[0.75, -0.2, 0]"))
    came = run(fresh(compile_scene(far)), [TakeTool("tweezers")])
    assert "out of the workspace" in came.steps[0].result.reason
    with pytest.raises(ValueError, match="grasps of tweezers are 0 to 23, got 99"):
        robot.command(stack([Command(robot.observe().tcp[0], 0.03, grip=ToolGrip("tweezers", 99))]))


def test_a_hand_with_a_tool_does_nothing_that_needs_it_empty(compiled: Compiled) -> None:
    robot = fresh(compiled)
    came = run(robot, [TakeTool("tweezers"), Grasp("bead")])
    assert came.steps[1].result.reason == "grasp needs an empty hand; it holds tweezers"


def test_a_language_model_is_told_of_it_in_plans_and_in_code() -> None:
    named = {
        "take_tool(tool",
        "set_aperture(gap",
        "pick_with_tool(object",
        "place_with_tool(object",
    }
    told = scene()
    assert all(name in skill_docs(scene=told) for name in named)
    assert all(name in documentation(0.09, scene=told) for name in named)
    assert not any(name in documentation(0.08) for name in named)
    assert {"take_tool", "place_with_tool"} <= set(host_names())
