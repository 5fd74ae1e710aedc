"""The part of the page about families of tasks: what their scripted solutions do in random layouts,
and whether attempts at their goals by unfair means count.

Both ask no model and know the task. They bound what a planner can do from above and from below.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from habilis.envs.tasks import find_twin
from habilis.envs.tasks.base.family import SUFFIXES
from habilis.llm_planner.bench.cells import board, cell, number, rate, text, who
from habilis.policies.evaluation.statistics import wilson

Row = Mapping[str, Any]
ABOUT = (
    "The scripted solution of each family in random layouts, through the actions of the"
    " environment. It knows the task and asks no model, so it costs nothing. With a broken tool it"
    " does what it would with a good one, and should fail. Unfair attempts are random actions, the"
    " bare hand, and a goal that is written into the physics: none should count, even where the"
    " goal held."
)
ROBOTS = "The same solutions with robots that are not those of the scenes, all families together."


@dataclasses.dataclass(frozen=True)
class VerifiedRows:
    """A verified result of ``habilis bench oracle`` or ``habilis bench cheats``.

    Attributes:
      result: as stored.
      replayed: how many of its episodes were run again.
      robots: other robots than those of the scenes were asked for.
    """

    result: Row
    replayed: int
    robots: bool = False


def families(measured: Sequence[VerifiedRows]) -> str:
    """The tables; empty if there are no results.

    Where two results hold the same row, the later one counts.
    """
    if not measured:
        return ""
    ordered = sorted(measured, key=lambda one: str(one.result.get("time", "")))
    solved = _latest((one for one in ordered if not one.robots), "oracle")
    others = _latest((one for one in ordered if one.robots), "oracle")
    unfair = _latest(ordered, "cheats")
    names = {find_twin(row["task"])[0].name for row in [*solved, *unfair]}
    known = sorted(names, key=lambda name: (_level(name), name))
    head = [*SUFFIXES, "unfair attempts"]
    rows = [_family(name, solved, unfair) for name in known]
    if len(known) > 1:
        rows.insert(0, _row(f"all {len(known)} families", "", solved, unfair))
    tables = [board("Scripted solutions", ABOUT, ["family", *head], rows)] if rows else []
    if others:
        robots = sorted({row["robot"] for row in others})
        rows = [_robot(name, others) for name in robots]
        tables.append(board("Other robots", ROBOTS, ["robot", *SUFFIXES], rows))
    return "\n".join([*tables, _sources(measured)])


def _latest(ordered: Iterable[VerifiedRows], kind: str) -> list[Row]:
    """The rows of a kind, each task, scene, and robot or attempt once."""
    found = {
        (row["task"], row["scene"], row.get("robot"), row.get("cheat")): row
        for one in ordered
        if one.result["kind"] == kind
        for row in one.result["rows"]
    }
    return list(found.values())


def _family(name: str, solved: Sequence[Row], unfair: Sequence[Row]) -> str:
    mine = [[r for r in rows if find_twin(r["task"])[0].name == name] for rows in (solved, unfair)]
    return _row(name, f"level {_level(name)}", *mine)


def _row(name: str, about: str, solved: Sequence[Row], unfair: Sequence[Row]) -> str:
    tried = cell("unfair attempts", _unfair(unfair), "number wide")
    return who(name, about) + _twins(solved) + tried


def _robot(name: str, rows: Sequence[Row]) -> str:
    mine = [row for row in rows if row["robot"] == name]
    tasks = {find_twin(row["task"])[0].name for row in mine}
    return who(name.rpartition("/")[2], ", ".join(sorted(tasks))) + _twins(mine)


def _twins(rows: Sequence[Row]) -> str:
    return "".join(
        cell(twin, _rate([r for r in rows if find_twin(r["task"])[1] == twin]), "number")
        for twin in SUFFIXES
    )


def _rate(rows: Sequence[Row]) -> str:
    if not rows:
        return number("\N{EN DASH}", "not measured")
    good, of = (sum(row[k] for row in rows) for k in ("success", "episodes"))
    return rate(good / of, wilson(good, of), f"n = {of:,}")


def _unfair(rows: Sequence[Row]) -> str:
    if not rows:
        return number("\N{EN DASH}", "not measured")
    good, of, held = (sum(row[k] for row in rows) for k in ("success", "episodes", "reached"))
    return number(f"{good} of {of:,} counted", f"the goal held in {held:,}")


def _level(name: str) -> int:
    return find_twin(f"habilis/{name}-v0")[0].level


def _sources(measured: Sequence[VerifiedRows]) -> str:
    """What the tables are made of."""
    lines = "".join(
        f"<li><code>{text(one.result.get('command', ''))}</code>: {one.replayed} of"
        f" {sum(row['episodes'] for row in one.result['rows']):,} episodes run again</li>"
        for one in measured
    )
    again = sum(one.replayed for one in measured)
    told = f"{len(measured)} results, {again:,} of their episodes run again"
    return f"<details><summary>{told}</summary><ul>{lines}</ul></details>"
