"""Ways of a robot on legs to where it is to stand: steps and bridges that it pushes into place."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.things import Thing
from habilis.envs.legged.ways import STEP, Way
from habilis.llm_planner.search.options import Option, step
from habilis.policies.skills.geometry.solids import Box
from habilis.policies.skills.legs.pushing import PushToPosition
from habilis.policies.skills.legs.walking import ground
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import resting

PACE = 0.25  # m/s, of a walk with its turns
PUSHING = 10.0  # s that a push takes beside its way
INTO = 0.02  # m beyond a side to which things are pushed that are to lie against it
LEVEL = 0.03  # m of height within which two surfaces are one
WIDE = 0.15  # m that a robot needs on both sides of its middle
MOST = 24  # places of a thing that are looked at


def walked(senses: Senses, wants: Sequence[Predicate]) -> Iterator[Option]:
    """Walks to what the robot is to stand on, and pushes after which it could."""
    for want in wants:
        if want.word == "stands":
            yield from _onto(senses, want.subject)
        elif want.word in ("near", "on", "in", "touching") and want.other is not None:
            x, y, z = senses.box(want.other).centre
            push = step("push_to_position", object=want.subject, position=(x, y, z))
            yield Option((push,), PUSHING, f"push {want.subject} to {want.other}")


def ruled_out(senses: Senses, name: str) -> tuple[str, ...]:
    """Why the robot cannot stand on a thing as things are, and why others cannot be pushed."""
    way = _way(senses, senses.box(name))
    easiest = f"the easiest way has a step of {way.step:.2f} m, {STEP:g} m at the most"
    walk = f"{name} on foot: " + (easiest if not way.found else "there is a way")
    pushes = [(thing.name, _refused(senses, thing.name)) for thing in _loose(senses)]
    lines = [f"{name} by {other}: {why or 'no place for it opens a way'}" for other, why in pushes]
    return (walk, *lines)


def _onto(senses: Senses, name: str) -> Iterator[Option]:
    target = senses.box(name)
    way = _way(senses, target)
    if way.found:
        yield _walk(name, way, senses)
        return
    for thing in _loose(senses):
        if _refused(senses, thing.name):
            continue
        box = senses.box(thing.name)
        for place in itertools.islice(_places(senses, thing), MOST):
            by = place - box.centre[:2]
            opened = _way(senses, target, thing.name, by)
            if not opened.found:
                continue
            position = (*(float(v) for v in place), float(box.centre[2]))
            push = step("push_to_position", object=thing.name, position=position)
            cost = PUSHING + float(np.abs(by).sum()) / PACE
            left = _long(senses.tcp[:2], opened) / PACE
            yield Option((push,), cost, f"push {thing.name} to make a way to {name}", left)


def _walk(name: str, way: Way, senses: Senses) -> Option:
    x, y = (float(v) for v in way.points[-1])
    z = float(senses.box(name).centre[2] + senses.box(name).size[2] / 2)
    walk = step("walk_to_position", position=(x, y, z))
    return Option((walk,), _long(senses.tcp[:2], way) / PACE, f"walk to {name}")


def _long(start: Array, way: Way) -> float:
    points = np.vstack((start[None], way.points))
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _way(senses: Senses, target: Box, name: str = "", by: Array | None = None) -> Way:
    """To the place on a thing that is nearest to its middle and can be walked to."""
    seen, best = ground(senses, moved=name, by=by), None
    along = np.argmax(target.size[:2])
    room = max(0.0, float(target.size[along]) / 2 - 2 * WIDE)
    middles = [np.array(target.centre[:2])]
    for off in (-room, room, -room / 2, room / 2):
        middle = np.array(target.centre[:2])
        middle[along] += off
        middles.append(middle)
    for middle in middles:
        way = seen.way(senses.tcp[:2], middle)
        if way.found:
            return way
        best = way if best is None or way.step < best.step else best
    assert best is not None
    return best


def _loose(senses: Senses) -> list[Thing]:
    return [e for e in senses.scene.entities if e.movable and e.grains is None]


def _refused(senses: Senses, name: str) -> str:
    """Why a thing cannot be pushed from here; '' if it can."""
    box = senses.box(name)
    skill = PushToPosition(name, (float(box.centre[0]), float(box.centre[1]), 0.0))
    no = skill.start(senses, resting(senses))
    return no.reason if no is not None and not no.ok else ""


def _places(senses: Senses, thing: Thing) -> Iterator[Array]:
    """Where a thing could lie: against a side of another, or across the gap between two."""
    own = senses.box(thing.name)
    boxes = [senses.box(e.name) for e in senses.scene.entities if e is not thing]
    for one, other in itertools.combinations(boxes, 2):
        if (gap := _between(one, other, own)) is not None:
            yield gap
    for box in sorted(boxes, key=lambda b: abs(_top(b) - _top(own) - STEP)):
        for axis, sign in itertools.product((0, 1), (-1, 1)):
            place = np.array(box.centre[:2])
            place[axis] += sign * ((box.size[axis] + own.size[axis]) / 2 - INTO)
            if not any(_within(b, place, own) for b in boxes):
                yield place


def _top(box: Box) -> float:
    return float(box.centre[2] + box.size[2] / 2)


def _between(one: Box, other: Box, own: Box) -> Array | None:
    """(2,) in the middle of the gap between two surfaces as high as the thing's own, or None."""
    below = float(own.centre[2] - own.size[2] / 2)
    if abs(_top(one) - below) > LEVEL or abs(_top(other) - below) > LEVEL:
        return None
    apart = np.abs(one.centre - other.centre)[:2] - (one.size + other.size)[:2] / 2
    axis = int(apart.argmax())
    if not 0 < apart[axis] < own.size[axis]:
        return None
    first, last = sorted((one, other), key=lambda b: float(b.centre[axis]))
    place = own.centre[:2].copy()
    edges = first.centre[axis] + first.size[axis] / 2, last.centre[axis] - last.size[axis] / 2
    place[axis] = sum(edges) / 2
    return place


def _within(box: Box, place: Array, own: Box) -> bool:
    """Whether a thing would be in another there, by more than it is pushed into its side."""
    apart = np.abs(box.centre[:2] - place) - (box.size + own.size)[:2] / 2
    level = abs(float(box.centre[2] - own.centre[2])) - float(box.size[2] + own.size[2]) / 2
    return bool((apart < -2 * INTO).all() and level < -0.001)
