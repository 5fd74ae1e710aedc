"""Scores of the creative suite under the names of the field, and results that were measured apart.

A score is the mean over families, and its interval says how it would change with other families:
they are what a suite is a sample of, and layouts of one family resemble each other. What an
episode counts for follows from its twin, from what the robot touched and from how it ended.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from habilis.envs.tasks.base.family import SUFFIXES
from habilis.llm_planner.bench.creative import LOOKALIKES, OFFLINE, outcome_from
from habilis.policies.evaluation.statistics import bootstrap, wilson

Row = Mapping[str, Any]
Share = tuple[float, int]
"""The score of one family and the number of its episodes that it rests on."""

CHAIN = 3
"""Level from which on one tool, used once, is not enough."""


@dataclasses.dataclass(frozen=True)
class TrackRecord:
    """All that one planner did in one track.

    Attributes:
      who: planned: the planner, or whoever answered as the language model.
      track: what it may try, in words.
      offline: whether no model was asked.
      results: as stored; no family is in two of them.
    """

    who: str
    track: str
    offline: bool
    results: tuple[Row, ...]

    @property
    def episodes(self) -> list[Row]:
        """Of all results; see ``episodes_of``."""
        return [e for one in self.results for e in episodes_of(one)]


def scores(episodes: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Scores by name, each in 0-1 with its 95 % interval over families.

    - ``necessity``: where the tool is needed a thing was used as a tool, and where it is not the
      robot moved and used none: the mean of both rates.
    - ``selection``: of the episodes that need the tool and in which a thing was used, those in
      which it was the one that the task is about.
    - ``execution``: of those in turn, the successes.
    - ``composition``: of the episodes that need the tool in families from level 3 on, those that
      are right.
    - ``discrimination``: the mean of the rates of right answers in the three twins.

    Args:
      episodes: rows from ``episodes_of``.

    Returns:
      ``value`` and ``interval``, None where no family has the episodes that it takes; how many
      ``families`` and ``episodes`` it rests on.
    """
    families: dict[str, list[Row]] = {}
    for one in episodes:
        families.setdefault(one["family"], []).append(one)
    return {
        name: _over([share for group in families.values() if (share := of(group)) is not None])
        for name, of in _SCORES.items()
    }


def episodes_of(result: Row) -> list[Row]:
    """The episodes of a stored result, with the level and mechanism that their families had then.

    At the level of look-alikes those of level 1 count as what they were asked at.
    """
    added = bool((result["setup"]["recipe"] or {}).get("lookalike"))
    rows = [
        outcome_from(one).as_dict() | {k: one[k] for k in ("level", "mechanism") if k in one}
        for one in result["episodes"]
    ]
    return [r | {"level": max(r["level"], LOOKALIKES)} if added else r for r in rows]


def together(results: Iterable[Row]) -> list[TrackRecord]:
    """Results of the same planner in the same track as one, in the order of the first of each.

    Raises:
      ValueError: two of them hold the same family; names it.
    """
    groups: dict[str, list[Row]] = {}
    for one in results:
        groups.setdefault(alike(one), []).append(one)
    for group in groups.values():
        held: dict[str, str] = {}
        for one in group:
            for family in dict.fromkeys(e["family"] for e in episodes_of(one)):
                if family in held:
                    raise ValueError(
                        f"{family} is in two results of {who_planned(one)}: {held[family]!r} and"
                        f" {one['command']!r}; leave one of them out"
                    )
                held[family] = one["command"]
    return [
        TrackRecord(
            who_planned(g[0]), track(g[0]["setup"]), g[0]["setup"]["planner"] in OFFLINE, tuple(g)
        )
        for g in groups.values()
    ]


def alike(result: Row) -> str:
    """What results have in common that may be put together: who planned, and the whole setup."""
    setup = {k: v for k, v in result["setup"].items() if k != "planner"}
    return json.dumps([who_planned(result), setup], sort_keys=True)


def who_planned(result: Row) -> str:
    """Who planned: the name of the planner, or whoever answered as the model."""
    return str(result.get("answered_by") or result["setup"]["planner"])


