"""From what went wrong to who mends it: faults typed from the trace, and told in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from habilis.assets.names import visible
from habilis.envs.world.judging.monitor import targets
from habilis.llm_planner.language import prompts
from habilis.llm_planner.language.faults import Fault, Kind, StageError, owner
from habilis.llm_planner.language.stages import NOTHING
from habilis.llm_planner.model.asking import given_back
from habilis.policies.skills.attempt import Attempt, StepTrace
from habilis.policies.skills.senses import AXES, Senses

Where = Literal["static", "copy", "execution"]
BARELY = 0.1  # share of the way asked for below which a tool is taken not to have worked at all
NEAR = 0.05  # m; a goal missed by less is missed by numbers
LINES = 12  # printed lines, and contacts, that are told
PRINTED = 300  # letters of each
_WHERE = {
    "static": "checked before anything moved",
    "copy": "tried in a copy of the world",
    "execution": "while the robot carried it out; the scene above is as it is now, so answer with"
    " what is left to do from there",
}
_FORM = "Keep to the form and to the functions that exist."
_CAUSE = (
    "Find the cause before you change anything: the thing used, its part or its side; a step that"
    " is missing, too many or too early; a number, in value, sign or unit; or that nothing can"
    " serve at all."
)
"""The kind of a fault says which stage answers for it, and is a guess where something was tried:
what is told of it is what happened."""


def classify(found: Attempt, senses: Senses, stages: tuple[str, ...], where: Where) -> Fault | None:
    """The fault of an attempt, typed from its trace; None if there is none.

    Args:
      found: the attempt.
      senses: as things were before it.
      stages: of the mode, to find the owner.
      where: it was made.
    """
    if found.ok or found.ended in ("refused", "stopped"):
        return None
    kind, numbers = _typed(found, senses)
    # An error of a program's own, over a call that was not carried out, is its writer's.
    who = stages[-1] if found.ended == "runtime" else owner(kind, stages)
    return Fault(kind, who, found.reason, where, len(found.steps), numbers)


def from_error(error: StageError, stages: tuple[str, ...]) -> Fault:
    """The fault of an answer that could not be used.

    What cannot be read, and numbers that cannot be worked out, are their writer's; the rest goes
    to the stage that owns the kind, unless that comes after the writer.
    """
    who = owner(error.kind, stages)
    writer = error.stage if error.stage in stages else stages[-1]
    if error.kind in ("form", "numerical") or stages.index(who) > stages.index(writer):
        who = writer
    return Fault(error.kind, who, str(error), "static")


def _typed(found: Attempt, senses: Senses) -> tuple[Kind, dict[str, float]]:
    failed = found.failed
    if found.ended == "static":
        return "form", {}
    if found.broken:
        return "tool-use", dict(failed.result.numbers) if failed else {}
    if failed is not None:
        return _of_skill(failed, found.steps[:-1]), dict(failed.result.numbers)
    if found.surprise is not None:
        return "numerical", {"gap": found.surprise.gap}
    if found.ended in ("skill", "runtime", "limit", "crash"):
        refused = [c for c in found.calls if c.error]
        wrong_unit = refused and "the unit is" in refused[-1].error
        unknown = refused and "unknown" in refused[-1].error
        return ("numerical" if wrong_unit else "logical" if unknown else "form"), {}
    if found.ended == "lost":
        return "logical", {}
    return _of_goal(found, senses)


def _of_skill(step: StepTrace, earlier: Sequence[StepTrace]) -> Kind:
    numbers, args = step.result.numbers, step.args
    if any(k.startswith("beyond_") for k in numbers):
        return _of_reach(step, earlier)
    if "width" in numbers:
        return "tool-use"
    if "moved" in numbers:
        asked = abs(float(args.get("distance", 0.0))) or 1.0
        moved = numbers["moved"] / asked
        by_hand = args.get("tool") is None
        return "numerical" if moved > BARELY else "tool-use" if by_hand else "numerical"
    if "slip" in numbers or "height" in numbers:
        return "numerical"
    if "is not in the hand" in step.result.reason:
        grasped = [s.args.get("object") for s in earlier if s.skill == "grasp" and s.result.ok]
        let_go = bool(earlier) and earlier[-1].skill in ("place", "pull", "open_gripper")
        wanted = args.get("tool") or args.get("object")
        return "logical" if wanted not in grasped or let_go else "numerical"
    if "aperture" in numbers or "distance" in numbers:
        return "numerical"
    return "logical"


def _of_reach(step: StepTrace, earlier: Sequence[StepTrace]) -> Kind:
    """Out of the workspace: by a number of its own, or because the thing or the tool is what it is.

    A sweep that would have to begin outside has too short a tool; one that would end outside, or
    beside, has a wrong distance or offset.
    """
    args, numbers = step.args, step.result.numbers
    if step.skill == "sweep" and args.get("direction") in AXES:
        beyond = np.array([numbers.get(f"beyond_{a}", 0.0) for a in "xyz"])
        return "tool-use" if float(beyond @ AXES[str(args["direction"])]) < -1e-6 else "numerical"
    if any(args.get(k) is not None for k in ("position", "distance", "grip")):
        return "numerical"
    if any(s.skill in ("sweep", "pull") for s in earlier):
        return "numerical"  # it was brought nearer, only not near enough
    return "tool-use"


def _of_goal(found: Attempt, senses: Senses) -> tuple[Kind, dict[str, float]]:
    """Every skill succeeded and yet the goal does not hold, or not by fair means."""
    if not found.steps:
        return "logical", {}
    if found.goal:
        return "tool-use", {}
    after = found.steps[-1].after
    wanted = [t for t in targets(senses.scene) if t in after]
    way = {t: float(np.linalg.norm(senses.get_center(t) - after[t])) for t in wanted}
    touched = {str(s.args.get("object")) for s in found.steps}
    if not touched & set(wanted):
        return "logical", {f"{t}_moved": v for t, v in way.items()}
    last = found.steps[-1]
    close = any(0.005 < v < NEAR for v in way.values()) and last.skill in ("lift", "sweep", "pull")
    return ("numerical" if close else "logical"), {f"{t}_moved": v for t, v in way.items()}


def feedback_text(fault: Fault, answer: str, found: Attempt | None) -> str:
    """What the owner is told: its answer, what came of it step by step, the fault in numbers."""
    rows = [f"- {k} = {v:.3g}" for k, v in fault.numbers.items() if v]
    return prompts.load_prompt("feedback").fill(
        answer=given_back(answer),
        where=_WHERE[fault.where],
        trace=trace_text(found) if found is not None else "- nothing was carried out",
        reason=fault.reason,
        numbers="In numbers (SI):\n" + "\n".join(rows) if rows else "",
        advice=_FORM if fault.kind == "form" else _CAUSE,
    )


def trace_text(found: Attempt) -> str:
    """An attempt, a line a skill, with where the moved things ended."""
    rows = []
    before: Mapping[str, tuple[float, float, float]] = {}
    for number, step in enumerate(found.steps, 1):
        args = ", ".join(f"{k}={_plain(v)}" for k, v in step.args.items())
        line = f" (line {step.line})" if step.line else ""
        word = "ok" if step.result.ok else "FAILED"
        rows.append(f"- {number}. {step.skill}({args}){line}: {word}, {step.result.reason}")
        rows += [f"    {name} now at {_plain(at)}" for name, at in _changed(before, step.after)]
        before = step.after
    rows += [f"- {part} came off" for part in found.broken]
    if found.calls or found.failed is not None:
        rows += [f"- {row}" for row in _touches(found)]
    rows += [f"- printed: {visible(line, PRINTED)}" for line in _printed(found.output)]
    return "\n".join([*rows, f"- end: {found.reason or 'the goal holds'}"])


def _printed(output: str) -> list[str]:
    """The last lines that a program printed."""
    lines = output.rstrip("\n").split("\n") if output.strip() else []
    left = len(lines) - LINES
    return [*([f"({left} lines before these)"] if left > 0 else []), *lines[-LINES:]]


def _touches(found: Attempt) -> list[str]:
    """Who touched whom, the table left out; the hardest first."""
    worst: dict[tuple[str, str], tuple[float, float]] = {}
    for c in found.contacts:
        if "table" not in (c.first, c.second):
            old = worst.get((c.first, c.second), (0.0, c.start))
            worst[(c.first, c.second)] = (max(old[0], c.peak), min(old[1], c.start))
    ranked = sorted(worst.items(), key=lambda item: -item[1][0])[:LINES]
    return [
        f"{a} touched {b}, first at {start:.1f} s, with up to {force:.2g} N"
        for (a, b), (force, start) in ranked
    ]


def strayed(
    found: Attempt,
    sketch: Sequence[tuple[str, ...]],
    numbers: Sequence[tuple[int, str, Any]] = (),
) -> bool:
    """Whether a program did something else than what was planned.

    Args:
      found: what it did.
      sketch: the planned steps: skill, object and, where it is told, tool.
      numbers: that were worked out for them: step from 1, parameter and value.
    """
    done = _called(found)
    for step, name, value in numbers:
        given: Any = done[step - 1][1].get(name) if step <= len(done) else None
        if given is not None and np.shape(given) == np.shape(value):
            if not np.allclose(given, value, atol=1e-3):
                return True
    same = all(_as_planned(*a, *b) for a, b in zip(done, sketch, strict=False))
    return not same or len(done) > len(sketch) or (found.failed is None and len(done) < len(sketch))


def _called(found: Attempt) -> list[tuple[str, Mapping[str, Any]]]:
    """What was called, with its arguments; a composed skill is one call, not its steps."""
    out: list[tuple[str, Mapping[str, Any]]] = []
    last: tuple[str, int] | None = None
    for call in found.calls:
        if call.result is None or (call.by and (call.by, call.line) == last):
            continue
        out.append((call.by or call.name, {} if call.by else call.args))
        last = (call.by, call.line)
    return out or [(step.skill, step.args) for step in found.steps]


def _as_planned(
    skill: str, args: Mapping[str, Any], planned: str, thing: str = "", tool: str = ""
) -> bool:
    """Whether a call is the planned one, as far as both say what it acts on and with what."""
    pairs = ((args.get("object"), thing), (args.get("tool"), tool))
    return skill == planned and all(
        not did or str(did) == meant or meant.lower() in NOTHING for did, meant in pairs
    )


def _changed(
    before: Mapping[str, tuple[float, float, float]],
    after: Mapping[str, tuple[float, float, float]],
) -> list[tuple[str, tuple[float, float, float]]]:
    moved = [(n, p) for n, p in after.items() if n in before]
    return [(n, p) for n, p in moved if np.linalg.norm(np.subtract(p, before[n])) > 0.005]


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(_plain(v) for v in value) + ")"
    return json.dumps(value)
