"""How an end effector from above takes a thing: at which yaw, and what would be in its way."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.rotations import DOWN, pointing_down
from habilis.policies.skills.geometry.arm_room import arm_meets
from habilis.policies.skills.geometry.effector import ROOM, HandRoom, effector_of, lowest, widest
from habilis.policies.skills.geometry.solids import Box, Solid, around, solid_box
from habilis.policies.skills.senses import Senses

Vec3 = tuple[float, float, float]

LEVEL = 0.3  # of an axis' vertical share, above which a face is no side to press on
SAME = np.radians(2.0)  # rad between two yaws that count as one
GRAZE = 0.001  # m by which the boxes around fingers, which are rounded, may be in something else
SURE = 0.012  # m by which a hand is slimmer, at the most, than the boxes around it
SLACK = 1e-9  # m of rounding
PALM_ROOM = 0.003  # m, between the palm and a thing in the fingers
OFF = (0.01, -0.01, 0.015, -0.015, 0.02, -0.02)  # m off its point that a thing may be taken
ON_TOP = 0.004  # m above a thing's bottom that what it lies on may reach


@dataclasses.dataclass(frozen=True)
class Grip:
    """One way to take a thing from above.

    Attributes:
      point: (3,) of the tool centre point, m.
      yaw: of the hand about the vertical, rad; 0 closes along the world's y.
      width: of what is between the fingers, m.
      centred: the width it would take with the fingers as far from the point on either side, m.
      clear: whether fingers and palm touch nothing else.
      opening: how far the fingers open for it, m: as far as they do, but where a thin part of
        something wide is taken.
    """

    point: Array
    yaw: float
    width: float
    centred: float
    clear: bool
    opening: float

    @property
    def rot(self) -> Array:
        """(3, 3) of the tool centre point."""
        return pointing_down(self.yaw)


def grip_point(senses: Senses, name: str, grip: Vec3 | None) -> Array:
    """World position (3,) of a grip in a thing's frame, no lower than the fingers allow.

    A thing that does not say where it is gripped is gripped so high that the palm is above it.
    """
    body, robot = senses.scene.body(name), senses.scene.robot
    point = senses.point(name, body.grip() if grip is None else np.array(grip))
    least = lowest(robot)
    if grip is None and "grip" not in body.frames:
        least = max(least, _under_palm(senses, name, point))
    point[2] = max(point[2], least)
    return point


def _under_palm(senses: Senses, name: str, point: Array) -> float:
    """Least height of the tool centre point at which the palm is above what is under it, m."""
    palm = HandRoom(senses.scene.robot, DOWN).palm.box()
    across = np.append(np.full(2, min(palm.half(axis) for axis in np.eye(3)[:2])), np.inf)
    column = Box(point - across, point + across)
    tops = [s.box().high[2] for s in senses.solids(name) if s.box().overlaps(column)]
    return max(tops, default=-np.inf) - float(palm.low[2]) + PALM_ROOM


def choose_grip(
    senses: Senses, name: str, grip: Vec3 | None = None, yaw: float | None = None
) -> Grip:
    """The best way to take a thing at a point: of those in ``grips`` the first that the arm gets
    to from here without being in anything, or the first it gets to, or the first."""
    ways = grips(senses, name, grip, yaw)
    first = next(ways)
    if yaw is not None:
        return first
    within: list[Grip] = []
    for way in (first, *ways):
        met = arm_at(senses, way)
        if met == []:
            return way
        within += [way] if met else []
    return next(iter(within), first)


def arm_at(senses: Senses, grip: Grip) -> list[tuple[str, str]] | None:
    """What the arm would be in with the hand at a grip, link and thing; None if out of reach."""
    reach = next(senses.reach([(grip.point, grip.rot)]))
    return arm_meets(senses, reach.q[0]) if reach.ok.all() else None


def grips(
    senses: Senses, name: str, grip: Vec3 | None = None, yaw: float | None = None
) -> Iterator[Grip]:
    """Ways to take a thing at a point, at least one, the best first.

    The hand turns only if it must: where things fit between the fingers at yaw 0 they are taken
    so; else along the sides of the parts there, with as little turning as possible.

    Args:
      senses: the present.
      name: of the thing.
      grip: point in its frame, m; its graspable point if left out.
      yaw: of the hand, rad; chosen if left out.

    Yields:
      Those that fit and are clear, if there are any; else all, first those that fit, the narrowest
      first.
    """
    point = grip_point(senses, name, grip)
    straight = _grip(senses, name, point, yaw or 0.0)
    most = widest(senses.scene.robot)
    fits = straight.centred <= most and straight.clear
    if fits or yaw is not None:
        yield straight
    if yaw is not None:
        return
    turned = [_grip(senses, name, point, y) for y in _yaws(senses, name, point)]
    good = [g for g in turned if 0 < g.width and g.centred <= most and g.clear]
    yield from sorted(good, key=lambda g: abs(g.yaw))
    if not good and not fits:
        yield from sorted(
            (straight, *turned), key=lambda g: (g.width > most, round(g.width, 6), abs(g.yaw))
        )


def opening_around(senses: Senses, name: str) -> float:
    """How far the fingers can open around what they hold, m, before they meet other parts of it."""
    yaw = float(np.arctan2(senses.rot[1, 0], senses.rot[0, 0]))
    return _grip(senses, name, senses.tcp, yaw).opening


def _grip(senses: Senses, name: str, point: Array, yaw: float) -> Grip:
    """With the fingers wide open, or where that does not do less far: around the part at the point
    of something wide, or beside what stands near."""
    robot = senses.scene.robot
    grip, between = _opened(senses, name, point, yaw, effector_of(robot).widest)
    near = [box for box in between if box.low[1] <= 0 <= box.high[1]]
    if (grip.width <= widest(robot) and grip.clear) or not near:
        return grip
    part = around(near)
    opening = 2 * float(max(-part.low[1], part.high[1])) + 2 * ROOM
    if opening >= grip.opening:
        return grip
    less, _ = _opened(senses, name, point, yaw, opening)
    return less if less.centred <= opening - 2 * ROOM + SLACK else grip


def _opened(
    senses: Senses, name: str, point: Array, yaw: float, opening: float
) -> tuple[Grip, list[Box]]:
    """A grip with the fingers opened so far, m, and the boxes of the parts between them."""
    rot = pointing_down(yaw)
    hand = HandRoom(senses.scene.robot, rot)
    fingers = hand.opened_to(opening).moved(point, np.eye(3))
    palm = hand.palm.moved(point, np.eye(3))
    own = senses.solids(name)
    between = [s.seen_from(point, rot).box() for s in own if _meet(s, fingers, point, rot)]
    if not between:
        return Grip(point, yaw, 0.0, 0.0, False, opening), []
    box = around(between)
    width = float(box.size[1])
    centred = width + 2 * abs(float(box.centre[1]))
    clear = not any(_hits(senses, name, fingers, palm))
    return Grip(point, yaw, width, centred, clear, opening), between


def beside(senses: Senses, name: str) -> Iterator[Array]:
    """Points (3,), m, off a thing's own along the pads, where the arm keeps clear of things.

    None where it does so at its own point, or does not get there.
    """
    if not arm_at(senses, choose_grip(senses, name)):
        return
    for by, own in itertools.product(OFF, list(grips(senses, name))):
        grip = _grip(senses, name, own.point + by * own.rot[:, 0], own.yaw)
        if grip.clear and 0 < grip.width and arm_at(senses, grip) == []:
            yield grip.point


def in_the_way(senses: Senses, name: str, grip: Grip) -> list[str]:
    """Names of what fingers or palm would touch when they take a thing; its own for the palm."""
    return list(_hits(senses, name, *_hand_at(senses, grip)))


def surely_met(senses: Senses, name: str, grip: Grip) -> list[str]:
    """Those of ``in_the_way`` that are not missed by a hand that is slimmer than its boxes."""
    return list(_hits(senses, name, *_hand_at(senses, grip, SURE)))


def _hand_at(senses: Senses, grip: Grip, slim: float = 0.0) -> tuple[Solid, Solid]:
    """Fingers and palm at a grip, see ``HandRoom``."""
    hand = HandRoom(senses.scene.robot, grip.rot, slim)
    both = hand.opened_to(grip.opening), hand.palm
    return both[0].moved(grip.point, np.eye(3)), both[1].moved(grip.point, np.eye(3))


def _hits(senses: Senses, name: str, fingers: Solid, palm: Solid) -> Iterator[str]:
    """Names of what is hit, one by one; what lies lower than the thing's bottom does not count."""
    own = senses.solids(name)
    if any(s.overlaps(palm) for s in own):
        yield name
    bottom = float(min(s.box().low[2] for s in own))
    for entity in senses.scene.entities:
        if entity.name == name:
            continue
        solids = (
            senses.part_solid(body, part)
            for body, one in entity.bodies() if body != name for part in one.parts
        )  # fmt: skip
        high = (s for s in solids if s.box().high[2] > bottom + ON_TOP)
        if any(s.overlaps(fingers, -GRAZE) or s.overlaps(palm, -GRAZE) for s in high):
            yield entity.name


def _meet(solid: Solid, fingers: Solid, point: Array, rot: Array) -> bool:
    """Whether a part reaches between the fingers; quick for most that do not."""
    return solid.box().overlaps(fingers.box()) and solid.overlaps(fingers)


def _yaws(senses: Senses, name: str, point: Array) -> list[float]:
    """Yaws, rad, at which a hand closes along a horizontal axis of a part that is near the point,
    either way round."""
    found: list[float] = []
    reach = effector_of(senses.scene.robot).widest / 2
    near = solid_box(point - reach, point + reach)
    for solid in senses.solids(name):
        if not solid.overlaps(near):
            continue
        for axis in solid.rot.T:
            if abs(axis[2]) > LEVEL:
                continue
            # The hand closes along its y, which is (sin yaw, -cos yaw, 0), either way round.
            yaw = float(np.arctan2(axis[0], -axis[1]))
            yaw = (yaw + np.pi / 2) % np.pi - np.pi / 2
            if all(abs(np.sin(yaw - other)) > SAME for other in found):
                found.append(yaw)
    return found + [yaw - np.copysign(np.pi, yaw) for yaw in found]
