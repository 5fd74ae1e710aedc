"""A program in the report: its lines, and beside each what its calls came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from habilis.llm_planner.report.text import (
    esc,
    is_number,
    listing,
    mapping,
    quantity,
    sentence,
    short,
)
from habilis.llm_planner.run.lines import program_lines

MOST = 4  # calls shown beside one line
_MARKS = {
    "success": ("good", "\u2713"),
    "failure": ("bad", "\u2715"),
    "preempted": ("bad", "\u25a0"),
}
_NOTE = (
    '<p class="note">Beside each line what it called, in the copy of the world and on the robot;'
    " of numbers that differ, the first is from the copy.</p>"
)

Call = Mapping[str, Any]
Outcome = Mapping[str, Any]


def program(run: Mapping[str, Any]) -> str:
    """Return markup for the program of the last execution, or of the last try, line by line.

    It is empty if there was no program.
    """
    came = [o for o in listing(mapping(run.get("model")).get("outcomes")) if o.get("program")]
    done = [o for o in came if o.get("where") == "execution"]
    last = done[-1] if done else came[-1] if came else None
    if last is None:
        text = mapping(run.get("model")).get("program")
        return listing_of(text, {}, {}) if text else ""
    text = last["program"]
    tried = [o for o in came if o.get("where") != "execution" and o["program"] == text]
    drawn = listing_of(text, tried[-1] if tried else {}, done[-1] if done else {})
    printed = (done or came)[-1].get("output")
    said = f"<h3>It printed</h3><pre>{esc(printed)}</pre>" if printed else ""
    return _NOTE + drawn + said


def listing_of(text: object, copy: Outcome, real: Outcome) -> str:
    """Return markup for the lines of a program, each with its calls in two runs.

    Args:
      text: the program.
      copy: its run in a copy of the world; empty if there was none.
      real: its execution; empty if there was none.
    """
    real = {} if real is copy else real
    both = [_by_line(copy), _by_line(real)]
    ended = {o.get("ended_line"): o.get("reason") for o in (copy, real) if not o.get("ok", True)}
    rows = []
    for n, line in enumerate(program_lines(str(text)), 1):
        calls = _calls(both[0].get(n, ()), both[1].get(n, ()), bool(copy), bool(real))
        if ended.get(n) and not any(c.get("reason") for b in both for c in b.get(n, ())):
            calls.append(f'<li class="bad">{esc(sentence(ended[n]))}</li>')
        side = f"<ul>{''.join(calls)}</ul>" if calls else ""
        rows.append(f"<li><pre>{esc(line) or ' '}</pre>{side}</li>")
    return f'<ol class="program">{"".join(rows)}</ol>'


def _by_line(outcome: Outcome) -> dict[int, list[Call]]:
    found: dict[int, list[Call]] = {}
    for call in listing(outcome.get("calls")):
        found.setdefault(int(call.get("line") or 0), []).append(call)
    return found


def _calls(copy: Sequence[Call], real: Sequence[Call], tried: bool, ran: bool) -> list[str]:
    count = max(len(copy), len(real))
    pairs = [
        (copy[i] if i < len(copy) else None, real[i] if i < len(real) else None)
        for i in range(count)
    ]
    shown = [_call(a, b, tried, ran) for a, b in pairs[:MOST]]
    return shown + ([f"<li>and {count - MOST} more calls</li>"] if count > MOST else [])


def _call(copy: Call | None, real: Call | None, tried: bool, ran: bool) -> str:
    last: Call = real if real is not None else copy or {}
    name = esc(last.get("skill", ""))
    if last.get("outcome") is None and not last.get("reason"):
        return f'<li class="query">{name}: {esc(short(last.get("value")))}</li>'
    marks = [_mark(c, where) for c, where, shown in
             ((copy, "copy", tried), (real, "robot", ran)) if shown]  # fmt: skip
    numbers = _numbers(copy, real)
    said = f'<span class="told">{esc(sentence(last.get("reason", "")))}</span>'
    return f"<li><b>{name}</b> {' '.join(marks)} {said}{numbers}</li>"


def _mark(call: Call | None, where: str) -> str:
    if call is None:
        return f'<span class="badge idle">{where}: not reached</span>'
    kind, mark = _MARKS.get(str(call.get("outcome")), ("bad", "\u2715"))
    return f'<span class="badge {kind}">{where} {mark}</span>'


def _numbers(copy: Call | None, real: Call | None) -> str:
    given = [mapping((c or {}).get("numbers")) for c in (copy, real)]
    words = []
    for key in dict.fromkeys(k for numbers in given for k in numbers):
        values = [quantity(key, n[key])[1] for n in given if is_number(n.get(key))]
        if values:
            words.append(f"{quantity(key, 0.0)[0]} {' / '.join(dict.fromkeys(values))}")
    return f'<span class="figures">{esc("; ".join(words))}</span>' if words else ""
