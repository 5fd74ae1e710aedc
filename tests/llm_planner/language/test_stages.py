"""What the stages are told and what they make of good, malformed and wrong answers."""

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.links import Break
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.robot.simulated import simulated
from habilis.envs.world.world import World
from habilis.llm_planner.language import prompts, stages
from habilis.llm_planner.language.describe import Style, describe
from habilis.llm_planner.language.faults import StageError
from habilis.llm_planner.language.outputs import Analysis, Program, Sketch, Targets, schema_of
from habilis.llm_planner.language.plan_schema import parameters, plan_schema, read_plan, skill_docs
from habilis.llm_planner.language.renaming import anonymous, rename
from habilis.llm_planner.language.stages import Brief
from habilis.llm_planner.library.store import Composed
from habilis.llm_planner.model.client import ClientError
from habilis.llm_planner.model.schema import check
from habilis.policies.skills import SKILLS
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import skills_for

ANALYSIS = {
    "thoughts": "The carton stands too far away.",
    "features": [
        {
            "name": "missing reach",
            "value": "milk.grip.x - workspace.max_x",
            "constraint": "the gripper stays in the workspace",
            "verdict": "violated",
        }
    ],
    "tool": "hammer",
    "tool_part": "head",
    "why": "long, and wide at its end",
    "refusal": "",
}
SKETCH = {
    "objects": [{"name": "hammer", "affords": "hooking", "role": "tool"}],
    "constraints": ["one thing in the hand at a time"],
    "steps": [
        {"skill": "grasp", "object": "hammer", "tool": "", "purpose": "take it", "numbers": ""},
        {
            "skill": "sweep",
            "object": "milk",
            "tool": "hammer",
            "purpose": "bring it near",
            "numbers": "how far",
        },
    ],
    "refusal": "",
}
TARGETS = {
    "targets": [
        {
            "step": 2,
            "name": "distance",
            "unit": "m",
            "size": 1,
            "expression": "milk.grip.x - workspace.max_x + 5*cm",
            "why": "the gap and a margin",
        }
    ]
}


def step(skill: str, **args: Any) -> dict[str, Any]:
    return {"skill": skill, "args": args}


def planned(*steps: dict[str, Any], refusal: str | None = None) -> dict[str, Any]:
    return {"thoughts": "", "refusal": refusal, "steps": list(steps)}


@pytest.fixture
def brief(senses: Senses) -> Brief:
    return Brief(senses, describe(senses).text)


def sensed(scene: Scene) -> Senses:
    robot = SimRobot(World(compile_scene(scene), nthread=1))
    robot.reset(published(scene, 1))
    found = Senses(scene, robot.bodies)
    found.update(robot.observe())
    return found


# ---- description


def test_every_object_is_described_in_equal_detail(senses: Senses) -> None:
    things = describe(senses, Style(irrelevant=2)).data["objects"]
    assert [t["name"] for t in things] == ["hammer", "milk", "pineapple_toy"]
    common = set.intersection(*(set(t) for t in things))
    assert all(len(t) == len(common) + 2 for t in things) or len(things[0]) == len(things[1])
    assert {"centre", "size", "mass_kg", "friction", "grip_point", "parts", "joint"} <= common


def test_description_gives_no_answer_away(senses: Senses) -> None:
    text = describe(senses).text
    assert "tool" not in text.replace("tool centre point", "")
    assert not re.search(r"published|Deviation|not held\(hammer\)", text)
    assert "the gripper holds nothing but what is asked for" in text


@pytest.mark.parametrize(("unit", "factor"), [("m", 1.0), ("cm", 100.0), ("mm", 1000.0)])
def test_lengths_follow_the_unit(senses: Senses, unit: Any, factor: float) -> None:
    data = describe(senses, Style(unit)).data
    np.testing.assert_allclose(
        data["objects"][1]["centre"], senses.get_center("milk") * factor, atol=1e-4 * factor
    )
    assert data["workspace"]["x"] == [0.0, 0.45 * factor]
    assert f"lifted(milk, {0.05 * factor:g} {unit})" in data["done_when"][1]


