"""Programs: what they may say, what is recorded, who may stop them, and that they do work."""

import dataclasses
import re
import typing
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pydantic_monty", reason='needs pip install "habilis[llm]"')

from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.tasks import load_task
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World
from habilis.llm_planner.run import vectors
from habilis.llm_planner.run.program import Code, make_sandbox
from habilis.llm_planner.run.sandbox import MODULES, Halt, Sandbox
from habilis.llm_planner.run.skill_api import api, documentation, stubs
from habilis.llm_planner.search.scratch import Scratch
from habilis.policies.skills import SKILLS
from habilis.policies.skills.executor import run
from habilis.policies.skills.skill import skills_for, told_fields

HOOK = """\
DRAG = 0.15
SAFE = 0.25

def go_over(x: float, y: float):
    here = get_gripper_position()
    move_to_position((here[0], here[1], SAFE))
    move_to_position((x, y, SAFE))

# Take the hammer by its handle.
open_gripper()
grip = get_graspable_point("hammer")
go_over(grip[0], grip[1])
move_to_position(grip, 0.12)
close_gripper()

# Bring its head behind the carton, with the handle passing beside it.
milk, milk_size = get_center("milk"), get_size("milk")
head, head_size = get_part_center("hammer", "head"), get_part_size("hammer", "head")
reach = head[0] - head_size[0] / 2 - grip[0]
behind = milk[0] + milk_size[0] / 2 + 0.025 - reach
beside = milk[1] - 0.038
low = grip[2] + 0.004
go_over(behind, beside - 0.09)
move_to_position((behind, beside - 0.09, low), 0.12)
move_to_position((behind, beside, low), 0.1)

# Drag, step aside, put the hammer down.
end = vec_sub((behind, beside, low), (DRAG + 0.025, 0, 0))
move_to_position(end, 0.1)
move_to_position(vec_add(end, (0.025, 0, 0)), 0.1)
move_to_position(vec_add(end, (0.025, -0.09, 0)), 0.1)
print(f"the carton came {milk[0] - get_center('milk')[0]:.2f} m")
go_over(0.26, -0.18)
move_to_position((0.26, -0.18, grip[2] + 0.002), 0.12)
open_gripper()

# Take the milk.
point = get_graspable_point("milk")
go_over(point[0], point[1])
move_to_position(point, 0.12)
close_gripper()
move_to_position(vec_add(point, (0, 0, 0.08)), 0.12)
"""
"""RoboTool's way: primitives only."""
SKILLED = """\
grasp("hammer")
sweep("milk", "-x", 0.15, tool="hammer", part="head", offset=0.038, side=1)
place("hammer", (0.26, -0.18))
grasp("milk")
lift("milk")
"""
TYPES = {
    "get_centre('milk')": "line 1: .*unknown function 'get_centre'; did you mean 'get_center'",
    "grasp(3)": "line 1: .*Expected `str`, found `Literal.3.`",
    "grasp('milk', gripp=1)": "line 1: .*`gripp` does not match any known parameter",
    "move_to_position((0.3, 0.1))": "line 1: .*Expected `tuple.float, float, float.",
    "open_gripper(1)": "line 1: Too many positional arguments",
    "p = get_center('milk')\nmove_to_position(p + (0, 0, 0.1))": "line 2: Argument to function",
    "p = get_center('milk')\nmove_to_position(p + [0, 0, 0.1])": "line 2: Operator `.` is not",
    "import numpy as np": "line 1: .*no module 'numpy'; use vec_add",
    "from robot import grasp": "line 1: .*skills and vector functions are there without an import",
    "open_gripper()\nclose_griper()": "line 2: .*did you mean 'close_gripper'",
    "for x in\n    pass": "line 1: Expected an expression",
}
ARGUMENTS = {
    "get_center('mlik')": "get_center: unknown object 'mlik'; did you mean 'milk'",
    "grasp('hamer')": "grasp: unknown object 'hamer'; did you mean 'hammer'",
    "get_part_center('hammer', 'hed')": "unknown part of 'hammer' 'hed'; did you mean 'head'",
    "sweep('milk', '-x', 0.1, 'hammer', 'hed')": "unknown part of 'hammer' 'hed'",
    "move_to_position((350, -150, 25))": r"looks like millimetres.*\(0.35, -0.15, 0.025\)",
    "move_to_position((35, -15, 2.5))": r"looks like centimetres.*\(0.35, -0.15, 0.025\)",
    "lift('milk', 1e200)": "height = 1e.200 is metres outside the table; in metres",
    "move_to_position((0.3, 0.0, 0.2), 160)": "speed = 160 is .*millimetres; the unit is m/s",
    "lift('milk', 80)": "height = 80 .*looks like .*metres; the unit is metres",
    "move_to_position((float('nan'), 0, 0))": "'position' must be finite, got nan",
    'import json\ngrasp(**json.loads(\'{"object": "milk", "grp": 1}\'))': "did you mean 'grip'",
}


