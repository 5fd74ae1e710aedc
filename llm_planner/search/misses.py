"""How far a state is from a goal, predicate by predicate, in words with a number."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from habilis.assets.scene.goal import Goal, Predicate
from habilis.envs.terms.predicates import box, evaluate, gone, grains_inside, lacking, risen, sunk
from habilis.envs.world.world import World
from habilis.llm_planner.search.goals import conjunctions

TOGETHER = 1e-3  # m between the boxes of two, below which they are at one place


@dataclasses.dataclass(frozen=True, order=True)
class Miss:
    """How near the goal something came.

    Attributes:
      unmet: predicates that do not hold, of the way to satisfy the goal in which fewest are left.
      short: what the nearest of them lacks, as a share of what it asks for; infinite where there
        is no number.
      text: that predicate with what it came to.
    """

    unmet: int
    short: float
    text: str = dataclasses.field(compare=False)


def miss(world: World, goal: Goal) -> Miss | None:
    """How far the first simulation of a world is from a goal; None if only negations are left."""
    found = []
    for way in conjunctions(goal):
        unmet = [p for p in way if not evaluate(p, world)[0]]
        if unmet:
            short, k = min((_short(world, p)[0], k) for k, p in enumerate(unmet))
            more = f", and {len(unmet) - 1} more" if len(unmet) > 1 else ""
            text = f"{unmet[k]} unmet: {_short(world, unmet[k])[1]}{more}"
            found.append(Miss(len(unmet), short, text))
    return min(found, default=None)


def _short(world: World, p: Predicate) -> tuple[float, str]:
    """What a predicate lacks, as a share of what it asks for or in m, and what it came to."""
    if p.word in ("on", "in", "touching"):
        (low, high), (first, last) = box(world, p.subject), box(world, str(p.other))
        gap = float(np.linalg.norm(np.maximum(0.0, np.maximum(low - last, first - high))[0]))
        if gap < TOGETHER:  # a distance says nothing then
            return gap, f"{p.subject} is at one place with {p.other}, but {lacking(world, p)}"
        return gap, f"{p.subject} is {gap:.3f} m from {p.other}"
    if p.word not in _MEASURES:
        return np.inf, "it does not hold"
    came, text = _MEASURES[p.word](world, p)
    wanted = abs(p.value or 0.0)
    lacks = came - wanted if p.word == "near" else wanted - came
    return lacks / max(wanted, 1e-9), text


def _moved(world: World, p: Predicate) -> tuple[float, str]:
    came = float(gone(world, p.subject)[0])
    return came, f"{p.subject} moved {came:z.3f} m"


def _lifted(world: World, p: Predicate) -> tuple[float, str]:
    came = float(risen(world, p.subject)[0])
    return came, f"{p.subject} rose {came:z.3f} m"


def _lowered(world: World, p: Predicate) -> tuple[float, str]:
    came = float(sunk(world, p.subject)[0])
    return came, f"{p.subject} came down {came:z.3f} m"


def _joint(world: World, p: Predicate) -> tuple[float, str]:
    came = float(world.opening(p.subject)[0])
    return came * (-1.0 if (p.value or 0.0) < 0 else 1.0), f"its joint is at {came:z.3f}"


def _near(world: World, p: Predicate) -> tuple[float, str]:
    one, other = (np.mean(box(world, name), axis=0)[0] for name in (p.subject, str(p.other)))
    came = float(np.linalg.norm((one - other)[:2]))
    return came, f"their middles are {came:z.3f} m apart"


def _grains(world: World, p: Predicate) -> tuple[float, str]:
    there = grains_inside(world, p)[0]
    came = there.mean() if p.word == "share_in" else there.sum()
    return float(came), f"{there.sum()} of {len(there)} grains are in {p.other}"


_MEASURES: dict[str, Callable[[World, Predicate], tuple[float, str]]] = {
    "moved": _moved, "lifted": _lifted, "lowered": _lowered, "joint": _joint,
    "near": _near, "count_in": _grains, "share_in": _grains,
}  # fmt: skip


WAY = 0.2  # m at which a thing that should be on or in another counts as far from it


def nearness(world: World, goal: Goal) -> float:
    """How near the first simulation of a world is to a goal, 0-1: the mean over the predicates of
    the way to satisfy it that is nearest."""
    ways = [[_near_by(world, p) for p in way] for way in conjunctions(goal)]
    return max((float(np.mean(way)) if way else 1.0 for way in ways), default=0.0)


def _near_by(world: World, p: Predicate) -> float:
    """1 where a predicate holds, and otherwise less, the more it lacks."""
    if evaluate(p, world)[0]:
        return 1.0
    short, _ = _short(world, p)
    if p.word in ("on", "in", "touching"):
        short /= WAY
    return 0.9 * max(0.0, 1.0 - max(0.0, short))
