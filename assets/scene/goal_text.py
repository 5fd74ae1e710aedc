"""Goals as text: ``held(milk) and not near(milk, cup, 0.1)`` to and from the data model."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from habilis.assets.names import did_you_mean
from habilis.assets.scene import goal as goals
from habilis.assets.scene.format.yaml_lines import DECIMAL, NAME
from habilis.assets.scene.goal import COUNTING, VOCABULARY, Goal, Predicate
from habilis.assets.scene.links import Link
from habilis.assets.scene.things import Thing

_NAME = re.compile(rf"{NAME}(?:/{NAME})?")
"""Of a thing, or of a link of one."""

_OF_GRAINS = (*COUNTING, "near", "lifted", "lowered", "moved")
_OF_PLACES = ("on", "in", "touching", "near", "lifted", "lowered", "moved")


FARTHEST = 10.0  # m that a goal may ask for: what is more was meant in millimetres


class GoalTextError(ValueError):
    """A goal that cannot be read; the message names the column, from 1."""


def parse_goal(text: str) -> Goal:
    """Reads a goal such as ``held(milk) and not (held(hammer) or near(milk, cup, 0.1))``.

    ``not`` binds tighter than ``and``, ``and`` tighter than ``or``; brackets nest. It reads back
    what ``str(goal)`` writes, provided each ``All`` and ``Any`` has two goals or more.

    Args:
      text: words of ``habilis.assets.scene.goal.VOCABULARY`` over object names.

    Raises:
      GoalTextError: names the column, what was found and what is allowed.
    """
    return GoalParser(text, None).parse()


class GoalParser:
    """Recursive descent over tokens (text, column)."""

    _TOKEN = re.compile(
        r"\s*([A-Za-z_]\w*(?:/[A-Za-z_]\w*)?|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\w*|[^\s])"
    )
    _DEPTH = 50

    def __init__(self, text: str, entities: Mapping[str, Thing] | None) -> None:
        found = [(m[1], m.start(1) + 1) for m in self._TOKEN.finditer(text)]
        self._tokens = [*found, ("", len(text) + 1)]
        things = None if entities is None else entities.values()
        self._bodies = None if things is None else dict(b for e in things for b in e.bodies())
        self._at = 0
        self._depth = 0

    def parse(self) -> Goal:
        """The goal; GoalTextError says what was wanted, what was found and where."""
        goal = self._chain("or")
        if self._peek():
            raise self._error(f"expected 'and', 'or' or the end, got {self._peek()!r}")
        if why := goals.contradiction(goal):
            raise self._error(f"never holds: {why}", 0)
        return goal

    def _peek(self) -> str:
        return self._tokens[self._at][0]

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][0]

    def _error(self, text: str, at: int | None = None) -> GoalTextError:
        column = self._tokens[self._at if at is None else at][1]
        return GoalTextError(f"column {column}: {text}")

    def _expect(self, mark: str) -> None:
        if self._peek() != mark:
            raise self._error(f"expected {mark!r}, got {self._peek() or 'the end'!r}")
        self._at += 1

    def _chain(self, link: str) -> Goal:
        found = [self._chain("and") if link == "or" else self._one()]
        while self._peek() == link:
            self._at += 1
            found.append(self._chain("and") if link == "or" else self._one())
        if len(found) == 1:
            return found[0]
        return goals.Any(tuple(found)) if link == "or" else goals.All(tuple(found))

    def _one(self) -> Goal:
        self._depth += 1
        if self._depth > self._DEPTH:
            raise self._error(f"nested deeper than {self._DEPTH}")
        goal: Goal
        if self._peek() == "not":
            self._at += 1
            goal = goals.Not(self._one())
        elif self._peek() == "(":
            self._at += 1
            goal = self._chain("or")
            self._expect(")")
        else:
            goal = self._predicate()
        self._depth -= 1
        return goal

    def _predicate(self) -> Predicate:
        start = self._at
        word = self._next()
        if word not in VOCABULARY:
            if not _NAME.fullmatch(word):
                got = repr(word) if word else "the end"
                raise self._error(
                    f"expected {', '.join(VOCABULARY)}, 'not' or '(', got {got}", start
                )
            raise self._error(did_you_mean("goal word", word, VOCABULARY), start)
        self._expect("(")
        subject = self._object()
        other: str | None = None
        value: float | None = None
        while self._peek() == ",":
            self._at += 1
            if _NAME.fullmatch(self._peek()) and other is None and value is None:
                other = self._object()
            elif value is None and word not in COUNTING:
                value = self._number(word)
            else:
                raise self._error(f"{word!r} takes no more than this, got {self._peek()!r}")
        self._expect(")")
        if word in COUNTING:
            self._expect(">")
            self._expect("=")
            value = self._number(word)
        return self._checked(word, subject, other, value, start)

    def _object(self) -> str:
        name = self._peek()
        if not _NAME.fullmatch(name):
            raise self._error(f"expected the name of an object, got {name or 'the end'!r}")
        if self._bodies is not None and name not in self._bodies:
            raise self._error(did_you_mean("object", name, self._bodies))
        return self._next()

    def _number(self, word: str) -> float:
        text = self._peek()
        value = float(text) if DECIMAL.fullmatch(text) else math.nan
        unit = VOCABULARY[word].unit
        if not math.isfinite(value):
            also = f" in {unit}, without its unit" if unit else ""
            raise self._error(f"expected a number{also}, got {text or 'the end'!r}")
        if unit == "m" and value <= 0:
            raise self._error(f"{word!r} takes a distance > 0 m, got {value:g}")
        if unit == "m" and value > FARTHEST:
            guess = f"in mm it would be {value / 1000:g}"
            raise self._error(
                f"{word!r} takes metres, at most {FARTHEST:g}, got {value:g}: {guess}"
            )
        self._at += 1
        return value

    def _checked(
        self, word: str, subject: str, other: str | None, value: float | None, start: int
    ) -> Predicate:
        try:
            predicate = Predicate(word, subject, other, value)
        except ValueError as e:
            raise self._error(str(e), start) from e
        if subject == other:
            raise self._error(f"{word!r} relates {subject!r} to itself", start)
        if self._bodies is not None:
            self._check_grains(word, subject, other, start)
        if word == "clips" and self._bodies:
            self._check_clip(subject, start)
        if word == "joint" and self._bodies and self._bodies[subject].joint is None:
            jointed = [n for n, body in self._bodies.items() if body.joint is not None]
            have = ", ".join(jointed) or "none"
            raise self._error(f"object {subject!r} has no joint; objects with one: {have}", start)
        if self._bodies and (never := _never(self._bodies[subject], word, value or 0.0)):
            raise self._error(f"{word!r} of {subject!r} never holds: {never}", start)
        if word in _OF_PLACES and self._stays(subject) and (other is None or self._stays(other)):
            who = f"{subject!r} is" if other is None else f"{subject!r} and {other!r} are"
            raise self._error(f"{word!r} can never change: {who} fixed", start)
        if word == "severed" and self._bodies and not _tied(self._bodies[subject]):
            have = ", ".join(n for n, body in self._bodies.items() if _tied(body)) or "none"
            raise self._error(f"object {subject!r} has no tie; objects with one: {have}", start)
        return predicate

    def _stays(self, name: str) -> bool:
        """Whether a thing, or a link of one, can never be elsewhere."""
        thing = None if self._bodies is None else self._bodies[name.partition("/")[0]]
        if not isinstance(thing, Thing) or not thing.fixed:
            return False
        links, at = {link.name: link for link in thing.links}, name.partition("/")[2]
        while at:
            if links[at].joint is not None:
                return False
            at = links[at].parent
        return True

    def _check_clip(self, subject: str, start: int) -> None:
        """Error unless something is a tool that its own spring shuts."""
        assert self._bodies is not None
        tools = {n: b.hand_tool for n, b in self._bodies.items() if isinstance(b, Thing)}
        clips = [name for name, tool in tools.items() if tool is not None and tool.shuts]
        if subject not in clips:
            have = ", ".join(clips) or "none"
            text = f"{subject!r} is no tool that its spring shuts; those that are: {have}"
            raise self._error(text, start)

    def _check_grains(self, word: str, subject: str, other: str | None, start: int) -> None:
        """Error unless a word fits grains: it counts them, or tells of their middle."""
        assert self._bodies is not None
        grains = [n for n, b in self._bodies.items() if isinstance(b, Thing) and b.grains]
        if word in COUNTING and subject not in grains:
            have = ", ".join(grains) or "none"
            raise self._error(f"{word!r} counts grains, {subject!r} has none; with: {have}", start)
        if other in grains or (subject in grains and word not in _OF_GRAINS):
            known = ", ".join(_OF_GRAINS)
            raise self._error(f"{word!r} cannot be told of grains; what can: {known}", start)


def _never(body: Thing | Link, word: str, value: float) -> str:
    """Why no value of a thing goes as far as a goal asks for; '' if it may."""
    joint, grains = body.joint, body.grains if isinstance(body, Thing) else None
    if word == "joint" and joint is not None and not joint.range[0] <= value <= joint.range[1]:
        return f"{value:g} is beyond its range, {joint.range[0]:.4g} to {joint.range[1]:.4g}"
    if word == "count_in" and grains is not None and value > grains.count:
        return f"it has {grains.count} grains, not {value:g}"
    return ""


def _tied(body: Thing | Link) -> bool:
    return isinstance(body, Thing) and body.tie is not None