@pytest.fixture(scope="module")
def made() -> SimRobot:
    scene = load_task("habilis/ReachMilk-v0", scene="2023").scene()
    return SimRobot(World(compile_scene(scene), 1))


@pytest.fixture
def robot(made: SimRobot) -> SimRobot:
    made.reset(published(made.scene, 1))
    return made


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with make_sandbox() as sandbox:
        yield sandbox


def succeeds(code: str, robot: SimRobot, box: Sandbox) -> bool:
    return run(robot, Code(code, box), Monitor(robot.world)).ok


def test_primitives_alone_hook_the_milk(robot: SimRobot, box: Sandbox) -> None:
    assert {c for c in SKILLS if f"{c}(" in HOOK} == {
        "move_to_position", "open_gripper", "close_gripper"
    }  # fmt: skip
    assert succeeds(HOOK, robot, box)


def test_the_composed_skills_do_too(robot: SimRobot, box: Sandbox) -> None:
    assert succeeds(SKILLED, robot, box)


def test_the_scratch_copy_foretells_the_run(robot: SimRobot, box: Sandbox) -> None:
    judge = Monitor(robot.world)
    foretold = Scratch(robot.world.compiled).rehearse(judge.save(), Code(SKILLED, box))
    ran = run(robot, Code(SKILLED, box), judge)
    assert foretold.ok and ran.ok
    assert foretold.steps == ran.steps and foretold.calls == ran.calls


def test_every_call_is_recorded_with_its_line(robot: SimRobot, box: Sandbox) -> None:
    code = 'p = get_center("milk")\n\nopen_gripper()\nx = [\n    grasp("hammer"),\n]\nprint(p[0])\n'
    trace = run(robot, Code(code, box))
    assert trace.ok and trace.output.startswith("0.54")
    assert [(c.line, c.name) for c in trace.calls] == [
        (1, "get_center"), (3, "open_gripper"), (5, "grasp"),
    ]  # fmt: skip
    centre, opened, grasped = trace.calls
    assert centre.value == pytest.approx((0.544, -0.001, 0.08), abs=1e-3)
    assert centre.text == 'p = get_center("milk")' and centre.result is None
    assert centre.start == centre.end == opened.start < opened.end <= grasped.start < grasped.end
    assert grasped.result is not None and grasped.result.numbers == grasped.value
    assert str(grasped) == "line 5: grasp(object=hammer)"
    assert [s.skill for s in trace.steps] == ["open_gripper", "grasp"]


def check_program(code: str, sandbox: Sandbox) -> str:
    """What the type checker says of a program that runs up to its first call; '' if nothing."""

    def first(_: object) -> Any:
        raise Halt("checked")

    ran = sandbox.run(code, first)
    return "" if ran.ending in ("done", "halted") else ran.message


@pytest.mark.parametrize("code", TYPES)
def test_what_cannot_fit_is_found_before_anything_moves(
    code: str, robot: SimRobot, box: Sandbox
) -> None:
    trace = run(robot, Code(code, box))
    assert trace.ended == "static" and trace.calls == ()
    assert_matches(TYPES[code], trace.reason)
    assert_matches(TYPES[code], check_program(code, box))


@pytest.mark.parametrize("code", ARGUMENTS)
def test_what_does_not_fit_the_scene_is_refused_in_words(
    code: str, robot: SimRobot, box: Sandbox
) -> None:
    before = float(robot.world.time[0])
    trace = run(robot, Code(code, box))
    assert trace.ended in ("runtime", "static") and trace.steps == ()
    assert_matches(ARGUMENTS[code], trace.reason)
    assert robot.world.time[0] == before


def assert_matches(pattern: str, text: str) -> None:
    assert re.search(pattern, text), text


