"""Answers of models: where the value is in what they say, and whether it fits the schema."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from tests.llm_planner.fake_server import chat, serving
from tests.llm_planner.model.questions import SCHEMA, client_of, request

from habilis.llm_planner.model.answer import after_thinking, parse_json, read_answer
from habilis.llm_planner.model.schema import check, check_schema


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1]}', {"a": [1]}),
        ('Sure:\n```json\n{"a": 1}\n```\nDone.', {"a": 1}),
        ('I chose [the stick]: {"a": 1} as asked', {"a": 1}),
        ("[1, 2] it is", [1, 2]),
        ('"text"', "text"),
    ],
)
def test_json_is_found_in_an_answer(text: str, value: object) -> None:
    assert parse_json(text) == value


@pytest.mark.parametrize(
    "text", ["", "none", '{"a": [1, 2], "b":', "{'a': 1}", "Infinity", '{"a": 1e999}', "9" * 5000]
)
def test_what_is_no_json_is_not_taken_for_it(text: str) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        parse_json(text)


DRAFT, FINAL = '{"n": 1}', '{"n": 2}'


@pytest.mark.parametrize(
    "text",
    [
        f"<think>{DRAFT}</think>{FINAL}",
        f"<think>\n{DRAFT}\n</think>\n\n{FINAL}",
        f"I try {DRAFT}. No.</think>\n{FINAL}",
        f"<thinking>{DRAFT}</thinking>{FINAL}",
        f'<think time="3">{DRAFT}</think>{FINAL}',
        f"<THINK>{DRAFT}</THINK>{FINAL}",
        f"<seed:think>{DRAFT}</seed:think>{FINAL}",
        f"<reasoning>{DRAFT}</reasoning>\n<answer>{FINAL}</answer>",
        f"[THINK]{DRAFT}[/THINK]{FINAL}",
        f"\u25c1think\u25b7{DRAFT}\u25c1/think\u25b7{FINAL}",
        f"<|START_THINKING|>{DRAFT}<|END_THINKING|><|START_RESPONSE|>{FINAL}<|END_RESPONSE|>",
        f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant"
        f"<|channel|>final<|message|>{FINAL}",
        f'<details type="reasoning" done="true">{DRAFT}</details>{FINAL}',
        f"<think>a</think>{DRAFT}<think>wait</think>{FINAL}",
        f"<think>a<think>b</think>{DRAFT}</think>{FINAL}",
        f"```json\n{DRAFT}\n```\nbetter:\n```json\n{FINAL}\n```",
        f"{DRAFT} or rather {FINAL}",
        f"{FINAL} which is more than [1]",
        f'{FINAL} and not {{"m": 7}}',
        f"Sets like {{a, b}} do not matter: {FINAL}",
        f"<think>{DRAFT}</think>```json\n{FINAL}\n```",
        f"<chain_of_thought>{DRAFT}</chain_of_thought>{FINAL}",
        f"<|channel>thought\n{DRAFT}<channel|>{FINAL}",
        f"<|im_start|>think\n{DRAFT}<|im_start|>answer\n{FINAL}",
        f"analysisWe try {DRAFT}.assistantfinal{FINAL}",
        f"Here is my thought process:\n{DRAFT}\n\nHere is my response:\n{FINAL}",
        f"Thinking...\n{DRAFT}\n...done thinking.\n\n{FINAL}",
        f"At [x, y] it is {DRAFT} NaN [NaN] {{'n': 4}}.</think>{FINAL}",
        "[x, y] " * 300 + f"{DRAFT}</think>{FINAL}",
        f"<think>a<thinking>b</thinking>{DRAFT}</think>{FINAL}",
        f"<seed:think>a<seed:cot_budget_reflect>b</seed:cot_budget_reflect>{DRAFT}</seed:think>"
        f"{FINAL}",
        f"<|think|>{DRAFT}<|end|><|begin|>assistant<|content|>{FINAL}",
        f"<|thought_start|>{DRAFT}<|thought_end|>{FINAL}",
        f"<|begin_of_thought|>{DRAFT}<|end_of_thought|>{FINAL}",
        f"[unused16]{DRAFT}[unused17]{FINAL}",
    ],
)
def test_the_answer_is_the_last_value_that_fits_after_all_thinking(text: str) -> None:
    assert parse_json(text, SCHEMA) == {"n": 2}
    with serving(chat(text)) as server:
        reply = client_of(server).complete(request())
    assert (reply.data, len(server.calls)) == ({"n": 2}, 1)
    assert after_thinking(f"<think>{DRAFT}</think>\nYes.") == "Yes."


def test_marks_within_a_value_are_part_of_it() -> None:
    said = {"n": 2, "why": "no <think> and no </think>"}
    assert parse_json(json.dumps(said)) == said
    assert parse_json(f"<think>{DRAFT}</think>So: {json.dumps(said)}") == said
    schema = {"type": "object", "required": ["n"]}
    for before in ("", f"<think>{DRAFT}</think>"):
        text, data, faults = read_answer(before + json.dumps(said), schema)
        assert (text, data, faults) == (json.dumps(said), said, [])
    thought = json.dumps({"n": 2, "why": "<think> so"})
    assert read_answer(thought, schema)[0] == thought


@pytest.mark.parametrize(
    "text", [f"<think>{DRAFT}", f"<think>a</think>{DRAFT}<thinking>hm", f"[THINK] {DRAFT}",
             f"<think>{DRAFT}</think>", f"{DRAFT}</think>nothing", f"<|channel|>analysis {DRAFT}",
             f"<|channel>thought\n{DRAFT}", f"<|im_start|>think\n{DRAFT}", f"<cot>{DRAFT}",
             f"analysisWe try {DRAFT}.", f"Here is my thought process: {DRAFT}",
             f"Thinking...\n{DRAFT}", "{x} " * 20_000 + DRAFT, f"<|think|>{DRAFT}",
             f"<think>a<thinking>b</thinking>{DRAFT}", f"<|thought_start|>{DRAFT}",
             f"[unused16]{DRAFT}"]
)  # fmt: skip
def test_a_thought_is_no_answer(text: str) -> None:
    with pytest.raises(ValueError, match="not JSON|breaks off in the middle of thinking"):
        parse_json(text, SCHEMA)
    with serving(chat(text), chat(FINAL)) as server:
        assert client_of(server).complete(request()).data == {"n": 2}


@pytest.mark.parametrize("part", ["[", '{"n":', "[[{", "```json\n["])
def test_endless_brackets_are_no_json(part: str) -> None:
    for text in (part * 20_000, f"{part * 300} {FINAL}", "[" * 900 + "]" * 900):
        with contextlib.suppress(ValueError):
            assert check(parse_json(text, SCHEMA), SCHEMA) != [] or text.endswith(FINAL)


def test_marks_without_end_are_read_in_no_time() -> None:
    began = time.monotonic()
    for text in ("</think>" * 60_000, f"</think>{DRAFT}" * 20_000, "<think>" * 60_000):
        with contextlib.suppress(ValueError):
            parse_json(text, SCHEMA)
    assert time.monotonic() - began < 5


STEP = {
    "anyOf": [
        {
            "type": "object",
            "properties": {"skill": {"enum": ["grasp"]}, "object": {"enum": ["milk", "stick"]}},
            "required": ["skill", "object"],
            "additionalProperties": False,
        },
        {"type": "object", "properties": {"skill": {"const": "open"}}, "required": ["skill"]},
    ]
}

NODE = {"type": ["object", "null"], "properties": {"next": {"$ref": "#/$defs/node"}}}


@pytest.mark.parametrize(
    ("value", "schema", "fault"),
    [
        (True, {"type": "integer"}, "answer: integer wanted, got 'true'"),
        (True, {"enum": [1]}, "answer: true is none of 1"),
        (None, {"type": ["string", "null"]}, None),
        (2.0, {"type": "integer"}, None),
        (2, {"type": "number", "minimum": 3}, "answer: must be at least 3, got 2"),
        (3, {"exclusiveMaximum": 3}, "answer: must be less than 3, got 3"),
        ("ab", {"minLength": 3}, "answer: at least 3 characters wanted, got 2"),
        ("ab", {"pattern": "^c"}, "answer: 'ab' does not match '^c'"),
        ([1, 2, 3], {"maxItems": 2}, "answer: at most 2 items wanted, got 3"),
        ([1, "a"], {"items": {"type": "integer"}}, """answer[1]: integer wanted, got '"a"'"""),
        ([1, 1], {"uniqueItems": True}, "answer: an item stands there twice"),
        ([1, "a"], {"prefixItems": [{"type": "integer"}], "items": False},
         "answer[1]: nothing may stand here"),
        ({"a": 1}, {"additionalProperties": False}, "answer: 'a' is not known; known: nothing"),
        ({"a": 1}, {"additionalProperties": {"type": "null"}}, "answer.a: null wanted, got '1'"),
        ({"skill": "grasp", "objekt": "milk", "grip": 1}, STEP, "answer: 'object' is missing"),
        ({"skill": "grsp", "object": "milk"}, STEP,
         'answer.skill: "grsp" is none of "grasp", "open"'),
        ([1, 2], {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 3}]},
         "answer: at least 3 items wanted, got 2"),
        ({"skill": "grasp", "object": "mlik"}, STEP,
         'answer.object: "mlik" is none of "milk", "stick"'),
        (3, {"anyOf": [{"anyOf": [{"type": "array"}, {"type": "string"}]}, {"type": "null"}]},
         "answer: array or string or null wanted, got '3'"),
        (1, {"allOf": [{"minimum": 2}]}, "answer: must be at least 2, got 1"),
        (1, {"oneOf": [{"minimum": 0}, {"maximum": 2}]},
         "answer: fits 2 of the 2 alternatives, one is wanted"),
        ({"next": {"next": 1}}, {"$ref": "#/$defs/node", "$defs": {"node": NODE}},
         "answer.next.next: object or null wanted, got '1'"),
    ],
)  # fmt: skip
def test_a_value_is_checked(value: object, schema: dict[str, Any], fault: str | None) -> None:
    check_schema(schema)
    assert check(value, schema)[:1] == ([fault] if fault else [])
