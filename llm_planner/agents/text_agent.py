"""A language model in a text environment: it thinks, calls tools, reads what happened, and so on.

The baseline against which planning ahead is to be measured; after ReAct (Yao et al., 2023).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from habilis.envs import text
from habilis.envs.text import TextEnv, ToolCall, ToolSpec
from habilis.llm_planner.language.prompts import load_prompt
from habilis.llm_planner.model.answer import parse_json
from habilis.llm_planner.model.client import (
    Client,
    ClientError,
    Message,
    Reply,
    Request,
)
from habilis.llm_planner.model.schema import check

STAGE = "react"
"""Under which the model is asked, and the name of the prompt."""
# Arguments are left to the environment, which says what would fit.
_CALL = {
    "type": "object", "properties": {"tool": {"type": "string"}, "args": {}}, "required": ["tool"]
}  # fmt: skip
_FORM: Mapping[str, Any] = {
    "type": "object", "properties": {"calls": {"type": "array", "items": _CALL}},
    "required": ["calls"],
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class TextEpisode:
    """What came of an episode.

    Attributes:
      reward: sum over the steps.
      truncated: calls, turns or time were used up.
      info: of the last step.
      messages: the whole conversation.
      replies: of the model, one a turn.
    """

    reward: float
    truncated: bool
    info: dict[str, Any]
    messages: tuple[Message, ...]
    replies: tuple[Reply, ...]


def run_episode(
    env: TextEnv,
    client: Client,
    seed: int | None = None,
    turns: int = 60,
    temperature: float = 0.0,
    max_tokens: int = 2000,
) -> TextEpisode:
    """Play one episode with a model.

    An answer that cannot be read is a turn without a call, and the model is told why.

    Args:
      env: from ``make_text``, without pictures: a ``Client`` takes text only.
      client: the model.
      seed: of the layout.
      turns: most questions to the model.
      temperature: of the model.
      max_tokens: of each answer.

    Raises:
      ClientError: the model cannot be reached, or a budget is used up.
    """
    start = env.reset(seed=seed)
    schema = reply_schema(start.tools)
    rules, scene = (m.content for m in start.messages)
    system = load_prompt(STAGE).fill(rules=rules, tools=tools_text(start.tools))
    messages = [Message("system", system), Message("user", scene)]
    replies: list[Reply] = []
    total, over, truncated, info = 0.0, False, True, start.info
    while not over and len(replies) < turns:
        request = Request(STAGE, tuple(messages), schema, max_tokens, temperature)
        reply, calls, wrong = _ask(client, request)
        step = env.step(calls)
        total, info = total + step.reward, step.info
        over, truncated = step.terminated or step.truncated, not step.terminated
        replies += [reply] if reply is not None else []
        told = [wrong] * bool(wrong) + [_told(m) for m in step.messages]
        answer = reply.text if reply is not None and reply.text else "(nothing that can be read)"
        messages += [Message("assistant", answer), Message("user", "\n\n".join(told))]
    return TextEpisode(total, truncated, info, tuple(messages), tuple(replies))


def reply_schema(tools: Sequence[ToolSpec]) -> dict[str, Any]:
    """JSON Schema of ``{thoughts, calls: [{tool, args}, ...]}``."""
    calls = [
        _closed({"tool": {"type": "string", "enum": [t.name]}, "args": dict(t.parameters)})
        for t in tools
    ]
    thoughts = {"type": "string", "description": "short reasoning, before the calls"}
    return _closed({"thoughts": thoughts, "calls": {"type": "array", "items": {"anyOf": calls}}})


def tools_text(tools: Sequence[ToolSpec]) -> str:
    """The tools with their arguments, for a prompt."""
    return "\n".join(row for t in tools for row in _tool_rows(t))


def _tool_rows(tool: ToolSpec) -> list[str]:
    rows = [f"{tool.name}: {' '.join(tool.description.split())}"]
    for name, about in tool.parameters["properties"].items():
        must = "" if name in tool.parameters["required"] else " (may be left out)"
        default = f" Default {json.dumps(about['default'])}." if "default" in about else ""
        rows.append(f"    {name}{must}: {about.get('description', '')}{default}")
    return rows


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object", "properties": properties, "required": list(properties),
        "additionalProperties": False,
    }  # fmt: skip


def _ask(client: Client, request: Request) -> tuple[Reply | None, list[ToolCall], str]:
    """The answer, the calls in it, and what is wrong with it, '' if nothing is."""
    try:
        reply = client.complete(request)
    except ClientError as error:
        if error.kind != "malformed":
            raise
        return error.spent, [], f"That answer cannot be read: {error}"
    try:
        data = reply.data if isinstance(reply.data, Mapping) else parse_json(reply.text, _FORM)
    except ValueError as error:
        return reply, [], f"That answer cannot be read: {error}"
    if faults := check(data, _FORM):
        return reply, [], f"That answer cannot be read: {'; '.join(faults)}"
    return reply, [ToolCall(c["tool"], c.get("args") or {}) for c in data["calls"]], ""


def _told(message: text.TextObservation) -> str:
    return f"[{message.tool}] {message.content}" if message.tool else message.content
