"""The tasks as text environments: the same episodes as in Gymnasium, told and acted in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from tests.envs.sampled import every_task

from habilis.assets.scenes import scene_path
from habilis.envs.media import gl
from habilis.envs.text import TextObservation, TextStep, ToolCall, make_text
from habilis.llm_planner.agents.text_env import SkillTextEnv
from habilis.llm_planner.language.describe import Style
from habilis.policies.agents.oracles import oracle
from habilis.policies.skills.skill import skills_for

MILK = "habilis/ReachMilk-v0"
FAMILIES = ("ReachMilk", "PressButton", "GraspCan")


def calls_of(id: str, env: SkillTextEnv) -> list[ToolCall]:
    """The oracle's solution, ended by ``finish``."""
    skills = oracle(id, env.env.core.scene)
    return [*(ToolCall(s.name, s.args()) for s in skills), ToolCall("finish")]


def play(env: SkillTextEnv, calls: list[ToolCall]) -> list[TextStep]:
    """Steps until the calls or the episode are at an end."""
    out: list[TextStep] = []
    for call in calls:
        out.append(env.step(call))
        if out[-1].terminated or out[-1].truncated:
            break
    return out


def told(step: TextStep) -> str:
    return "\n".join(m.content for m in step.messages)


@pytest.fixture(scope="module")
def made() -> SkillTextEnv:
    return SkillTextEnv(MILK)


@pytest.fixture
def milk(made: SkillTextEnv) -> SkillTextEnv:
    made.reset(seed=0)
    return made


# ---- the same episode as in Gymnasium


@pytest.mark.parametrize("id", every_task(2, arm=True))
def test_a_seed_gives_the_layout_of_the_gymnasium_view(id: str) -> None:
    env, other = make_text(id), gymnasium.make(id)
    assert isinstance(env, SkillTextEnv)
    start = env.reset(seed=11)
    other.reset(seed=11)
    assert [m.role for m in start.messages] == ["system", "user"]
    assert env.env.core.scene.instruction in start.messages[1].content
    world = other.unwrapped.core.world  # type: ignore[attr-defined]
    for name in ("pos", "quat", "q"):
        np.testing.assert_array_equal(getattr(env.env.core.world, name), getattr(world, name))


def test_rewards_are_those_of_the_actions_that_the_skills_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    env, other = SkillTextEnv(MILK), gymnasium.make(MILK)
    actions, step = [], env.env.step

    def noted(action: np.ndarray) -> Any:
        actions.append(action)
        return step(action)

    monkeypatch.setattr(env.env, "step", noted)
    env.reset(seed=3)
    other.reset(seed=3)
    for call in calls_of(MILK, env):
        actions.clear()
        got = env.step(call)
        rows = [other.step(a) for a in actions]
        assert got.reward == sum(float(r[1]) for r in rows) > 0
        assert (got.terminated, got.truncated) == (rows[-1][2], rows[-1][3])
        assert got.info["success"] == rows[-1][4]["success"]
        if got.terminated:
            break
    assert got.info["success"] and got.info["returns"] == rows[-1][4]["returns"]


def test_a_scene_file_is_a_text_environment() -> None:
    env = make_text("habilis/Scene-v0", scene=scene_path("gallery_tray"), style=Style(unit="cm"))
    start = env.reset(seed=0)
    assert "All lengths below are in cm" in start.messages[1].content
    step = env.step(ToolCall("open_gripper", id="7"))
    assert step.messages[0].call_id == "7" and "Now, in cm: gripper at" in told(step)


def test_two_resets_and_the_same_calls_give_the_same_messages(milk: SkillTextEnv) -> None:
    calls = calls_of(MILK, milk)[:2] + [ToolCall("grsp"), ToolCall("look")]
    first = [milk.reset(seed=5), *play(milk, calls)]
    milk.reset(seed=6)
    assert [milk.reset(seed=5), *play(milk, calls)] == first
    other = SkillTextEnv(MILK)
    assert [other.reset(seed=5), *play(other, calls)] == first


# ---- solutions, twins


@pytest.mark.parametrize("family", FAMILIES)
def test_the_oracles_calls_solve_the_task(family: str) -> None:
    id = f"habilis/{family}-v0"
    env = SkillTextEnv(id)
    env.reset(seed=1)
    last = play(env, calls_of(id, env))[-1]
    assert last.terminated and not last.truncated and last.info["success"] and last.info["right"]
    assert last.info["failure"] == "" and last.info["returns"]["success"] >= 10
    assert "The episode is over: success." in told(last)
    assert last.info["seconds"] == pytest.approx(last.info["steps"] * 0.1)


