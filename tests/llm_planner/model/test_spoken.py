"""Answers in another form than asked for: understood where there is no doubt, else asked again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from habilis.llm_planner.language.outputs import Program, Sketch, read, schema_of
from habilis.llm_planner.language.plan_schema import plan_schema
from habilis.llm_planner.model.answer import read_answer, refusal_of, said_in

CODER, PLAN = schema_of(Program), plan_schema()
CODE = "for d in (0.1, 0.2):\n    lift('milk', height=d)\n"
WHY = "It cannot be done because the milk is 40 cm out of reach."


@pytest.mark.parametrize(
    ("text", "program", "refusal"),
    [
        ('{"program": "lift(\'milk\')"}', "lift('milk')", ""),
        ('{"program": "lift(\'milk\')", "refusal": null}', "lift('milk')", ""),
        ('{"refusal": "too far"}', "", "too far"),
        ('{"program": null, "refusal": "too far"}', "", "too far"),
        (f"```python\n{CODE}```", CODE, ""),
        (f"<think>A draft: ```lift(1)```</think>Here:\n```\n{CODE}```\nDone.", CODE, ""),
        (CODE, CODE, ""),
        (WHY, "", WHY),
        ("<think>hm</think>\n" + WHY, "", WHY),
        ("The task is impossible: nothing here is long enough.", "",
         "The task is impossible: nothing here is long enough."),
    ],
)  # fmt: skip
def test_a_coder_is_understood(text: str, program: str, refusal: str) -> None:
    _, data, faults = read_answer(text, CODER)
    assert (data, faults) == ({"program": program, "refusal": refusal}, [])


@pytest.mark.parametrize(
    "text",
    [
        "I would rather not.", "", "Sure! I will lift the milk.", '{"programm": "x"}', "[1, 2]",
        "The milk cannot be reached directly, so grasp the hammer and sweep it nearer.",
        "It can't be lifted at once.\n1. open the gripper\n2. push", '{"program": 3}',
        f"<think>{WHY}",
    ],
)  # fmt: skip
def test_what_leaves_a_doubt_is_asked_for_again(text: str) -> None:
    assert read_answer(text, CODER)[2]


def test_a_plan_without_what_is_empty_is_understood_too() -> None:
    steps = [{"skill": "grasp", "args": {"object": "milk", "grip": None, "raise_by": None}}]
    _, data, faults = read_answer(json.dumps({"steps": steps}), PLAN)
    assert not faults and (data["thoughts"], data["refusal"]) == ("", "")
    assert read_answer('{"refusal": "too far"}', PLAN)[1:] == (
        {"thoughts": "", "refusal": "too far", "steps": []}, []
    )  # fmt: skip
    assert read_answer(WHY, PLAN)[1]["refusal"] == WHY
    assert read_answer('{"thoughts": "t"}', PLAN)[2]  # neither steps nor a refusal


@pytest.mark.parametrize(
    "program",
    [
        f"# {WHY}", f'"""{WHY}"""\npass', f'raise RuntimeError("{WHY}")', f'print("{WHY}")',
        f'import math\n# {WHY}\nraise ValueError("stop")',
    ],
)  # fmt: skip
def test_a_program_that_only_says_that_it_cannot_be_done_refuses(program: str) -> None:
    assert WHY in said_in(program)


@pytest.mark.parametrize(
    "program",
    [CODE, f"# {WHY}\n{CODE}", "# first the milk", "pass", "", "(", f"x = 1\n# {WHY}",
     f"if 1 < 2:\n    raise RuntimeError('{WHY}')"],
)  # fmt: skip
def test_other_programs_do_not(program: str) -> None:
    assert said_in(program) == ""


@pytest.mark.parametrize("word", ["none", "None.", "N/A", "null", "-", '"no"', ""])
def test_a_word_for_nothing_is_no_refusal(word: str) -> None:
    assert refusal_of(word) == ""
    step: dict[str, Any] = {k: "x" for k in ("skill", "object", "tool", "purpose", "numbers")}
    data = {"objects": [], "constraints": [], "steps": [step], "refusal": word}
    assert read(Sketch, data).refusal == ""
    assert read(Program, {"program": "x", "refusal": word}).refusal == ""
