"""Why a search gave up: each way to a goal with what came of it, or what rules it out."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from habilis.assets.scene.goal import Goal, predicates
from habilis.assets.scene.things import Thing
from habilis.llm_planner.run.plan import Step
from habilis.llm_planner.search.affordances import glide, reach_gap, stands_on
from habilis.llm_planner.search.clearance import beyond_reach, hindrance
from habilis.llm_planner.search.goals import conjunctions, unwanted
from habilis.llm_planner.search.options import clear_of_table
from habilis.llm_planner.search.ways.opening import covers
from habilis.llm_planner.search.ways.walking import ruled_out
from habilis.policies.skills.geometry.effector import widest
from habilis.policies.skills.geometry.grips import choose_grip, in_the_way
from habilis.policies.skills.geometry.in_hand import as_gripped, in_hand
from habilis.policies.skills.grasping import Grasp
from habilis.policies.skills.joints.opening import MoveJoint
from habilis.policies.skills.senses import AXES, Senses
from habilis.policies.skills.skill import resting
from habilis.policies.skills.sweeping import Sweep

DONE = "done"  # outcome of what ran through without reaching the goal
_NUMBER = re.compile(r"\d+(\.\d+)?")
TAKES = ("grasp", "take_tool", "join")  # skills after which something is in the hand
FETCHED = 0.05  # m inside the workspace to which something would have to be brought


@dataclasses.dataclass(frozen=True)
class Tried:
    """One candidate as it was rolled out."""

    why: str
    cost: float
    steps: tuple[Step, ...]
    outcome: str


def commonest(outcomes: Sequence[str]) -> str:
    """The first of those that are the most common but for their numbers."""
    kinds = [_NUMBER.sub("", outcome) for outcome in outcomes]
    return outcomes[kinds.index(Counter(kinds).most_common(1)[0][0])]


def considered(senses: Senses, goal: Goal, tried: Sequence[Tried] = ()) -> tuple[str, ...]:
    """A line for each way to move what a goal is about: what came of it, or what rules it out.

    Args:
      senses: the present.
      goal: which was not reached.
      tried: what was rolled out.
    """
    wants = list(itertools.chain.from_iterable(conjunctions(goal))) or unwanted(goal)
    names = dict.fromkeys(want.subject.partition("/")[0] for want in wants)
    if senses.scene.hand == "legs":
        return tuple(line for name in names for line in ruled_out(senses, name))
    joints = {want.subject: want.value or 0.0 for want in wants if want.word == "joint"}
    for name in dict.fromkeys(n for want in wants for n in (want.subject, want.other) if n):
        joints = {body: to for body, _, to in covers(senses, name)} | joints
    lines = [_by_handle(senses, name, to, tried) for name, to in joints.items()]
    for name in names:
        lines += _ways(senses, senses.entity(name), tried)
    return tuple(lines)


def _by_handle(senses: Senses, name: str, to: float, tried: Sequence[Tried]) -> str:
    """What came of moving something along its joint by the hand, or what rules it out."""
    came = _came(tried, name, None, taken=False)
    refused = MoveJoint(name, to).start(senses, resting(senses))
    return f"{name} by a handle: {came or (refused.reason if refused else 'it is possible')}"


def _ways(senses: Senses, thing: Thing, tried: Sequence[Tried]) -> Iterator[str]:
    name = thing.name
    if thing.movable:
        came = _came(tried, name, None, taken=True)
        yield f"{name} by hand: {came or _hold(senses, thing) or _lacks(senses, thing)}"
    elif thing.joint is None and not any(link.joint for link in thing.links):
        held = any(p.word == "held" and p.subject == name for p in predicates(senses.scene.goal))
        why = (_came(tried, name, None, taken=True) or _hold(senses, thing)) if held else ""
        yield f"{name} by any means: {why or 'it is fixed'}"
        return
    came = _came(tried, name, None, taken=False)
    yield f"{name} with the closed fingers: {came or _sweep(senses, thing, None)}"
    for tool in senses.scene.entities:
        if tool.movable and tool.name != name:
            came = _came(tried, name, tool.name, taken=True)
            why = came or _hold(senses, tool) or _sweep(senses, thing, tool)
            yield f"{name} with {tool.name}: {why}"


def _came(tried: Sequence[Tried], name: str, tool: str | None, taken: bool) -> str:
    """What came of the rollouts in which a thing was moved in one way; '' if there were none."""
    mine = [one for one in tried if _is_way(one, name, tool, taken)]
    if not mine:
        return ""
    count = f"tried {len(mine)} times" if len(mine) > 1 else "tried once"
    failed = [one.outcome for one in mine if one.outcome != DONE]
    if not failed:
        return f"{count}: it ran through, but the goal did not hold"
    return f"{count}: {'most often ' if len(mine) > 1 else ''}{commonest(failed)}"


def _is_way(one: Tried, name: str, tool: str | None, taken: bool) -> bool:
    used = {
        str(step.args[key]) for step in one.steps for key in ("tool", "object") if key in step.args
    }
    grasped = any(step.skill in TAKES for step in one.steps)
    return name in used and used == {name, *([tool] if tool else [])} and grasped == taken


def _hold(senses: Senses, thing: Thing) -> str:
    """Why something cannot be taken by the hand from here; '' if it can."""
    refused = Grasp(thing.name).start(senses, resting(senses))
    if refused is not None:
        return refused.reason
    grip, most = choose_grip(senses, thing.name), widest(senses.scene.robot)
    if grip.width <= 0:
        return "there is nothing between the fingers at the point where it would be gripped"
    if grip.centred > most:
        return (
            f"around where it would be gripped it takes {grip.centred:.3f} m, the jaw {most:.3g} m"
        )
    if not grip.clear:
        touched = " and ".join(in_the_way(senses, thing.name, grip))
        return f"the hand would touch {touched} on its way to it"
    return ""


def _lacks(senses: Senses, thing: Thing) -> str:
    """What is missing where a thing can be taken: it is where it has to go that is out of reach."""
    wants = itertools.chain.from_iterable(conjunctions(senses.scene.goal))
    for want in wants:
        if want.subject == thing.name and want.other is not None:
            beyond = np.abs(senses.scene.workspace.outside(senses.get_center(want.other)))[:2]
            if beyond.max() > 0:
                return f"the hand takes it, but {want.other} is {beyond.max():.3f} m out of reach"
    return f"the hand takes it, but no skill brings it to {senses.scene.goal}"


def _sweep(senses: Senses, thing: Thing, tool: Thing | None) -> str:
    """How far a sweep is from being possible, in the direction in which least is missing."""
    name = tool.name if tool is not None else None
    hand = in_hand(senses, None)
    if name is not None:
        hand = as_gripped(senses, name, clear_of_table(senses, name, None))
    ways, box, raised = [], senses.box(thing.name), stands_on(senses, thing.name)
    for direction, distance in _directions(senses, thing):
        for part in hand.faces if tool is not None else (None,):
            height = glide(hand, part, box, raised)
            sweep = Sweep(thing.name, direction, distance, name, part, height=height)
            sweep.senses = senses
            short, axis = beyond_reach(sweep, hand)
            ways.append((short, direction, part, axis, sweep))
    short, direction, part, axis, sweep = min(ways, key=lambda way: way[0])
    face = f" with its {part}" if part is not None else ""
    if short > 1e-6:
        out = f"{short:.3f} m out of reach in {axis}"
        return f"to move it {direction}{face} the gripper would be {out}"
    if why := hindrance(sweep, hand, part):
        return f"to move it {direction}{face}: {why}"
    gap = reach_gap(senses, thing.name)
    far = f"{np.abs(gap).max():.3f} m beyond reach" if gap.any() else "within reach"
    return f"it could be moved {direction}{face}, which leads no nearer to the goal: it is {far}"


def _directions(senses: Senses, thing: Thing) -> list[tuple[str, float]]:
    """Ways and distances (m) to bring something into reach; any a little, if it is there."""
    gap = reach_gap(senses, thing.name)
    found = [
        (("-" if gap[k] > 0 else "+") + "xy"[k], abs(float(gap[k])) + FETCHED)
        for k in np.flatnonzero(gap)
    ]
    return found or [(direction, FETCHED) for direction in AXES]
