"""A static page of planners: results of the creative suite that were run again, side by side.

Rows stand in one table if they were asked the very same layouts. Tracks say what a planner may know
and try; a result that could not be verified has no row, and the page says why.
"""

from __future__ import annotations

import dataclasses
import html
import json
import shlex
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from habilis.assets.names import visible
from habilis.envs.tasks import find_twin
from habilis.envs.tasks.base.family import SUFFIXES
from habilis.llm_planner.bench.creative import OFFLINE
from habilis.llm_planner.bench.table import label
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
    made = Entry(label(result["setup"]), result, replayed)
    if made.score["score"] is None:
        raise ValueError(f"{path}: not all twins were asked, so there is no score")
    return made


def page(entries: Sequence[Entry], left: Sequence[str], command: Sequence[str]) -> str:
    """The page, one file that loads nothing else.

    Args:
      entries: verified results.
      left: why others have no row, a line each.
      command: that makes the page.
    """
    boards: dict[str, list[Entry]] = {}
    for one in entries:
        boards.setdefault(_asked(one.result), []).append(one)
    largest = sorted(boards.values(), key=lambda board: -len(board[0].result["episodes"]))
    return string.Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        boards="\n".join(map(_board, largest)) or "<p>No result was verified.</p>",
        left=_left(left),
        command=_text(shlex.join(["habilis", *command])),
        version=versions()["habilis"],
    )


def track(setup: Mapping[str, Any]) -> str:
    """What a planner of this setup may know and try, in words."""
    planner, settings = setup["planner"], setup["settings"]
    if planner in TRACKS:
        return TRACKS[planner]
    belief = settings.get("belief")
    world = "exact copies" if belief is None else "copies with wrong masses and friction"
    if planner == "search":
        return f"search: at most {settings['rollouts']} tries in {world}"
    return f"language model: proposals are tried in {world}"


def _asked(result: Mapping[str, Any]) -> str:
    """What was asked: rows with the same text can be compared."""
    cases = sorted((e["task"], e["generation"], e["seed"]) for e in result["episodes"])
    return json.dumps([result["setup"]["recipe"], cases])


def _board(board: Sequence[Entry]) -> str:
    ranked = sorted(board, key=lambda e: (-e.score["score"], e.name))
    result = board[0].result
    families = list(dict.fromkeys(find_twin(e["task"])[0].name for e in result["episodes"]))
    levels = sorted({find_twin(e["task"])[0].level for e in result["episodes"]})
    kind = "published" if result["setup"]["recipe"] is None else "random, proven"
    told = f"level{'s' if len(levels) > 1 else ''} {', '.join(map(str, levels))}"
    if (result["setup"]["recipe"] or {}).get("lookalike"):
        told = "level 2: a look-alike lies beside the tool"
    count = len(result["episodes"])
    names = ["planner", *SUFFIXES, "discrimination", "cost", "planning"]
    head = "".join(f"<th>{name}</th>" for name in names)
    return (
        f"<h2>{count} {kind} layouts, {told}</h2><p>{', '.join(families)}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_row, ranked))}</tbody></table>"
    )


def _row(one: Entry) -> str:
    total, score, setup = one.result["total"], one.score, one.result["setup"]
    stored = _text(one.result.get("command", ""))
    cells = [
        f'<td class="who"><b>{_text(one.name)}</b><small>{_text(track(setup))}</small>'
        f"<small>{one.replayed} of {len(one.result['episodes'])} episodes run again</small>"
        f"<details><summary>command</summary><code>{stored}</code></details></td>"
    ]
    cells += [_cell(twin, _rate(score[twin]), "number") for twin in SUFFIXES]
    cells.append(_cell("discrimination", _bar(score["score"], score["interval"]), "rate"))
    cost = "unknown" if total["cost"] is None else f"${total['cost']:.4g}"
    if setup["planner"] not in OFFLINE:
        cost += f"<small>{total['calls_mean']:.3g} calls an episode</small>"
    spent = (
        f"{total['planner_seconds_median']:.3g} s<small>{total['rollouts_median']:g} tries</small>"
    )
    return "<tr>" + "".join([*cells, _cell("cost", cost), _cell("planning", spent)]) + "</tr>"


def _cell(name: str, inside: str, kind: str = "") -> str:
    return f'<td class="{kind}" data-name="{name}">{inside}</td>'


def _text(text: object) -> str:
    """A text of a result of somebody else: none of its signs acts or hides."""
    return html.escape(visible(text))


def _rate(twin: Mapping[str, Any]) -> str:
    low, high = twin["interval"]
    return f"{twin['rate']:.2f}<small>{low:.2f}\N{EN DASH}{high:.2f}</small>"


def _bar(value: float, interval: Sequence[float]) -> str:
    low, high = interval
    return (
        f"<b>{value:.2f}</b><span class='bar'><i style='width:{value:.1%}'></i>"
        f"<u style='left:{low:.1%};right:{1 - high:.1%}'></u></span>"
        f"<small>{low:.2f}\N{EN DASH}{high:.2f}</small>"
    )


def _left(left: Sequence[str]) -> str:
    if not left:
        return ""
    lines = "".join(f"<p class='left-out'>{_text(line)}</p>" for line in left)
    return f"<h2>Without a row</h2>{lines}"
