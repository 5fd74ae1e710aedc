"""From the instruction to the end of the motion, with a model that answers by script."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import mujoco
import numpy as np
import pytest
from tests.llm_planner.answers import (
    BARE,
    CODE,
    GOOD,
    REFUSED,
    STAGES,
    SWEEP,
    planned,
    program,
    step,
)

from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.tasks import load_task
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World
from habilis.llm_planner.language.describe import Style
from habilis.llm_planner.language.repair import classify
from habilis.llm_planner.model.client import ClientError
from habilis.llm_planner.pipeline.episode import Episode, Settings
from habilis.llm_planner.pipeline.loop import Thinker, solve_with_model
from habilis.llm_planner.pipeline.proposal import MODES, ListeningClient
from habilis.llm_planner.run.plan import Plan, Step
from habilis.llm_planner.search.belief import Belief
from habilis.policies.skills.executor import run
from habilis.policies.skills.senses import Senses

# ---- plan mode


def test_a_good_plan_is_verified_and_carried_out(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    heard: list[str] = []
    client = scripted(plan=[GOOD])
    episode = solve_with_model(milk, robot, client, Settings(strategy="single"), heard.append)
    assert episode.success and episode.reason == "" and not episode.faults
    assert len(client.seen) == 1 and client.seen[0].temperature == 0.0
    assert any("works in a copy" in line for line in heard)
    assert episode.plan is not None and episode.plan.origin == "scripted"
    assert episode.execution is not None and len(episode.execution.steps) == 5
    assert episode.verification is not None and episode.verification.ok
    assert {("hammer", "milk"), ("milk", "hammer")} & {
        (c.first, c.second) for c in episode.execution.contacts
    }
    record = json.loads(json.dumps(episode.as_dict()))
    assert record["prompts"] == episode.prompts and len(record["exchanges"]) == 1


def test_unreachable_target_goes_back_and_is_mended(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    client = scripted(plan=[BARE, GOOD])
    episode = solve_with_model(milk, robot, client, Settings(repairs=1))
    assert episode.success and episode.repairs == 1
    (fault,) = episode.faults
    assert (fault.kind, fault.owner, fault.where, fault.step) == ("tool-use", "plan", "copy", 1)
    assert fault.numbers["beyond_x"] == pytest.approx(0.094)
    told = client.seen[1].messages[1].content
    assert "out of the workspace by 0.094 m in x" in told and "beyond_x = 0.094" in told
    assert "tool-use" not in told and "1. grasp" in told


def test_nothing_moves_unless_it_works_in_the_copy(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    before = robot.world.save()
    episode = solve_with_model(
        milk, robot, scripted(plan=[BARE]), Settings(strategy="single"), approve=lambda _: False
    )
    assert not episode.success and not episode.refused and not episode.executions
    assert "out of the workspace" in episode.reason and episode.repairs == 0
    np.testing.assert_array_equal(robot.world.save().rows["state"], before.rows["state"])


def test_refusal_is_an_outcome(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    client = scripted(plan=[BARE, REFUSED])
    episode = solve_with_model(milk, robot, client, Settings(repairs=3))
    assert episode.refused and not episode.success and not episode.executions
    assert "comes off at 0.5 N" in episode.reason and len(client.seen) == 2


def test_repairs_end(scripted: Callable[..., Any], milk: Compiled, robot: SimRobot) -> None:
    client = scripted(plan=[BARE])
    episode = solve_with_model(milk, robot, client, Settings(repairs=2))
    assert len(client.seen) == 3 and episode.repairs == 2 and not episode.refused
    assert "no proposal of 3 works" in episode.reason


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        ("no JSON at all", "form"),
        (planned(step("grasp", object="hamer")), "logical"),
        (
            planned(
                step("grasp", object="hammer"),
                {**SWEEP, "args": {**SWEEP["args"], "distance": 144}},
            ),
            "numerical",
        ),
    ],
    ids=["malformed", "unknown object", "wrong unit"],
)
def test_useless_answers_are_typed_and_mended(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot, bad: Any, kind: str
) -> None:
    answers = [bad, bad, GOOD] if kind == "form" else [bad, GOOD]
    with Thinker(milk, scripted(plan=answers), Settings(repairs=1)) as thinker:
        thought = thinker.think(robot.world.save())
    assert thought.chosen is not None and thought.tries[0].rehearsal is None
    fault = thought.tries[0].fault
    assert fault is not None and (fault.kind, fault.where) == (kind, "static")
    assert len(thinker.client.exchanges) == len(answers)


def test_silent_model_is_an_error_of_its_own(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    ledger = ListeningClient(scripted(plan=[BARE, ClientError("nothing listens", "unreachable")]))
    kept: list[Episode] = []
    with pytest.raises(ClientError, match="nothing listens"):
        solve_with_model(milk, robot, ledger, Settings(), keep=kept.append)
    assert [x.error for x in ledger.exchanges] == ["", "nothing listens"]
    (episode,) = kept
    assert episode.reason == "nothing listens" and [t.ok for t in episode.thoughts[0].tries] == [
        False
    ]
    assert not episode.success and not episode.refused and len(episode.faults) == 1


def test_operator_may_refuse_a_skill(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    asked: list[str] = []

    def approve(text: str) -> bool:
        asked.append(text)
        return len(asked) < 2

    client = scripted(plan=[GOOD])
    episode = solve_with_model(milk, robot, client, Settings(), approve=approve)
    assert not episode.success and "refused by the operator" in episode.reason
    assert len(asked) == 2 and len(client.seen) == 1 and asked[0].startswith("grasp(object=hammer")


# ---- programs and ablations


@pytest.mark.parametrize("mode", [m for m in MODES if m != "plan"])
def test_each_mode_asks_its_stages(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot, mode: str
) -> None:
    client = scripted(**STAGES)
    episode = solve_with_model(milk, robot, client, Settings(mode))
    assert episode.success, episode.reason
    assert tuple(client.stages) == MODES[mode] and episode.program == CODE
    told = client.seen[-1].messages[1].content
    assert ("What decides the task" in told) == ("analyzer" in MODES[mode])
    assert ("worked out from the scene" in told) == ("calculator" in MODES[mode])
    assert [m.line for m in episode.executions[0].rehearsal.steps] == [1, 2, 3, 4, 5]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "kind", "again"),
    [
        ('grasp("hammer"\n', "form", ["coder"]),
        ('grasp(object="hammer", wrist=2.0)\n', "form", ["coder"]),
        ('grasp("hamer")\n', "logical", ["coder"]),
        (CODE.replace("0.144", "144.0"), "numerical", ["coder"]),
        (CODE.replace("0.144", "0.5"), "numerical", ["coder"]),
        (CODE.replace('grasp("hammer")\n', ""), "logical", ["coder"]),
        ('grasp("milk")\n', "tool-use", ["coder"]),
        ("x = 1\n", "logical", ["coder"]),
    ],
    ids=["syntax", "type", "name", "unit", "distance", "not held", "no tool", "nothing"],
)
def test_a_program_that_leaves_what_was_planned_goes_back_to_the_coder(
    scripted: Callable[..., Any],
    milk: Compiled,
    robot: SimRobot,
    text: str,
    kind: str,
    again: list[str],
) -> None:
    client = scripted(**{**STAGES, "coder": [program(text), program()]})
    with Thinker(milk, client, Settings("full", repairs=1)) as thinker:
        thought = thinker.think(robot.world.save())
    fault = thought.tries[0].fault
    assert fault is not None and fault.kind == kind, fault
    assert client.stages[4:] == again and thought.chosen is not None


@pytest.mark.parametrize("stage", ["analyzer", "planner", "coder"])
def test_any_stage_may_refuse(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot, stage: str
) -> None:
    first: Any = STAGES[stage]
    answer = {**first[0], "refusal": "nothing serves"}
    client = scripted(**{**STAGES, stage: [answer]})
    episode = solve_with_model(milk, robot, client, Settings("full"))
    assert episode.refused and client.stages[-1] == stage


# ---- faults typed from the trace


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ((("sweep", {"object": "milk", "direction": "-x", "distance": 0.1}),), "tool-use"),
        (
            (("grasp", {"object": "pineapple_toy"}), ("lift", {"object": "pineapple_toy"})),
            "tool-use",
        ),
        ((("move_to_position", {"position": (0.6, 0.0, 0.2)}),), "numerical"),
        ((("close_gripper", {}),), "numerical"),
        ((("lift", {"object": "milk"}),), "logical"),
        (
            (
                ("grasp", {"object": "hammer"}),
                ("place", {"object": "hammer"}),
                ("lift", {"object": "hammer"}),
            ),
            "logical",
        ),
        ((("grasp", {"object": "hammer"}), ("lift", {"object": "hammer"})), "logical"),
    ],
    ids=["bare hand", "beyond", "position", "on nothing", "not held", "let go", "wrong thing"],
)
def test_fault_is_typed_from_the_trace(
    robot: SimRobot, senses: Senses, steps: tuple[tuple[str, dict[str, Any]], ...], kind: str
) -> None:
    plan = Plan("s", "i", tuple(Step(s, a) for s, a in steps))
    found = run(robot, plan, Monitor(robot.world))
    fault = classify(found, senses, ("plan",), "copy")
    assert fault is not None and fault.kind == kind, fault


def test_success_has_no_fault(
    robot: SimRobot, senses: Senses, scripted: Callable[..., Any]
) -> None:
    plan = Plan("s", "i", (Step("open_gripper", {}),))
    found = run(robot, plan, Monitor(robot.world))
    assert not found.ok
    reached = dataclasses.replace(found, outcome="success")
    assert classify(reached, senses, ("plan",), "copy") is None


# ---- surprises in execution


def gust(robot: SimRobot) -> Callable[[object], None]:
    """Something blows the toy aside while the hammer is being grasped."""
    world, periods = robot.world, 0
    force = world.sim.bind("xfrc_applied")
    body = mujoco.mj_name2id(world.model, mujoco.mjtObj.mjOBJ_BODY, "pineapple_toy")

    def blow(_: object) -> None:
        nonlocal periods
        periods += 1
        force[0, body, 1] = -0.6 if periods < 12 else 0.0

    return blow


def test_surprise_goes_back_with_the_numbers(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    left = planned(*GOOD["steps"][1:])
    client = scripted(plan=[GOOD, left])
    episode = solve_with_model(milk, robot, client, Settings(repairs=1), watch=gust(robot))
    first = episode.executions[0].rehearsal
    assert first is not None and first.ended == "surprise" and first.surprise is not None
    assert first.surprise.name == "pineapple_toy" and first.surprise.gap > 0.02
    assert episode.faults[0].where == "execution" and episode.success, episode.reason
    assert len(first.steps) == 1 and len(episode.execution.steps) == 5  # type: ignore[union-attr]
    told = client.seen[1].messages[1].content
    assert (
        "holding hammer" in told
        and "what is left to do" in told
        and "where the copy of the world had it" in told
    )


def test_single_strategy_does_not_mend_a_surprise(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    settings = Settings("coder", "single")
    episode = solve_with_model(milk, robot, scripted(**STAGES), settings, watch=gust(robot))
    assert not episode.success and "where the copy of the world had it" in episode.reason
    assert len(episode.executions[0].rehearsal.steps) == 1  # type: ignore[union-attr]


def test_copy_may_have_to_do_without_the_true_physics(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    layout = published(milk.scene, 1)
    layout.mass[0, :] = 3.0
    robot.reset(layout)
    state, before = robot.world.save(), robot.world.save()
    found = []
    for belief in (None, Belief()):
        settings = Settings(strategy="single", belief=belief)
        with Thinker(milk, scripted(plan=[GOOD]), settings) as thinker:
            thought = thinker.think(state)
        found.append(thought.tries[0].predicted[1]["milk"])
    assert found[0] != found[1]
    for name, rows in before.rows.items():
        np.testing.assert_array_equal(state.rows[name], rows)


def test_broken_tool_is_a_tool_use_fault_and_then_a_refusal(scripted: Callable[..., Any]) -> None:
    broken = compile_scene(load_task("habilis/ReachMilkBroken-v0").scene())
    robot = SimRobot(World(broken, nthread=1))
    robot.reset(published(broken.scene, 1))
    client = scripted(plan=[GOOD, REFUSED])
    episode = solve_with_model(broken, robot, client, Settings())
    assert episode.refused and [f.kind for f in episode.faults] == ["tool-use"]
    assert "come_off_above_N" in client.seen[0].messages[1].content
    assert "came off" in client.seen[1].messages[1].content


# ---- settings


def test_description_follows_the_settings(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    client = scripted(plan=[GOOD])
    settings = Settings(style=Style("mm", irrelevant=1))
    with Thinker(milk, client, settings) as thinker:
        thought = thinker.think(robot.world.save())
    assert thought.chosen is not None and "are in mm" in client.seen[0].messages[1].content


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"mode": "ful"}, "unknown mode 'ful'; did you mean 'full'"),
        ({"strategy": "best_first"}, "unknown strategy 'best_first'; did you mean 'best-first'"),
        ({"repairs": -1}, "repairs must be >= 0"),
    ],
)
def test_bad_settings_are_refused(bad: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Settings(**bad)
