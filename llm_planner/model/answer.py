"""The value in what a model wrote: JSON among words, code fences and thinking of many dialects."""

from __future__ import annotations

import ast
import io
import json
import math
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from habilis.llm_planner.model.schema import check, shorten

_WORDS = (
    "think|thinking|thoughts?|thought_process|(?:inner_)?(?:thoughts?|monologue)|reason|reasoning"
    "|reflection|scratch_?pad|analysis|cot|chain_of_thoughts?"
)
# Marks with which models and servers set thinking off: tags of many makes, those of Open WebUI,
# Mistral, Pangu, Kimi, Apertus, Gemma and s1, the channels of Harmony, what is left of these where
# a server drops their signs, and the sentences of Granite and of Ollama's terminal.
_PRE = r"(?!end[_-])(?:\w{1,20}[:_-])?"
_OPENS = (
    rf"<\|?{_PRE}(?P<name>{_WORDS})(?:[_-](?:start|begin))?\|?(?:\s[^<>]*)?>",
    r"<details\s[^<>]*reasoning[^<>]*>", r"(?-i:\[THINK\])", r"\[unused16\]",
    r"\u25c1think\u25b7", r"<\|inner_prefix\|>", r"<\|channel\|>(?:analysis|commentary)",
    r"<unused94>", r"<\|channel>thought",
    r"<\|im_start\|>think", r"(?-i:\A\s*analysis(?=[A-Z{\[\"'])|assistant(?:analysis|commentary))",
    r"\A\s*here(?:'s| is) my thought process:", r"\A\s*thinking\.\.\.[ \t]*\n",
)  # fmt: skip
_CLOSES = (
    rf"<\|?/\|?{_PRE}(?P<ended>{_WORDS})\|?\s*>", rf"<\|?{_PRE}(?:{_WORDS})[_-]end\|?>",
    rf"<\|?end[_-](?:of[_-])?(?:{_WORDS})\|?>", r"</details\s*>", r"(?-i:\[/THINK\])",
    r"\[unused17\]", r"\u25c1/think\u25b7", r"<\|inner_suffix\|>",
    r"<\|channel\|>final(?:<\|message\|>)?", r"<unused95>", r"<channel\|>", r"<\|content\|>",
    r"<\|im_start\|>answer", r"(?-i:assistantfinal)", r"here(?:'s| is) my response:",
    r"\.\.\.done thinking\.",
)  # fmt: skip
_MARK = re.compile(f"(?P<open>{'|'.join(_OPENS)})|(?P<close>{'|'.join(_CLOSES)})", re.I)
_EVENT = re.compile(rf"{_MARK.pattern}|(?P<value>[{{\[])", re.I)
_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)```", re.S)
_HOOKS: dict[str, Any] = {
    "parse_constant": lambda name: _no_constant(name), "parse_float": lambda text: _finite(text),
    "parse_int": lambda text: _whole(text),
}  # fmt: skip
_DECODER = json.JSONDecoder(**_HOOKS)
UNCLOSED = "the answer breaks off in the middle of thinking: there is nothing after it"
DEEP = "not JSON that can be read: it is nested too deep"
DIGITS = 400  # of a whole number: more than any number here can have
TRIES = 10_000  # brackets that open no value, after which the text is taken to hold none

NOTHING = ("", "none", "null", "nil", "n/a", "na", "no", "nothing", "empty", "-", "false")
"""Words that stand for no refusal."""
LONGEST = 600  # letters of a refusal that are kept
_PROGRAM = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.S | re.I)
_CANNOT = re.compile(
    r"\b(?:can(?:no|')t|cannot|can not|could not|unable|impossible|infeasible|unfeasible|unsolvable"
    r"|(?:is|are) not (?:possible|feasible|solvable|achievable)|no (?:way|feasible|possible)"
    r"|not possible|refus(?:e|ed|al|ing)|nothing (?:can|here))\b",
    re.I,
)
_UNWILLING = re.compile(
    r"\bI\b.{0,40}\b(?:help|assist|comply|fulfil|fulfill|provide|answer|support|continue)\b", re.I
)

_INSTEAD = re.compile(
    r"\b(?:then|instead|first|next|so|but|however)\b|^\s*(?:\d+[.)]|[-*]) ", re.I | re.M
)


def read_answer(text: str, schema: Mapping[str, Any] | None) -> tuple[str, Any, list[str]]:
    """An answer without its thinking, the value in it, and what is wrong with it.

    Where another form leaves no doubt about what is meant, that is the value; see ``meant``.
    """
    if schema is None:
        try:
            return after_thinking(text), None, []
        except ValueError as error:
            return text, None, [str(error)]
    data, said = None, _unthought(text)
    try:
        data = parse_json(text, schema)
        faults = check(data, schema)
    except ValueError as error:
        faults = [str(error)]
    if faults and UNCLOSED not in faults and (found := meant(said, data, schema)) is not None:
        return said, found, []
    return said, data, faults


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
    values, fault, _ = _values(text)
    if not values:
        raise ValueError(f"not JSON: {fault or first}; got {shorten(text)}")
    fits: Callable[[Any], bool] = _fits(schema) if schema else lambda v: isinstance(v, dict)
    return next((v for v in reversed(values) if fits(v)), values[-1])


def after_thinking(text: str) -> str:
    """What stands after the last thinking; all of it where there is none.

    Raises:
      ValueError: the thinking does not end.
    """
    start = 0
    while mark := _MARK.search(text, start):
        start = _end_of(text, mark)
    return text[start:].strip() if start else text


def _end_of(text: str, mark: re.Match[str]) -> int:
    """Where thinking ends: at its own mark, and not at that of other thinking within it.

    Raises:
      ValueError: it does not end.
    """
    own, within, place = (mark["name"] or "").lower(), set[str](), mark.end()
    if mark["open"] is None:
        return place
    for other in _MARK.finditer(text, place):
        if other["open"] is not None:
            within.add((other["name"] or "").lower())
        elif (name := (other["ended"] or "").lower()) == own or name not in within:
            return other.end()
        else:
            within.remove(name)
    raise ValueError(UNCLOSED)


def unfenced(text: str) -> str:
    """What stands in the last code fence; all of it where there is none."""
    found = _FENCE.findall(text)
    return str(found[-1]) if found else text


def _fits(schema: Mapping[str, Any]) -> Callable[[Any], bool]:
    return lambda value: not check(value, schema)


def _unthought(text: str) -> str:
    """What stands after the last thinking, marks within values aside; all of it without an end."""
    try:
        start = _values(text)[2]
    except ValueError:
        return text
    return text[start:].strip() if start else text


def _values(text: str) -> tuple[list[Any], str, int]:
    """Values after the last thinking, what is wrong with what is none, and where they may begin.

    Raises:
      ValueError: the thinking does not end, or a value is nested too deep.
    """
    values: list[Any] = []
    fault, place, failed, start = "", 0, 0, 0
    while event := _EVENT.search(text, place):
        place = event.end()
        if event["value"] is None:
            values, fault = [], ""
            place = start = _end_of(text, event)
            continue
        try:
            value, place = _DECODER.raw_decode(text, event.start())
            values.append(value)
        except RecursionError:
            raise ValueError(DEEP) from None
        except json.JSONDecodeError as error:
            failed, fault = failed + 1, str(error)
            if failed >= TRIES:
                values = []  # what was found may be a draft
                break
            if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
                place = _next_mark(text, place)  # it is cut off
            else:
                place = max(place, error.pos)
        except ValueError as error:  # a number that JSON does not have
            fault, place = str(error), _next_mark(text, place)
    if start:
        values = [*_plain(text[start:]), *values]
    return values or [v for body in _FENCE.findall(text)[-1:] for v in _plain(body)], fault, start


def _next_mark(text: str, place: int) -> int:
    """Where the next mark is, or the end: what stands inside a broken value is not the answer."""
    mark = _MARK.search(text, place)
    return mark.start() if mark else len(text)


def _plain(text: str) -> Iterator[Any]:
    """The value that a text is, if it is one and nothing else."""
    try:
        yield _read_json(text.strip())
    except ValueError:
        return


def _read_json(text: str) -> Any:
    try:
        return json.loads(text, **_HOOKS)
    except RecursionError:
        raise ValueError(DEEP) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text} is too large for a number")
    return value


def _whole(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError(f"a number of {len(text)} digits is too large")
    return int(text)


# ---- answers of another form than asked for: what is empty left out, a program in a code fence, a
# refusal in a sentence; asked again, a model does the same


def meant(text: str, data: Any, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The value that an answer stands for.

    Args:
      text: of the answer, without its thinking.
      data: the JSON value found in it, which does not fit; None if there is none.
      schema: of an object that may hold a ``refusal``.

    Returns:
      A value that fits the schema; None if it is not known what is meant.
    """
    properties = schema.get("properties", {})
    if "refusal" not in properties:
        return None
    blank = {k: [] if p.get("type") == "array" else "" for k, p in properties.items()}
    if isinstance(data, Mapping) and data.keys() & properties.keys():
        given = {k: v for k, v in data.items() if v is not None or k not in blank}
        refuses = bool(refusal_of(str(given.get("refusal", ""))))
        spare = properties if refuses else {"thoughts", "refusal"}
        found = {**{k: blank[k] for k in blank if k in spare}, **given}
    elif "program" in properties and (code := _program(text)) is not None:
        found = {**blank, "program": code}
    elif _refuses(text):
        found = {**blank, "refusal": " ".join(text.split())}
    else:
        return None
    return found if not check(found, schema) else None


def refusal_of(text: str) -> str:
    """A refusal; '' where a word such as ``none`` stands for there being none."""
    return "" if text.strip().strip(".'\"()").lower() in NOTHING else text


def said_in(program: str) -> str:
    """The refusal that a program comes to, which calls nothing and says why; '' if it is none.

    It may be said in comments, in texts that stand alone or are printed, or in an error raised.
    """
    try:
        tree = ast.parse(program)
        tokens = list(tokenize.generate_tokens(io.StringIO(program).readline))
    except (SyntaxError, ValueError, RecursionError, tokenize.TokenError, MemoryError):
        return ""
    if any(_does(node) for node in tree.body):
        return ""
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    comments = [t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT]
    words = " ".join(" ".join([*comments, *(t for t in texts if isinstance(t, str))]).split())
    return words[:LONGEST] if _CANNOT.search(words) else ""


def _refuses(text: str) -> bool:
    """Whether a few words say that it cannot be done, and not what to do in place of it."""
    first = re.split(r"[.!?\n]", text.strip(), maxsplit=1)[0]
    if _UNWILLING.search(first):  # of the model to answer: that says nothing of the task
        return False
    return len(text) <= LONGEST and bool(_CANNOT.search(first)) and not _INSTEAD.search(text)


def _does(node: ast.stmt) -> bool:
    """Whether a statement does more than to say something."""
    if isinstance(node, (ast.Pass, ast.Import, ast.ImportFrom)):
        return False
    if isinstance(node, ast.Expr) and isinstance(call := node.value, ast.Call):
        return not (isinstance(call.func, ast.Name) and call.func.id == "print")
    return not isinstance(node, (ast.Raise, ast.Expr))


def _program(text: str) -> str | None:
    """The program in an answer: what its last code fence holds, or all of it if that is one."""
    if found := _PROGRAM.findall(text):
        return str(found[-1])
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    calls = any(isinstance(node, ast.Call) for node in ast.walk(tree))
    return text if calls or (text.strip() and not tree.body) else None
