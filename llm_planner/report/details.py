"""What stands at the end of the report: what was tried, the scene, where the page comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from habilis.llm_planner.report.text import (
    esc,
    facts,
    is_number,
    listing,
    mapping,
    name_words,
    number,
    plural,
    prose,
    seconds,
    sentence,
    table,
)

_OUTCOMES = {"done": "ran through, goal not reached yet", "goal reached": "reached the goal"}


def tried(run: Mapping[str, Any]) -> str:
    """Return markup for what the planner tried, folded away unless it found nothing.

    It is empty if the run had no planner.
    """
    planner = mapping(run.get("planner"))
    if not planner:
        return ""
    candidates = listing(planner.get("tried"))
    refused = run.get("plan") is None  # then the headline gives the reason
    head = "" if refused else f"<p>{esc(sentence(planner.get('reason', '')))}</p>"
    if not candidates:
        return head + "<p>It rolled out no candidate.</p>"
    rows = [
        (
            str(i),
            esc(prose(t.get("why", ""))),
            seconds(t.get("cost")),
            _calls(t.get("steps")),
            _outcome(t),
        )
        for i, t in enumerate(candidates, 1)
    ]
    columns = ("", "idea", "estimate", "skills", "outcome")
    shown = " open" if refused else ""
    body = table(columns, rows, "data tried stack")
    note = (
        '<p class="note">In the order they were rolled out in copies of the world. The estimate is '
        "the time the planner expects to the goal.</p>"
    )
    count = plural(len(candidates), "candidate")
    return f"{head}<details{shown}><summary>{count} tried</summary>{note}{body}</details>"


def scene(run: Mapping[str, Any]) -> str:
    """Return markup for the scene: goal, workspace, entities and notes."""
    data = mapping(run.get("scene"))
    tool = mapping(data.get("tool"))
    pairs = [
        ("Goal", f"<code>{esc(data.get('goal', ''))}</code>"),
        ("To hold for", seconds(data.get("hold")) if is_number(data.get("hold")) else ""),
        (
            "Tool",
            esc(f"{name_words(tool.get('name'))}: {tool.get('use')}") if tool else "none asked for",
        ),
        ("Workspace", _workspace(mapping(data.get("workspace")))),
    ]
    notes = [n for n in data.get("notes") or [] if isinstance(n, str)]
    return facts(pairs, "rows") + _entities(listing(data.get("entities"))) + _notes(notes)


def provenance(run: Mapping[str, Any]) -> str:
    """Return markup for what makes the run repeatable: command, seed and versions."""
    versions = {"habilis": run.get("habilis", "")} | mapping(run.get("versions"))
    variation = run.get("variation")
    listed = ", ".join(f"{esc(k)} {esc(v)}" for k, v in versions.items() if v)
    pairs = [
        ("Command", f"<code>{esc(run['command'])}</code>" if run.get("command") else ""),
        ("Started", esc(run.get("started", ""))),
        ("Seed", esc(run.get("seed", ""))),
        ("Layout variation", f"{variation:g}" if is_number(variation) else ""),
        ("Versions", listed),
    ]
    return facts(pairs, "rows")


def _notes(notes: list[str]) -> str:
    if not notes:
        return ""
    listed = "".join(f"<li>{esc(n)}</li>" for n in notes)
    said = f"{plural(len(notes), 'note')} on the scene"
    return f'<details><summary>{said}</summary><ul class="notes">{listed}</ul></details>'


def _entities(entities: list[dict[str, Any]]) -> str:
    rows = [
        (
            esc(name_words(e.get("name"))),
            esc(_shape(e)),
            _place(e.get("pos"), e.get("quat")),
            " \u00d7 ".join(_millimetres(v) for v in e.get("size") or []) or "\u2013",
            number(e.get("mass"), 2),
            ", ".join(w for w, yes in (("tool", e.get("tool")), ("fixed", e.get("fixed"))) if yes),
        )
        for e in entities
    ]
    place = "stood at <i>x</i>, <i>y</i>, <i>z</i>, m"
    columns = ("object", "made of", place, "size, mm", "mass, kg", "")
    note = (
        '<p class="note">Where the origin of each was before anything moved, and how far it was '
        "turned about the vertical. Sizes are along its own axes.</p>"
    )
    return note + table(columns, rows, "data narrow stack") if rows else ""


def _shape(entity: Mapping[str, Any]) -> str:
    """What a thing is made of: ``2 \u00d7 box, cylinder, link``."""
    grains = entity.get("grains")
    counts = {"grain": grains} if grains else mapping(entity.get("shapes"))
    counts = {**counts, "link": entity.get("links")}
    made = [
        one if n == 1 else f"{n} \u00d7 {one}" for one, n in counts.items() if is_number(n) and n
    ]
    return ", ".join(made) or "\u2013"


def _place(pos: object, quat: object) -> str:
    if not isinstance(pos, list) or len(pos) != 3 or not all(map(is_number, pos)):
        return "\u2013"
    at = ", ".join(number(v, 3) for v in pos)
    if not isinstance(quat, list) or len(quat) != 4 or not all(map(is_number, quat)):
        return at
    w, x, y, z = quat
    yaw = math.degrees(math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)))
    return f"{at}; {number(yaw, 0)}\u00b0" if abs(yaw) >= 0.5 else at


def _workspace(box: Mapping[str, Any]) -> str:
    low, high = box.get("lower") or [], box.get("upper") or []
    if len(low) != 3 or len(high) != 3:
        return ""
    axes = zip("xyz", low, high, strict=True)
    return ", ".join(f"<i>{a}</i> {number(b, 2)} to {number(t, 2)}" for a, b, t in axes) + " m"


def _millimetres(value: object) -> str:
    return number(value * 1e3, 0) if is_number(value) else "\u2013"


def _calls(steps: object) -> str:
    lines = steps if isinstance(steps, list) else []
    return "<br>".join(f"<code>{esc(s)}</code>" for s in lines)


def _outcome(candidate: Mapping[str, Any]) -> str:
    said = str(candidate.get("outcome", ""))
    kind = {"goal reached": "good", "done": "idle"}.get(said, "bad")
    return f'<span class="{kind}">{esc(prose(_OUTCOMES.get(said, said)))}</span>'
