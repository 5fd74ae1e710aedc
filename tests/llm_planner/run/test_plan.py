"""Plans as data: they survive JSON, and a bad one says where and what is allowed."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World
from habilis.llm_planner.run.plan import Plan, PlanError, Step, load_plan, parse_plan
from habilis.llm_planner.search.scratch import Scratch

MILK: dict[str, object] = {"object": "milk", "direction": "-x", "distance": 0.1}
GRASP = {"skill": "grasp", "args": {"object": "hammer"}}


@pytest.fixture(scope="module")
def scene() -> Scene:
    return load_scene(scene_path("reach_milk_2023"))


number = st.floats(-5, 5)
words = st.text(max_size=20)
any_step = st.one_of(
    st.builds(lambda o, r: Step("grasp", {"object": o, "raise_by": r}), words, number),
    st.builds(lambda o, p: Step("place", {"object": o, "position": p}), words,
              st.tuples(number, number)),
    st.builds(lambda p: Step("move_to_position", {"position": p}), st.tuples(*[number] * 3)),
    st.builds(
        lambda o, d, s: Step("sweep", {"object": o, "direction": "-x", "distance": d, "side": s}),
        words, number, st.sampled_from((-1, 0, 1)),
    ),
    st.just(Step("open_gripper", {})),
)  # fmt: skip
plans = st.builds(Plan, words, words, st.lists(any_step, min_size=1, max_size=6).map(tuple), words)


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


@settings(max_examples=200, deadline=None)
@given(plan=plans)
def test_a_plan_survives_json(plan: Plan) -> None:
    again = parse_plan(plan.dumps())
    assert again.dumps() == plan.dumps()
    assert dataclasses.replace(again, steps=()) == dataclasses.replace(plan, steps=())
    assert [s.skill for s in again.steps] == [s.skill for s in plan.steps]
    assert [plain(s.args) for s in again.steps] == [plain(s.args) for s in plan.steps]
    assert again.build() == plan.build()


def test_a_plan_file_has_a_line_for_each_step(tmp_path: Path) -> None:
    """So that a difference of two plans is a difference of lines."""
    steps = tuple(Step("grasp", {"object": name}) for name in ("a", "b", "c"))
    path = tmp_path / "plan.json"
    path.write_text(Plan("s", "do", steps, "me").dumps(), encoding="utf-8")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if '"skill"' in line]
    assert len(lines) == 3 and all("grasp" in line for line in lines)
    assert load_plan(path) == Plan("s", "do", steps, "me")


def test_a_step_reads_well() -> None:
    step = Step("place", {"object": "hammer", "position": (0.25, -0.18051)})
    assert str(step) == "place(object=hammer, position=(0.25, -0.181))"


def wrapped(*steps: object, **more: object) -> str:
    return json.dumps({"steps": list(steps), **more})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"steps": [}', r"^p\.json:1:12: not JSON"),
        ('{\n "steps": [\n', r"^p\.json:3:1: not JSON"),
        ("", r"^p\.json:1:1: not JSON"),
        ("[]", "a plan is an object, got list"),
        ("{}", "'steps' must be a list of at least one step, got None"),
        ('{"steps": []}', "at least one step"),
        ('{"steps": {"skill": "grasp"}}', "'steps' must be a list"),
        (wrapped(GRASP, version=2), "version 2 is not supported; known: 1"),
        (wrapped(GRASP, stepps=[]), "unknown key 'stepps'; did you mean 'steps'"),
        (wrapped(GRASP, "grasp"), r"steps\[1\]: a step is an object with 'skill' and 'args'"),
        (wrapped({"skil": "grasp"}), r"steps\[0\]: unknown key 'skil'; did you mean 'skill'"),
        (wrapped({"args": {}}), r"steps\[0\]: needs a 'skill' name"),
        (wrapped({"skill": "grasp", "args": []}), "an 'args' object"),
        (wrapped({"skill": 3}), "needs a 'skill' name"),
        (
            wrapped(GRASP, {"skill": "grap", "args": {}}),
            r"steps\[1\]: unknown skill 'grap'; did you mean 'grasp'\? known: ",
        ),
        (
            wrapped({"skill": "grasp", "args": {"objekt": "hammer"}}),
            r"steps\[0\]: skill 'grasp': unknown parameter 'objekt'; did you mean 'object'",
        ),
        (wrapped({"skill": "grasp"}), "needs parameter 'object'"),
        (
            wrapped({"skill": "lift", "args": {"object": "milk", "height": "high"}}),
            r"parameter 'height' must be .*float.*, got 'high'",
        ),
        (
            '{"steps": [{"skill": "lift", "args": {"object": "milk", "height": NaN}}]}',
            "parameter 'height' must be",
        ),
        (
            '{"steps": [{"skill": "lift", "args": {"object": "milk", "height": 1e999}}]}',
            "parameter 'height' must be",
        ),
        (
            wrapped({"skill": "move_to_position", "args": {"position": [0.1, 0.2]}}),
            r"parameter 'position' must be .*, got \[0\.1, 0\.2\]",
        ),
        (wrapped(GRASP, scene=["reach"]), "'scene' must be text"),
        (wrapped(GRASP, instruction=3), "'instruction' must be text"),
        (wrapped(GRASP, origin=None), "'origin' must be text"),
    ],
)  # fmt: skip
def test_a_bad_plan_names_file_place_and_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(PlanError, match=said) as caught:
        parse_plan(text, "p.json")
    assert str(caught.value).startswith("p.json")


def test_nested_to_death_is_an_error_of_the_plan() -> None:
    with pytest.raises(PlanError, match=r"p\.json"):
        parse_plan("[" * 100_000, "p.json")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"none\.json: cannot be read"):
        load_plan(tmp_path / "none.json")
    with pytest.raises(PlanError, match="cannot be read"):
        load_plan(tmp_path)
    binary = tmp_path / "picture.json"
    binary.write_bytes(b"\x89PNG\r\n\xff\xfe")
    with pytest.raises(PlanError, match=r"picture\.json: cannot be read"):
        load_plan(binary)


@given(text=st.text(max_size=60))
def test_any_text_is_a_plan_or_a_plan_error(text: str) -> None:
    try:
        parse_plan(text)
    except PlanError:
        pass


# ---- against a scene


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step("grasp", {"object": "hamer"}), "did you mean 'hammer'"),
        (Step("place", {"object": "hammer", "on": "shelf"}), "unknown object 'shelf'"),
        (
            Step("sweep", MILK | {"tool": "hook"}),
            "unknown object 'hook'",
        ),
        (
            Step("sweep", MILK | {"tool": "hammer", "part": "haed"}),
            "unknown part of 'hammer' 'haed'; did you mean 'head'",
        ),
        (
            Step("sweep", MILK | {"object_part": "lid"}),
            "unknown part of 'milk' 'lid'",
        ),
        (
            Step("sweep", MILK | {"part": "head"}),
            "'part' needs a 'tool'",
        ),
        (Step("fly", {}), "unknown skill 'fly'"),
        (Step("lift", {"object": ["milk"]}), "parameter 'object' must be"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_scene_is_named_with_its_step(
    scene: Scene, step: Step, said: str
) -> None:
    plan = Plan(scene.name, "x", (Step("open_gripper", {}), step))
    with pytest.raises(PlanError, match=said) as caught:
        plan.check(scene)
    assert str(caught.value).startswith(f"step 2 ({step.skill}):")


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((Step("grasp", {"object": "cup"}),), r"step 1 \(grasp\): unknown object 'cup'"),
        ((Step("grasp", {"object": "hammer"}),), "the goal does not hold: held"),
        ((Step("grasp", {"object": "milk"}),), r"step 1 \(grasp\) fails: .*0\.094 m in x"),
        ((Step("open_gripper", {}), Step("lift", {"object": "milk"})), r"step 2 \(lift\) fails"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_work_is_rejected_and_nothing_moves(
    scene: Scene, steps: tuple[Step, ...], said: str
) -> None:
    import re

    compiled = compile_scene(scene)
    robot = SimRobot(World(compiled))
    robot.reset(published(scene, 1))
    robot.hold(0.1)
    before, snapshot = robot.world.sim.states(), robot.world.save()
    kept = {k: v.copy() for k, v in snapshot.rows.items()}
    check = Scratch(compiled).rehearse(snapshot, Plan(scene.name, "x", steps))
    assert not check.ok and re.search(said, check.reason)
    assert robot.world.sim.states().tobytes() == before.tobytes()
    for name, rows in snapshot.rows.items():
        assert rows.tobytes() == kept[name].tobytes(), name
