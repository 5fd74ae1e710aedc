"""Goals as data: predicates over entities, combined with and, or, not.

The vocabulary is small on purpose: each word is a physical quantity of the simulated (or
observed) world with one threshold. ``habilis.envs.terms.predicates`` evaluates them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import ClassVar

from habilis.assets.names import look_up


@dataclasses.dataclass(frozen=True)
class Word:
    """What a predicate word takes: a second entity, a number, or neither.

    Attributes:
      other: whether it relates the subject to another entity.
      unit: unit of its number, '' if it takes none.
      default: the number when none is given; None makes it compulsory.
      meaning: one line for the user.
    """

    other: bool
    unit: str
    default: float | None
    meaning: str


VOCABULARY: Mapping[str, Word] = {
    "on": Word(True, "", None, "rests on the other: touching it, and borne by it from below"),
    "in": Word(True, "", None, "lies within the other's walls, half as deep as it could or deeper"),
    "held": Word(False, "", None, "all fingers of the gripper touch it"),
    "touching": Word(True, "", None, "in contact with the other"),
    "near": Word(True, "m", 0.05, "centres nearer than this distance in the plane"),
    "lifted": Word(False, "m", 0.05, "risen by this height from where it started, not just tipped"),
    "lowered": Word(False, "m", 0.05, "come down by this height from where it started"),
    "moved": Word(False, "m", 0.05, "this far in the plane from where it started"),
    "count_in": Word(True, "grains", None, "has at least so many grains inside the other"),
    "share_in": Word(True, "of 1", None, "has at least this share of its grains inside the other"),
    "clips": Word(True, "", None, "is shut on the other by its own spring, and let go"),
    "severed": Word(False, "", None, "what ties it to another object is cut through"),
    "stands": Word(False, "", None, "the robot stands on it, with all its feet"),
    "joint": Word(False, "m or rad", None, "its joint is beyond this value (below, if negative)"),
}


COUNTING = ("count_in", "share_in")
"""Words about grains; their number comes after a sign: ``count_in(beads, tray) >= 40``."""

ACTING = ("clips", "stands")
"""Words that say what a tool does: where a goal has one, no more is asked of a required tool."""

BY_HAND, ON_LEGS = ("held", "clips", "severed"), ("stands",)
"""Words that only a robot with fingers, and only one with legs, makes true."""


@dataclasses.dataclass(frozen=True)
class Predicate:
    """One word about one entity, e.g. ``lifted(milk, 0.05)``."""

    word: str
    subject: str
    other: str | None = None
    value: float | None = None

    def __post_init__(self) -> None:
        word = look_up("goal word", self.word, VOCABULARY)
        if word.other != (self.other is not None):
            raise ValueError(
                f"goal word {self.word!r} {'needs' if word.other else 'takes no'} second object"
            )
        if self.value is not None and not word.unit:
            raise ValueError(f"goal word {self.word!r} takes no number, got {self.value}")
        if self.value is None and word.unit:
            if word.default is None:
                raise ValueError(f"goal word {self.word!r} needs a number in {word.unit}")
            object.__setattr__(self, "value", word.default)
        if self.word == "count_in" and (self.value or 0) not in range(1, 1_000_000):
            raise ValueError(f"'count_in' takes a whole number from 1, got {self.value}")
        if self.word == "share_in" and not 0 < (self.value or 0) <= 1:
            raise ValueError(f"'share_in' takes a share above 0, at most 1, got {self.value}")

    def names(self) -> Iterator[str]:
        """Entities it speaks of."""
        yield self.subject
        if self.other is not None:
            yield self.other

    def __str__(self) -> str:
        if self.word in COUNTING:
            value = int(self.value or 0) if self.word == "count_in" else self.value
            return f"{self.word}({self.subject}, {self.other}) >= {value}"
        args = [self.subject, self.other, self.value]
        return f"{self.word}({', '.join(str(a) for a in args if a is not None)})"


@dataclasses.dataclass(frozen=True)
class _Joined:
    """Two goals or more."""

    goals: tuple[Goal, ...]
    _word: ClassVar[str]

    def __post_init__(self) -> None:
        if len(self.goals) < 2:
            raise ValueError(f"'and' and 'or' join two goals or more, got {len(self.goals)}")

    def names(self) -> Iterator[str]:
        """Entities it speaks of."""
        for goal in self.goals:
            yield from goal.names()

    def __str__(self) -> str:
        return self._word.join(_bracket(g) for g in self.goals)


class All(_Joined):
    """Every one of the goals, two or more."""

    _word = " and "


class Any(_Joined):
    """At least one of the goals, two or more."""

    _word = " or "


@dataclasses.dataclass(frozen=True)
class Not:
    """The goal does not hold."""

    goal: Goal

    def names(self) -> Iterator[str]:
        """Entities it speaks of."""
        yield from self.goal.names()

    def __str__(self) -> str:
        return f"not {_bracket(self.goal)}"


Goal = Predicate | All | Any | Not


def _bracket(goal: Goal) -> str:
    return str(goal) if isinstance(goal, (Predicate, Not)) else f"({goal})"


def predicates(goal: Goal) -> Iterator[Predicate]:
    """The words of a goal, in their order, whether they are to hold or not."""
    if isinstance(goal, Predicate):
        yield goal
        return
    for part in (goal.goal,) if isinstance(goal, Not) else goal.goals:
        yield from predicates(part)


def contradiction(goal: Goal) -> str:
    """Why a goal can never hold, as its words say by themselves; '' if it may."""
    if isinstance(goal, Any):
        found = [contradiction(g) for g in goal.goals]
        return found[0] if all(found) else ""
    if not isinstance(goal, All):
        return ""
    parts = list(_flat(goal))
    if why := next(filter(None, map(contradiction, parts)), ""):
        return why
    wanted = [p for p in parts if isinstance(p, Predicate)]
    alike: dict[tuple[str, str, str | None], list[Predicate]] = {}
    for one in wanted:
        alike.setdefault((one.word, one.subject, one.other), []).append(one)
    for bar in (g.goal for g in parts if isinstance(g, Not) and isinstance(g.goal, Predicate)):
        for one in alike.get((bar.word, bar.subject, bar.other), ()):
            if _implies(one.word, one.value, bar.value):
                return f"it wants both {one} and not {bar}"
    borne = {(p.subject, p.other): p for p in wanted if p.word in ("on", "in")}
    for (subject, other), one in borne.items():
        if two := borne.get((str(other), subject)):
            return f"it wants both {one} and {two}"
    return ""


def _flat(goal: All) -> Iterator[Goal]:
    for part in goal.goals:
        if isinstance(part, All):
            yield from _flat(part)
        else:
            yield part


def _implies(word: str, value: float | None, weaker: float | None) -> bool:
    """Whether a word with one number holds only where it does with the other, too."""
    if value is None or weaker is None:
        return True
    if word == "near":
        return value <= weaker
    return value * weaker >= 0 and abs(value) >= abs(weaker)