def test_a_failed_skill_ends_the_program_with_the_numbers(robot: SimRobot, box: Sandbox) -> None:
    trace = run(robot, Code("open_gripper()\ngrasp('milk')\nlift('milk')", box))
    assert (trace.outcome, trace.ended, trace.line) == ("failure", "skill", 2)
    assert_matches(r"line 2: .*grasp: .* out of the workspace by 0\.\d+ m in x", trace.reason)
    assert [s.skill for s in trace.steps] == ["open_gripper", "grasp"]
    assert trace.steps[-1].result.numbers["beyond_x"] > 0.05


@pytest.mark.parametrize("code", ["print(min(get_objects(), key=get_center))",
                                  "print(list(map(get_size, get_objects())))"])  # fmt: skip
def test_what_cannot_call_the_robot_is_told_with_what_can(
    code: str, robot: SimRobot, box: Sandbox
) -> None:
    assert_matches(
        "line 1: get_.* cannot be called by .*: call it in a loop",
        run(robot, Code(code, box)).reason,
    )
    assert run(robot, Code("print([get_size(o) for o in get_objects()])", box)).ended == "done"


def test_a_program_may_catch_a_failed_skill(robot: SimRobot, box: Sandbox) -> None:
    code = (
        "try:\n    grasp('milk')\nexcept SkillError as error:\n"
        "    print(error)\n    print(get_failure_numbers()['beyond_x'] > 0.05)\n"
    )
    trace = run(robot, Code(code, box))
    assert trace.ok and "out of the workspace" in trace.output
    assert trace.output.endswith("True\n")
    assert not trace.calls[0].ok and trace.calls[0].value is None


def test_its_own_error_is_told_apart_from_a_failed_skill(robot: SimRobot, box: Sandbox) -> None:
    code = "try:\n    grasp('milk')\nexcept SkillError:\n    pass\nassert 1 > 2, 'too far'"
    trace = run(robot, Code(code, box))
    assert (trace.ended, trace.line) == ("runtime", 5) and "too far" in trace.reason


def test_each_motion_asks_and_a_refusal_ends_the_program(robot: SimRobot, box: Sandbox) -> None:
    asked: list[str] = []

    def approve(what: str) -> bool:
        asked.append(what)
        return len(asked) < 2

    code = "get_center('milk')\nopen_gripper()\ntry:\n    grasp('hammer')\nexcept BaseException:\n"
    code += "    close_gripper()\nopen_gripper()"
    trace = run(robot, Code(code, box), approve=approve)
    assert asked == ["line 2: open_gripper()", "line 4: grasp(object=hammer)"]
    assert (trace.outcome, trace.ended, trace.line) == ("preempted", "refused", 4)
    assert [(s.skill, s.result.outcome) for s in trace.steps] == [
        ("open_gripper", "success"), ("grasp", "preempted"),
    ]  # fmt: skip
    assert "was refused by the operator" in trace.reason
    assert "was refused by the operator" in trace.calls[-1].error


def test_a_watch_can_end_it_in_the_middle_of_a_skill(robot: SimRobot, box: Sandbox) -> None:
    ticks = 0

    def watch(_: Any) -> str:
        nonlocal ticks
        ticks += 1
        return "enough" if ticks >= 20 else ""

    trace = run(robot, Code("grasp('hammer')\nopen_gripper()", box), watch=watch)
    assert (trace.outcome, trace.ended) == ("preempted", "stopped") and ticks == 20
    assert [s.result.outcome for s in trace.steps] == ["preempted"]
    assert not robot.controller.limiter.stopped.any()


def test_a_stopped_robot_ends_it(robot: SimRobot, box: Sandbox) -> None:
    def watch(_: Any) -> None:
        if robot.world.time[0] > 0.2:
            robot.stop()

    code = "try:\n    grasp('hammer')\nexcept Exception:\n    open_gripper()"
    trace = run(robot, Code(code, box), watch=watch)
    assert (trace.ended, len(trace.steps)) == ("stopped", 1)
    assert robot.controller.limiter.stopped.all()


def test_after_the_deadline_the_robot_is_armed_and_at_rest(robot: SimRobot, box: Sandbox) -> None:
    trace = run(robot, Code("move_to_position((0.1, -0.2, 0.05))", box), seconds=1.0)
    assert trace.ended == "limit" and "more than 1 s" in trace.reason
    assert not robot.controller.limiter.stopped.any()
    tcp = robot.observe().tcp
    robot.hold(0.2)
    np.testing.assert_allclose(robot.observe().tcp, tcp, atol=1e-3)


