"""What an evaluation says of agents on the same episodes, as plain data and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from habilis.assets.names import did_you_mean
from habilis.policies.evaluation.evaluate import EpisodeResult
from habilis.policies.evaluation.statistics import counted, grouped, mcnemar, rate, summary

LATE = "out of time"


def score(
    name: str,
    episodes: Sequence[EpisodeResult],
    by: Sequence[str] = (),
    first: Sequence[EpisodeResult] = (),
) -> dict[str, Any]:
    """A row of an evaluation.

    Args:
      name: of the agent.
      episodes: it played.
      by: keys of ``EpisodeResult.extra``; success is also counted for each value of them.
      first: episodes of the agent to compare with, of the same seeds; empty for none.

    Returns:
      As of ``statistics.summary``, and ``agent``, ``steps`` (mean), ``failures`` (reason to count
      and interval), ``groups`` (key to value to successes) and ``paired``: how many episodes only
      the first agent solved, how many only this one, and ``p`` of McNemar's exact test.

    Raises:
      ValueError: a key that no episode has; names those there are.
    """
    good, n = [e.success for e in episodes], len(episodes)
    whys = Counter(e.failure or LATE for e in episodes if not e.success)
    row = {"agent": name, **summary(good, [e.total for e in episodes], episodes[0].seed)}
    row["failures"] = {why: counted(k, n) for why, k in whys.most_common()}
    row["steps"] = sum(e.steps for e in episodes) / n
    row["groups"] = {key: grouped(good, _values(episodes, key)) for key in by}
    if first:
        only_first, only_this, p = mcnemar([e.success for e in first], good)
        row["paired"] = {"only_first": only_first, "only_this": only_this, "p": p}
    return row


def lines(row: Mapping[str, Any], width: int, first: str) -> list[str]:
    """A row of ``score`` for people.

    Args:
      row: to show.
      width: of the column of names.
      first: name of the agent that pairs are made with.
    """
    low, high = row["return_interval"]
    said = f"success {rate(row['success'], row['episodes'])}"
    mean = f"return {row['return']:.1f} ({low:.1f} to {high:.1f})"
    out = [f"{row['agent']:<{width}}  {said}  {mean}  {row['steps']:.0f} steps"]
    inset = " " * width
    for why, c in row["failures"].items():
        between = f"{c['rate']:.2f} ({c['low']:.2f}-{c['high']:.2f})"
        out.append(f"{inset}    {c['count']} x {why}: {between}")
    for key, values in row["groups"].items():
        wide = max(map(len, values))
        for value, c in values.items():
            out.append(f"{inset}    {key} {value:<{wide}}  {rate(c['count'], c['episodes'])}")
    if pair := row.get("paired"):
        out.append(
            f"{inset}    on the same episodes: {pair['only_this']} only {row['agent']} solved,"
            f" {pair['only_first']} only {first}; McNemar p = {pair['p']:.2g}"
        )
    return out


def _values(episodes: Sequence[EpisodeResult], key: str) -> list[Any]:
    for e in episodes:
        if key not in e.extra:
            raise ValueError(f"episodes of this task: {did_you_mean('key', key, e.extra)}")
    return [e.extra[key] for e in episodes]
