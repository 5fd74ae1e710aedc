"""How a question is put: its schema in words, what is wrong with an earlier answer; and how a reply
that lacks something is made whole."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from habilis.llm_planner.model.client import Message

NEWER, OLDER = "max_completion_tokens", "max_tokens"
LONGEST = 20_000  # letters of an answer that go back to the model
_COUNTS = ("prompt_tokens", "completion_tokens")
_DETAILS = ("prompt_tokens_details", "completion_tokens_details")
_DIGITS = 9  # of a number of tokens that can be meant
PROMPTED = (
    "Answer with one JSON value that satisfies this JSON Schema, and with nothing else: no code "
    "fence, no words before or after it.\n"
)


def with_schema(messages: tuple[Message, ...], schema: Mapping[str, Any]) -> tuple[Message, ...]:
    """The conversation with the schema written into its first user turn."""
    for i, message in enumerate(messages):
        if message.role == "user":
            text = f"{message.content}\n\n{PROMPTED}{json.dumps(schema)}"
            told = dataclasses.replace(message, content=text)
            return (*messages[:i], told, *messages[i + 1 :])
    return (*messages, Message("user", PROMPTED + json.dumps(schema)))


def given_back(answer: str) -> str:
    """What a model is reminded that it answered: all of it, but of one beyond all use."""
    left = len(answer) - LONGEST
    cut = f"{answer[: LONGEST // 2]}\n[{left} letters left out]\n{answer[-LONGEST // 2 :]}"
    return cut if left > 0 else answer or "(nothing)"


def again(faults: list[str]) -> Message:
    shown = "\n".join(f"- {fault}" for fault in faults[:8])
    return Message(
        "user", f"That answer does not fit:\n{shown}\nAnswer again, with the whole JSON value only."
    )


def without_system(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The conversation with what the system turns say at the head of its first user turn."""
    said = [m.content for m in messages if m.role == "system"]
    rest = [m for m in messages if m.role != "system"]
    first = next((i for i, m in enumerate(rest) if m.role == "user"), None)
    if first is None:
        return (*(Message("user", "\n\n".join(said)) for _ in said[:1]), *rest)
    whole = "\n\n".join([*said, rest[first].content])
    rest[first] = dataclasses.replace(rest[first], content=whole)
    return tuple(rest)


def completed(data: dict[str, Any], model: str) -> dict[str, Any]:
    """A reply with all that its protocol wants beside the answer, which servers leave out.

    Args:
      data: a chat completion, as it came; changed in place.
      model: that was asked.
    """
    created, name, usage = data.get("created"), data.get("model"), data.get("usage")
    data["created"] = int(created) if isinstance(created, (int, float)) else 0
    data["model"] = name if isinstance(name, str) and name else model
    data |= {"id": str(data.get("id") or ""), "object": "chat.completion"}
    if isinstance(usage, dict):
        read, written = (_count(usage.get(name)) for name in _COUNTS)
        usage |= dict(zip(_COUNTS, (read, written), strict=True))
        usage["total_tokens"] = read + written
        for name in _DETAILS:
            found = usage.get(name)
            counts = found.items() if isinstance(found, dict) else ()
            usage[name] = {k: v for k, v in counts if isinstance(v, int)} or None
    else:
        data["usage"] = None
    choices = data.get("choices")
    for i, choice in enumerate(choices if isinstance(choices, list) else ()):
        if isinstance(choice, dict) and isinstance(message := choice.get("message"), dict):
            choice |= {"index": i, "logprobs": None, "finish_reason": _ending(choice)}
            message |= {"role": "assistant", "annotations": None}
            if isinstance(content := message.get("content"), dict):
                message["content"] = json.dumps(content)
            elif not content:  # a server may take JSON for the call of a function
                message["content"] = _called(message.pop("tool_calls", None)) or content
    return data


def _count(value: Any) -> int:
    """A number of tokens; 0 for what is none."""
    text = str(value).removesuffix(".0")
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0


def _called(calls: Any) -> str:
    """What the only function that is called is given; '' for none, or for several."""
    call = calls[0] if isinstance(calls, list) and len(calls) == 1 else None
    function = call.get("function") if isinstance(call, dict) else None
    found = function.get("arguments") if isinstance(function, dict) else None
    return found if isinstance(found, str) else json.dumps(found) if found else ""


def _ending(choice: Mapping[str, Any]) -> Any:
    reason = choice.get("finish_reason") or "stop"
    return "length" if reason in ("max_tokens", "MAX_TOKENS") else reason
