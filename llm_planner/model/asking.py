"""What is added to a question: the schema in words, and what is wrong with an earlier answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from habilis.llm_planner.model.client import Message

PROMPTED = (
    "Answer with one JSON value that satisfies this JSON Schema, and with nothing else: no code "
    "fence, no words before or after it.\n"
)


def with_schema(messages: tuple[Message, ...], schema: Mapping[str, Any]) -> tuple[Message, ...]:
    """The conversation with the schema written into its first user turn."""
    for i, message in enumerate(messages):
        if message.role == "user":
            text = f"{message.content}\n\n{PROMPTED}{json.dumps(schema)}"
            return (*messages[:i], Message("user", text), *messages[i + 1 :])
    return (*messages, Message("user", PROMPTED + json.dumps(schema)))


def again(faults: list[str]) -> Message:
    shown = "\n".join(f"- {fault}" for fault in faults[:8])
    return Message(
        "user", f"That answer does not fit:\n{shown}\nAnswer again, with the whole JSON value only."
    )
