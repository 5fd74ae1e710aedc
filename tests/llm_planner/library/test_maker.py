"""Skills made of plans: by rule and by a model, kept only if they work where they were not made."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.llm_planner.fake_server import chat, serving

from habilis.assets.scene.model.compile import Compiled
from habilis.envs.robot.robot import SimRobot
from habilis.envs.tasks import load_task
from habilis.envs.world.judging.monitor import Monitor
from habilis.llm_planner.language.outputs import Made, read, schema_of
from habilis.llm_planner.library.binding import uses
from habilis.llm_planner.library.generalise import Demo, MakerError, generalise
from habilis.llm_planner.library.maker import Workshop, load_demo, retest
from habilis.llm_planner.library.store import (
    Composed,
    Library,
    LibraryError,
    Standing,
    load_library,
)
from habilis.llm_planner.library.trials import Spot, Trials, family, fresh, sensed, standing
from habilis.llm_planner.model.make import make_client
from habilis.llm_planner.run.plan import Plan, Step, parse_plan
from habilis.llm_planner.search.planner import search
from habilis.policies.skills.executor import run

STEPS = (
    Step("grasp", {"object": "hammer"}),
    Step(
        "sweep",
        {
            "object": "milk", "direction": "-x", "distance": 0.144, "tool": "hammer",
            "part": "head", "offset": -0.038, "side": 1, "height": 0.004, "leave": True,
        },
    ),
    Step("place", {"object": "hammer", "position": (0.202, 0.04)}),
    Step("grasp", {"object": "milk"}),
    Step("lift", {"object": "milk", "height": 0.08}),
)  # fmt: skip
PLAN = Plan("reach_milk_2023", "Pick up the milk carton.", STEPS, "search")
DISTANCE = "$object.grip.x - workspace.max_x + 0.05"
OFFSET = "$lean * ($tool.$beside.size_y/2 + $object.size_y/2 + 0.005)"
SPOT = Spot(family("reach_milk_2023")[0])


def demo(plan: Plan = PLAN, spot: Spot = SPOT) -> tuple[Demo, Spot]:
    return Demo(plan, sensed(standing(spot)), str(spot)), spot


@pytest.fixture(scope="module")
def shop() -> Workshop:
    return Workshop([demo()])


@pytest.fixture(scope="module")
def hook() -> Composed:
    """What the rules make of the plan."""
    return generalise([demo()[0]], "hook_in")[0]


# ---- by rule


def test_names_become_parameters_and_numbers_expressions(hook: Composed) -> None:
    assert hook.parameters == ("tool", "object", "part", "lean", "beside", "side")
    assert dict(hook.example) == {
        "tool": "hammer", "object": "milk", "part": "head", "lean": -1, "beside": "handle",
        "side": 1,
    }  # fmt: skip
    assert hook.steps[1]["args"] == {
        "object": "$object", "direction": "-x", "distance": DISTANCE, "tool": "$tool",
        "part": "$part", "offset": OFFSET, "side": "$side",
    }  # fmt: skip
    assert hook.steps[2]["args"] == {"object": "$tool", "position": [0.202, 0.04]}
    assert hook.steps[4] == {"skill": "lift", "args": {"object": "$object"}}
    assert hook.made_on == ("reach_milk_2023 as given",) and "Pick up the milk" in hook.doc


def test_only_what_every_plan_bears_out_becomes_an_expression() -> None:
    other = Spot(family("reach_milk_2024")[0])
    sweep = dataclasses.replace(STEPS[1], args={**STEPS[1].args, "distance": 0.168, "side": -1})
    right = dataclasses.replace(PLAN, steps=(STEPS[0], sweep, *STEPS[2:]))
    both = generalise([demo()[0], demo(right, other)[0]])[0]
    assert both.steps[1]["args"]["distance"] == DISTANCE
    sweep = dataclasses.replace(sweep, args={**sweep.args, "distance": 0.1612})
    wrong = dataclasses.replace(PLAN, steps=(STEPS[0], sweep, *STEPS[2:]))
    assert generalise([demo()[0], demo(wrong, other)[0]])[0].steps[1]["args"]["distance"] == 0.144


def test_plans_of_different_steps_are_refused() -> None:
    short = dataclasses.replace(PLAN, steps=STEPS[:2])
    with pytest.raises(MakerError, match=r"differ in step 3: place\(object=hammer.*, nothing in"):
        generalise([demo()[0], demo(short)[0]])
    with pytest.raises(MakerError, match="no plan"):
        generalise([])


@pytest.mark.slow
def test_a_skill_made_by_rule_is_admitted_on_fresh_layouts_of_both_generations(
    shop: Workshop, tmp_path: Path
) -> None:
    skill = shop.by_rule("hook_in")
    path = tmp_path / "library.json"
    now, outcomes = shop.admit(skill, load_library(path), 5)
    assert (now.status, now.successes) == ("admitted", 5)
    assert not set(now.tested) & set(skill.made_on) and len(skill.made_on) == 3
    assert {w.split()[0] for w in now.tested} == {"reach_milk_2023", "reach_milk_2024"}
    assert [o.where for o in outcomes] == list(now.tested)
    assert load_library(path)["hook_in"] == now
    with pytest.raises(LibraryError, match="'hook_in' is in the library already"):
        load_library(path).submit(skill, now.tested, lambda *_: True)


@pytest.mark.slow
def test_a_skill_of_constants_is_refused_on_fresh_layouts(shop: Workshop) -> None:
    short = dataclasses.replace(STEPS[1], args={**STEPS[1].args, "distance": 0.104})
    fixed = tuple(
        {"skill": s.skill, "args": {**s.args, "object": f"${s.args['object']}"}}
        for s in (STEPS[0], short, *STEPS[2:])
    )
    skill = Composed(
        "fixed", "As it was once.", ("hammer", "milk"), fixed, made_on=(str(SPOT),),
        example={"hammer": "hammer", "milk": "milk"},
    )  # fmt: skip
    assert Trials([SPOT])(skill, str(SPOT)), "it works where it was made"
    library = Library()
    now, outcomes = shop.admit(skill, library, 6)
    assert now.status == "refused" and not library.usable()
    assert "reach_milk_2024" in {o.where.split()[0] for o in outcomes if not o.ok}


@pytest.mark.slow
def test_trials_are_the_same_each_time(hook: Composed) -> None:
    spots = fresh(family("reach_milk_2024"), 2, 7, frozenset({"reach_milk_2023 seed 7"}))
    assert [str(s) for s in spots] == ["reach_milk_2024 seed 7", "reach_milk_2024 seed 8"]
    runs = [Trials(spots), Trials(spots)]
    for trials in runs:
        for where in trials.names:
            trials(hook, where)
    assert runs[0].outcomes == runs[1].outcomes


# ---- runs on disk


def run_folder(folder: Path, **changes: Any) -> Path:
    run = {
        "scene": {"name": "reach_milk_2023"}, "seed": 0, "variation": 0.0,
        "execution": {"success": True}, **changes,
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    (folder / "plan.json").write_text(PLAN.dumps(), encoding="utf-8")
    return folder


def test_a_run_is_read_with_its_layout(tmp_path: Path) -> None:
    found, spot = load_demo(run_folder(tmp_path / "a", seed=3, variation=1.0))
    assert found.plan.steps == parse_plan(PLAN.dumps()).steps
    assert str(spot) == found.where == "reach_milk_2023 seed 3"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"execution": {"success": False}}, "was no success"),
        ({"execution": None}, "was no success"),
        ({"scene": {"name": "kitchen"}}, "'kitchen' is neither a task's nor shipped"),
        ({"seed": "x"}, "no run of habilis solve"),
    ],
)
def test_what_is_no_run_that_worked_is_said(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        load_demo(run_folder(tmp_path / "a", **changes))


# ---- by a model


def written(**changes: Any) -> dict[str, Any]:
    """What a model answers: the skill that the rules make, unless changed."""
    skill = generalise([demo()[0]], "hook_in")[0]

    def listed(args: Any) -> list[dict[str, str]]:
        text = {k: v if isinstance(v, str) else json.dumps(v) for k, v in args.items()}
        return [{"name": k, "value": v} for k, v in text.items()]

    return {
        "thoughts": "", "name": "hook_in", "doc": "Drag near and take.",
        "parameters": list(skill.parameters), "example": listed(skill.example),
        "steps": [{"skill": s["skill"], "args": listed(s["args"])} for s in skill.steps],
    } | changes  # fmt: skip


UNKNOWN = {"steps": [{"skill": "drag", "args": [{"name": "object", "value": "$object"}]}]}


@pytest.mark.parametrize(
    ("first", "says"),
    [
        ("I would rather not.", "not JSON"),
        (json.dumps({"name": "hook_in"}), "thoughts"),
        (json.dumps(written() | UNKNOWN | {"parameters": ["object"], "example": []}), "'drag'"),
        (json.dumps(written(parameters=["tool", "object"])), "has the holes|have the holes"),
        (json.dumps(written(example=[])), "needs tool"),
    ],
    ids=["no json", "fields missing", "unknown skill", "holes", "no example"],
)
def test_a_model_mends_what_is_no_skill(
    monkeypatch: pytest.MonkeyPatch, first: str, says: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(chat(first), chat(json.dumps(written()))) as server:
        client = make_client(
            f"openai:m@{server.url}", backoff=0.001, retries=2, rng=np.random.default_rng(0)
        )
        skill = Workshop([demo()], practice=0).with_model(client)
    assert len(server.calls) > 1 and skill.name == "hook_in"
    told = json.dumps(server.calls[1].body)
    assert any(s in told for s in says.split("|"))
    assert skill.steps[1]["args"]["distance"] == DISTANCE and skill.example["side"] == 1
    assert skill.made_on[0] == str(SPOT) and skill.origin.startswith("openai:m")


def test_what_physics_refuses_goes_back_with_the_reason(scripted: Callable[..., Any]) -> None:
    good = written()
    bad = json.loads(json.dumps(good))
    bad["steps"][1]["args"][2]["value"] = "0.01"  # too short: still out of reach
    client = scripted(maker=[bad, good])
    assert (
        Workshop([demo()], practice=0).with_model(client).steps[1]["args"]["distance"] == DISTANCE
    )
    told = client.seen[1].messages[1].content
    assert "An earlier answer did not work" in told and "reach_milk_2023 as given" in told


def test_a_model_that_never_makes_a_skill_is_given_up(scripted: Callable[..., Any]) -> None:
    client = scripted(maker=[written(parameters=[])])
    with pytest.raises(MakerError, match="no skill came of it: hook_in: its steps have the holes"):
        Workshop([demo()]).with_model(client, max_tokens=16_000)
    assert len(client.seen) == 6 and {r.max_tokens for r in client.seen} == {16_000}


def test_the_answer_of_a_maker_is_typed_data() -> None:
    assert read(Made, written()).steps[0].args[0].value == "$tool"
    assert schema_of(Made)["properties"]["steps"]["items"]["required"] == ["skill", "args"]


# ---- in use


@pytest.mark.slow
def test_the_search_tries_a_known_skill_first(milk: Compiled, hook: Composed) -> None:
    robot = standing(Spot(milk.scene, 3, 1.0))
    state = robot.world.save()
    alone, found = (search(milk, state, composed=c) for c in ((), (hook,)))
    assert found.plan is not None and found.plan.composed == ("hook_in",)
    assert found.rollouts == 1 < alone.rollouts
    assert found.tried[0].why.startswith("known skill hook_in(tool=hammer, object=milk")
    assert run(robot, found.plan, Monitor(robot.world)).ok


def test_a_known_skill_is_not_used_where_none_is_needed(hook: Composed) -> None:
    scene = load_task("habilis/ReachMilkNotNeeded-v0").scene()
    robot = standing(Spot(scene))
    found = search(robot.world.compiled, robot.world.save(), composed=[hook])
    assert found.plan is not None and [s.skill for s in found.plan.steps] == ["grasp", "lift"]


def test_uses_fit_other_names(hook: Composed) -> None:
    senses = sensed(standing(Spot(family("gallery_l_hook")[0])))
    first = next(uses(hook, senses))
    assert (first.args["tool"], first.args["object"], first.args["part"]) == (
        "l_hook", "mug", "arm",
    )  # fmt: skip


@pytest.mark.slow
def test_failures_in_earnest_revoke_a_skill(hook: Composed, tmp_path: Path) -> None:
    """In the twin whose hammer breaks it must fail; every use is run and counted."""
    path = tmp_path / "library.json"
    library = Library([Standing(hook, "admitted", 13, 5)], path)
    broken = [load_task("habilis/ReachMilkBroken-v0").scene()]
    said: list[str] = []
    now, outcomes = retest(library, "hook_in", broken, 30, 0, said.append)
    assert now.status == "revoked" and not any(o.ok for o in outcomes)
    assert (now.successes, now.trials) == (5, 13 + len(outcomes)) and 1 < len(outcomes) < 30
    assert load_library(path).usable() == [] and "reach_milk_2023_broken seed 0" in now.tested
    with pytest.raises(LibraryError, match="is not in use: revoked"):
        retest(library, "hook_in", broken, 1, 0, said.append)


def test_a_plan_remembers_the_skill_its_steps_come_from(robot: SimRobot, hook: Composed) -> None:
    plan = Plan("reach_milk_2023", "", next(uses(hook, sensed(robot))).steps)
    assert parse_plan(plan.dumps()).composed == ("hook_in",)
    assert "by" not in PLAN.dumps()
