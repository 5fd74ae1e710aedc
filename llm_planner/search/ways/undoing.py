"""Ways to end what a goal says must not be: one thing is taken, or pushed, away from another."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from habilis.assets.scene.goal import Predicate
from habilis.llm_planner.search.affordances import free_spot, move
from habilis.llm_planner.search.options import (
    GRASP_COST,
    PAST,
    PLACE_COST,
    Option,
    graspable,
    grips,
    step,
)
from habilis.llm_planner.search.ways.opening import shut
from habilis.policies.skills.geometry.in_hand import as_gripped
from habilis.policies.skills.geometry.solids import Box
from habilis.policies.skills.senses import AXES, Senses

DRAGS = GRASP_COST + PLACE_COST  # s: what is pushed off, or out of, another takes it along


def undone(senses: Senses, unwanted: Predicate) -> Iterator[Option]:
    """Ways to part things that are near, touch, or lie on or in one another, or to shut a joint.

    Args:
      senses: the present.
      unwanted: what holds and is not to hold; nothing comes of it unless it is about two things, or
        a joint.
    """
    if unwanted.word == "joint":
        yield from shut(senses, unwanted)
    if unwanted.other is None:
        return
    least = (unwanted.value or 0.0) + PAST if unwanted.word == "near" else 0.0
    for name, other in (
        (unwanted.subject, unwanted.other),
        (unwanted.other, unwanted.subject),
    ):
        if senses.entity(name).movable:
            yield from _put_away(senses, name, other, least)
            drags = DRAGS if unwanted.word in ("on", "in") else 0.0
            for option in _push_away(senses, name, other, least):
                yield dataclasses.replace(option, cost=option.cost + drags)


def _put_away(senses: Senses, name: str, other: str, least: float) -> Iterator[Option]:
    """Ways to set a thing down so far from the middle of another, m."""
    box, keep = senses.box(name), senses.box(other)
    around = np.array([least, least, 0.0])
    keep = keep.union(Box(keep.centre - around, keep.centre + around))
    for grip in grips(senses, name):
        if not graspable(senses, name, grip):
            continue
        point = senses.entity(name).grip() if grip is None else np.array(grip)
        spot = free_spot(senses, name, as_gripped(senses, name, point), box.centre, [keep])
        if spot is not None:
            steps = (
                step("grasp", object=name, grip=grip),
                step("place", object=name, position=spot),
            )
            yield Option(steps, GRASP_COST + PLACE_COST, f"put {name} away from {other}")


def _push_away(senses: Senses, name: str, other: str, least: float) -> Iterator[Option]:
    """Ways to push a thing past another's side and so far from its middle, m."""
    box, keep = senses.box(name), senses.box(other)
    for direction, axis in AXES.items():
        gap = float((box.centre - keep.centre) @ axis)
        way = max(least - gap, box.half(axis) + keep.half(axis) - gap + PAST)
        if way > 0:
            yield from move(senses, name, direction, way)
