"""Results of the creative suite, measured again: episodes are planned and carried out anew.

A planner that asks no model does the same again, since a search is bounded by candidates and
simulated time. A model does so from a recording of its answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from habilis.assets.plain import build
from habilis.llm_planner.bench.creative import Case, Outcome, Setup, outcome_from
from habilis.llm_planner.bench.solve import solve_case
from habilis.llm_planner.bench.suite import episodes_of, scores
from habilis.llm_planner.bench.table import discrimination, summary, table
from habilis.llm_planner.language.wording import Wording
from habilis.llm_planner.model.client import Client
from habilis.llm_planner.pipeline.episode import Settings
from habilis.llm_planner.search.belief import Belief
from habilis.llm_planner.search.planner import SearchBudget
from habilis.policies.evaluation.verify import Checked
from habilis.policies.layouts.layouts import Recipe

COMPARED = ("success", "refused", "error", "tools", "touched", "rollouts", "calls")
"""What of an outcome must come out the same; seconds do not."""


def setup_of(result: Mapping[str, Any]) -> Setup:
    """The setup that a stored result was measured with.

    Raises:
      ValueError: it is none of this version, or needs what is not stored: a library of skills.
    """
    stored = result.get("setup")
    if not isinstance(stored, dict) or not isinstance(stored.get("planner"), str):
        raise ValueError("the result holds no setup")
    planner, settings = stored["planner"], dict(stored.get("settings") or {})
    if settings.get("composed"):
        raise ValueError("the planner used a library of skills, which the result does not hold")
    belief = settings.pop("belief", None)
    settings.pop("prompts", None)
    spent: dict[str, Any] = {}
    if planner == "search":
        spent["budget"] = build(SearchBudget, settings, "settings")
    elif ":" in planner:
        spent["settings"] = build(Settings, settings, "settings")
    setup = Setup(
        planner,
        **spent,
        recipe=_maybe(Recipe, stored.get("recipe"), "recipe"),
        wording=_maybe(Wording, stored.get("wording"), "wording"),
        belief=_maybe(Belief, belief, "belief"),
    )
    if setup.as_dict() != stored:
        raise ValueError(
            f"measured with another setup than this version has: {json.dumps(stored)} there,"
            f" {json.dumps(setup.as_dict())} here"
        )
    return setup


def check_creative(
    result: Mapping[str, Any], rows: int, episodes: int, rng: np.random.Generator,
    client: Client | None = None,
) -> Iterator[Checked]:  # fmt: skip
    """Run a sample of the episodes of a stored result again.

    Args:
      result: of ``habilis bench creative``.
      rows: how many of its rows, drawn at random; 0 for all.
      episodes: how many of each of them, drawn at random.
      rng: draws.
      client: answers as the model did; needed if it was one.

    Yields:
      What came out, for each row. The first also has what of the result does not follow from its
      episodes.

    Raises:
      ValueError: it cannot be measured again; says why.
    """
    setup, done = setup_of(result), outcomes(result)
    if not setup.offline and client is None:
        raise ValueError(
            f"the planner is {setup.planner}: its answers are needed, --recording FILE"
        )
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in done:
        groups.setdefault((outcome.case.task, outcome.case.generation), []).append(outcome)
    keys, amiss = [*groups], inconsistent(result, done)
    count = min(rows or len(keys), len(keys))
    for i in sorted(int(k) for k in rng.choice(len(keys), count, replace=False)):
        group = groups[keys[i]]
        chosen = sorted(rng.choice(len(group), min(episodes, len(group)), replace=False))
        lines, amiss = amiss, []
        for k in chosen:
            lines += _differences(group[k], solve_case(group[k].case, setup, client))
        told = ", ".join(str(group[k].case.seed) for k in chosen)
        row = {"task": keys[i][0], "scene": keys[i][1]}
        yield Checked(row, f"seeds {told}", lines, len(chosen))


def outcomes(result: Mapping[str, Any]) -> list[Outcome]:
    """The episodes of a stored result.

    Raises:
      ValueError: there are none, or one is not whole.
    """
    stored = result.get("episodes")
    if not isinstance(stored, list) or not stored:
        raise ValueError("the result holds no episodes")
    try:
        return [outcome_from(one) for one in stored]
    except (KeyError, TypeError) as error:
        raise ValueError(f"an episode of the result is not whole: {error!r}") from error


def inconsistent(result: Mapping[str, Any], done: Sequence[Outcome]) -> list[str]:
    """What of a result does not follow from its episodes, or was left out of them."""
    lines = []
    now = {"rows": table(done), "discrimination": discrimination(done), "total": summary(done)}
    now |= {"scores": scores(episodes_of(result))} if "scores" in result else {}
    for name, value in now.items():
        if json.loads(json.dumps(value)) != result.get(name):
            lines.append(f"{name}: what is stored does not follow from the episodes")
    for task in set(result.get("tasks", ())) - {outcome.case.task for outcome in done}:
        lines.append(f"{task}: it was asked, and has no episodes")
    seeds: dict[tuple[str, str], list[int]] = {}
    for outcome in done:
        seeds.setdefault((outcome.case.task, outcome.case.generation), []).append(outcome.case.seed)
    first = min(min(found) for found in seeds.values())
    for (task, generation), found in seeds.items():
        if sorted(found) != list(range(first, first + len(found))):
            lines.append(f"{task} {generation}: episodes were left out, or are there twice")
    if len({len(found) for found in seeds.values()}) > 1 or not result.get("complete"):
        lines.append("the result is not complete: not every task has all layouts")
    return lines


def _differences(stored: Outcome, now: Outcome) -> list[str]:
    there, here = stored.as_dict(), now.as_dict()
    case: Case = stored.case
    return [
        f"seed {case.seed}: {name} was {there[name]!r}, is {here[name]!r}"
        for name in COMPARED
        if there[name] != here[name]
    ]


def _maybe(kind: Any, data: Any, where: str) -> Any:
    return None if data is None else build(kind, data, where)
