"""What a person reads before agreeing: every line as it is carried out, nothing hidden."""

import io
import json

import pytest

from habilis.llm_planner.report.narration import action_lines, brief
from habilis.llm_planner.report.program import listing_of
from habilis.llm_planner.run.lines import program_lines
from habilis.llm_planner.run.plan import parse_plan
from habilis.llm_planner.run.program import make_sandbox
from habilis.llm_planner.run.sandbox import Call
from habilis.scripts.shared.confirm import Operator

EVIL = 'x = 1  # \u2028\x1b[1A\x1b[2K\f\v\x85 nothing\rgrasp("a")\r\nlift("a")\n'


def test_a_program_is_shown_in_the_lines_of_its_calls() -> None:
    lines: list[int] = []
    with make_sandbox() as sandbox:
        ran = sandbox.run(EVIL, lambda call: lines.append(call.line))
    shown = list(action_lines(EVIL))
    assert ran.ending == "done" and lines == [2, 3]
    assert [s.split("|")[1].strip() for s in shown[1:]] == ['grasp("a")', 'lift("a")']
    assert all(s.isprintable() for s in shown) and "\\x1b[1A" in shown[0]
    assert listing_of(EVIL, {}, {}).count("<li>") == len(program_lines(EVIL)) == 3


def test_a_step_of_a_plan_is_one_line() -> None:
    evil = {"object": "a\n  2. lift(b)\x1b[A"}
    plan = parse_plan(json.dumps({"steps": [{"skill": "grasp", "args": evil}]}))
    (line,) = action_lines(plan)
    assert line.isprintable() and "\\x1b[A" in line
    assert brief("a\x1b[2J\u202eb") == "a\\x1b[2J\\u202eb"


def test_the_question_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n" * 3))
    asked = Operator(stream)
    assert (
        asked.skill("lift(a)\r\x1b[2K") and asked.whole("the plan\n\x1b[8m") and asked.goal("\x07")
    )
    assert not set(stream.getvalue()) & set("\x1b\r\x07")


@pytest.mark.parametrize(
    "code",
    [
        "exec(\"import_stubs('/etc/passwd')\")", "eval('import_stubs(1)')", "raise SystemExit",
        "exec('raise KeyboardInterrupt')", "grasp('\\ud800')", "import sys\nsys.exit(3)",
        "def f(): return f()\nf()", "get_objects()\nraise GeneratorExit",
    ],
)  # fmt: skip
def test_whatever_a_program_does_is_how_it_ended(code: str) -> None:
    with make_sandbox() as sandbox:
        assert sandbox.run(code, lambda _: None).ending in ("runtime", "type", "limit", "done")


def test_a_fault_within_the_interpreter_is_an_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> Call:
        raise RecursionError("too deep")

    monkeypatch.setattr("habilis.llm_planner.run.sandbox._Run._call", fails)
    with make_sandbox() as sandbox:
        ran = sandbox.run("get_objects()", lambda _: None)
    assert ran.ending == "crash" and "RecursionError: too deep" in ran.message
