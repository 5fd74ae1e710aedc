"""From a goal to the options that serve it from here."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.goal import All, Any, Goal, Not, Predicate
from habilis.envs.world.judging.monitor import enough_path, targets
from habilis.llm_planner.run.plan import Step
from habilis.llm_planner.search import hand_tools
from habilis.llm_planner.search.affordances import PROUD, WELL_ON, bring, move
from habilis.llm_planner.search.arranging import (
    aside,
    let_go,
    off,
    over,
    push_near,
    push_onto,
    release,
    unlidded,
)
from habilis.llm_planner.search.options import (
    COLLATERAL,
    GRASP_COST,
    LIFT_COST,
    PAST,
    PLACE_COST,
    Option,
    dared,
    step,
    takes,
)
from habilis.llm_planner.search.ways.levers import levered
from habilis.llm_planner.search.ways.opening import opened, uncovered
from habilis.llm_planner.search.ways.pouring import poured
from habilis.llm_planner.search.ways.pressing import pressed
from habilis.llm_planner.search.ways.realigned import bring_realigned
from habilis.llm_planner.search.ways.spots import spots_on
from habilis.llm_planner.search.ways.undoing import undone
from habilis.llm_planner.search.ways.walking import walked
from habilis.policies.skills.geometry.solids import Box, around
from habilis.policies.skills.senses import AXES, Senses

LIFT_MARGIN = 0.03  # m above the height asked for
GIVE = 0.02  # m that something springs back against what was left in its way
TIED = 20.0  # s: penalty for moving what is tied
WALL = 0.01  # m, from the edge of a thing within which a part of it is its side
DEEP = {"in": 0.015, "on": WELL_ON}  # m, of the last side of what is swept there, from its edge
UPRIGHT = 0.1  # of a motion that must be along the table for a push to be of use
STOP = 0.002  # m beyond the end of a joint's range


def conjunctions(goal: Goal) -> list[list[Predicate]]:
    """The ways to satisfy a goal, as lists of what must positively hold; negations are left to
    the final check."""
    if isinstance(goal, Predicate):
        return [[goal]]
    if isinstance(goal, Not):
        return [[]]
    if isinstance(goal, Any):
        return [way for g in goal.goals for way in conjunctions(g)]
    assert isinstance(goal, All)
    ways: list[list[Predicate]] = [[]]
    for part in goal.goals:
        ways = [way + more for way in ways for more in conjunctions(part)]
    return ways


def unwanted(goal: Goal) -> list[Predicate]:
    """What must not hold, in whichever way the goal is reached."""
    if isinstance(goal, Not):
        return [p for way in conjunctions(goal.goal) for p in way]
    if isinstance(goal, Predicate):
        return []
    return [p for part in goal.goals for p in unwanted(part)]


def _never(_: Predicate) -> bool:
    return False


def options(
    senses: Senses, goal: Goal, met: Callable[[Predicate], bool] = _never
) -> Iterator[Option]:
    """Steps worth trying from here, in no particular order.

    Args:
      senses: the present.
      goal: of which something is not reached.
      met: whether a part of it is; nothing is, if left out.
    """
    for way in conjunctions(goal):
        wanted = {name: [p for p in way if p.subject == name] for name in _subjects(way)}
        missing = {name: wants for name, wants in wanted.items() if not all(map(met, wants))}
        open_still = [p for wants in missing.values() for p in wants]
        if senses.scene.hand == "legs":
            yield from walked(senses, open_still)
            continue
        yield from _sweep_together(senses, open_still)
        yield from poured(senses, open_still)
        held = {name: list(_clip(senses, wants)) for name, wants in missing.items()}
        for subject, wants in missing.items():
            first = (ways for name, ways in held.items() if name != subject and ways)
            then = sum(min(option.cost for option in ways) for ways in first)
            ways = list(_for_subject(senses, wants))
            if all(option.dared for option in ways):
                ways += [*aside(senses, subject), *uncovered(senses, subject)]
            yield from _first(iter(ways), then)
        if not missing:
            yield from let_go(senses)
    for bar in filter(met, unwanted(goal)):
        yield from undone(senses, bar)


def _subjects(way: list[Predicate]) -> list[str]:
    return list(dict.fromkeys(p.subject for p in way))


def with_tool(senses: Senses, tool: str) -> Iterator[Option]:
    """Ways to move what the goal wants with a tool that must be used, far enough to count."""
    scene = senses.scene
    for name in targets(scene):
        for direction in AXES:
            for option in move(senses, name, direction, enough_path(scene, name) + PAST):
                if tool in option.means.split():
                    yield option


def _for_subject(senses: Senses, wants: list[Predicate]) -> Iterator[Option]:
    name = wants[0].subject
    words = {p.word: p for p in wants}
    if "severed" in words:
        yield from hand_tools.cut(senses, name)
        return
    yield from _clip(senses, wants)
    yield from hand_tools.free(senses, name)
    yield from _first(_moving(senses, name, words), _tied(senses, name))


def _tied(senses: Senses, *names: str) -> float:
    """What moving things costs more because something ties one of them, s."""
    return TIED if any(True for name in names for _ in hand_tools.free(senses, name)) else 0.0


def _moving(senses: Senses, name: str, words: Mapping[str, Predicate]) -> Iterator[Option]:
    if "joint" in words:
        yield from _turn(senses, words["joint"])
        return
    if "held" in words or "lifted" in words:
        yield from _take(senses, name, words.get("lifted"))
    for word in ("on", "in"):
        if word in words:
            yield from _put(senses, name, words[word], onto=True)
            yield from uncovered(senses, str(words[word].other))
            yield from unlidded(senses, str(words[word].other), _going_to(senses, words[word]))
    if "on" in words:
        yield from push_onto(senses, name, str(words["on"].other))
    if "in" in words:
        yield from over(senses, str(words["in"].other), name)
    for word in ("near", "touching"):
        if word in words:
            yield from _put(senses, name, words[word], onto=False)
            yield from push_near(senses, words[word])
    if "lowered" in words:
        yield from off(senses, name)
    if "moved" in words and not {"held", "lifted"} & set(words):
        for direction in AXES:
            yield from move(senses, name, direction, (words["moved"].value or 0.0) + PAST)


def _clip(senses: Senses, wants: list[Predicate]) -> Iterator[Option]:
    flaps = [p.other for p in wants if p.word == "clips" and p.other is not None]
    if flaps:
        yield from hand_tools.clip(senses, wants[0].subject, flaps)


def _take(senses: Senses, name: str, lifted: Predicate | None) -> Iterator[Option]:
    height = (lifted.value if lifted and lifted.value else 0.0) + LIFT_MARGIN
    found, still = False, senses.entity(name).fixed
    for grip in takes(senses, name):
        found = True
        grasp = step("grasp", object=name, grip=grip)
        if still:
            yield Option((grasp,), GRASP_COST, f"hold {name}")
            continue
        steps = (grasp, step("lift", object=name, height=height))
        yield Option(steps, GRASP_COST + LIFT_COST, f"take {name}")
    if not found:
        lift = step("lift", object=name, height=height)
        yield from _daring(senses, name, lift, LIFT_COST, f"take {name}")
        yield from hand_tools.pick(senses, name)
        yield from _first(_bring(senses, name), GRASP_COST + LIFT_COST)


def _daring(senses: Senses, name: str, then: Step, cost: float, why: str) -> Iterator[Option]:
    """Ways to take an entity, and then do something, in which a touch is foreseen."""
    for grasp, met in dared(senses, name):
        text = f"{why} although the hand may touch {met}"
        yield Option((grasp, then), GRASP_COST + cost + COLLATERAL, text, dared=True)


def _bring(senses: Senses, name: str) -> Iterator[Option]:
    """Ways to move an entity to where it can be taken; tools are turned if nothing else is left.

    The boxes by which sweeps are found say little of a part at a slant, from which things slip.
    """
    ways = list(bring(senses, name))
    yield from ways
    yield from bring_realigned(senses, name, slanted=bool(ways))


def _first(ways: Iterator[Option], then: float) -> Iterator[Option]:
    """Options after which ``then`` seconds of work are left."""
    for option in ways:
        yield dataclasses.replace(option, left=option.left + then)


def _put(senses: Senses, name: str, want: Predicate, onto: bool) -> Iterator[Option]:
    assert want.other is not None
    found = [] if senses.entity(name).fixed else list(itertools.islice(takes(senses, name), 1))
    if not found:
        if onto:
            place = step("place", object=name, on=want.other)
            yield from _daring(senses, name, place, PLACE_COST, f"put {name} on {want.other}")
            yield from hand_tools.put(senses, name, want.other)
        yield from _first(_bring(senses, name), GRASP_COST + PLACE_COST)
        return
    grasp = step("grasp", object=name, grip=found[0])
    if onto:
        if np.any(senses.scene.workspace.outside(senses.get_center(want.other))[:2]):
            return
        for spot in spots_on(senses, name, want.other, _shared(senses, want)):
            place = step("place", object=name, on=want.other, position=spot)
            yield Option((grasp, place), GRASP_COST + PLACE_COST, f"put {name} on {want.other}")
        return
    other, size = senses.box(want.other), senses.box(name).size
    space = max(0.0, 0.002 if want.word == "touching" else PAST)
    for axis in AXES.values():
        reach = other.half(axis) + float(np.abs(axis) @ size) / 2 + space
        beside = other.centre + reach * axis
        place = step("place", object=name, position=(float(beside[0]), float(beside[1])))
        yield Option((grasp, place), GRASP_COST + PLACE_COST, f"put {name} beside {want.other}")


def _shared(senses: Senses, want: Predicate) -> bool:
    """Whether the goal wants something else on or in the same thing."""
    return len(_going_to(senses, want)) > 1


def _going_to(senses: Senses, want: Predicate) -> set[str]:
    """What the goal wants on or in the same thing, together with what this is about."""
    ways = (way for way in conjunctions(senses.scene.goal) if want in way)
    there = {p.subject for way in ways for p in way if p.other == want.other and p.word in DEEP}
    return there | {want.subject}


def _sweep_together(senses: Senses, way: list[Predicate]) -> Iterator[Option]:
    """Move all that is to be in or on a thing, and lies before an open side of it, at once."""
    wants = [p for p in way if p.word in DEEP and p.other]
    for word, other in dict.fromkeys((p.word, str(p.other)) for p in wants):
        if word == "on" and sum((p.word, p.other) == (word, other) for p in wants) < 2:
            continue  # pushed by itself
        boxes = {
            p.subject: senses.box(p.subject) for p in wants if (p.word, p.other) == (word, other)
        }
        for direction, axis in AXES.items():
            edge = _behind(senses.box(other), axis)
            left = [name for name, box in boxes.items() if _behind(box, axis) < edge]
            left.sort(key=lambda name: _behind(boxes[name], axis))
            if left and _open(senses, other, axis, around([boxes[name] for name in left])):
                distance = edge + DEEP[word] - _behind(boxes[left[0]], axis)
                ways = move(senses, left[0], direction, distance, left[1:])
                yield from _first(ways, _tied(senses, *left))


def _open(senses: Senses, name: str, axis: Array, things: Box) -> bool:
    """Whether things that come along an axis meet no wall of a thing, and do not pass beside it."""
    across, box = 1 - np.abs(axis[:2]), senses.box(name)
    if ((things.low < box.low) | (box.high < things.high))[:2] @ across:
        return False
    edge = _behind(box, axis) + WALL
    parts = (solid.box() for solid in senses.solids(name))
    near = (part for part in parts if _behind(part, axis) < edge)
    walls = [part for part in near if part.high[2] > things.low[2] + PROUD]
    return not any(
        ((part.low < things.high) & (things.low < part.high))[:2] @ across for part in walls
    )


def _behind(box: Box, axis: Array) -> float:
    """Where a box begins along an axis, m."""
    return float(box.centre @ axis) - box.half(axis)


def _turn(senses: Senses, want: Predicate) -> Iterator[Option]:
    """Push a jointed entity along its joint; a hinge is pushed where its far side would go."""
    joint, value = senses.scene.body(want.subject).joint, want.value or 0.0
    if joint is None or joint.kind == "ball":
        return
    yield from opened(senses, want)
    yield from levered(senses, want)
    yield from pressed(senses, want)
    _, rot = senses.pose(want.subject)
    sign = -1.0 if value < 0 else 1.0
    span = joint.range[1] if value >= 0 else -joint.range[0]
    axis = rot @ np.array(joint.axis)
    if joint.kind == "hinge":
        arm = senses.get_center(want.subject) - senses.point(want.subject, joint.pos)
        axis = np.cross(axis, arm)
        value, span = (v * float(np.linalg.norm(arm)) for v in (value, span))
    k = int(np.argmax(np.abs(axis[:2])))
    if abs(axis[k]) < UPRIGHT * np.linalg.norm(axis):
        return
    direction = ("+" if sign * axis[k] > 0 else "-") + "xy"[k]
    way = min(abs(value) + PAST, span + STOP)
    for option in move(senses, want.subject, direction, way):
        yield _staying(option, want.subject) if joint.stiffness > 0 else option
    if joint.stiffness > 0:
        yield from _propped(senses, want.subject, direction, min(way + GIVE, span + STOP))


def _propped(senses: Senses, name: str, direction: str, way: float) -> Iterator[Option]:
    """Pushes with a tool that is then left in the way of what would spring back."""
    for option in move(senses, name, direction, way):
        staying = _staying(option, name)
        if staying is not option and len(staying.steps) > 1:
            steps = (*staying.steps, *release(senses))
            why = f"{staying.why}, and leave it there"
            yield Option(steps, staying.cost + PLACE_COST, why)


def _staying(option: Option, name: str) -> Option:
    """The option, ending with the push at a thing that springs back when it is let go."""
    steps: list[Step] = []
    for each in option.steps:
        if each.skill == "sweep" and each.args["object"] == name:
            steps.append(Step("sweep", {**each.args, "leave": False}))
            return dataclasses.replace(option, steps=tuple(steps))
        steps.append(each)
    return option
