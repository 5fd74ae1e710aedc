"""A static page of results that were run again: planners side by side, then families of tasks.

Rows stand in one table if they were asked the very same layouts. Results of one planner on other
families each count as one. Tracks say what a planner may know
and try; a result that could not be verified has no row, and the page says why.
"""

from __future__ import annotations

import dataclasses
import json
import shlex
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from habilis.envs.tasks import find_twin
from habilis.envs.tasks.base.family import SUFFIXES
from habilis.llm_planner.bench.cells import bar, board, cell, number, rate, text, who
from habilis.llm_planner.bench.creative import OFFLINE, outcome_from
from habilis.llm_planner.bench.families import VerifiedRows, families
from habilis.llm_planner.bench.suite import alike, who_planned
from habilis.llm_planner.bench.table import discrimination, label, summary
from habilis.policies.evaluation.provenance import versions

_TEMPLATE = Path(__file__).with_name("leaderboard.html")
CEILING, CONTROL = "told the twin: the ceiling", "always the tool: the control"
TRACKS = {"oracle": CEILING, "oracle-needed": CONTROL}
"""Of planners that know more than the scene and the goal."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """A verified result.

    Attributes:
      name: of who planned; by default planner, and mode and strategy of a model.
      result: as stored.
      replayed: how many of its episodes were run again.
    """

    name: str
    result: Mapping[str, Any]
    replayed: int

    @property
    def score(self) -> Mapping[str, Any]:
        """The row of discrimination over all tasks."""
        row: Mapping[str, Any] = self.result["discrimination"][-1]
        return row


def entry(path: Path, result: Mapping[str, Any], replayed: int) -> Entry:
    """The entry of a verified result.

    Args:
      path: of its file, for the name of a planner that the result does not name.
      result: as stored.
      replayed: how many of its episodes were run again.

    Raises:
      ValueError: a twin of it has no episodes, so that there is no score.
    """
    made = Entry(label(result["setup"] | {"planner": who_planned(result)}), result, replayed)
    if made.score["score"] is None:
        raise ValueError(f"{path}: not all twins were asked, so there is no score")
    return made


def page(
    entries: Sequence[Entry],
    measured: Sequence[VerifiedRows],
    left: Sequence[str],
    command: Sequence[str],
) -> str:
    """The page, one file that loads nothing else.

    Args:
      entries: verified results of planners.
      measured: of scripted solutions and of cheats.
      left: why others have no row, a line each.
      command: that makes the page.
    """
    boards: dict[str, list[Entry]] = {}
    for one in joined(entries):
        boards.setdefault(_asked(one.result), []).append(one)
    largest = sorted(boards.values(), key=lambda asked: -len(asked[0].result["episodes"]))
    return string.Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        boards="\n".join(map(_board, largest)),
        families=families(measured),
        left=_left(left),
        command=text(shlex.join(["habilis", *command])),
        version=versions()["habilis"],
    )


def joined(entries: Sequence[Entry]) -> list[Entry]:
    """Entries of the same planner and setup as one, where each was asked other families."""
    groups: dict[str, list[Entry]] = {}
    for one in entries:
        groups.setdefault(alike(one.result), []).append(one)
    found: list[Entry] = []
    for group in groups.values():
        names = [n for one in group for n in {find_twin(e["task"])[0].name for e in _played(one)}]
        found += [_one(group)] if len(set(names)) == len(names) > 0 else group
    return found


def _one(group: Sequence[Entry]) -> Entry:
    if len(group) == 1:
        return group[0]
    episodes = [e for one in group for e in _played(one)]
    done = [outcome_from(e) for e in episodes]
    commands = " ; ".join(str(one.result.get("command", "")) for one in group)
    result = {
        **group[0].result, "command": commands, "episodes": episodes,
        "discrimination": discrimination(done), "total": summary(done),
    }  # fmt: skip
    return Entry(group[0].name, result, sum(one.replayed for one in group))


def _played(one: Entry) -> Sequence[Mapping[str, Any]]:
    played: Sequence[Mapping[str, Any]] = one.result["episodes"]
    return played


def track(setup: Mapping[str, Any]) -> str:
    """What a planner of this setup may know and try, in words."""
    planner, settings = setup["planner"], setup["settings"]
    if planner in TRACKS:
        return TRACKS[planner]
    belief = settings.get("belief")
    world = "exact copies" if belief is None else "copies with wrong masses and friction"
    if planner == "search":
        most = settings["rollouts"]
        return f"search: {'unlimited' if most is None else f'at most {most}'} tries in {world}"
    seen = "sees pictures, " if settings.get("see") else ""
    return f"language model: {seen}proposals are tried in {world}"


def _asked(result: Mapping[str, Any]) -> str:
    """What was asked: rows with the same text can be compared."""
    cases = sorted((e["task"], e["generation"], e["seed"]) for e in result["episodes"])
    return json.dumps([result["setup"]["recipe"], cases])


def _board(entries: Sequence[Entry]) -> str:
    ranked = sorted(entries, key=lambda e: (-e.score["score"], e.name))
    result = entries[0].result
    asked = list(dict.fromkeys(find_twin(e["task"])[0].name for e in result["episodes"]))
    levels = sorted({find_twin(e["task"])[0].level for e in result["episodes"]})
    kind = "published" if result["setup"]["recipe"] is None else "random, proven"
    told = f"level{'s' if len(levels) > 1 else ''} {', '.join(map(str, levels))}"
    if (result["setup"]["recipe"] or {}).get("lookalike"):
        told = "level 2: a look-alike lies beside the tool"
    names = ["planner", *SUFFIXES, "discrimination", "cost", "planning"]
    title = f"{len(result['episodes'])} {kind} layouts, {told}"
    return board(title, ", ".join(asked), names, [_row(one) for one in ranked])


def _row(one: Entry) -> str:
    total, score, setup = one.result["total"], one.score, one.result["setup"]
    stored = text(one.result.get("command", ""))
    again = f"{one.replayed} of {len(one.result['episodes'])} episodes run again"
    command = f"<details><summary>command</summary><code>{stored}</code></details></td>"
    cells = [who(one.name, track(setup), again).removesuffix("</td>") + command]
    cells += [cell(t, rate(score[t]["rate"], score[t]["interval"]), "number") for t in SUFFIXES]
    cells.append(cell("discrimination", bar(score["score"], score["interval"]), "rate"))
    cost = "unknown" if total["cost"] is None else f"${total['cost']:.4g}"
    if setup["planner"] not in OFFLINE:
        cost = number(cost, f"{total['calls_mean']:.3g} calls an episode")
    seconds = f"{total['planner_seconds_median']:.3g} s"
    spent = number(seconds, f"{total['rollouts_median']:g} tries")
    return "".join([*cells, cell("cost", cost), cell("planning", spent)])


def _left(left: Sequence[str]) -> str:
    if not left:
        return ""
    lines = "".join(f"<p class='left-out'>{text(line)}</p>" for line in left)
    return f"<h2>Without a row</h2>{lines}"