def test_touching_the_tool_where_none_is_needed_loses() -> None:
    env = SkillTextEnv("habilis/ReachMilkNotNeeded-v0")
    env.reset(seed=0)
    step = env.step(ToolCall("grasp", {"object": "hammer"}))
    assert step.terminated and step.info["failure"] == "hammer was used, though it is forbidden"
    assert "The episode is over: failed, hammer was used" in told(step)
    assert not step.info["right"]


def test_a_part_that_comes_off_is_told() -> None:
    id = "habilis/ReachMilkBroken-v0"
    env = SkillTextEnv(id)
    env.reset(seed=0)
    steps = play(env, calls_of(id, env)[:2])
    assert "sweep: failure" in told(steps[1]) and "broken: head came off" in told(steps[1])


@pytest.mark.parametrize("id", [MILK, "habilis/GraspCanBroken-v0"])
def test_refusing_is_right_in_the_broken_twins_only(id: str) -> None:
    env = SkillTextEnv(id)
    env.reset(seed=0)
    step = env.step(ToolCall("refuse", {"reason": "it cannot be reached, " * 40}))
    assert step.terminated and step.info["refused"] and not step.info["success"]
    assert step.info["right"] == ("Broken" in id) and step.reward == 0.0


# ---- the end


def test_finishing_too_soon_says_what_does_not_hold(milk: SkillTextEnv) -> None:
    step = milk.step(ToolCall("finish"))
    assert step.terminated and not step.truncated
    assert "the goal does not hold: held(milk)" in step.info["failure"]
    assert step.info["failure"] in told(step)


def test_the_last_call_truncates() -> None:
    env = SkillTextEnv(MILK, calls=2)
    assert "and 2 calls" in env.reset(seed=0).messages[0].content
    assert not env.step(ToolCall("look")).truncated
    step = env.step([ToolCall("nothing"), ToolCall("look")])
    assert step.truncated and not step.terminated and step.info["calls"] == 2
    assert "The episode is over: the limit of 2 calls is reached." in step.messages[0].content
    assert step.messages[1].content == "look was not carried out: the episode is over."


def test_the_time_limit_truncates_in_the_middle_of_a_skill(milk: SkillTextEnv) -> None:
    slow = {"position": (0.0, 0.0, 0.2), "speed": 0.005}
    step = milk.step(ToolCall("move_to_position", slow))
    assert step.truncated and not step.terminated and step.info["seconds"] == 40.0
    assert "move_to_position: preempted: the episode ended" in told(step)
    assert "The episode is over: the time limit of 40 s is reached." in told(step)


def test_an_ended_or_closed_environment_says_what_to_do() -> None:
    env = SkillTextEnv(MILK)
    with pytest.raises(ResetNeeded, match=r"no episode has been started: call reset\(\)"):
        env.step(ToolCall("look"))
    env.reset(seed=0)
    env.step(ToolCall("refuse", {"reason": "no"}))
    with pytest.raises(ResetNeeded, match=r"refused, no: call reset\(\) before step"):
        env.step(ToolCall("look"))
    env.reset(seed=0)
    env.close()
    for use in (lambda: env.step(ToolCall("look")), env.reset):
        with pytest.raises(ClosedEnvironmentError, match="make another one"):
            use()


# ---- calls that cannot be carried out


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("grsp", {"object": "milk"}, "unknown tool 'grsp'; did you mean 'grasp'?"),
        ("picture", {"camera": "front"}, "unknown tool 'picture'"),
        ("grasp", {"object": "mlk"}, "unknown object 'mlk'; did you mean 'milk'?"),
        ("grasp", {"object": "milk", "gripp": 1}, "unknown argument 'gripp'; did you mean 'grip'?"),
        ("grasp", {}, "needs parameter 'object'"),
        ("grasp", {"object": 3}, "parameter 'object' must be"),
        ("grasp", {1: 2}, "unknown argument '1'"),
        ("grasp", "milk", "arguments must be an object of names and values, got str"),
        ("grasp", None, "arguments must be an object of names and values, got NoneType"),
        ("lift", {"object": "milk", "height": [[[[1]]]]}, "'height' must be"),
        ("lift", {"object": "milk", "height": "milk.x +"}, "lift: 'height'"),
        ("move_to_position", {"position": [float("nan"), 0, 0]}, "must be finite, got nan"),
        ("move_to_position", {"position": [300, 0, 200]}, "it looks like millimetres"),
        ("move_to_position", {"position": ["mlk.x", 0, 0.2]}, "did you mean 'milk'?"),
        ("look", {"at": "milk"}, "look: unknown argument 'at'; known: none"),
        ("refuse", {}, "'reason' is missing"),
        ("refuse", {"reason": object()}, "refuse: "),
    ],
)
def test_a_bad_call_is_answered_and_counted(
    milk: SkillTextEnv, name: str, arguments: object, says: str
) -> None:
    before = milk.env.core.world.pos.copy()
    step = milk.step(ToolCall(name, arguments))  # type: ignore[arg-type]
    assert step.messages[0].role == "tool" and step.messages[0].error
    assert says in told(step) and "step 1" not in told(step)
    assert (step.reward, step.terminated, step.truncated) == (0.0, False, False)
    assert (step.info["calls"], step.info["steps"]) == (1, 0)
    np.testing.assert_array_equal(milk.env.core.world.pos, before)


