"""Ways to change where things are for the sake of others: pushed onto, put over, out of the way."""

from __future__ import annotations

from collections.abc import Container, Iterator

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.solids.container import container
from habilis.assets.scene.things import Thing
from habilis.llm_planner.run.plan import Step
from habilis.llm_planner.search.affordances import carries, free_spot, missing, move
from habilis.llm_planner.search.options import (
    GRASP_COST,
    LIFT_COST,
    PAST,
    PLACE_COST,
    UNASKED,
    Option,
    graspable,
    grips,
    step,
)
from habilis.policies.skills.geometry.effector import effector_of
from habilis.policies.skills.geometry.in_hand import as_gripped
from habilis.policies.skills.grasping import OPEN
from habilis.policies.skills.senses import AXES, Senses

BESIDE = 0.05  # m from a thing at which another may keep it from being taken
HOLE = 0.005  # m between points at which a hole is looked for
WITHIN = 0.8  # of a distance that is asked for at most


def push_onto(senses: Senses, name: str, other: str) -> Iterator[Option]:
    """Ways to push an entity onto the flat parts of another that lie as low as it does."""
    for part in senses.entity(other).parts:
        for direction, distance in missing(senses.box(name), senses.part_box(other, part)):
            yield from move(senses, name, direction, distance)


def push_near(senses: Senses, want: Predicate) -> Iterator[Option]:
    """Ways to push an entity to another: until they touch, or as near as the goal asks."""
    name, other = want.subject, str(want.other)
    one, two = senses.box(name), senses.box(other)
    gap = two.centre - one.centre
    for k, axis in enumerate(np.eye(3)[:2]):
        aside = abs(float(gap[1 - k]))
        room = one.half(axis) + two.half(axis)
        apart = aside > one.half(np.eye(3)[1 - k]) + two.half(np.eye(3)[1 - k])
        if want.word == "touching":
            if apart:
                continue
            way = abs(float(gap[k])) - room + PAST
        else:
            near = WITHIN * np.sqrt(max((want.value or 0.0) ** 2 - aside**2, 0.0))
            way = abs(float(gap[k])) - max(near, 0.0 if apart else room + PAST)
        if way > 0:
            yield from move(senses, name, ("+" if gap[k] > 0 else "-") + "xy"[k], way)


def over(senses: Senses, ring: str, post: str) -> Iterator[Option]:
    """Ways to put a thing with a hole over another, so that this is in it."""
    hole = _hole(senses, ring)
    if hole is None or not senses.entity(ring).movable:
        return
    spot = senses.get_center(post) + senses.get_center(ring) - hole
    place = step("place", object=ring, position=(float(spot[0]), float(spot[1])))
    for grip in grips(senses, ring):
        if graspable(senses, ring, grip):
            steps = (step("grasp", object=ring, grip=grip), place)
            yield Option(steps, GRASP_COST + PLACE_COST, f"put {ring} over {post}")


def off(senses: Senses, name: str) -> Iterator[Option]:
    """Ways to push an entity over an edge of what it stands on."""
    box = senses.box(name)
    for entity in senses.scene.entities:
        if entity.name == name or not carries(senses, entity.name, name):
            continue
        under = senses.box(entity.name)
        for direction, axis in AXES.items():
            edge = float(under.centre @ axis) + under.half(axis)
            yield from move(senses, name, direction, edge - float(box.centre @ axis) + PAST)


def aside(senses: Senses, name: str) -> Iterator[Option]:
    """Ways to take what is beside or on an entity out of its way."""
    box = senses.box(name)
    for entity in senses.scene.entities:
        if entity.name != name and box.overlaps(senses.box(entity.name), BESIDE):
            yield from _put_aside(senses, entity, name)


def unlidded(senses: Senses, name: str, wanted: Container[str]) -> Iterator[Option]:
    """Ways to take off what lies over the middle of an entity, but for what is wanted there."""
    middle = senses.get_center(name)
    for entity in senses.scene.entities:
        over = senses.box(entity.name)
        if entity.name in wanted or not carries(senses, name, entity.name):
            continue
        if (over.low[:2] < middle[:2]).all() and (middle < over.high).all():
            yield from _put_aside(senses, entity, name)


def _put_aside(senses: Senses, entity: Thing, name: str) -> Iterator[Option]:
    """Put one thing where it is in the way of neither itself nor another."""
    if not entity.movable or entity.grains is not None or not graspable(senses, entity.name):
        return
    own, hand = senses.box(entity.name), as_gripped(senses, entity.name, entity.grip())
    spot = free_spot(senses, entity.name, hand, own.centre, [senses.box(name), own])
    if spot is not None:
        steps = (
            step("grasp", object=entity.name),
            step("place", object=entity.name, position=spot),
        )
        left = GRASP_COST + LIFT_COST + UNASKED
        why = f"put {entity.name} out of the way of {name}"
        yield Option(steps, GRASP_COST + PLACE_COST, why, left)


def let_go(senses: Senses) -> Iterator[Option]:
    """Opening the hand, if it is not open, and leaving: where only negations are left of a goal."""
    if senses.aperture < effector_of(senses.scene.robot).widest - OPEN:
        yield Option(release(senses), PLACE_COST, "let go")


def release(senses: Senses) -> tuple[Step, ...]:
    """Steps that leave what is in the hand where it is."""
    x, y, _ = senses.tcp
    up = (float(x), float(y), senses.scene.workspace.upper[2])
    return step("open_gripper"), step("move_to_position", position=up)


def _hole(senses: Senses, name: str) -> Array | None:
    """(3,) the middle of what a thing has walls around and nothing in, from above to below, m."""
    box, solids = senses.box(name), container(senses.entity(name).parts)
    pos, rot = senses.pose(name)
    x, y = (
        np.arange(lo + HOLE, hi, HOLE) for lo, hi in zip(box.low[:2], box.high[:2], strict=True)
    )
    points = np.array([[a, b, box.centre[2]] for a in x for b in y]).reshape(-1, 3)
    if not len(points):
        return None
    local, half = (points - pos) @ rot, np.full(len(points), box.size[2] / 2)
    inside = solids.takes_in(local, local[:, 2] - half, local[:, 2] + half)
    inside &= ~solids.bears(local, np.tile(-rot[2], (len(local), 1)), half)
    if not inside.any():
        return None
    room = solids.clearance(local[inside])
    best: Array = points[inside][int(np.argmax(room))]
    return best
