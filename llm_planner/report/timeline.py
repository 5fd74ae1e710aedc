"""The contact ledger as a drawing: who touched whom, when, how hard, during which skill."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from habilis.llm_planner.report.text import (
    call,
    esc,
    is_number,
    listing,
    name_words,
    number,
    plural,
    table,
)

WIDTH, LEFT, RIGHT = 1040.0, 206.0, 62.0  # of the drawing, user units
ROW, BAR_HEIGHT, TOP, BOTTOM, GAP = 24.0, 12.0, 30.0, 48.0, 20.0
_LISTED = 200  # contacts in the table
_HAND = ("left_finger", "right_finger", "robot")
_LETTER = 6.6  # width of one in a label, user units


@dataclasses.dataclass(frozen=True)
class ContactSpan:
    """One uninterrupted contact: two names, start and end in s, and the peak force in N."""

    first: str
    second: str
    start: float
    end: float
    peak: float


@dataclasses.dataclass(frozen=True)
class Scale:
    """Maps time to place: ``end`` seconds fill the width between the margins."""

    end: float

    def x(self, time: float) -> float:
        """Return the place of an instant, in user units of the drawing."""
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(time / self.end, 0.0), 1.0)


Rows = dict[tuple[str, str], list[ContactSpan]]


def timeline(run: Mapping[str, Any]) -> str:
    """Return markup for the contacts of a run over time; empty if nothing was executed."""
    execution = run.get("execution")
    if not isinstance(execution, dict):
        return ""
    contacts = read_contacts(run.get("contacts"))
    if not contacts:
        return "<p>Nothing touched anything.</p>"
    steps = listing(execution.get("steps"))
    ends = [c.end for c in contacts] + [s["end"] for s in steps if is_number(s.get("end"))]
    scale = Scale(max(*ends, execution.get("simulated_seconds") or 0.0, 1e-3))
    tools = {
        str(e.get("name"))
        for e in listing((run.get("scene") or {}).get("entities"))
        if e.get("tool")
    }
    groups = group(contacts, tools)
    resting = groups.pop("On the table", {})
    loudest = max(
        (c.peak for rows in groups.values() for r in rows.values() for c in r), default=0.0
    )
    parts = [_figure(groups, steps, scale, loudest, "main"), _legend(loudest)] if groups else []
    if resting:
        said = f"Resting on the table: {plural(len(resting), 'pair')}"
        drawn = _figure({"On the table": resting}, steps, scale, 0.0, "rest")
        parts.append(f"<details><summary>{said}</summary>{drawn}</details>")
    return "".join(parts) + _as_table(contacts)


def read_contacts(value: object) -> list[ContactSpan]:
    """Read the contacts of ``run.json``, sorted by start; those without times are left out."""
    found = []
    for c in listing(value):
        if is_number(c.get("start")) and is_number(c.get("end")):
            peak = c.get("peak")
            names = str(c.get("first")), str(c.get("second"))
            found.append(
                ContactSpan(*names, c["start"], c["end"], peak if is_number(peak) else 0.0)
            )
    return sorted(found, key=lambda c: (c.start, c.end))


def group(contacts: Iterable[ContactSpan], tools: set[str]) -> dict[str, Rows]:
    """Sort contacts into groups and pairs, both in the order in which they are drawn."""
    groups: dict[str, Rows] = {
        "Tools and objects": {}, "Gripper and arm": {}, "On the table": {}
    }  # fmt: skip
    for contact in contacts:
        pair = ordered(contact.first, contact.second, tools)
        groups[_group_of(pair)].setdefault(pair, []).append(contact)
    tool_rows = groups["Tools and objects"]
    groups["Tools and objects"] = dict(
        sorted(tool_rows.items(), key=lambda r: (r[0][0] not in tools, r[1][0].start))
    )
    hand_rows = groups["Gripper and arm"]
    begins: dict[str, float] = {}
    for (_, other), row in hand_rows.items():
        begins[other] = min(begins.get(other, math.inf), row[0].start)
    groups["Gripper and arm"] = dict(
        sorted(hand_rows.items(), key=lambda r: (begins[r[0][1]], r[0][1], _hand_rank(r[0][0])))
    )
    return {name: rows for name, rows in groups.items() if rows}


def ordered(first: str, second: str, tools: set[str]) -> tuple[str, str]:
    """Return a pair of names as it is read: what acts comes first, the table last."""

    def rank(name: str) -> int:
        return 0 if name in _HAND else 3 if name == "table" else 1 if name in tools else 2

    return (second, first) if rank(second) < rank(first) else (first, second)


def ticks(end: float, most: int = 12) -> list[float]:
    """Return round instants from 0 to ``end``, s, at most about ``most`` of them."""
    raw = end / most
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * m for m in (1, 2, 5, 10) if unit * m >= raw * (1 - 1e-9))
    return [round(i * step, 9) for i in range(int(end / step + 1e-9) + 1)]


def _group_of(pair: tuple[str, str]) -> str:
    if pair[0] in _HAND:
        return "Gripper and arm"
    return "On the table" if pair[1] == "table" else "Tools and objects"


def _hand_rank(name: str) -> int:
    return _HAND.index(name) if name in _HAND else len(_HAND)


def _figure(
    groups: Mapping[str, Rows],
    steps: Sequence[Mapping[str, Any]],
    scale: Scale,
    loudest: float,
    kind: str,
) -> str:
    body, y = [], TOP
    for name, rows in groups.items():
        body.append(_text(0, y + 14, esc(name), "group"))
        y += GAP
        for pair, row in rows.items():
            body.append(_row(pair, row, y, scale, loudest))
            y += ROW
        y += 6
    height = y + BOTTOM - 6
    right = WIDTH - RIGHT
    return (
        '<div class="scroll" tabindex="0" role="group" aria-label="Timeline">'
        f'<svg class="timeline {kind}" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'aria-label="{_described(groups)}" data-left="{LEFT:g}" data-span="{right - LEFT:g}" '
        f'data-end="{scale.end:.4f}">'
        + _bands(steps, scale, y)
        + _axis(scale, y)
        + _text(WIDTH, TOP + 14, "peak", "group", "end")
        + "".join(body)
        + _line("head", LEFT, LEFT, TOP - 4, y)
        + "</svg></div>"
    )


def _row(
    pair: tuple[str, str], row: Sequence[ContactSpan], y: float, scale: Scale, loudest: float
) -> str:
    middle = y + ROW / 2
    name = f"{name_words(pair[0])} \u2013 {name_words(pair[1])}"
    peak = max(c.peak for c in row)
    shown = name if len(name) <= 29 else name[:28] + "\u2026"
    return (
        f"<g><title>{esc(name)}</title>"
        + _text(LEFT - 10, middle + 4, esc(shown), "pair", "end")
        + _line("rail", LEFT, WIDTH - RIGHT, middle, middle)
        + "".join(_bar(c, name, middle, scale, loudest) for c in row)
        + _text(WIDTH, middle + 4, f"{number(peak, 0 if peak >= 10 else 1)} N", "peak", "end")
        + "</g>"
    )


def _bar(c: ContactSpan, name: str, middle: float, scale: Scale, loudest: float) -> str:
    left, right = scale.x(c.start), scale.x(c.end)
    strength = math.sqrt(c.peak / loudest) if loudest > 0 and c.peak > 0 else 0.0
    said = (
        f"{name}: {number(c.start, 2)} to {number(c.end, 2)} s "
        f"({number(c.end - c.start, 2)} s), peak {number(c.peak, 1)} N"
    )
    return (
        f'<rect class="touch" x="{left:.1f}" y="{middle - BAR_HEIGHT / 2:g}" '
        f'width="{max(right - left, 1.5):.1f}" height="{BAR_HEIGHT:g}" rx="1.5" '
        f'fill-opacity="{0.35 + 0.65 * strength:.2f}"><title>{esc(said)}</title></rect>'
    )


def _bands(steps: Sequence[Mapping[str, Any]], scale: Scale, bottom: float) -> str:
    out = []
    for i, step in enumerate(steps):
        if not (is_number(step.get("start")) and is_number(step.get("end"))):
            continue
        left, right = scale.x(step["start"]), scale.x(step["end"])
        outcome = str(step.get("outcome"))
        kind = "bad" if outcome != "success" else "odd" if i % 2 else "even"
        label = f"{i + 1} {name_words(step.get('skill'))}"
        room = int((right - left - 8) / _LETTER)
        label = label if len(label) <= room else str(i + 1) if room >= 1 else ""
        span = f"{number(step['start'], 1)} to {number(step['end'], 1)} s"
        said = f"{i + 1}. {call(step)}: {outcome}, {span}"
        out.append(
            f'<g class="band {kind}" data-t="{step["start"]:.3f}"><title>{esc(said)}</title>'
            f'<rect x="{left:.1f}" y="{TOP - 24:g}" width="{max(right - left, 0.5):.1f}" '
            f'height="{bottom - TOP + 24:g}"/>'
            + _text(left + 5, TOP - 8, esc(label), "skill")
            + "</g>"
        )
    return "".join(out)


def _axis(scale: Scale, y: float) -> str:
    marks = ticks(scale.end)
    decimals = 0 if all(float(t).is_integer() for t in marks) else 1 if marks[1] >= 0.1 else 2
    out = [_line("axis", LEFT, WIDTH - RIGHT, y, y)]
    for t in marks:
        x = scale.x(t)
        out.append(_line("axis", x, x, y, y + 5))
        out.append(_text(x, y + 18, number(t, decimals), "tick", "middle"))
    return "".join(out) + _text(
        (LEFT + WIDTH - RIGHT) / 2, y + 34, "simulated time, s", "tick", "middle"
    )


def _described(groups: Mapping[str, Rows]) -> str:
    said = [
        f"{name_words(a)} and {name_words(b)} from {number(row[0].start, 1)} to "
        f"{number(max(c.end for c in row), 1)} s"
        for rows in groups.values()
        for (a, b), row in rows.items()
    ]
    return esc("Timeline of contacts: " + "; ".join(said[:20]) + ". The table below lists them.")


def _legend(loudest: float) -> str:
    return (
        '<p class="legend"><span class="ramp" aria-hidden="true"></span> '
        f"peak force of a contact, from 0 to {number(loudest, 0 if loudest >= 10 else 1)} N; "
        "bands are the skills, numbered as in the plan</p>"
    )


def _as_table(contacts: Sequence[ContactSpan]) -> str:
    rows = (
        (esc(name_words(c.first)), esc(name_words(c.second)), number(c.start, 2), number(c.end, 2),
         number(c.end - c.start, 2), number(c.peak, 1))
        for c in contacts[:_LISTED]
    )  # fmt: skip
    head = ("first", "second", "start, s", "end, s", "duration, s", "peak, N")
    more = f"<p>The first {_LISTED} are listed.</p>" if len(contacts) > _LISTED else ""
    said = f"All {plural(len(contacts), 'contact')} as a table"
    return f"<details><summary>{said}</summary>{table(head, rows, 'data stack')}{more}</details>"


def _text(x: float, y: float, said: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{said}</text>'


def _line(kind: str, x1: float, x2: float, y1: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"/>'
