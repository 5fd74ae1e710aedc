"""The conversation with a model as ``run.json`` holds it: questions, answers, what came of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from habilis.llm_planner.model.client import ShownPicture
from habilis.llm_planner.pipeline.episode import Episode, Settings, Try
from habilis.llm_planner.pipeline.proposal import Exchange, ListeningClient
from habilis.policies.skills.attempt import CallTrace

SEEN = "seen"
"""Folder of the pictures that the model saw, in that of the run."""


def model_dict(
    ledger: ListeningClient, episode: Episode | None, settings: Settings
) -> dict[str, Any]:
    """Plain data of all that passed between planner and model.

    Args:
      ledger: of the exchanges.
      episode: what came of them; None if the run broke off before the first question.
      settings: how the model was used.
    """
    out: dict[str, Any] = {
        "name": ledger.name, "mode": settings.mode, "strategy": settings.strategy,
        "repairs": settings.repairs, "total": _total(ledger.exchanges),
        "exchanges": [_exchange(x) for x in ledger.exchanges], "outcomes": [], "program": "",
    }  # fmt: skip
    if episode is None:
        return out
    tries = [(t, "copy") for x in episode.thoughts for t in x.tries]
    tries += [(t, "execution") for t in episode.executions]
    tries.sort(key=lambda pair: pair[0].after)  # executions follow the tries of the same answers
    return out | {
        "prompts": episode.prompts, "used_repairs": episode.repairs,
        "timing": {k: round(v, 3) for k, v in episode.timing.items()},
        "outcomes": [_outcome(t, where) for t, where in tries], "program": episode.program,
    }  # fmt: skip


def picture_name(picture: ShownPicture) -> str:
    """Where a picture that the model saw is kept, in the folder of the run."""
    return f"{SEEN}/{picture.name}-{picture.digest[:12]}.png"


def save_pictures(ledger: ListeningClient, folder: Path) -> None:
    """Write every picture that the model saw, once, into the folder of the run."""
    for exchange in ledger.exchanges:
        for picture in (p for m in exchange.request.messages for p in m.pictures):
            path = folder / picture_name(picture)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(picture.png)


def _exchange(x: Exchange) -> dict[str, Any]:
    return {
        "stage": x.stage, "model": x.reply.model,
        "prompt": [message.as_dict() for message in x.request.messages],
        "pictures": [picture_name(p) for m in x.request.messages for p in m.pictures],
        "reply": x.reply.text, "error": x.error, "input_tokens": x.reply.input_tokens,
        "output_tokens": x.reply.output_tokens, "cost": x.reply.cost,
        "seconds": round(x.reply.seconds, 3), "attempts": x.reply.attempts,
        "cached": x.reply.cached,
    }  # fmt: skip


def _total(exchanges: list[Exchange]) -> dict[str, Any]:
    replies = [x.reply for x in exchanges]
    costs = [r.cost for r in replies]
    return {
        "questions": len(replies), "failed": sum(bool(x.error) for x in exchanges),
        "attempts": sum(r.attempts for r in replies),
        "input_tokens": sum(r.input_tokens for r in replies),
        "output_tokens": sum(r.output_tokens for r in replies),
        "cost": sum(c for c in costs if c is not None) if None not in costs else None,
        "seconds": round(sum(r.seconds for r in replies), 3),
    }  # fmt: skip


def _outcome(tried: Try, where: str) -> dict[str, Any]:
    found, action = tried.rehearsal, tried.proposal.action
    fault = dataclasses.asdict(tried.fault) if tried.fault is not None else None
    return {
        "after": tried.after, "where": where, "ok": tried.ok,
        "reason": found.reason if found is not None else str(tried.proposal.error or ""),
        "refusal": tried.proposal.refusal, "fault": fault,
        "seconds": round(found.wall_seconds, 3) if found is not None else None,
        "program": action if isinstance(action, str) else "",
        "calls": [_call(c) for c in found.calls] if found is not None else [],
        "ended_line": found.line if found is not None else 0,
        "output": found.output if found is not None else "",
    }  # fmt: skip


def _call(c: CallTrace) -> dict[str, Any]:
    """One call of a program; ``outcome`` is None for a query and for what was not begun."""
    return {
        "line": c.line, "skill": c.name, "args": dict(c.args),
        "start": round(c.start, 3), "end": round(c.end, 3),
        "outcome": c.result.outcome if c.result is not None else None,
        "reason": c.result.reason if c.result is not None else c.error,
        "numbers": {k: round(v, 5) for k, v in c.result.numbers.items()} if c.result else {},
        "value": None if c.result is not None else c.value,
    }  # fmt: skip
