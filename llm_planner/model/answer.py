"""The value in what a model wrote: JSON among words, code fences and thinking of many dialects."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from habilis.llm_planner.model.schema import check, shorten

_WORDS = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis|monologue"
# Marks with which models and servers set thinking off: tags (of Open WebUI too), those of Mistral,
# Kimi, Cohere, Sky-T1 and Apertus, the channels of Harmony, and what is left of Gemma's.
_OPENS = (
    rf"<(?:\w+:)?(?:{_WORDS})(?:\s[^<>]*)?>", r"<details\s[^<>]*reasoning[^<>]*>",
    r"(?-i:\[THINK\])",
    r"\u25c1think\u25b7", r"<\|START_THINKING\|>", r"<\|begin_of_thought\|>", r"<\|inner_prefix\|>",
    r"<\|channel\|>(?:analysis|commentary)", r"<unused94>",
)  # fmt: skip
_CLOSES = (
    rf"</(?:\w+:)?(?:{_WORDS})\s*>", r"</details\s*>", r"(?-i:\[/THINK\])", r"\u25c1/think\u25b7",
    r"<\|END_THINKING\|>", r"<\|end_of_thought\|>", r"<\|inner_suffix\|>",
    r"<\|channel\|>final(?:<\|message\|>)?", r"<unused95>",
)  # fmt: skip
_MARK = re.compile(f"(?P<open>{'|'.join(_OPENS)})|(?P<close>{'|'.join(_CLOSES)})", re.I)
_CLOSE = re.compile("|".join(_CLOSES), re.I)
_EVENT = re.compile(rf"{_MARK.pattern}|(?P<value>[{{\[])", re.I)
_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)```", re.S)
_DECODER = json.JSONDecoder(parse_constant=lambda name: _no_constant(name))
UNCLOSED = "the answer breaks off in the middle of thinking: there is nothing after it"
DEEP = "not JSON that can be read: it is nested too deep"
TRIES = 200  # brackets that open no value, after which the text is taken to hold none


def read_answer(text: str, schema: Mapping[str, Any] | None) -> tuple[str, Any, list[str]]:
    """An answer without its thinking, the value in it, and what is wrong with it."""
    answer = text
    try:
        answer = after_thinking(text)
        if schema is None:
            return answer, None, []
        data = parse_json(text, schema)
    except ValueError as error:
        return answer, None, [str(error)]
    return answer, data, check(data, schema)


def parse_json(text: str, schema: Mapping[str, Any] | None = None) -> Any:
    """The JSON value in a model's answer: the last one that fits, after all thinking.

    Args:
      text: all of it JSON, or JSON in code fences or between other words.
      schema: that ``check_schema`` has passed; None where any object will do, and else any list.

    Returns:
      The value; the last one of all if none fits the schema.

    Raises:
      ValueError: there is none, or it stands in thinking only; says where it goes wrong.
    """
    try:
        return _read_json(text.strip())
    except ValueError as error:
        first = error
    values, fault = _values(text)
    if not values:
        raise ValueError(f"not JSON: {fault or first}; got {shorten(text)}")
    fits: Callable[[Any], bool] = _fits(schema) if schema else lambda v: isinstance(v, dict)
    return next((v for v in reversed(values) if fits(v)), values[-1])


def after_thinking(text: str) -> str:
    """What stands after the last thinking; all of it where there is none.

    Raises:
      ValueError: the thinking does not end.
    """
    start, opened = 0, False
    for mark in _MARK.finditer(text):
        opened, start = mark["open"] is not None, mark.end()
    if opened:
        raise ValueError(UNCLOSED)
    return text[start:].strip() if start else text


def unfenced(text: str) -> str:
    """What stands in the last code fence; all of it where there is none."""
    found = _FENCE.findall(text)
    return str(found[-1]) if found else text


def _fits(schema: Mapping[str, Any]) -> Callable[[Any], bool]:
    return lambda value: not check(value, schema)


def _values(text: str) -> tuple[list[Any], str]:
    """Values after the last thinking, and what is wrong with what is none.

    Raises:
      ValueError: the thinking does not end, or a value is nested too deep.
    """
    values: list[Any] = []
    fault, place, failed = "", 0, 0
    while (event := _EVENT.search(text, place)) and failed < TRIES:
        place = event.end()
        if event["value"] is None:
            values, fault, start = [], "", place
            if event["open"] is not None:
                closed = _CLOSE.search(text, place)
                if closed is None:
                    raise ValueError(UNCLOSED)
                place = start = closed.end()
            values += _plain(text[start:])
            continue
        try:
            value, place = _DECODER.raw_decode(text, event.start())
            values.append(value)
        except RecursionError:
            raise ValueError(DEEP) from None
        except json.JSONDecodeError as error:
            failed, fault = failed + 1, str(error)
            if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
                break  # it is cut off, and what stands inside of it is not the answer
            place = max(place, error.pos)
        except ValueError as error:  # a number that JSON does not have
            fault = str(error)
            break
    return values or [v for body in _FENCE.findall(text)[-1:] for v in _plain(body)], fault


def _plain(text: str) -> Iterator[Any]:
    """The value that a text is, if it is one and nothing else."""
    try:
        yield _read_json(text.strip())
    except ValueError:
        return


def _read_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError(DEEP) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
