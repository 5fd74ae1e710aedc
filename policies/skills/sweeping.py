"""Sweep: move one object with another, or with the closed fingers. Hooking, dragging and pushing
are the same motion with the tool's face before or behind the object."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.names import did_you_mean
from habilis.policies.skills.geometry.effector import lowest
from habilis.policies.skills.geometry.in_hand import InHand, in_hand
from habilis.policies.skills.geometry.solids import Box
from habilis.policies.skills.grasping import DRAG_SPEED, HandSkill
from habilis.policies.skills.primitives import (
    CLOSE_TIME,
    FREE_SPEED,
    SETTLE,
    not_positive,
    outside,
)
from habilis.policies.skills.senses import (
    AXES,
    Senses,
)
from habilis.policies.skills.skill import Result, Script, fail, register, succeed

BACK_OFF = 0.025  # m, between face and object before and after
FARTHEST_SIDE = 0.2  # m
FARTHEST_BEHIND = 0.35  # m, that a hand comes down behind what it sweeps, e.g. before a tube
CLEAR = 0.001  # m, between the hand on its way down and what it may not touch
LEAST_BACK_OFF = 0.006  # m
SIDE_STEP = 0.02  # m, between the object and a part beside it, before sliding in
GLIDE = 0.004  # m, of the tool's lowest point above the table
LOST = 0.04  # m the object may stay behind the face
ASKEW = 0.06  # rad that a tool may have been gripped askew, and turns by under a load


@register
@dataclasses.dataclass
class Sweep(HandSkill):
    """Move an object over the table with a face of the tool in the hand, or with the fingers.

    The face is brought behind the object, seen along ``direction``, and moved until the object
    has come ``distance``. With a face on the far side of the object this drags it near; with
    one on the near side it pushes it away.

    Args:
      object: what to move.
      direction: where to.
      distance: m.
      tool: what is in the hand; the closed fingers if left out.
      part: part of the tool whose face touches the object; thing/part of what hangs on it by
        magnets.
      object_part: part of the object that it touches; the whole of it if left out.
      offset: how far the middle of that part lies to the left (of ``direction``) of the
        object's middle, m.
      side: +1 to come down on the left of the object and slide in from there, -1 for the
        right, 0 to come down straight behind it.
      height: of the tool's lowest point above the table, m.
      leave: back off at the end and rise; else stay there, e.g. to keep a button pressed.
    """

    name: ClassVar[str] = "sweep"
    object: str
    direction: str
    distance: float
    tool: str | None = None
    part: str | None = None
    object_part: str | None = None
    offset: float = 0.0
    side: int = 0
    height: float = GLIDE
    leave: bool = True

    def precondition(self) -> Result | None:
        """The tool is in the hand and every point of the way lies in the workspace."""
        if self.direction not in AXES:
            return fail(f"direction {self.direction!r} is none of {', '.join(AXES)}")
        if self.side not in (-1, 0, 1):
            return fail(f"side must be -1, 0 or 1, got {self.side}", side=self.side)
        if refused := not_positive("distance", self.distance, "m"):
            return refused
        if self.tool is not None and (refused := self.holding(self.tool)):
            return refused
        way = sweep_path(self, in_hand(self.senses, self.tool))
        for point in way:
            if refused := outside(self.senses, point):
                return refused
        return None

    def script(self) -> Script:
        """Travel beside, slide in, sweep, back off, step aside, rise."""
        if self.tool is None:
            yield from self.jaw(0.0, CLOSE_TIME)
        hand = in_hand(self.senses, self.tool)
        beside, behind, contact, end = sweep_path(self, hand)
        axis, start = AXES[self.direction], self.senses.get_center(self.object)
        yield from self.travel(beside, hand)
        yield from self.go(behind, DRAG_SPEED)
        yield from self.go(contact, DRAG_SPEED / 2)
        dragged = yield from self._drag(contact, end, _most_behind(self, hand))
        yield from self.hold(SETTLE)
        went = self.senses.get_center(self.object) - start
        moved, lack = float(went @ axis), self.lack(went, axis, self.distance, end)
        if self.leave:
            yield from self._leave(axis, behind, beside, contact)
        if not dragged.ok or moved < 0.5 * self.distance:
            text = f"{self.object} did not follow: it moved {moved:.3f} of {self.distance:.3f} m"
            if self.tool is not None and (gone := self.senses.came_off(self.tool)):
                text = f"the {' and '.join(gone)} of {self.tool} came off; {text}"
            return fail(text, moved=moved, distance=self.distance)
        return succeed(f"{self.object} moved {moved:.3f} m {self.direction}{lack}", moved=moved)

    def _drag(self, contact: Array, end: Array, most: float) -> Script:
        axis = AXES[self.direction]
        start = float(self.senses.get_center(self.object) @ axis)
        origin = float(contact @ axis)
        for command in self.go(end, DRAG_SPEED):
            yield command
            ahead = float(command.pos @ axis) - origin
            if ahead - (float(self.senses.get_center(self.object) @ axis) - start) > most:
                return fail("lost")
        return succeed()

    def _leave(self, axis: Array, behind: Array, beside: Array, contact: Array) -> Script:
        low = np.array(self.senses.scene.workspace.lower)
        high = np.array(self.senses.scene.workspace.upper)
        back = np.clip(self.last.pos - BACK_OFF * axis, low, high)
        if float((contact - behind) @ axis) > BACK_OFF + 1e-6:  # out of what it went into
            back = behind
        yield from self.go(back, DRAG_SPEED)
        away = np.clip(back - (behind - beside) * (1 if self.side else 0), low, high)
        yield from self.go(away, DRAG_SPEED)
        up = away.copy()
        up[2] = min(away[2] + 0.06, high[2])
        yield from self.go(up, FREE_SPEED)
        return succeed()


def sweep_path(sweep: Sweep, hand: InHand) -> tuple[Array, Array, Array, Array]:
    """Where the tool centre point goes: beside, behind, at contact, at the end; (3,) each, m."""
    axis = AXES[sweep.direction]
    left = np.array([-axis[1], axis[0], 0.0])
    face = _face(sweep, hand)
    target = touched_box(sweep.senses, sweep.object, sweep.object_part)
    front = float(face.centre @ axis) + face.half(axis)
    along = float(target.centre @ axis) - target.half(axis) - front
    across = float(target.centre @ left) + sweep.offset - float(face.centre @ left)
    z = max(sweep.height - hand.bottom, lowest(sweep.senses.scene.robot))
    contact = along * axis + across * left + np.array([0, 0, z])
    behind = contact - _room_behind(sweep, contact, axis) * axis
    if not sweep.side:
        behind = behind - _run_up(sweep, hand, behind, axis) * axis
    beside = behind + _side_step(sweep, hand, behind, left) * sweep.side * left
    return beside, behind, contact, contact + sweep.distance * axis


def _face(sweep: Sweep, hand: InHand) -> Box:
    """What touches the object: a part in the hand, also as ``tool/part``, or all that is there."""
    if sweep.part is None:
        return hand.box
    part = sweep.part if sweep.part in hand.parts else _own(sweep.part, hand.name or "")
    if part not in hand.parts:
        raise KeyError(
            did_you_mean(f"part of {hand.name or 'the fingers'!r}", sweep.part, hand.parts)
        )
    return hand.parts[part]


def _own(part: str, owner: str) -> str:
    """The name of a part without that of what it is a part of."""
    return part.removeprefix(f"{owner}/")


def _most_behind(sweep: Sweep, hand: InHand) -> float:
    """How far the object may stay behind before it is lost, m: more with a longer lever."""
    axis, face = AXES[sweep.direction], _face(sweep, hand)
    return LOST + ASKEW * abs(float(face.centre @ np.array([-axis[1], axis[0], 0.0])))


def touched_box(senses: Senses, name: str, part: str | None) -> Box:
    """World box of an entity or of one of its parts."""
    if part is None:
        return senses.box(name)
    parts = {p.name: p for p in senses.scene.body(name).parts}
    own = _own(part, name)
    if own not in parts:
        raise KeyError(did_you_mean(f"part of {name!r}", own, parts))
    return senses.part_box(name, parts[own])


def _side_step(sweep: Sweep, hand: InHand, behind: Array, left: Array) -> float:
    """How far aside the hand clears every part of the object on its way down, m."""
    body = sweep.senses.scene.body(sweep.object)
    solid = [sweep.senses.part_box(sweep.object, p) for p in body.parts]
    step = SIDE_STEP
    while step < FARTHEST_SIDE:
        shift = behind + step * sweep.side * left
        column = [Box(b.low + shift, b.high + shift + [0, 0, 1]) for b in hand.parts.values()]
        if not any(c.overlaps(s, 0.008) for c in column for s in solid):
            break
        step += 0.01
    return step


def _run_up(sweep: Sweep, hand: InHand, behind: Array, axis: Array) -> float:
    """How much farther behind the hand clears everything on its way down, m; 0 if nowhere."""
    senses, run = sweep.senses, 0.0
    solid = [
        senses.part_box(e.name, p)
        for e in senses.scene.entities
        if e.name != sweep.object and e.name not in hand.names
        for p in e.parts
        if p.solid
    ]
    while run < FARTHEST_BEHIND:
        shift = behind - run * axis
        if (np.abs(senses.scene.workspace.outside(shift)) > 1e-9).any():
            return 0.0
        column = [Box(b.low + shift, b.high + shift + [0, 0, 1]) for b in hand.parts.values()]
        if not any(c.overlaps(s, CLEAR) for c in column for s in solid):
            return run
        run += 0.01
    return 0.0


def _room_behind(sweep: Sweep, contact: Array, axis: Array) -> float:
    """How far behind the contact to come down, m: less than ``BACK_OFF`` where the box ends."""
    beyond = sweep.senses.scene.workspace.outside(contact - BACK_OFF * axis)
    room = BACK_OFF - float(np.abs(beyond) @ np.abs(axis))
    return max(room, LEAST_BACK_OFF)
