"""What must hold in the end, in words for a planner."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

from habilis.assets.scene.goal import COUNTING, VOCABULARY, All, Goal, Not, Predicate
from habilis.assets.scene.goal import Any as AnyOf
from habilis.assets.scene.things import Scene

LengthUnit = Literal["m", "cm", "mm"]
PER_METRE = {"m": 1.0, "cm": 100.0, "mm": 1000.0}
PLACES = {"m": 4, "cm": 2, "mm": 1}
"""Decimals of a length in each unit."""


def goal_words(scene: Scene, unit: LengthUnit) -> list[str]:
    """What must hold in the end; of what must not be held, only that there is something.

    Args:
      scene: with the goal, and the joints of which it speaks.
      unit: of lengths; angles are in degrees, as those of joints are told.
    """
    words = list(_positive(scene, scene.goal, unit))
    if _forbids_holding(scene.goal):
        words.append("the gripper holds nothing but what is asked for")
    return words


def _positive(scene: Scene, goal: Goal, unit: LengthUnit) -> Iterator[str]:
    if isinstance(goal, Predicate) and goal.word in COUNTING:
        yield f"{goal}: {goal.subject} {VOCABULARY[goal.word].meaning}"
    elif isinstance(goal, Predicate):
        args = [goal.subject, goal.other]
        number = "" if goal.value is None else _number(scene, goal, unit)
        yield f"{goal.word}({', '.join([a for a in args if a])}{number}):" + (
            f" {goal.subject} {VOCABULARY[goal.word].meaning}"
            if goal.word not in ("held", "joint")
            else f" {goal.subject}: {VOCABULARY[goal.word].meaning}"
        )
    elif isinstance(goal, All):
        for part in goal.goals:
            yield from _positive(scene, part, unit)
    elif isinstance(goal, AnyOf):
        yield "one of: " + " / ".join("; ".join(_positive(scene, g, unit)) for g in goal.goals)
    elif not _is_held(goal.goal):
        yield "not: " + "; ".join(_positive(scene, goal.goal, unit))


def _number(scene: Scene, goal: Predicate, unit: LengthUnit) -> str:
    assert goal.value is not None
    joint = scene.body(goal.subject).joint if goal.word == "joint" else None
    if joint is not None and joint.kind != "slide":
        return f", {math.degrees(goal.value):.3g} deg"
    if joint is not None or VOCABULARY[goal.word].unit == "m":
        return f", {round(goal.value * PER_METRE[unit], PLACES[unit]):g} {unit}"
    return f", {goal.value:g}"


def _is_held(goal: Goal) -> bool:
    return isinstance(goal, Predicate) and goal.word == "held"


def _forbids_holding(goal: Goal) -> bool:
    if isinstance(goal, (All, AnyOf)):
        return any(_forbids_holding(g) for g in goal.goals)
    return isinstance(goal, Not) and _is_held(goal.goal)
