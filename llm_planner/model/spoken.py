"""What an answer means that is not of the form asked for, where there is no doubt about it.

A model may leave out what is empty, write its program as it writes programs, in a code fence, or
refuse in a sentence. Asked again it often says the same; so it is understood at once.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Mapping
from typing import Any

from habilis.llm_planner.model.schema import check

NOTHING = ("", "none", "null", "nil", "n/a", "na", "no", "nothing", "empty", "-", "false")
"""Words that stand for no refusal."""
MOST = 600  # letters of a refusal that are kept
_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.S | re.I)
_CANNOT = re.compile(
    r"\b(?:can(?:no|')t|cannot|can not|could not|unable|impossible|infeasible|unfeasible|unsolvable"
    r"|(?:is|are) not (?:possible|feasible|solvable|achievable)|no (?:way|feasible|possible)"
    r"|not possible|refus(?:e|ed|al|ing)|nothing (?:can|here))\b",
    re.I,
)

_INSTEAD = re.compile(
    r"\b(?:then|instead|first|next|so|but|however)\b|^\s*(?:\d+[.)]|[-*]) ", re.I | re.M
)


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
    return words[:MOST] if _CANNOT.search(words) else ""


def _refuses(text: str) -> bool:
    """Whether a few words say that it cannot be done, and not what to do in place of it."""
    first = re.split(r"[.!?\n]", text.strip(), maxsplit=1)[0]
    return len(text) <= MOST and bool(_CANNOT.search(first)) and not _INSTEAD.search(text)


def _does(node: ast.stmt) -> bool:
    """Whether a statement does more than to say something."""
    if isinstance(node, (ast.Pass, ast.Import, ast.ImportFrom)):
        return False
    if isinstance(node, ast.Expr) and isinstance(call := node.value, ast.Call):
        return not (isinstance(call.func, ast.Name) and call.func.id == "print")
    return not isinstance(node, (ast.Raise, ast.Expr))


def _program(text: str) -> str | None:
    """The program in an answer: what its last code fence holds, or all of it if that is one."""
    if found := _FENCE.findall(text):
        return str(found[-1])
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    calls = any(isinstance(node, ast.Call) for node in ast.walk(tree))
    return text if calls or (text.strip() and not tree.body) else None