def test_functions_can_be_passed_on(robot: SimRobot, box: Sandbox) -> None:
    code = "for act in [open_gripper, lambda: get_objects()]:\n    act()\n"
    trace = run(robot, Code(code, box))
    assert [(c.line, c.name) for c in trace.calls] == [(2, "open_gripper"), (1, "get_objects")]


def test_the_language_is_as_documented(robot: SimRobot, box: Sandbox) -> None:
    for module in MODULES:
        assert check_program(f"import {module}", box) == "", module
    code = "p = list(map(float, (1, 4)))\nprint(math.sqrt(p[1]), list(filter(None, [0, 1])))"
    assert run(robot, Code(code, box)).output == "2.0 [1]\n"
    for missing in ("class A(Exception):\n    pass", "def f():\n    yield 1", "x = 1\ndel x"):
        trace = run(robot, Code(missing, box))
        assert trace.ended == "static" and "interpreter does not yet support" in trace.reason


def test_robotool_s_functions_have_its_names_and_order(robot: SimRobot, box: Sandbox) -> None:
    names = ["get_center", "get_graspable_point", "get_size", "move_to_position", "open_gripper",
             "close_gripper", "get_workspace_range"]  # fmt: skip
    parameters = {n: [p.name for p in api()[n].parameters] for n in names}
    assert parameters["move_to_position"][0] == "position"
    assert parameters["get_center"] == parameters["get_size"] == ["object"]
    trace = run(robot, Code("print(get_workspace_range())", box))
    assert trace.output == "(0.0, -0.25, 0.01, 0.45, 0.25, 0.3)\n"


def test_every_registered_skill_is_in_the_api_with_its_fields() -> None:
    text = documentation(0.085)
    assert "0.085 when open" in text and "$" not in text
    for name, skill in skills_for().items():
        assert dataclasses.is_dataclass(skill)
        fields = [f.name for f in told_fields(skill)]
        assert [p.name for p in api()[name].parameters] == fields
        assert f"def {name}(" in stubs() and f"\n{name}(" in text
        assert api()[name].doc and set(typing.get_type_hints(skill)) >= set(fields)


def test_vectors_mean_what_numpy_means() -> None:
    a, b = (1.0, -2.0, 0.5), (0.25, 3.0, 2.0)
    x, y = np.array(a), np.array(b)
    assert vectors.vec_add(a, b) == pytest.approx(x + y)
    assert vectors.vec_sub(a, b) == pytest.approx(x - y)
    assert vectors.vec_scale(a, 3) == pytest.approx(3 * x)
    assert vectors.vec_dot(a, b) == pytest.approx(x @ y)
    assert vectors.vec_norm(a) == pytest.approx(np.linalg.norm(x))
    assert vectors.vec_distance(a, b) == pytest.approx(np.linalg.norm(x - y))
    assert vectors.vec_unit(a) == pytest.approx(x / np.linalg.norm(x))
    assert vectors.vec_between(a, b, 0.25) == pytest.approx(0.75 * x + 0.25 * y)
    assert vectors.vec_clamp(a, (0, 0, 0), (0.5, 1, 1)) == pytest.approx(np.clip(x, 0, [0.5, 1, 1]))
    with pytest.raises(ValueError, match="length 0"):
        vectors.vec_unit((0, 0, 0))


def test_every_vector_function_runs_in_the_sandbox(robot: SimRobot, box: Sandbox) -> None:
    code = (
        "a, b = vec(1, 2, 2), [0.0, 0.0, 1.0]\n"
        "print(vec_add(a, b), vec_sub(a, b), vec_scale(a, 2), vec_dot(a, b), vec_norm(a))\n"
        "print(vec_distance(a, b), vec_unit(b), vec_between(a, b), vec_clamp(a, b, [1, 1, 1]))\n"
    )
    trace = run(robot, Code(code, box))
    assert trace.ok, trace.reason
    assert trace.output.splitlines()[0].endswith("2.0 3.0")


def test_a_program_runs_on_one_robot(box: Sandbox) -> None:
    scene = load_task("habilis/ReachMilk-v0", scene="2023").scene()
    with pytest.raises(ValueError, match="one robot, got 2"):
        run(SimRobot(World(compile_scene(scene), 2)), Code("1", box))
