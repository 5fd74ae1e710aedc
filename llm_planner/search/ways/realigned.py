"""Ways to use a tool that lies askew: it is put down turned, taken again, and used."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.rotations import matrix
from habilis.llm_planner.search.affordances import INSET, free_spot, reach_gap, sweeps
from habilis.llm_planner.search.options import (
    GRASP_COST,
    PLACE_COST,
    Option,
    clear_of_table,
    graspable,
    grips,
    step,
)
from habilis.policies.skills.geometry.grips import grip_point
from habilis.policies.skills.geometry.in_hand import as_gripped
from habilis.policies.skills.senses import Senses

ASKEW = np.radians(5)  # rad by which it must be turned to be worth it
LONG, SLENDER = 0.12, 1.5  # m, and sides to one another, of what is another tool when turned


def bring_realigned(senses: Senses, name: str) -> Iterator[Option]:
    """Ways to sweep an entity to where it could be grasped with tools turned along the axes.

    Args:
      senses: the present.
      name: entity.
    """
    gap = reach_gap(senses, name)
    for tool in senses.scene.entities:
        long, short = sorted(tool.size()[:2], reverse=True)
        if tool.name == name or not tool.movable or long < max(LONG, SLENDER * short):
            continue
        for axis in np.flatnonzero(gap):
            direction = ("-" if gap[axis] > 0 else "+") + "xy"[axis]
            for inset in INSET:
                way = abs(float(gap[axis])) + inset
                yield from _with_tool(senses, name, tool.name, direction, way)


def _with_tool(
    senses: Senses, name: str, tool: str, direction: str, distance: float
) -> Iterator[Option]:
    for grip in grips(senses, tool):
        if not graspable(senses, tool, grip):
            continue
        start = grip_point(senses, tool, grip)
        straight = as_gripped(senses, tool, clear_of_table(senses, tool, grip))
        for yaw, turn in _turns(senses, tool):
            hand = straight.turned(turn)
            spot = free_spot(senses, tool, hand, start, [senses.box(name)])
            if spot is None:
                continue
            lay = (
                step("grasp", object=tool, grip=grip),
                step("place", object=tool, position=spot, yaw=yaw),
            )
            entity = senses.entity(tool)
            for option in sweeps(senses, name, direction, distance, entity, grip, (), turn):
                cost = option.cost + GRASP_COST + PLACE_COST
                why = f"{option.why}, turned by {np.degrees(_angle(turn)):.0f} degrees"
                yield dataclasses.replace(option, steps=lay + option.steps, cost=cost, why=why)


def _turns(senses: Senses, tool: str) -> list[tuple[float, Array]]:
    """Yaws of a tool, rad, at which it lies along the axes, and turns (3, 3) to them."""
    rot = senses.pose(tool)[1]
    now = float(np.arctan2(rot[1, 0], rot[0, 0]))
    found = []
    for yaw in np.pi / 2 * np.arange(-1, 3):
        away = (yaw - now + np.pi) % (2 * np.pi) - np.pi
        if abs(away) > ASKEW:
            found.append((float(yaw), matrix(np.array([[0.0, 0.0, away]]))[0]))
    return found


def _angle(turn: Array) -> float:
    return float(np.arctan2(turn[1, 0], turn[0, 0]))