def test_irrelevant_numbers_are_seeded(senses: Senses) -> None:
    texts = [describe(senses, Style(irrelevant=3, seed=k)).text for k in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    with pytest.raises(ValueError, match="irrelevant numbers"):
        Style(irrelevant=99)
    with pytest.raises(ValueError, match="unit must be one of m, cm, mm, got 'inch'"):
        Style("inch")  # type: ignore[arg-type]


def test_a_part_that_comes_off_is_told_of_whatever_object(senses: Senses) -> None:
    hammer = dataclasses.replace(senses.entity("hammer"), breaks=Break(("head",), 0.5))
    weak = sensed(senses.scene.replace_entities([hammer]))
    assert '"come_off_above_N": 0.5' in describe(weak).text
    assert "come" not in describe(weak, Style(strength=False)).text


def test_renamed_scene_has_no_old_name_left(senses: Senses) -> None:
    scene, names = anonymous(senses.scene, np.random.default_rng(3))
    text = describe(sensed(scene)).text
    assert sorted(names.values()) == ["object_1", "object_2", "object_3"]
    assert not any(re.search(rf"\b{old}\b", text) for old in names)
    assert f"held({names['milk']})" in text
    assert scene.tool is not None and scene.tool.name == names["hammer"]
    with pytest.raises(KeyError, match="did you mean 'milk'"):
        rename(scene=senses.scene, names={"mlik": "x"})


# ---- prompts


def test_prompts_have_versions_and_are_filled_exactly() -> None:
    for name in prompts.names():
        prompt = prompts.load_prompt(name)
        assert prompt.version >= 1 and "$" not in prompt.fill(**dict.fromkeys(prompt.fields, ""))
        with pytest.raises(ValueError, match="takes"):
            prompt.fill(nonsense="")
    with pytest.raises(ValueError, match="unknown prompt 'codr'; did you mean 'coder'"):
        prompts.load_prompt("codr")


def test_digest_depends_on_which_prompts_but_not_on_their_order() -> None:
    assert prompts.digest(["plan", "system"]) == prompts.digest(["system", "plan", "plan"])
    assert prompts.digest(["plan"]) != prompts.digest(["coder"])


# ---- stages


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        (Analysis, ANALYSIS),
        (Sketch, SKETCH),
        (Targets, TARGETS),
        (Program, {"program": "x = 1", "refusal": ""}),
    ],
)
def test_answers_fit_the_schemas(output: type, answer: dict[str, Any]) -> None:
    schema = schema_of(output)
    assert check(answer, schema) == []
    assert check({}, schema)


def test_analyzer_works_out_its_features(scripted: Callable[..., Any], brief: Brief) -> None:
    client = scripted(analyzer=[ANALYSIS])
    found = stages.analyze(client, brief)
    assert found.features[0].value == "0.544 - 0.45 = 0.094 m"
    assert brief.scene in client.seen[0].messages[1].content
    assert client.seen[0].schema == schema_of(Analysis)


def test_planner_reads_the_analysis(scripted: Callable[..., Any], brief: Brief) -> None:
    client = scripted(analyzer=[ANALYSIS], planner=[SKETCH])
    analysis = stages.analyze(client, brief)
    sketch = stages.plan(client, brief, analysis)
    assert [s.skill for s in sketch.steps] == ["grasp", "sweep"]
    assert "0.094 m" in client.seen[1].messages[1].content
    stages.plan(client, brief)
    assert "decides the task" not in client.seen[2].messages[1].content.split("Skills")[0]


def test_calculator_computes_not_the_model(scripted: Callable[..., Any], brief: Brief) -> None:
    client = scripted(planner=[SKETCH], calculator=[TARGETS])
    sketch = stages.plan(client, brief)
    (target,) = stages.calculate(client, brief, sketch).targets
    assert target.value == pytest.approx(0.144)
    assert target.working == "0.544 - 0.45 + 5 * cm = 0.144 m"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"expression": "milk.mass"}, "is in kg, wanted m"),
        ({"expression": "144"}, r"write 144\*mm"),
        ({"expression": "mlik.x"}, "did you mean 'milk'"),
        ({"size": 3}, "wanted a vector of 3"),
    ],
)
def test_wrong_number_is_a_numerical_fault(
    scripted: Callable[..., Any], brief: Brief, change: dict[str, Any], says: str
) -> None:
    bad = {"targets": [{**TARGETS["targets"][0], **change}]}
    client = scripted(planner=[SKETCH], calculator=[bad])
    sketch = stages.plan(client, brief)
    with pytest.raises(StageError, match=says) as error:
        stages.calculate(client, brief, sketch)
    assert (error.value.kind, error.value.stage) == ("numerical", "calculator")
    assert "step 2: 'distance'" in str(error.value)


