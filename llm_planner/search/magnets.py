"""What magnets allow: to make a thing longer by another, and to fetch one with another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array
from habilis.llm_planner.search.options import (
    COLLATERAL,
    GRASP_COST,
    JOIN_COST,
    PLACE_COST,
    SWEEP_COST,
    Option,
    clear_of_table,
    graspable,
    step,
)
from habilis.policies.skills.geometry.grips import grip_point
from habilis.policies.skills.geometry.in_hand import as_gripped, in_hand, obstacles
from habilis.policies.skills.joining import join_path
from habilis.policies.skills.senses import AXES, Senses


def extend(senses: Senses, target: str, direction: str, distance: float) -> Iterator[Option]:
    """Ways to make a magnetic thing longer by another, where it is too short to be used.

    Args:
      senses: the present.
      target: entity that is to be moved with it.
      direction: in which.
      distance: how far, m.
    """
    for tool, other, way in _meetings(senses, direction):
        lacking = _lacking(senses, tool, target, direction, distance)
        if target in (tool, other) or lacking <= 0:
            continue
        gain = in_hand(senses, other).box.size @ np.abs(AXES[direction])
        more = max(0, int(np.ceil(lacking / gain)) - 1)
        steps = (
            step("grasp", object=tool),
            step("join", object=other, tool=tool, direction=direction),
            step("place", object=tool),
        )
        why = f"extend {tool} by {other}, to use it on {target}"
        left = GRASP_COST + SWEEP_COST + more * (GRASP_COST + JOIN_COST + PLACE_COST)
        yield Option(steps, _join_cost(senses, tool, other, way), why, left)


def _lacking(senses: Senses, tool: str, target: str, direction: str, distance: float) -> float:
    """How far beyond the workspace a tool would have to be held to move something, m."""
    axis, space = AXES[direction], senses.scene.workspace
    hand = as_gripped(senses, tool, clear_of_table(senses, tool, None)).box
    box, side = senses.box(target), np.array(space.upper if direction[0] == "+" else space.lower)
    end = float(box.centre @ axis) - box.half(axis) + distance
    return end - float(hand.centre @ axis) - hand.half(axis) - float(side @ axis)


def catch(senses: Senses, name: str, direction: str, distance: float) -> Iterator[Option]:
    """Ways to take on a magnetic thing that is out of reach and carry it in."""
    outwards = ("+" if direction[0] == "-" else "-") + direction[1]
    for tool, other, way in _meetings(senses, outwards):
        if other != name:
            continue
        hand = as_gripped(senses, tool, clear_of_table(senses, tool, None))
        box = hand.box.shifted(way[1]).union(senses.box(name))
        spot = box.centre + distance * AXES[direction]
        steps = (
            step("grasp", object=tool),
            step("join", object=name, tool=tool, direction=outwards),
            step("place", object=tool, position=(float(spot[0]), float(spot[1]))),
        )
        cost = _join_cost(senses, tool, name, way) + distance / 0.1
        yield Option(steps, cost, f"fetch {name} with {tool}")


def _meetings(senses: Senses, direction: str) -> Iterator[tuple[str, str, tuple[Array, Array]]]:
    """Pairs of magnetic things of which the first, gripped, can be brought to the second."""
    magnetic = [e.name for e in senses.scene.entities if e.magnetic and e.movable]
    space = senses.scene.workspace
    for tool in magnetic:
        if not graspable(senses, tool):
            continue
        for other in magnetic:
            tcp = grip_point(senses, tool, None)
            way = join_path(senses, other, tool, direction, tcp)
            if way and all((np.abs(space.outside(p)) < 1e-9).all() for p in way):
                yield tool, other, way


def _join_cost(senses: Senses, tool: str, other: str, way: tuple[Array, Array]) -> float:
    hand = as_gripped(senses, tool, clear_of_table(senses, tool, None))
    swept = hand.box.shifted(way[0]).union(hand.box.shifted(way[1]))
    others = obstacles(senses, (*hand.names, other))
    hit = sum(box.overlaps(swept) for box in others.values())
    far = float(np.linalg.norm(way[1] - grip_point(senses, tool, None)))
    return GRASP_COST + JOIN_COST + PLACE_COST + far / 0.1 + COLLATERAL * hit