def track(setup: Row) -> str:
    """What a planner of a setup may try, in a few words; empty for the controls."""
    settings, parts = setup["settings"], []
    if "rollouts" in settings:
        most = settings["rollouts"]
        parts.append(f"{'unlimited' if most is None else most} tries")
    if "strategy" in settings:
        mends = f"{settings['repairs']} repairs"
        parts += [settings["mode"], mends if settings["strategy"] == "repair" else ""]
        parts[-1] = parts[-1] or settings["strategy"]
    if parts:
        parts.append(f"world {'off' if settings.get('belief') else 'exact'}")
    if settings.get("see"):
        parts.append("with pictures")
    if settings.get("composed"):
        parts.append("with a library")
    if setup["recipe"] is None:
        parts.append("published layouts")
    elif setup["recipe"].get("lookalike"):
        parts.append("with look-alikes")
    return ", ".join(parts)


def right_of(episodes: Iterable[Row]) -> dict[str, tuple[int, int]]:
    """By twin: how many episodes are right, and of how many."""
    found: dict[str, tuple[int, int]] = {twin: (0, 0) for twin in SUFFIXES}
    for one in episodes:
        right, of = found[one["twin"]]
        found[one["twin"]] = right + bool(one["right"]), of + 1
    return found


def _over(shares: Sequence[Share]) -> dict[str, Any]:
    """Mean of families, with the interval of a bootstrap over them.

    Where all are 0, or all 1, nothing differs to be drawn: the interval is then that of so many
    successes or failures.
    """
    of = {"families": len(shares), "episodes": sum(count for _, count in shares)}
    if not shares:
        return {"value": None, "interval": None, **of}
    values = [value for value, _ in shares]
    mean = float(np.mean(values))
    if min(values) == max(values):
        low, high = wilson(sum(values), len(values))
    else:
        low, high = bootstrap(values, np.random.default_rng(0))
    return {"value": mean, "interval": [low, high], **of}


def _took(one: Row) -> bool:
    """The tool of the task was used; without that no success counts where it is needed."""
    return bool(one["touched"] or (one["success"] and one["twin"] == "needed"))


def _used(one: Row) -> bool:
    """Some thing was used as a tool."""
    return _took(one) or bool(one["tools"])


def _moved(one: Row) -> bool:
    """Something was carried out."""
    return one["ending"] in ("success", "failed")


def _share(episodes: Sequence[Row], good: Callable[[Row], bool]) -> Share | None:
    if not episodes:
        return None
    return sum(good(e) for e in episodes) / len(episodes), len(episodes)


def _twin(group: Sequence[Row], twin: str) -> list[Row]:
    return [e for e in group if e["twin"] == twin]


def _mean(shares: Sequence[Share | None]) -> Share | None:
    """The mean of shares that all have to be there."""
    found = [share for share in shares if share is not None]
    if len(found) < len(shares):
        return None
    return sum(value for value, _ in found) / len(found), sum(count for _, count in found)


def _necessity(group: Sequence[Row]) -> Share | None:
    free = _share(_twin(group, "not needed"), lambda e: _moved(e) and not _used(e))
    return _mean([_share(_twin(group, "needed"), _used), free])


def _selection(group: Sequence[Row]) -> Share | None:
    return _share([e for e in _twin(group, "needed") if _used(e)], _took)


def _execution(group: Sequence[Row]) -> Share | None:
    return _share([e for e in _twin(group, "needed") if _took(e)], lambda e: bool(e["success"]))


def _composition(group: Sequence[Row]) -> Share | None:
    chained = [e for e in _twin(group, "needed") if e["level"] >= CHAIN]
    return _share(chained, lambda e: bool(e["right"]))


def _discrimination(group: Sequence[Row]) -> Share | None:
    return _mean([_share(_twin(group, twin), lambda e: bool(e["right"])) for twin in SUFFIXES])


_SCORES: Mapping[str, Callable[[Sequence[Row]], Share | None]] = {
    "necessity": _necessity,
    "selection": _selection,
    "execution": _execution,
    "composition": _composition,
    "discrimination": _discrimination,
}
SCORES = tuple(_SCORES)
"""Names of the scores."""