def test_coder_takes_code_with_or_without_a_fence(
    scripted: Callable[..., Any], brief: Brief
) -> None:
    client = scripted(
        coder=[
            {"program": "```python\ngrasp('milk')\n```", "refusal": ""},
            {"program": "lift('milk')"},
        ]
    )
    assert stages.code(client, brief).program == "grasp('milk')\n"
    assert stages.code(client, brief).program == "lift('milk')"
    assert "get_center" in client.seen[0].messages[1].content


@pytest.mark.parametrize(
    "answer",
    [
        "It cannot be done because the milk is out of reach.",
        "```python\n# cannot be done because the milk is out of reach\n```",
        {"program": "# cannot be done because the milk is out of reach", "refusal": ""},
        {"refusal": "the milk is out of reach"},
    ],
)
def test_a_coder_may_refuse_in_words(
    scripted: Callable[..., Any], brief: Brief, answer: Any
) -> None:
    client = scripted(coder=[answer if isinstance(answer, str) else json.dumps(answer)])
    assert "the milk is out of reach" in stages.code(client, brief).refusal
    assert len(client.seen) == 1


@pytest.mark.parametrize(
    "bad", ["I would rather not.", '{"thoughts": "t", "steps": [', "[1, 2]", {"steps": 3}, "", {}]
)
def test_unreadable_answer_is_asked_for_once_more(
    scripted: Callable[..., Any], brief: Brief, bad: Any
) -> None:
    good = planned(step("grasp", object="milk"))
    client = scripted(plan=[bad, good])
    made = stages.compose(client, brief).plan
    assert made is not None and len(made.steps) == 1
    assert [m.role for m in client.seen[1].messages] == ["system", "user", "assistant", "user"]
    with pytest.raises(StageError) as error:
        stages.compose(scripted(plan=[bad]), brief)
    assert (error.value.kind, error.value.stage) == ("form", "plan")


def test_answer_that_the_client_gave_up_on_is_a_fault_of_form(
    scripted: Callable[..., Any], brief: Brief
) -> None:
    with pytest.raises(StageError, match="nonsense"):
        stages.compose(scripted(plan=[ClientError("nonsense", "malformed")]), brief)
    with pytest.raises(ClientError, match="too slow"):
        stages.compose(scripted(plan=[ClientError("too slow", "timeout")]), brief)


# ---- plans as data


def test_schema_is_made_from_the_skills() -> None:
    schema = plan_schema()
    kinds = schema["properties"]["steps"]["items"]["anyOf"]
    assert [k["properties"]["skill"]["enum"][0] for k in kinds] == list(skills_for())
    good = planned(
        step("grasp", object="milk", grip=["0", 0.0, 0.05], raise_by=None),
        step("sweep", object="milk", direction="-x", distance="milk.x - 0.4", side=1),
    )
    assert check(good, schema) == []
    for bad in (
        step("grasp"),
        step("grsp", object="milk"),
        step("grasp", object="milk", colour="red"),
        step("sweep", object="milk", direction="up", distance=0.1),
        step("grasp", object="milk", grip=[0.0, 0.1]),
        step("lift", object=3),
    ):
        assert check(planned(bad), schema), bad


def test_units_come_from_the_documentation() -> None:
    units = {p.name: p.unit for p in parameters(SKILLS["sweep"])}
    assert units["distance"] == units["offset"] == "m"
    assert units["object"] is None and units["side"] is None
    assert {p.name: p.unit for p in parameters(SKILLS["move_to_position"])} == {
        "position": "m",
        "speed": "m/s",
    }
    assert "sweep(object, direction, distance, tool=None" in skill_docs()


