"""Why there is nothing to try: the ways there could be to a goal, each with what rules it out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from habilis.assets.scene.goal import Goal
from habilis.assets.scene.things import Thing
from habilis.llm_planner.search.affordances import reach_gap
from habilis.llm_planner.search.goals import conjunctions
from habilis.llm_planner.search.options import clear_of_table
from habilis.policies.skills.geometry.in_hand import as_gripped, in_hand
from habilis.policies.skills.grasping import Grasp
from habilis.policies.skills.senses import AXES, Senses
from habilis.policies.skills.skill import resting
from habilis.policies.skills.sweeping import Sweep, sweep_path

FETCHED = 0.05  # m inside the workspace to which something would have to be brought


def considered(senses: Senses, goal: Goal) -> tuple[str, ...]:
    """A line for each way to move what a goal is about, with the number that rules it out."""
    wants = itertools.chain.from_iterable(conjunctions(goal))
    names = dict.fromkeys(want.subject for want in wants)
    return tuple(line for name in names for line in _ways(senses, senses.entity(name)))


def _ways(senses: Senses, thing: Thing) -> Iterator[str]:
    if thing.movable:
        yield f"{thing.name} by hand: {_grasp(senses, thing) or 'it can be grasped'}"
    elif thing.joint is None:
        yield f"{thing.name} by any means: it is fixed"
        return
    yield f"{thing.name} with the closed fingers: {_sweep(senses, thing, None)}"
    for tool in senses.scene.entities:
        if tool.movable and tool.name != thing.name:
            why = _grasp(senses, tool) or _sweep(senses, thing, tool)
            yield f"{thing.name} with {tool.name}: {why}"


def _grasp(senses: Senses, thing: Thing) -> str:
    """Why something cannot be grasped from here; '' if it can."""
    refused = Grasp(thing.name).start(senses, resting(senses))
    return refused.reason if refused is not None else ""


def _sweep(senses: Senses, thing: Thing, tool: Thing | None) -> str:
    """How far a sweep is from being possible, in the direction in which least is missing."""
    name = tool.name if tool is not None else None
    hand = in_hand(senses, None)
    if name is not None:
        hand = as_gripped(senses, name, clear_of_table(senses, name, None))
    ways = []
    for direction, distance in _directions(senses, thing):
        for part in hand.parts if tool is not None else (None,):
            sweep = Sweep(thing.name, direction, distance, name, part)
            sweep.senses = senses
            outside = [np.abs(senses.scene.workspace.outside(p)) for p in sweep_path(sweep, hand)]
            short = float(np.max(outside))
            axis = "xyz"[int(np.argmax(np.max(outside, axis=0)))]
            ways.append((short, direction, part, axis))
    short, direction, part, axis = min(ways, key=lambda way: way[0])
    face = f" with its {part}" if part is not None else ""
    if short < 1e-6:
        return f"moving it {direction}{face} is within reach, but for what is in the way"
    return f"to move it {direction}{face} the gripper would be {short:.3f} m out of reach in {axis}"


def _directions(senses: Senses, thing: Thing) -> list[tuple[str, float]]:
    """Ways and distances (m) to bring something into reach; any a little, if it is there."""
    gap = reach_gap(senses, thing.name)
    found = [
        (("-" if gap[k] > 0 else "+") + "xy"[k], abs(float(gap[k])) + FETCHED)
        for k in np.flatnonzero(gap)
    ]
    return found or [(direction, FETCHED) for direction in AXES]
