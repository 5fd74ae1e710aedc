"""What there is to tell of an episode: who touched whom, and what of the goal holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Literal

import numpy as np

from habilis.assets.scene.goal import All, Any, Goal, Not, Predicate
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World

Verdict = Literal["open", "reached", "lost"]
MOVED = 0.001  # m below which nothing is said to have been moved


@dataclasses.dataclass(frozen=True)
class Touch:
    """A pair that has touched since the reset.

    Attributes:
      first, second: names.
      now: whether they touch.
      seconds: in contact, s.
      peak: largest force, N.
      moved: of each of the two that was moved while they touched, its name and the path, m.
    """

    first: str
    second: str
    now: bool
    seconds: float
    peak: float
    moved: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        parts = [f"{self.seconds:.2f} s", f"at most {self.peak:.1f} N"]
        parts += [f"{name} moved {far * 100:.1f} cm" for name, far in self.moved]
        return ", ".join(parts)


@dataclasses.dataclass(frozen=True)
class GoalRow:
    """A line of the goal: a word of it, or what joins those below.

    Attributes:
      text: as the goal has it.
      depth: how deep it is nested.
      holds: whether it is so now.
    """

    text: str
    depth: int
    holds: bool


@dataclasses.dataclass(frozen=True)
class EpisodeAccount:
    """An episode as it stands.

    Attributes:
      verdict: how it stands.
      reason: why it is not reached, with the numbers; '' if it is.
      goal: its parts, the whole first.
      touches: by when they began.
      broken: parts that came off, as ``object: part``.
    """

    verdict: Verdict = "open"
    reason: str = ""
    goal: tuple[GoalRow, ...] = ()
    touches: tuple[Touch, ...] = ()
    broken: tuple[str, ...] = ()


def account(monitor: Monitor) -> EpisodeAccount:
    """Of the first simulation of a world and its judge."""
    world = monitor.world
    lost = str(monitor.failure[0])
    verdict: Verdict = "reached" if monitor.success[0] else "lost" if lost else "open"
    return EpisodeAccount(
        verdict, monitor.unmet(0), tuple(_parts(world.scene.goal, world)),
        tuple(_touches(world)), monitor.broken(0),
    )  # fmt: skip


def _parts(goal: Goal, world: World, depth: int = 0) -> Iterator[GoalRow]:
    holds = bool(evaluate(goal, world)[0])
    if isinstance(goal, Predicate):
        yield GoalRow(str(goal), depth, holds)
        return
    inner = (goal.goal,) if isinstance(goal, Not) else goal.goals
    word = {Not: "not", All: "all of", Any: "any of"}[type(goal)]
    yield GoalRow(word, depth, holds)
    for part in inner:
        yield from _parts(part, world, depth + 1)


def _touches(world: World) -> Iterator[Touch]:
    ledger = world.ledger
    columns = np.flatnonzero(ledger.duration[0] > 0)
    for i in columns[np.argsort(ledger.first[0, columns], kind="stable")]:
        pair = ledger.pairs[i]
        far = [(n.rstrip("/"), float(m)) for n, m in zip(pair, ledger.moved[0, i], strict=True)]
        yield Touch(
            pair[0].rstrip("/"), pair[1].rstrip("/"), bool(ledger.now[0, i]),
            float(ledger.duration[0, i]), float(ledger.peak[0, i]),
            tuple(one for one in far if one[1] > MOVED),
        )  # fmt: skip