def test_expressions_become_numbers(senses: Senses) -> None:
    data = planned(
        step("move_to_position", position=["milk.x - 20*cm", 0.0, "10*cm"], speed=None),
        step("move_to_position", position="hammer.grip + (0, 0, 10*cm)"),
        step("sweep", object="milk", direction="-x", distance="milk.x - workspace.max_x + 5*cm"),
    )
    made = read_plan(data, senses)
    np.testing.assert_allclose(made.steps[0].args["position"], (0.344, 0.0, 0.1))
    np.testing.assert_allclose(made.steps[1].args["position"], (0.35, -0.15, 0.125), atol=1e-6)
    assert made.steps[2].args["distance"] == pytest.approx(0.144)
    assert "speed" not in made.steps[0].args


@pytest.mark.parametrize(
    ("bad", "kind", "says"),
    [
        (step("grasp", object="mlik"), "logical", "step 1 .*did you mean 'milk'"),
        (step("grab", object="milk"), "logical", "unknown skill 'grab'"),
        (step("grasp"), "logical", "needs parameter 'object'"),
        (step("grasp", object="milk", wrist=1), "logical", "unknown parameter 'wrist'"),
        (step("sweep", object="milk", direction="-x", distance=144), "numerical", "millimetres"),
        (step("sweep", object="milk", direction="-x", distance="milk.mass"), "numerical", "in kg"),
        (step("lift", object="milk", height="milk.q"), "numerical", "unknown quantity of 'milk'"),
        (step("lift", object="milk", height="os.system('x')"), "numerical", "no number"),
        ("grasp milk", "form", "an object with 'skill'"),
    ],
)
def test_wrong_step_is_typed(senses: Senses, bad: Any, kind: str, says: str) -> None:
    with pytest.raises(StageError, match=says) as error:
        read_plan({"steps": [bad]}, senses)
    assert error.value.kind == kind


def test_refusal_is_an_answer(scripted: Callable[..., Any], brief: Brief) -> None:
    found = stages.compose(scripted(plan=[planned(refusal="the head is too weak")]), brief)
    assert found.plan is None and found.refusal == "the head is too weak"


def test_composed_skill_is_replaced_by_its_steps(senses: Senses) -> None:
    skill = Composed(
        "take",
        "Grasp and lift.",
        ("object",),
        (
            step("grasp", object="$object"),
            step("lift", object="$object", height="$object.size_z / 2"),
        ),
    )
    data = planned(step("take", object="milk"))
    made = read_plan(data, senses, [skill])
    assert [s.skill for s in made.steps] == ["grasp", "lift"]
    assert made.steps[1].args["height"] == pytest.approx(0.08)
    assert check(data, plan_schema([skill])) == []
    with pytest.raises(StageError, match="take needs object"):
        read_plan(planned(step("take")), senses, [skill])


def test_links_and_containers_are_renamed_with_their_thing() -> None:
    scenes = Path(__file__).parents[2] / "data"
    trees = rename(load_scene(scenes / "trees.yaml"), {"box": "chest", "cabinet": "desk"})
    assert str(trees.goal) == "joint(chest/lid, 0.5) or near(desk/drawer, chest, 0.1)"
    beads = rename(load_scene(scenes / "beads.yaml"), {"tray": "pan", "beads": "balls"})
    assert str(beads.goal) == "count_in(balls, pan) >= 40 and share_in(peas, pan) >= 0.5"
    assert beads.entity("peas").grains.within == "pan"  # type: ignore[union-attr]


def test_a_planner_is_told_of_links_and_of_how_many_grains_there_are() -> None:
    scenes = Path(__file__).parents[2] / "data"
    for name, words in (("trees.yaml", "link box/lid: centre"), ("beads.yaml", "grains 60")):
        text = describe(sensed(load_scene(scenes / name))).text
        assert words in text, text


def test_a_robot_on_legs_is_not_told_of_a_hand() -> None:
    scene = load_scene(scene_path("climb_sofa_2024"))
    robot = simulated(World(compile_scene(scene)))
    robot.reset(published(scene, 1))
    senses = Senses(scene, robot.bodies)
    senses.update(robot.observe())
    told = stages.system_turn(scene) + describe(senses, Style()).text
    assert "four legs, which has no hand" in told and "z = 0 is the floor" in told
    for word in ("gripper", "jaw", "arm with", "table top", "grip point"):
        assert word not in told
