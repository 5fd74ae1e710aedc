"""Tables of planners: the offline search and a language model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from habilis.envs.tasks.base.family import SUFFIXES
from habilis.policies.evaluation.statistics import mean_of_rates, rate
from habilis.scripts.docs.results.cells import Row, table, within


def creative(stored: dict[str, Any]) -> str:
    """Right answers in each twin, their mean, and how long planning took where a tool is needed."""
    seconds = {r["task"]: r["planner_seconds_median"] for r in stored["rows"]}
    rows = []
    for row in stored["discrimination"]:
        twins = [rate(row[t]["right"], row[t]["episodes"]) for t in SUFFIXES]
        took = seconds.get(f"habilis/{row['task']}-v0")
        planning = f"{took:.1f} s" if took is not None else ""
        rows.append([row["task"], *twins, within(row["score"], *row["interval"]), planning])
    return table(["task", *SUFFIXES, "discrimination", "planning, median"], rows)


def model(episodes: Sequence[Row]) -> str:
    """Right answers of plans in each twin of each task, and their mean."""
    plans = [e for e in episodes if e["mode"] == "plan"]
    names = dict.fromkeys(_family(e) for e in plans)
    groups = [(n, [e for e in plans if _family(e) == n]) for n in names] + [("all", plans)]
    rows = []
    for name, group in groups:
        counts = [_right([e for e in group if e["twin"] == twin]) for twin in SUFFIXES]
        score = within(*mean_of_rates(counts))
        repairs = sum(e["repairs"] for e in group)
        rows.append([name, *(rate(*count) for count in counts), score, str(repairs)])
    return table(["task", *SUFFIXES, "discrimination", "repairs"], rows)


def code_modes(episodes: Sequence[Row]) -> str:
    """Where the model writes code, by which stages it goes through."""
    modes = dict.fromkeys(e["mode"] for e in episodes if e["mode"] != "plan")
    rows = []
    for mode in modes:
        group = [e for e in episodes if e["mode"] == mode]
        asked = sum(e["calls"] for e in group) / len(group)
        rows.append([f"`--mode {mode}`", rate(*_right(group)), f"{asked:.1f}"])
    return table(["stages", "right", "questions an episode"], rows)


def plain(runs: Sequence[Row]) -> str:
    """Success on the scenes as they are, published and random layouts, and without a repair."""
    rows = []
    for task in sorted({r["task"] for r in runs}):
        for kind, variation in (("published", 0.0), ("random", 1.0)):
            group = [r for r in runs if (r["task"], r["variation"]) == (task, variation)]
            rows.append([task, kind, *_success(group)])
    published = [r for r in runs if r["variation"] == 0.0]
    rows.append(["all", "published", *_success(published)])
    return table(["task", "layouts", "success", "success without a repair"], rows)


def _family(episode: Row) -> str:
    name = str(episode["task"]).removeprefix("habilis/").removesuffix("-v0")
    return name.removesuffix(SUFFIXES[episode["twin"]])


def _right(group: Sequence[Row]) -> tuple[int, int]:
    return sum(e["right"] for e in group), len(group)


def _success(group: Sequence[Row]) -> list[str]:
    at_once = sum(r["success"] and not r["repairs"] for r in group)
    return [rate(sum(r["success"] for r in group), len(group)), rate(at_once, len(group))]


def design(*stored: dict[str, Any]) -> str:
    """Tools that were designed for a family: what they cost, and how they do on new layouts."""
    head = [
        "family", "tool", "parts", "mass", "judged", "refused", "rollouts", "solved by",
        "first proposal, held out", "designed, held out", "time",
    ]  # fmt: skip
    found = [row for one in stored for row in one["rows"]]
    rows = [
        [
            row["family"], row["kind"], str(row["parts"]), f"{row['mass'] * 1e3:.0f} g",
            *(str(row[k]) for k in _COUNTED),
            _STAGES[row["stage"]] if row["solved"] else "nothing",
            *(rate(row[k]["count"], row[k]["episodes"]) for k in _HELD_OUT),
            f"{row['seconds']:.0f} s",
        ]
        for row in found
    ]  # fmt: skip
    total = [str(sum(row[k] for row in found)) for k in _COUNTED]
    both = [
        rate(sum(r[k]["count"] for r in found), sum(r[k]["episodes"] for r in found))
        for k in _HELD_OUT
    ]
    solved = f"{sum(row['solved'] for row in found)} of {len(found)}"
    return table(head, [*rows, ["all", "", "", "", *total, solved, *both, ""]])


def design_failures(*stored: dict[str, Any]) -> str:
    """Why tools were refused before anything moved, and why those that were tried failed."""
    found = Counter[str]()
    for row in (row for one in stored for row in one["rows"]):
        found.update(row["why_not"])
    rows = [[*key.split(": "), str(count)] for key, count in found.most_common()]
    return table(["what became of it", "why", "tools"], rows)


_COUNTED = ("judged", "refused", "rollouts")
_HELD_OUT = ("first_held_out", "best_held_out")
_STAGES = {"proposed": "a proposal", "optimised": "CMA-ES"}
