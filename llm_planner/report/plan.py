"""The plan in the report: each skill in words, how it went, predicted beside measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from habilis.llm_planner.report.text import (
    call,
    esc,
    is_number,
    listing,
    mapping,
    name_words,
    number,
    quantity,
    seconds,
    sentence,
)

_OUTCOMES = {
    "success": ("good", "\u2713", "succeeded"),
    "failure": ("bad", "\u2715", "failed"),
    "preempted": ("bad", "\u25a0", "stopped"),
}
_WAYS = {
    "+x": "away from the robot",
    "-x": "towards the robot",
    "+y": "to its left",
    "-y": "to its right",
}

Step = Mapping[str, Any]


def plan_list(run: Mapping[str, Any], stills: Sequence[str | None]) -> str:
    """Return markup for the plan as a numbered list.

    Args:
      run: the record of the run.
      stills: data URIs of pictures of the end of each executed skill.
    """
    planned = listing(mapping(run.get("plan")).get("steps"))
    copy = listing(mapping(run.get("verification")).get("steps"))
    real = listing(mapping(run.get("execution")).get("steps"))
    items = [
        _item(step, _at(copy, i), _at(real, i), _at(stills, i), run.get("execution") is not None)
        for i, step in enumerate(planned or real or copy)
    ]
    return f'<ol class="plan">{"".join(items)}</ol>' if items else ""


def in_words(step: Step) -> str:
    """Say what a step does, e.g. "Sweep the milk 144 mm towards the robot with the hammer"."""
    args, skill = mapping(step.get("args")), str(step.get("skill", ""))
    thing = _the(args["object"]) if args.get("object") else ""
    made = {
        "grasp": f"Grasp {thing}",
        "lift": f"Lift {thing}{_length(' by ', args.get('height'))}",
        "place": f"Put {thing} down{_where(args)}",
        "move_to_position": f"Move the gripper{_where(args)}",
        "move_joint": f"Move {thing} along its joint",
        "open_gripper": "Open the gripper",
        "close_gripper": "Close the gripper",
    }.get(skill)
    if made is not None:
        return made
    words = [name_words(skill).capitalize(), thing, _length("", args.get("distance"))]
    words.append(_WAYS.get(str(args.get("direction")), ""))
    if args.get("tool"):
        words.append(f"with {_the(args['tool'])}")
    return " ".join(w for w in words if w)


def _the(name: object) -> str:
    """Name a thing, or a ``thing/link`` as the drawer of the cabinet."""
    owner, _, link = str(name).partition("/")
    return (
        f"the {name_words(link)} of the {name_words(owner)}" if link else f"the {name_words(owner)}"
    )


def _item(
    step: Step, copy: Step | None, real: Step | None, still: str | None, executed: bool
) -> str:
    seen = real if executed else copy
    kind, mark, word = ("idle", "", "not run")
    if seen is not None:
        kind, mark, word = _OUTCOMES.get(str(seen.get("outcome")), ("bad", "?", "ended"))
        word = word if executed else f"{word} in the copy"
    mark = f'<span aria-hidden="true">{mark}</span> ' if mark else ""
    reason = sentence(seen.get("reason", "")) if seen is not None else ""
    picture = _still(still, step, seen) if still else ""
    return (
        f'<li class="{kind}"><div class="said"><h3>{esc(in_words(step))}</h3>'
        f'<p class="state"><span class="badge {kind}">{mark}{esc(word)}</span>'
        f"{_when(seen)}{_origin(step)}</p>"
        + (f'<p class="reason">{esc(reason)}</p>' if reason else "")
        + f'<p class="call"><code>{esc(call(step))}</code></p></div>'
        + _numbers(copy, real, executed)
        + picture
        + "</li>"
    )


def _origin(step: Step) -> str:
    by = step.get("by")
    return f' <span class="when">step of {esc(by)}</span>' if by else ""


def _numbers(copy: Step | None, real: Step | None, executed: bool) -> str:
    if copy is None and real is None:
        return ""
    sides: list[tuple[str, Step | None]] = [("predicted", copy)] if copy is not None else []
    sides += [("measured", real)] if executed else []
    rows = [("duration", [seconds(_duration(s), 2) for _, s in sides])]
    given = [mapping((s or {}).get("numbers")) for _, s in sides]
    for key in dict.fromkeys(k for numbers in given for k in numbers):
        cells = [quantity(key, n[key])[1] if key in n else "\u2013" for n in given]
        rows.append((quantity(key, 0.0)[0], cells))
    head = "".join(f'<th scope="col">{name}</th>' for name, _ in sides)
    body = "".join(
        f'<tr><th scope="row">{esc(name)}</th>'
        + "".join(f'<td class="num">{esc(c)}</td>' for c in cells)
        + "</tr>"
        for name, cells in rows
    )
    top = f"<thead><tr><td></td>{head}</tr></thead>"
    return f'<table class="numbers">{top}<tbody>{body}</tbody></table>'


def _still(uri: str, step: Step, seen: Step | None) -> str:
    start = (seen or {}).get("start")
    text = esc(f"The scene at the end of this skill: {in_words(step)}")
    image = f'<img src="{uri}" alt="{text}" width="400" height="300">'
    if not is_number(start):
        return f'<div class="still">{image}</div>'
    return f'<a class="still" href="#film" data-t="{start:.3f}">{image}</a>'


def _when(step: Step | None) -> str:
    if step is None or not is_number(step.get("start")) or not is_number(step.get("end")):
        return ""
    return f' <span class="when">{number(step["start"], 1)} to {seconds(step["end"])}</span>'


def _duration(step: Step | None) -> float | None:
    start, end = (step or {}).get("start"), (step or {}).get("end")
    return end - start if is_number(start) and is_number(end) else None


def _length(before: str, value: object) -> str:
    return f"{before}{number(value * 1e3, 0)} mm" if is_number(value) else ""


def _where(args: Mapping[str, Any]) -> str:
    if args.get("on"):
        return f" on {_the(args['on'])}"
    spot = args.get("position")
    if not isinstance(spot, (list, tuple)):
        return ""
    return f" at ({', '.join(number(v, 3) for v in spot)}) m"


def _at(items: Sequence[Any], i: int) -> Any:
    return items[i] if i < len(items) else None
