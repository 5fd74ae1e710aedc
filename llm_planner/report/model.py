"""The conversation with a model in the report: questions, answers, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from habilis.llm_planner.model.answer import parse_json
from habilis.llm_planner.report.media import inside, picture_uri
from habilis.llm_planner.report.program import listing_of
from habilis.llm_planner.report.text import (
    esc,
    facts,
    is_number,
    listing,
    mapping,
    number,
    plural,
    seconds,
    sentence,
)

_WHERE = {
    "static": "Before anything moved",
    "copy": "In a copy of the world",
    "execution": "On the robot",
}


def conversation(run: Mapping[str, Any], folder: Path) -> str:
    """Return markup for every question to the language model, its answer and what became of it.

    It is empty if no model was asked. Pictures that it saw are taken from the folder of the run.
    """
    model = mapping(run.get("model"))
    if not model:
        return ""
    asked, came = listing(model.get("exchanges")), listing(model.get("outcomes"))
    parts = []
    for i, x in enumerate(asked, 1):
        parts.append(_exchange(i, x, folder))
        parts += [_outcome(o) for o in came if o.get("after") == i]
    if not asked:
        parts.append("<p>It was asked nothing.</p>")
    return facts(_totals(model), "facts sums") + "".join(parts)


def _totals(model: Mapping[str, Any]) -> list[tuple[str, str]]:
    total, timing = mapping(model.get("total")), mapping(model.get("timing"))
    again = total.get("attempts", 0) - total.get("questions", 0) if total else 0
    used = ", ".join(str(w) for w in (model.get("mode"), model.get("strategy")) if w)
    pairs = [("Model", esc(model.get("name", ""))), ("Mode, strategy", esc(used))]
    if total:
        asked = esc(total.get("questions", 0))
        failed = f", {esc(total['failed'])} without an answer" if total.get("failed") else ""
        pairs += [
            ("Questions", asked + failed),
            ("Sent again", esc(again) if again > 0 else ""),
            ("Tokens in, out", _tokens(total, ", ")),
            ("Cost", _cost(total.get("cost")) or "not known"),
            ("Waited for it", seconds(total.get("seconds"))),
        ]
    if timing:
        pairs.append(("Rollouts", seconds(timing.get("rollouts"))))
        pairs.append(("Planner itself", seconds(timing.get("planner"), 2)))
    if is_number(model.get("used_repairs")):
        pairs.append(("Repairs", f"{model['used_repairs']} of {esc(model.get('repairs', 0))}"))
    return pairs


def _exchange(i: int, x: Mapping[str, Any], folder: Path) -> str:
    spent = [f"{_tokens(x, ' tokens in, ')} out" if x.get("input_tokens") else ""]
    spent += [_cost(x.get("cost")) if x.get("input_tokens") else "", seconds(x.get("seconds"))]
    again = x.get("attempts", 1) - 1 if isinstance(x.get("attempts"), int) else 0
    spent += [f"sent again {plural(again, 'time')}" if again > 0 else ""]
    spent += ["from a recording" if x.get("cached") else ""]
    failed = '<span class="badge bad">no answer</span> ' if x.get("error") else ""
    head = (
        f'<span class="stage">{i}. {esc(x.get("stage", ""))}</span> {failed}'
        f'<span class="spent">{esc(", ".join(s for s in spent if s))}</span>'
    )
    turns = listing(x.get("prompt"))
    return (
        f'<details class="exchange"><summary>{head}</summary>'
        + "".join(_turn(m) for m in turns)
        + f"{_seen(x, folder)}{_error(x)}{_reply(x)}</details>"
    )


def _seen(x: Mapping[str, Any], folder: Path) -> str:
    """The pictures beside each other that went with a question."""
    named = x.get("pictures")
    found = [(n, inside(folder, n)) for n in (named if isinstance(named, list) else ())]
    shown = [
        f'<img src="{uri}" alt="{esc(name)}">'
        for name, path in found
        if path is not None and (uri := picture_uri(path))
    ]
    return f'<div class="seen">{"".join(shown)}</div>' if shown else ""


def _error(x: Mapping[str, Any]) -> str:
    return f'<p class="came bad">{esc(sentence(x["error"]))}</p>' if x.get("error") else ""


def _turn(m: Mapping[str, Any]) -> str:
    text = str(m.get("content", ""))
    said = f"Prompt: {m.get('role', '')}, {len(text)} letters"
    return f'<details class="fold"><summary>{esc(said)}</summary><pre>{esc(text)}</pre></details>'


def _reply(x: Mapping[str, Any]) -> str:
    text = str(x.get("reply", ""))
    if not text:
        return ""
    shown, code = text, ""
    try:
        data = parse_json(text)
    except ValueError:
        data = None
    if isinstance(data, dict):
        code = data.get("program", "") if isinstance(data.get("program"), str) else ""
        rest = {k: v for k, v in data.items() if not (k == "program" and code)}
        shown = json.dumps(rest, indent=2, ensure_ascii=False)
    program = f"<h4>Program</h4><pre>{esc(code)}</pre>" if code else ""
    return f"<h4>Reply</h4>{program}<pre>{esc(shown)}</pre>"


def _outcome(o: Mapping[str, Any]) -> str:
    fault = mapping(o.get("fault"))
    where = _WHERE.get(str(fault.get("where") or o.get("where")), "")
    if o.get("refusal"):
        kind, said = "refused", f"The model says that nothing can work: {o['refusal']}"
    elif o.get("ok"):
        kind, said = "good", f"{where}: it reaches the goal"
    else:
        kind, said = "bad", f"{where}: {o.get('reason') or 'the goal is not reached'}"
    back = ""
    if fault:
        what = f"A {fault.get('kind')} fault, which the {fault.get('owner')} stage is to mend"
        back = f'<br><span class="back">{esc(sentence(what))}</span>'
    lines = ""
    if o.get("program") and kind == "bad":
        drawn = listing_of(o["program"], o if o.get("where") == "copy" else {}, o)
        lines = f"<details><summary>The program line by line</summary>{drawn}</details>"
    return f'<div class="came {kind}"><p>{esc(sentence(said))}{back}</p>{lines}</div>'


def _tokens(x: Mapping[str, Any], between: str) -> str:
    read, written = x.get("input_tokens", 0), x.get("output_tokens", 0)
    return esc(f"{read}{between}{written}") if read or written else ""


def _cost(value: object) -> str:
    return f"${number(value, 4)}" if is_number(value) else ""
