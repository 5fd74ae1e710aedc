"""The offline planner on the arm suite: it finds the chain and the strip without being told."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from habilis.assets.scene.goal_text import parse_goal
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World
from habilis.llm_planner.bench.creative import Case, Outcome, Setup
from habilis.llm_planner.bench.run import run_cases
from habilis.llm_planner.bench.solve import solve_case
from habilis.llm_planner.run.plan import parse_plan
from habilis.llm_planner.search.planner import SearchBudget, search
from habilis.policies.layouts.layouts import Recipe
from habilis.policies.skills.executor import run

BUDGET = SearchBudget(seconds=300.0)
PLAIN = Recipe(sizes=0.0, distractors=(0, 0))


def searched(task: str, generation: str, seed: int) -> Outcome:
    """What the search makes of a layout that differs in poses only."""
    case = Case(f"habilis/{task}-v0", generation, seed)
    return solve_case(case, Setup("search", BUDGET, recipe=PLAIN, wording=None))


@pytest.mark.parametrize("task", ["PressButtonNotNeeded", "GraspCanNotNeeded"])
def test_it_uses_no_tool_where_none_is_needed(task: str) -> None:
    outcome = searched(task, "2024", 1)
    assert outcome.success and outcome.tools == (), outcome.reason


@pytest.mark.slow
@pytest.mark.parametrize("task", ["PressButtonBroken", "GraspCanBroken"])
def test_it_refuses_where_the_tool_does_not_bear_it(task: str) -> None:
    outcome = searched(task, "2023", 2)
    assert outcome.refused and "no plan" in outcome.reason


def box(name: str, size: tuple[float, float, float], x: float, **more: object) -> Thing:
    part = Part(name, "box", size)
    thing = Thing(name, (part,), (x, 0.0, size[2] / 2), mass=0.05)
    return dataclasses.replace(thing, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("magnetic", [True, False])
def test_something_magnetic_out_of_reach_is_fetched_by_a_magnet(magnetic: bool) -> None:
    """An iron block beyond the workspace and a bar with a magnet at its end."""
    bar = box("bar", (0.2, 0.02, 0.03), 0.25, magnetic=("+x",), frames={"grip": (-0.06, 0, 0)})
    block = box("block", (0.04, 0.04, 0.03), 0.5, magnetic=("-x",) if magnetic else ())
    room = Workspace((0.0, -0.25, 0.01), (0.45, 0.25, 0.3))
    goal = parse_goal("held(block) and lifted(block, 0.03)")
    scene = Scene("fetch", "Pick up the block.", (bar, block), room, goal)
    compiled = compile_scene(scene)
    robot = SimRobot(World(compiled))
    robot.reset(published(scene, 1))
    found = search(compiled, robot.world.save(), BUDGET)
    assert (found.plan is not None) == magnetic, found.reason
    if found.plan is not None:
        assert "join" in [s.skill for s in found.plan.steps]
        assert parse_plan(found.plan.dumps(), "plan").steps
        assert run(robot, found.plan, Monitor(robot.world)).ok


@pytest.mark.slow
@pytest.mark.parametrize(("task", "tool"), [("PressButton", "cube"), ("GraspCan", "stick")])
def test_it_makes_a_stick_of_cubes_or_pushes_the_can_onto_the_strip(task: str, tool: str) -> None:
    """On a few layouts: ``habilis bench creative`` is the measurement, stored for 2024."""
    id = f"habilis/{task}-v0"
    every = [Case(id, "2023", s) for s in (0, 500, 501)] + [Case(id, "2024", 500)]
    outcomes = list(run_cases(every, Setup("search", recipe=PLAIN, wording=None)))
    assert all(o.right for o in outcomes), [o.reason for o in outcomes]
    assert {name.rstrip("123") for name in outcomes[0].tools} == {tool}


def test_a_search_on_one_state_leaves_the_world_as_it_was() -> None:
    from habilis.envs.tasks import load_task

    scene = load_task("habilis/PressButton-v0").scene()
    compiled = compile_scene(scene)
    robot = SimRobot(World(compiled))
    robot.reset(sample(scene, Variation.scaled(1.0), np.random.default_rng(0), 1))
    before = robot.world.sim.states()
    search(compiled, robot.world.save(), SearchBudget(rollouts=2))
    np.testing.assert_array_equal(robot.world.sim.states(), before)
    assert not robot.world.joined.any()
