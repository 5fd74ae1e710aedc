"""Ways to use a tool that lies askew: it is put down turned, taken again, and used."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.rotations import DOWN, matrix
from habilis.llm_planner.run.plan import Step
from habilis.llm_planner.search.affordances import INSET, free_spot, reach_gap, sweeps
from habilis.llm_planner.search.options import (
    GRASP_COST,
    PLACE_COST,
    Option,
    Vec3,
    clear_of_table,
    graspable,
    grips,
    step,
)
from habilis.policies.skills.geometry.grips import choose_grip, grip_point
from habilis.policies.skills.geometry.in_hand import as_gripped
from habilis.policies.skills.senses import Senses

ASKEW = np.radians(5)  # rad by which it must be turned to be worth it
WRIST = np.radians(100)  # rad by which a hand that points down turns either way, nearly anywhere
MOST_STOPS = 3  # at which a tool is put down on its way
SLANT = np.radians(18)  # rad; with a friction of 0.33 nothing slips yet
LONG, SLENDER = 0.12, 1.5  # m, and sides to one another, of what is another tool when turned


def bring_realigned(senses: Senses, name: str, slanted: bool = False) -> Iterator[Option]:
    """Ways to sweep an entity to where it could be grasped with tools turned along the axes.

    Args:
      senses: the present.
      name: entity.
      slanted: with tools only that have a part at a slant.
    """
    gap = reach_gap(senses, name)
    for tool in senses.scene.entities:
        long, short = sorted(tool.size()[:2], reverse=True)
        if tool.name == name or not tool.movable or long < max(LONG, SLENDER * short):
            continue
        if slanted and not slants(senses, tool.name):
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
        taken = _hand_yaw(senses, tool, grip)
        for yaw, turn in _turns(senses, tool):
            lay: tuple[Step, ...] = ()
            for away, hand_yaw in _stops(taken, _angle(turn)):
                hand = straight.turned(_about(away))
                spot = free_spot(senses, tool, hand, start, [senses.box(name)])
                if spot is None:
                    break
                there = yaw - _angle(turn) + away
                lay += (
                    step("grasp", object=tool, grip=grip, yaw=hand_yaw),
                    step("place", object=tool, position=spot, yaw=there),
                )
            if spot is None:
                continue
            entity = senses.entity(tool)
            for option in sweeps(senses, name, direction, distance, entity, grip, (), turn):
                cost = option.cost + (GRASP_COST + PLACE_COST) * len(lay) / 2
                why = f"{option.why}, turned by {np.degrees(_angle(turn)):.0f} degrees"
                yield dataclasses.replace(option, steps=lay + option.steps, cost=cost, why=why)


def _turns(senses: Senses, tool: str) -> list[tuple[float, Array]]:
    """Yaws of a tool, rad, at which it or a part of it lies along the axes, and turns (3, 3).

    A part that is at a slant to the tool, as the arm of an open hook, pulls straight once it lies
    across the way; short of that by ``SLANT`` it still holds by friction, and reaches farther.
    """
    rot = senses.pose(tool)[1]
    now = float(np.arctan2(rot[1, 0], rot[0, 0]))
    found: list[tuple[float, Array]] = []
    for own in (0.0, *slants(senses, tool)):
        for yaw in np.pi / 2 * np.arange(-1, 3) - own:
            away = (yaw - now + np.pi) % (2 * np.pi) - np.pi
            short = [away - np.sign(away) * SLANT] if own and abs(away) > SLANT else []
            for turn in (away, *short):
                if abs(turn) > ASKEW:
                    found.append((float(now + turn), _about(turn)))
    return found


def slants(senses: Senses, tool: str) -> list[float]:
    """Angles (rad) of long parts of a tool to its own axes, in the plane, up to a right angle."""
    found: list[float] = []
    for part in senses.entity(tool).parts:
        low, high = part.extent(np.eye(3))
        long, short = sorted((high - low)[:2], reverse=True)
        yaw = part.euler[2] % (np.pi / 2)
        slanted = ASKEW < yaw < np.pi / 2 - ASKEW and not any(part.euler[:2])
        if slanted and long > SLENDER * short and not np.isclose(yaw, found or [-1.0]).any():
            found.append(float(yaw))
    return found


def _stops(hand: float, angle: float) -> list[tuple[float, float | None]]:
    """At which angles a tool is put down on its way to one, where it is taken anew, and at which
    yaw of the hand it is taken before, None as it would be anyway; rad.

    The hand takes it as well half a turn round. It is turned so far in one go that the wrist, which
    turns ``WRIST`` either way, can bear it.
    """
    found: list[tuple[float, float | None]] = []
    for count in range(1, MOST_STOPS + 1):
        part, found, fits = angle / count, [], True
        for k in range(count):
            ways = [hand + part * k + half * np.pi for half in range(-2, 3)]
            best = min(ways, key=lambda yaw: max(abs(yaw), abs(yaw + part)))
            fits &= max(abs(best), abs(best + part)) <= WRIST
            as_ever = k == 0 and abs(best - hand) < ASKEW
            found.append((part * (k + 1), None if as_ever else float(best)))
        if fits:
            break
    return found


def _hand_yaw(senses: Senses, tool: str, grip: Vec3 | None) -> float:
    """How the hand is turned about the vertical when it takes a tool, rad."""
    return _angle(choose_grip(senses, tool, grip).rot @ DOWN.T)


def _about(angle: float) -> Array:
    """(3, 3) about the vertical, rad."""
    return matrix(np.array([[0.0, 0.0, angle]]))[0]


def _angle(turn: Array) -> float:
    return float(np.arctan2(turn[1, 0], turn[0, 0]))
