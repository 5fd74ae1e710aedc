"""Ways to pour what is in one thing into, or onto, another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.solids.container import container
from habilis.envs.control.rotations import matrix
from habilis.envs.robot.held_frame import frame_offset
from habilis.llm_planner.search.options import (
    COLLATERAL,
    GRASP_COST,
    PLACE_COST,
    Option,
    graspable,
    step,
)
from habilis.policies.skills.geometry.effector import HandRoom, widest
from habilis.policies.skills.geometry.grips import Grip, choose_grip
from habilis.policies.skills.geometry.in_hand import CLEARANCE, carry_height, in_hand, obstacles
from habilis.policies.skills.geometry.solids import Box, around
from habilis.policies.skills.primitives import out_of_reach, outside
from habilis.policies.skills.senses import AXES, Senses
from habilis.policies.skills.turning import PART, Pour

POUR_COST = 8.0  # s
POURED = ("in", "on", "count_in", "share_in")
SHORT = 0.01  # m before the middle of what is poured into, where the lip is: it runs on
TILTS = (2.5, Pour.angle)  # rad; where things are jammed only the steeper frees them
PALM = 4.0  # s: penalty where the palm is before the lip
YAWS = (None, np.pi / 2, -np.pi / 2)  # rad, of the hand; None as it would grasp
FLAT, HIGH = np.array([1.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])


def poured(senses: Senses, wants: Sequence[Predicate]) -> Iterator[Option]:
    """Ways to tip a thing over another, so that what is in it falls there.

    Args:
      senses: the present.
      wants: of the goal, what does not hold yet.
    """
    wants = [want for want in wants if want.word in POURED and want.other]
    for other in dict.fromkeys(str(want.other) for want in wants):
        things = [want.subject for want in wants if want.other == other]
        for vessel in senses.scene.entities:
            name = vessel.name
            if name == other or name in things or not vessel.movable or vessel.grains:
                continue
            full = [thing for thing in things if _holds(senses, name, thing)]
            if full and graspable(senses, name):
                yield from _tip(senses, name, other, full)


def _holds(senses: Senses, vessel: str, name: str) -> bool:
    """Whether something is in a vessel; of grains, whether they began in it."""
    grains = senses.entity(name).grains
    if grains is not None:
        return grains.within == vessel
    pos, rot = senses.pose(vessel)
    box, up = senses.box(name), rot[:, 2]
    centre, half = (rot.T @ (box.centre - pos))[None], box.half(np.abs(up))
    solids = container(senses.entity(vessel).parts)
    return bool(solids.takes_in(centre, centre[:, 2] - half, centre[:, 2] + half)[0])


def _tip(senses: Senses, vessel: str, other: str, things: Sequence[str]) -> Iterator[Option]:
    """Grasp, carry to beside the middle of the other, tilt towards it, and put back."""
    movable = (e.name for e in senses.scene.entities if e.movable and e.name not in (vessel, other))
    more = [e for e in movable if e not in things and _holds(senses, vessel, e)]
    x, y, _ = senses.get_center(vessel)
    cost = GRASP_COST + POUR_COST + PLACE_COST + COLLATERAL * len(more)
    why = f"pour {' and '.join(things)} from {vessel} into {other}"
    grips = {yaw: choose_grip(senses, vessel, yaw=yaw) for yaw in YAWS}
    for (direction, axis), yaw, tilt in itertools.product(AXES.items(), YAWS, TILTS):
        grip, lip = grips[yaw], _lip(senses, vessel, axis)
        if lip is None or not grip.clear or not 0 < grip.centred <= widest(senses.scene.robot):
            continue
        over = _Tilt(senses, vessel, grip, lip, tilt * axis).over(other)
        if over is None:
            continue
        beside = abs(float(axis @ grip.rot[:, 1]))  # fingers and palm are where it would flow
        steps = (
            step("grasp", object=vessel, yaw=yaw),
            step("move_to_position", position=(*map(float, grip.point[:2]), float(over[2]))),
            step("move_to_position", position=tuple(map(float, over))),
            step("pour", object=vessel, direction=direction, frame=lip, angle=tilt),
            step("place", object=vessel, position=(float(x), float(y))),
        )
        yield Option(steps, cost + PALM * beside + max(TILTS) - tilt, why)


def _lip(senses: Senses, vessel: str, axis: Array) -> str | None:
    """The frame or part over which a thing is tilted towards a direction: its rim, or the part
    that is farthest there among those of its upper half."""
    entity, box = senses.entity(vessel), senses.box(vessel)
    if "rim" in entity.frames:
        return "rim"
    boxes = {part.name: senses.part_box(vessel, part) for part in entity.parts if part.solid}
    walls = {name: at for name, at in boxes.items() if at.high[2] > box.centre[2]}
    return max(walls, key=lambda name: float(walls[name].centre @ axis), default=None)


class _Tilt:
    """A vessel in a hand, tilted over its lip towards a direction.

    Args:
      senses: the present; the vessel stands.
      vessel: name.
      grip: how it is taken.
      lip: frame or part that stays where it is.
      tilt: (3,) to which the vessel leans over, as long as the angle, rad.
    """

    def __init__(self, senses: Senses, vessel: str, grip: Grip, lip: str, tilt: Array) -> None:
        self._senses, self._grip = senses, grip
        angle = float(np.linalg.norm(tilt))
        self._axis = tilt / angle
        _, frame = frame_offset(senses.scene, f"{vessel}/{lip}")
        self._hand = in_hand(senses, vessel, grip.point)
        self._pivot = senses.point(vessel, frame) - grip.point
        parts = max(1, int(np.ceil(angle / PART)))
        about = np.cross([0.0, 0.0, 1.0], tilt)
        self._turns = matrix(np.outer(np.arange(1, parts + 1) / parts, about))

    def over(self, other: str) -> Array | None:
        """Where the tool centre point goes (3,), m, so that what flows out falls on the middle of
        another thing; None if something is in the way or the arm cannot do it."""
        senses, pivot = self._senses, self._pivot
        brim = np.array([*pivot[:2], self._hand.box.high[2]])
        lip = pivot + self._turns[-1] @ (brim - pivot)
        goal = senses.get_center(other) - SHORT * self._axis - lip
        goal[2] = 0.0
        room = self._room()
        swept = Box(room.low + goal, room.high + goal)
        boxes = obstacles(senses, self._hand.names).values()
        tops = [b.high[2] for b in boxes if b.overlaps(Box(swept.low * FLAT, swept.high + HIGH))]
        goal[2] = max([0.0, *tops]) + CLEARANCE - min(float(room.low[2]), float(lip[2]))
        goal[2] = max(goal[2], carry_height(senses, self._hand, self._grip.point, goal))
        turned = [(goal + pivot - turn @ pivot, turn @ self._grip.rot) for turn in self._turns]
        poses = [(goal, self._grip.rot), *turned]
        beyond = (outside(senses, pos) for pos, _ in poses)
        return None if any(beyond) or out_of_reach(senses, *poses) else goal

    def _room(self) -> Box:
        """What vessel and hand take up on the way, relative to the tool centre point."""
        hand = HandRoom(self._senses.scene.robot, self._grip.rot)
        solids = (*self._hand.solids.values(), hand.opened, hand.palm)
        from_pivot = [solid.moved(-self._pivot, np.eye(3)) for solid in solids]
        return around(
            [s.moved(self._pivot, turn).box() for s in from_pivot for turn in self._turns]
        )
