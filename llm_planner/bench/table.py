"""Tables of the creative suite: rates with intervals, errors, spending, discrimination."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from habilis.envs.tasks.base.family import SUFFIXES, Twin
from habilis.llm_planner.bench.creative import ERRORS, Outcome
from habilis.policies.evaluation.statistics import mean_of_rates, rate, wilson

ALL = "all"


def table(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """A row per task and generation, in the order of their first episodes; see ``summary``."""
    order = dict.fromkeys((o.case.task, o.case.generation) for o in outcomes)
    rows = []
    for task, generation in order:
        group = [o for o in outcomes if (o.case.task, o.case.generation) == (task, generation)]
        head = {"task": task, "generation": generation, "twin": group[0].case.twin}
        rows.append(head | summary(group))
    return rows


def summary(group: Sequence[Outcome]) -> dict[str, Any]:
    """Of some episodes: counts, rate with 95 % Wilson interval, errors by type, spending.

    ``cost`` is in US dollars, for all of them; None if a price is not known. Seconds are wall
    time; those of the planner include those of the model.
    """
    thinking = [o.planner_seconds for o in group]
    right, costs = sum(o.right for o in group), [o.cost for o in group if o.cost is not None]
    found = Counter(o.error for o in group)
    return {
        "episodes": len(group), "right": right,
        "rate": right / len(group), "interval": wilson(right, len(group)),
        "success": sum(o.success for o in group), "refused": sum(o.refused for o in group),
        "used_a_tool": sum(bool(o.tools) for o in group),
        "errors": {e: found[e] for e in ERRORS if e != "none" and found[e]},
        "rollouts_median": _median(group, lambda o: o.rollouts),
        "repairs_mean": _mean(group, lambda o: o.repairs),
        "calls_mean": _mean(group, lambda o: o.calls),
        "input_tokens_mean": _mean(group, lambda o: o.input_tokens),
        "output_tokens_mean": _mean(group, lambda o: o.output_tokens),
        "cost": round(sum(costs), 6) if len(costs) == len(group) else None,
        "planner_seconds_median": _median(group, lambda o: o.planner_seconds),
        "planner_seconds_95": round(float(np.quantile(thinking, 0.95)), 2),
        "model_seconds_median": _median(group, lambda o: o.model_seconds),
        "execution_seconds_median": _median(group, lambda o: o.execution_seconds),
    }  # fmt: skip


def discrimination(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """A row per task over its twins, and one of all tasks.

    ``score`` is the mean of the rates of the three twins, with a 95 % interval; None while a twin
    has no episode. Episodes of all generations, and for the last row of all tasks, are pooled.
    """
    names = dict.fromkeys(o.case.name for o in outcomes)
    rows = [_discriminate(n, [o for o in outcomes if o.case.name == n]) for n in names]
    return [*rows, _discriminate(ALL, outcomes)]


def _discriminate(name: str, group: Sequence[Outcome]) -> dict[str, Any]:
    counts: dict[Twin, tuple[int, int]] = {}
    for twin in SUFFIXES:
        mine = [o.right for o in group if o.case.twin == twin]
        counts[twin] = (sum(mine), len(mine))
    row: dict[str, Any] = {"task": name, "episodes": len(group)}
    for twin, (right, of) in counts.items():
        row[twin] = {"right": right, "episodes": of, "rate": right / of if of else None}
        row[twin]["interval"] = wilson(right, of) if of else None
    if all(of for _, of in counts.values()):
        score, low, high = mean_of_rates(list(counts.values()))
        return row | {"score": score, "interval": (low, high)}
    return row | {"score": None, "interval": None}


def markdown(result: Mapping[str, Any]) -> str:
    """The tables of a stored result, for a person."""
    lines = _table(
        ("task", "scene", "right", "success", "refused", "used a tool", "errors", "rollouts",
         "repairs", "calls", "tokens in + out", "cost", "planning", "execution"),
        [_row(r) for r in result["rows"]],
    )  # fmt: skip
    scores = _table(
        ("task", *SUFFIXES, "discrimination"),
        [[r["task"], *(_rate(r[t]) for t in SUFFIXES), score(r)] for r in result["discrimination"]],
    )
    named = [
        [name, _rate_over(found), str(found["families"]), str(found["episodes"])]
        for name, found in result.get("scores", {}).items()
    ]
    more = ["", *_table(("score", "mean over families", "families", "episodes"), named)]
    return "\n".join([*lines, "", *scores, *(more if named else [])])


def compare(results: Sequence[Mapping[str, Any]]) -> str:
    """One table with a row per stored result, and what was not the same."""
    rows = []
    for result in results:
        whole, total = result["discrimination"][-1], result["total"]
        rows.append(
            [
                label(result["setup"]), _layouts(result), *(_rate(whole[t]) for t in SUFFIXES),
                score(whole), _errors(total["errors"]), f"{total['calls_mean']:.3g}",
                _tokens(total), _cost(total["cost"]), f"{total['planner_seconds_median']:.3g} s",
            ]
        )  # fmt: skip
    head = ("planner", "layouts", *SUFFIXES, "discrimination", "errors", "calls", "tokens in + out",
            "cost", "planning")  # fmt: skip
    notes = []
    if len({_asked(r) for r in results}) > 1:
        notes = ["", "The layouts are not the same in all rows, so the rates are not paired."]
    return "\n".join([*_table(head, rows), *notes])


def label(setup: Mapping[str, Any]) -> str:
    """Planner and, of a model, mode and strategy."""
    how = [setup["settings"][k] for k in ("mode", "strategy") if k in setup["settings"]]
    return ", ".join([setup["planner"], *how])


def score(row: Mapping[str, Any]) -> str:
    """``0.97 (0.92-0.99)``; empty while a twin is missing."""
    if row["score"] is None:
        return ""
    low, high = row["interval"]
    return f"{row['score']:.2f} ({low:.2f}-{high:.2f})"


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV; lists with spaces between, None empty, intervals in two columns."""
    flat = [_flat(r) for r in rows]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(flat[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name == "interval":
            flat |= {"low": value[0], "high": value[1]}
        elif isinstance(value, Mapping):
            flat[name] = json.dumps(value) if value else ""
        elif isinstance(value, (list, tuple)):
            flat[name] = " ".join(map(str, value))
        else:
            flat[name] = value
    return flat


def _row(r: Mapping[str, Any]) -> list[str]:
    return [
        r["task"], r["generation"], _rate(r), str(r["success"]), str(r["refused"]),
        str(r["used_a_tool"]), _errors(r["errors"]), f"{r['rollouts_median']:g}",
        f"{r['repairs_mean']:.3g}", f"{r['calls_mean']:.3g}", _tokens(r), _cost(r["cost"]),
        f"{r['planner_seconds_median']:.3g} s", f"{r['execution_seconds_median']:.3g} s",
    ]  # fmt: skip


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def _rate(r: Mapping[str, Any]) -> str:
    return rate(r["right"], r["episodes"]) if r["episodes"] else ""


def _rate_over(found: Mapping[str, Any]) -> str:
    return "" if found["value"] is None else score({**found, "score": found["value"]})


def _errors(errors: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {e}" for e, n in errors.items())


def _tokens(r: Mapping[str, Any]) -> str:
    return f"{r['input_tokens_mean']:.0f} + {r['output_tokens_mean']:.0f}"


def _cost(cost: float | None) -> str:
    return "unknown" if cost is None else f"${cost:.4g}"


def _asked(result: Mapping[str, Any]) -> str:
    cases = sorted((e["task"], e["generation"], e["seed"]) for e in result["episodes"])
    return json.dumps([result["setup"]["recipe"], result["setup"]["wording"], cases])


def _layouts(result: Mapping[str, Any]) -> str:
    kind = "published" if result["setup"]["recipe"] is None else "random"
    return f"{len(result['episodes'])} {kind}"


def _median(group: Sequence[Outcome], value: Callable[[Outcome], float]) -> float:
    return round(float(np.median([value(o) for o in group])), 2)


def _mean(group: Sequence[Outcome], value: Callable[[Outcome], float]) -> float:
    return round(float(np.mean([value(o) for o in group])), 2)