def test_a_turn_without_a_call_is_counted_too(milk: SkillTextEnv) -> None:
    step = milk.step([])
    assert "No tool was called" in told(step) and step.info["calls"] == 1


def test_what_is_no_call_is_a_mistake_of_the_harness(milk: SkillTextEnv) -> None:
    with pytest.raises(TypeError, match="must be a ToolCall, got dict"):
        milk.step([{"name": "look"}])  # type: ignore[list-item]


def test_a_skill_that_fails_says_why_and_is_no_error(milk: SkillTextEnv) -> None:
    step = milk.step(ToolCall("grasp", {"object": "milk"}))
    assert "grasp: failure" in told(step) and "out of the workspace by 0." in told(step)
    assert not step.messages[0].error and step.info["steps"] == 1


def test_numbers_may_be_expressions_over_the_scene_as_it_is_now(milk: SkillTextEnv) -> None:
    above = {"position": ["hammer.grip.x", "hammer.grip.y", 0.2]}
    milk.step(ToolCall("move_to_position", above))
    grip = milk.env.core.state.point("hammer/grip")[0]
    np.testing.assert_allclose(milk.env.core.state.tcp[0, :2], grip[:2], atol=0.005)


# ---- construction, tools, documentation


def test_the_documented_example_runs_and_succeeds(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "agents.md").read_text(encoding="utf-8")
    exec(page.split("```python\n", 1)[1].split("```", 1)[0], {})
    said = capsys.readouterr().out.splitlines()
    assert any(line.startswith("grasp: success") for line in said)
    assert said[-1].startswith("True ")


def test_there_is_a_tool_for_every_skill_with_a_closed_schema(made: SkillTextEnv) -> None:
    tools = {t.name: t for t in made.tools}
    assert set(tools) == {*skills_for(), "look", "finish", "refuse"}
    for spec in tools.values():
        assert spec.description and spec.parameters["type"] == "object"
        assert spec.parameters["additionalProperties"] is False
    sweep = tools["sweep"].parameters
    assert sweep["required"] == ["object", "direction", "distance"]
    assert sweep["properties"]["height"]["default"] == 0.004


@pytest.mark.parametrize(
    ("id", "options", "says"),
    [
        ("habilis/ReachMlik-v0", {}, "did you mean 'habilis/ReachMilk-v0'"),
        (MILK, {"control": "joint"}, "or 'tool' control, got 'joint'"),
        (MILK, {"calls": 0}, "calls must be at least 1"),
        (MILK, {"scene": "2025"}, "known: 2023, 2024"),
        ("habilis/Scene-v0", {"scene": "climb_sofa_2024"}, "'go1' walks: a text environment"),
    ],
)
def test_wrong_options_are_named(id: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make_text(id, **options)
    with pytest.raises(TypeError, match="coulour"):
        make_text(MILK, coulour="red")


def test_a_picture_comes_with_its_message() -> None:
    try:
        env = SkillTextEnv(MILK, pictures=True)
    except gl.RenderingUnavailable as error:
        pytest.skip(str(error))
    env.reset(seed=0)
    good, bad = env.step([ToolCall("picture", {"camera": c}) for c in ("side", "sied")]).messages
    assert isinstance(good, TextObservation) and good.image is not None
    assert good.image.startswith(b"\x89PNG") and not good.error
    assert bad.image is None and bad.error and '"sied" is none of "front", "side"' in bad.content


def test_hand_tools_are_offered_and_told_of_where_the_hand_takes_them() -> None:
    env = SkillTextEnv("habilis/BeadsInVials-v0", variation=0.0)
    rules, _ = (m.content for m in env.reset(seed=0).messages)
    assert "from take_tool on, the tips of the tool are what is moved" in rules
    assert {"take_tool", "pick_with_tool"} <= {t.name for t in env.tools}
    step = env.step(ToolCall("take_tool", {"tool": "tweezers"}))
    assert "take_tool: success" in told(step) and "holding tweezers" in told(step)
    step = env.step(ToolCall("pick_with_tool", {"object": "bead1"}))
    assert "holding tweezers, and bead1 between its tips" in told(step)
    bare = SkillTextEnv("habilis/BeadsInVials-v0", control="ee")
    assert "take_tool" not in {t.name for t in bare.tools}
