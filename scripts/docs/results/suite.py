"""Tables of the creative suite: planners in their tracks, mechanisms, levels, families."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from habilis.envs.tasks.base.family import SUFFIXES
from habilis.llm_planner.bench.creative import ENDINGS
from habilis.llm_planner.bench.suite import SCORES, TrackRecord, right_of, scores, together
from habilis.policies.evaluation.statistics import rate
from habilis.scripts.docs.results.cells import Row, table, within

NOTHING = "\N{EN DASH}"
TWINS = ", ".join(SUFFIXES)


def suite(*stored: dict[str, Any]) -> str:
    """All tables, each with a line above it that says what its cells are."""
    measured = together(stored)
    parts = [
        "Each score is the mean over families, with a 95 % interval over families; in brackets"
        " there are as many families as have the episodes that it takes, if not all have.",
        _scores(measured),
        "What became of the episodes, all twins together, and what it took. Times are medians of"
        " planning, in seconds on the machine that measured; those of models stand below.",
        _endings(measured),
    ]
    if models := [one for one in measured if not one.offline]:
        parts += [
            "Right answers of language models at the first proposal and after repairs.",
            _models(models),
            f"Right at the first proposal, before anything was tried, by level: {TWINS}.",
            _split(_columns(models, _at_first), "level", "level"),
        ]
    for key, head in (("mechanism", "mechanism"), ("level", "level"), ("family", "family")):
        parts += [f"Right answers by {head}: {TWINS}.", _split(_columns(measured), key, head)]
    return "\n\n".join(parts)


def _name(one: TrackRecord) -> str:
    return f"{one.who}, {one.track}" if one.track else one.who


def _scores(measured: Sequence[TrackRecord]) -> str:
    rows = []
    for one in measured:
        episodes = one.episodes
        families = len({e["family"] for e in episodes})
        found = scores(episodes)
        cells = [_score(found[name], families) for name in SCORES]
        rows.append([one.who, one.track, *cells, str(families), str(len(episodes))])
    return table(["planner", "track", *SCORES, "families", "episodes"], rows)


def _score(found: Mapping[str, Any], families: int) -> str:
    if found["value"] is None:
        return NOTHING
    few = f" [{found['families']}]" if found["families"] < families else ""
    return within(found["value"], *found["interval"]) + few


def _endings(measured: Sequence[TrackRecord]) -> str:
    rows = []
    for one in measured:
        episodes = one.episodes
        counts = [sum(e["ending"] == ending for e in episodes) for ending in ENDINGS]
        wrong = sum(e["ending"] == "refused" and not e["right"] for e in episodes)
        tries = np.median([e["rollouts"] for e in episodes])
        seconds = f"{np.median([e['planner_seconds'] for e in episodes]):.1f}"
        spent = [f"{tries:g}", seconds if one.offline else NOTHING]
        rows.append([_name(one), *map(str, counts), str(wrong), *spent])
    head = ["planner", *ENDINGS, "refused wrongly", "tries, median", "planning"]
    return table(head, rows)


def _models(measured: Sequence[TrackRecord]) -> str:
    rows = []
    for one in measured:
        episodes = one.episodes
        right = sum(e["right"] for e in episodes)
        first = [_first([e for e in episodes if e["twin"] == twin]) for twin in SUFFIXES]
        costs = [e["cost"] for e in episodes]
        cost = NOTHING if None in costs else f"${sum(costs):.4g}"
        spent = (f"{_mean(episodes, f'{way}put_tokens'):,.0f}" for way in ("in", "out"))
        rows.append(
            [
                _name(one), _first(episodes), *first, rate(right, len(episodes)),
                f"{_mean(episodes, 'calls'):.1f}", " + ".join(spent),
                f"{_mean(episodes, 'model_seconds'):.0f} s", cost,
            ]
        )  # fmt: skip
    head = [
        "planner", "right at the first proposal", *(f"first proposal, {twin}" for twin in SUFFIXES),
        "right after repairs", "questions an episode",
        "tokens an episode, read + written", "waited an episode", "cost",
    ]  # fmt: skip
    return table(head, rows)


def _first(episodes: Sequence[Row]) -> str:
    return rate(sum(e["right"] and not e["repairs"] for e in episodes), len(episodes))


def _mean(episodes: Sequence[Row], field: str) -> float:
    return float(np.mean([e[field] for e in episodes]))


def _at_first(episode: Row) -> Row:
    return {**episode, "right": episode["right"] and not episode["repairs"]}


def _columns(
    measured: Sequence[TrackRecord], seen: Callable[[Row], Row] = dict
) -> dict[str, list[Row]]:
    """Episodes by planner and track."""
    return {_name(one): [seen(e) for e in one.episodes] for one in measured}


def _split(columns: Mapping[str, Sequence[Row]], key: str, head: str) -> str:
    """A row for each value of a field of the episodes, a column for each planner and track."""
    all_of = list(columns.values())
    values = sorted({e[key] for episodes in all_of for e in episodes}, key=_order(key, all_of))
    rows = []
    for value in values:
        groups = [[e for e in episodes if e[key] == value] for episodes in all_of]
        told = [str(value)]
        if key == "family":
            told += next([e["mechanism"], str(e["level"])] for group in groups for e in group)
        else:
            told.append(str(len({e["family"] for group in groups for e in group})))
        rows.append([*told, *map(_twins, groups)])
    if key == "level":
        count = len({e["family"] for episodes in all_of for e in episodes})
        rows.append(["all", str(count), *map(_twins, all_of)])
    about = ["mechanism", "level"] if key == "family" else ["families"]
    return table([head, *about, *columns], rows)


def _order(key: str, all_of: Sequence[Sequence[Row]]) -> Callable[[Any], Any]:
    """Families by level, then by name; all else by itself."""
    if key != "family":
        return lambda value: value
    levels = {e["family"]: e["level"] for episodes in all_of for e in episodes}
    return lambda name: (levels[name], name)


def _twins(episodes: Sequence[Row]) -> str:
    """``3/3 2/3 0/3``: right of all in each twin."""
    if not episodes:
        return NOTHING
    return " ".join(f"{right}/{of}" for right, of in right_of(episodes).values())
