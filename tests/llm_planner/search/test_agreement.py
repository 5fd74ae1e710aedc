"""A rehearsal in a copy of the world ends as the run does: one executor, one judge."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene, parse_scene
from habilis.assets.scene.goal import Not, Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene, Tool
from habilis.assets.scenes import scene_path
from habilis.envs.robot.moment import present_state
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World
from habilis.llm_planner.run.plan import Plan, Step
from habilis.llm_planner.search.planner import SearchBudget, search
from habilis.llm_planner.search.scratch import Scratch
from habilis.policies.skills.attempt import Attempt
from habilis.policies.skills.executor import run

HOOKING = (
    Step("grasp", {"object": "hammer"}),
    Step("sweep", {"object": "milk", "direction": "-x", "distance": 0.144, "tool": "hammer",
                   "part": "head", "offset": -0.038, "side": 1}),
    Step("place", {"object": "hammer", "position": (0.2, 0.04)}),
    Step("grasp", {"object": "milk"}),
    Step("lift", {"object": "milk"}),
)  # fmt: skip


def scene_of(name: str, use: Any = None, tool: str = "hammer") -> Scene:
    scene = load_scene(scene_path(name))
    return dataclasses.replace(scene, tool=None if use is None else Tool(tool, use))


def standing(scene: Scene, seed: int | None = None) -> tuple[SimRobot, Monitor]:
    robot = SimRobot(World(compile_scene(scene), nthread=1))
    layout = published(scene, 1)
    if seed is not None:
        layout = sample(scene, Variation.scaled(1.0), np.random.default_rng(seed), 1)
    robot.reset(layout)
    return robot, Monitor(robot.world)


def plan_of(*steps: Step) -> Plan:
    return Plan("s", "i", steps)


def random_step(rng: np.random.Generator) -> Step:
    thing, other = rng.permutation(["hammer", "milk", "pineapple_toy"])[:2].tolist()
    x, y = (round(float(v), 3) for v in rng.uniform((0.1, -0.2), (0.4, 0.2)))
    way = ["+x", "-x", "+y", "-y"][rng.integers(4)]
    sweep = {
        "object": thing,
        "direction": way,
        "distance": round(float(rng.uniform(0.02, 0.15)), 3),
    }
    return [
        Step("grasp", {"object": thing}),
        Step("lift", {"object": thing}),
        Step("place", {"object": thing, "position": (x, y)}),
        Step("sweep", sweep),
        Step("sweep", sweep | {"tool": other, "height": 0.06}),
        Step("move_to_position", {"position": (x, y, 0.1)}),
    ][rng.integers(6)]


def same(one: Attempt, other: Attempt) -> bool:
    fields = ("outcome", "ended", "reason", "steps", "goal", "broken", "simulated_seconds")
    return all(getattr(one, f) == getattr(other, f) for f in fields)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in range(1, 6))]
)
def test_a_random_plan_on_a_random_layout_ends_in_the_copy_as_it_does_in_the_world(
    seed: int,
) -> None:
    """Also from the middle of a run, where a tool may have been touched already."""
    rng = np.random.default_rng(seed)
    use = [None, "free", "required", "forbidden"][rng.integers(4)]
    scene = scene_of("reach_milk_2023", use)
    robot, judge = standing(scene, seed)
    scratch = Scratch(robot.world.compiled)
    for _ in range(2):
        steps = [random_step(rng) for _ in range(2)]
        if rng.random() < 0.5:  # a part that works, so that more than first steps are seen
            steps = [*HOOKING[: rng.integers(1, 4)], *steps]
        plan = plan_of(*steps)
        foretold = scratch.rehearse(present_state(robot, judge), plan)
        ran = run(robot, plan, judge)
        assert same(foretold, ran), (foretold, ran)


def test_a_copy_goes_on_gripping_as_hard_as_the_robot_does() -> None:
    robot, judge = standing(scene_of("reach_milk_2023"))
    assert run(robot, plan_of(HOOKING[0]), judge).ended == "done"
    state, plan = present_state(robot, judge), plan_of(Step("lift", {"object": "hammer"}))
    foretold, ran = Scratch(robot.world.compiled).rehearse(state, plan), run(robot, plan, judge)
    assert foretold.steps == ran.steps and ran.steps[0].result.outcome == "success"


@pytest.mark.parametrize(
    ("use", "said"),
    [
        pytest.param(None, "", marks=pytest.mark.slow),
        pytest.param("required", "", marks=pytest.mark.slow),
        ("forbidden", "not by fair means: the tool hammer is forbidden, and the robot touched ham"),
    ],
)
def test_the_tool_rule_is_known_to_the_copy(use: Any, said: str) -> None:
    robot, judge = standing(scene_of("reach_milk_2023", use))
    plan = plan_of(*HOOKING)
    foretold = Scratch(robot.world.compiled).rehearse(judge.save(), plan)
    assert same(foretold, run(robot, plan, judge))
    assert foretold.ok is (not said) and said in foretold.reason and foretold.goal


def test_a_required_tool_left_alone_is_said_with_numbers() -> None:
    scene = _with_near_mug(scene_of("gallery_l_hook", "required", "l_hook"))
    robot, judge = standing(scene)
    plan = plan_of(Step("grasp", {"object": "mug"}), Step("lift", {"object": "mug"}))
    foretold = Scratch(robot.world.compiled).rehearse(judge.save(), plan)
    assert same(foretold, run(robot, plan, judge))
    assert "the tool l_hook is required, and the robot did not touch it" in foretold.reason
    carried = plan_of(
        Step("grasp", {"object": "l_hook"}), Step("place", {"object": "l_hook"}), *plan.steps
    )
    robot.reset(published(scene, 1))
    judge.reset(np.arange(1))
    said = run(robot, carried, judge).reason
    assert "it moved mug 0.000 m, of 0.050 m that are asked" in said


def test_what_was_done_before_counts_in_a_rehearsal_from_the_middle() -> None:
    """The forbidden tool was touched; the rest of the plan alone is fair, and yet lost."""
    robot, judge = standing(scene_of("reach_milk_2023", "forbidden"))
    scratch = Scratch(robot.world.compiled)
    run(robot, plan_of(*HOOKING[:3]), judge)
    robot.arm()
    rest = plan_of(*HOOKING[3:])
    foretold = scratch.rehearse(judge.save(), rest)
    assert "the tool hammer is forbidden" in foretold.reason and not foretold.ok
    assert same(foretold, run(robot, rest, judge))


def test_what_tips_is_lost_in_the_copy_too() -> None:
    robot, judge = standing(scene_of("reach_milk_2023"))
    shove = {"object": "milk", "direction": "+x", "distance": 0.1, "tool": "hammer", "height": 0.15}
    near = Step("grasp", {"object": "hammer"})
    plan = plan_of(near, Step("sweep", shove))
    foretold = Scratch(robot.world.compiled).rehearse(judge.save(), plan)
    ran = run(robot, plan, judge)
    assert same(foretold, ran) and not foretold.ok


def test_side_by_side_is_as_alone() -> None:
    """The shorter of two programs is judged at its own end, and its state is that of then."""
    robot, judge = standing(scene_of("reach_milk_2023"))
    scratch, state = Scratch(robot.world.compiled), judge.save()
    short, long = plan_of(HOOKING[0]), plan_of(*HOOKING)
    (first, second), states = scratch.rollout([state, state], [short, long])
    assert same(first, scratch.rehearse(state, short))
    assert same(second, scratch.rehearse(state, long)) and second.ok
    ran = run(robot, short, judge)
    assert same(first, ran)
    for name, row in judge.save().rows.items():
        np.testing.assert_array_equal(row, states[0].rows[name], err_msg=name)


@pytest.mark.slow
def test_the_example_of_the_page_on_scenes_is_solved() -> None:
    page = (Path(__file__).parents[3] / "docs" / "scene_format.md").read_text(encoding="utf-8")
    scene = parse_scene(page.split("```yaml\n")[1].split("```")[0], "docs/scene_format.md")
    robot, judge = standing(scene)
    found = search(robot.world.compiled, judge.save())
    assert found.plan is not None, found.reason
    assert run(robot, found.plan, judge).ok


@pytest.mark.slow
@pytest.mark.parametrize("change", ["forbidden, and a rake", "required, though not needed", "seed"])
def test_what_the_search_finds_is_a_success_when_it_is_carried_out(change: str) -> None:
    scene, seed = scene_of("gallery_l_hook", "required", "l_hook"), None
    changes: dict[str, Callable[[], Scene]] = {
        "forbidden, and a rake": lambda: _with_rake(scene),
        "required, though not needed": lambda: _with_near_mug(scene),
    }
    if change in changes:
        scene = changes[change]()
    else:
        seed = 1
    robot, judge = standing(scene, seed)
    found = search(robot.world.compiled, judge.save())
    assert found.plan is not None, found.reason
    ran = run(robot, found.plan, judge)
    assert ran.ok, ran.reason


def _with_rake(scene: Scene) -> Scene:
    hook = scene.entity("l_hook")
    handle, arm = hook.parts
    head = dataclasses.replace(arm, name="head", size=(0.02, 0.14, 0.03), pos=(0.28, 0.0, 0.0))
    rake = dataclasses.replace(hook, name="rake", parts=(handle, head), pos=(0.1, -0.2, 0.015))
    things = [*(e for e in scene.entities if e.name != "sponge"), rake]
    return dataclasses.replace(scene, entities=tuple(things), tool=Tool("l_hook", "forbidden"))


def _with_near_mug(scene: Scene) -> Scene:
    near = dataclasses.replace(scene.entity("mug"), pos=(0.35, -0.05, 0.04))
    return scene.replace_entities([near if e.name == "mug" else e for e in scene.entities])


# ---- reasons and budgets


def test_with_nothing_to_try_each_way_is_named_with_its_number() -> None:
    scene = scene_of("gallery_l_hook")
    far = dataclasses.replace(scene.entity("mug"), pos=(0.8, -0.05, 0.04))
    scene = scene.replace_entities([far if e.name == "mug" else e for e in scene.entities])
    robot, judge = standing(scene)
    found = search(robot.world.compiled, judge.save())
    assert found.plan is None and not found.spent and found.rollouts == 0
    by_hand, _, hook, _ = found.considered
    assert "mug by hand: " in by_hand and "out of the workspace by 0.350 m in x" in by_hand
    assert hook.startswith("mug with l_hook: to move it -x with its ")
    assert "m out of reach in x" in hook and hook in found.reason


def test_a_goal_that_holds_is_said_to_hold() -> None:
    scene = scene_of("gallery_l_hook")
    held = dataclasses.replace(scene, goal=Not(Predicate("held", "mug")), tool=None)
    robot, judge = standing(held)
    found = search(robot.world.compiled, judge.save())
    assert found.plan is None and "the goal holds already" in found.reason


def test_a_budget_is_of_simulated_time_and_spent_it_is_no_refusal() -> None:
    robot, judge = standing(scene_of("reach_milk_2023"))
    found = search(robot.world.compiled, judge.save(), SearchBudget(seconds=1.0))
    assert found.plan is None and found.spent and "1 simulated s are spent" in found.reason
    assert found.considered == () and found.rollouts == 2
