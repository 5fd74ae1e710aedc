"""Grasp, lift, place, pull: what a gripper does with one object."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from habilis.policies.skills.geometry import (
    CLEARANCE,
    OPEN_FINGERS,
    PAD_REACH,
    InHand,
    carry_height,
    in_hand,
    support_height,
)
from habilis.policies.skills.primitives import (
    CLOSE_TIME,
    FREE_SPEED,
    JAW,
    NOTHING,
    SETTLE,
    not_positive,
    outside,
)
from habilis.policies.skills.senses import AXES, Array
from habilis.policies.skills.skill import Result, Script, ScriptedSkill, fail, register, succeed

APPROACH_SPEED = 0.12  # m/s
DRAG_SPEED = 0.1  # m/s, a carton tips above 0.3
LOWEST = 0.012  # m, of the tool centre point above the table, pads just clear of it
SLIP = 0.015  # m an object may move in the hand
JAW_ROOM = 0.006  # m between an opened pad and the object


class HandSkill(ScriptedSkill):
    """Motions shared by skills that carry something."""

    def travel(self, goal: Array, hand: InHand, speed: float = FREE_SPEED) -> Script:
        """Up, across at a height that clears everything, and down to ``goal`` (3,), m."""
        here = self.last.pos
        z = carry_height(self.senses, hand, here, goal)
        yield from self.go((here[0], here[1], z), speed)
        yield from self.go((goal[0], goal[1], z), speed)
        yield from self.go(goal, APPROACH_SPEED)
        yield from self.hold(SETTLE)
        return succeed()

    def holding(self, name: str) -> Result | None:
        """A failure unless the jaw holds something near the named object."""
        if self.senses.aperture < NOTHING:
            return fail(f"{name} is not in the hand (jaw closed)", aperture=self.senses.aperture)
        box = self.senses.box(name)
        tcp = self.senses.tcp
        gap = float(np.linalg.norm(np.maximum(0, np.maximum(box.low - tcp, tcp - box.high))))
        if gap > SLIP:
            return fail(f"{name} is not in the hand: it is {gap:.3f} m away", distance=gap)
        return None


@register
@dataclasses.dataclass
class Grasp(HandSkill):
    """Grasp an object from above and, if it is free, raise it a little to see that it holds.

    Args:
      object: what to grasp.
      grip: point in the object's frame, m; its graspable point if left out.
      raise_by: how far to raise it, m; 0 leaves it where it is.
    """

    name: ClassVar[str] = "grasp"
    object: str
    grip: tuple[float, float, float] | None = None
    raise_by: float = 0.03

    def point(self) -> Array:
        """Where the tool centre point goes (3,), m."""
        local = self.senses.entity(self.object).grip() if self.grip is None else self.grip
        point = self.senses.point(self.object, local)
        return np.array([point[0], point[1], max(point[2], LOWEST)])

    def precondition(self) -> Result | None:
        """Within the workspace, and not wider than the jaw."""
        width = self.width()
        if width > JAW - 2 * JAW_ROOM:
            return fail(f"{self.object} is {width:.3f} m wide, the jaw opens {JAW} m", width=width)
        return outside(self.senses, self.point())

    def width(self) -> float:
        """Extent along y of the parts between the fingers at the grip, m."""
        point = self.point()
        between = OPEN_FINGERS.shifted(point)
        parts = [
            self.senses.part_box(self.object, p) for p in self.senses.entity(self.object).parts
        ]
        near = [b for b in parts if b.overlaps(between)]
        if not near:
            return 0.0
        return float(max(b.high[1] for b in near) - min(b.low[1] for b in near))

    def script(self) -> Script:
        """Open, travel, close, raise, check."""
        yield from self.jaw(JAW, CLOSE_TIME if self.senses.aperture < JAW - 0.005 else 0.1)
        yield from self.travel(self.point(), InHand(None, {"fingers": OPEN_FINGERS}))
        yield from self.go(self.point(), APPROACH_SPEED)
        yield from self.jaw(0.0, CLOSE_TIME)
        opening = self.senses.aperture
        if opening < NOTHING:
            return fail(f"gripper closed on nothing (jaw {opening * 1e3:.1f} mm)", aperture=opening)
        if self.raise_by <= 0:
            return succeed(f"holding {self.object}, jaw {opening * 1e3:.0f} mm", aperture=opening)
        return (yield from self._raise(opening))

    def _raise(self, opening: float) -> Script:
        before = self.senses.pose(self.object)[0] - self.senses.tcp
        start = self.last.pos
        room = self.senses.scene.workspace.upper[2] - start[2]
        yield from self.go(start + np.array([0, 0, min(self.raise_by, room)]), APPROACH_SPEED)
        yield from self.hold(SETTLE)
        slip = float(np.linalg.norm(self.senses.pose(self.object)[0] - self.senses.tcp - before))
        if slip > SLIP:
            return fail(f"{self.object} slipped by {slip:.3f} m when raised", slip=slip)
        return succeed(
            f"holding {self.object}, jaw {opening * 1e3:.0f} mm, slip {slip * 1e3:.1f} mm",
            aperture=opening, slip=slip,
        )  # fmt: skip


@register
@dataclasses.dataclass
class Lift(HandSkill):
    """Lift the object in the hand.

    Args:
      object: what is held.
      height: how far up, m.
      hold_time: how long to keep it there, s.
    """

    name: ClassVar[str] = "lift"
    object: str
    height: float = 0.08
    hold_time: float = 0.8

    def precondition(self) -> Result | None:
        """The object is in the hand."""
        return not_positive("height", self.height, "m") or self.holding(self.object)

    def script(self) -> Script:
        """Straight up, then wait."""
        start = self.senses.pose(self.object)[0]
        room = self.senses.scene.workspace.upper[2] - self.last.pos[2]
        climb = min(self.height, float(room))
        yield from self.go(self.last.pos + np.array([0, 0, climb]), APPROACH_SPEED)
        yield from self.hold(self.hold_time)
        risen = float(self.senses.pose(self.object)[0][2] - start[2])
        if risen < climb - SLIP:
            return fail(f"{self.object} rose {risen:.3f} of {climb:.3f} m", height=risen)
        return succeed(f"{self.object} rose {risen:.3f} m", height=risen)


@register
@dataclasses.dataclass
class Place(HandSkill):
    """Put the object in the hand down and let go of it.

    Args:
      object: what is held.
      position: x, y in the world of the centre of its box, m; where it is if left out.
      on: what to put it on; the table if left out.
    """

    name: ClassVar[str] = "place"
    object: str
    position: tuple[float, float] | None = None
    on: str | None = None

    def precondition(self) -> Result | None:
        """It is in the hand and the place is inside the workspace."""
        return self.holding(self.object) or outside(self.senses, self._goal())

    def _goal(self) -> Array:
        hand = in_hand(self.senses, self.object)
        centre = hand.box.centre[:2]
        if self.on is not None and self.position is None:
            spot = self.senses.get_center(self.on)[:2] - centre
        elif self.position is not None:
            spot = np.array(self.position) - centre
        else:
            spot = self.senses.tcp[:2]
        box = hand.box.shifted(np.array([*spot, 0.0]))
        if self.on is not None:
            ground = float(self.senses.box(self.on).high[2])
        else:
            ground = support_height(self.senses.scene, self.senses, self.object, box)
        z = ground + 0.002 - hand.bottom
        return np.array([spot[0], spot[1], max(z, LOWEST)])

    def script(self) -> Script:
        """Travel, lower, open, leave upwards."""
        goal = self._goal()
        yield from self.travel(goal, in_hand(self.senses, self.object))
        yield from self.jaw(JAW, CLOSE_TIME)
        top = float(self.senses.box(self.object).high[2])
        up = min(max(top + CLEARANCE + PAD_REACH, goal[2]), self.senses.scene.workspace.upper[2])
        yield from self.go((goal[0], goal[1], up), APPROACH_SPEED)
        x, y, _ = self.senses.get_center(self.object)
        return succeed(f"{self.object} at ({x:.3f}, {y:.3f})", x=x, y=y)


@register
@dataclasses.dataclass
class Pull(HandSkill):
    """Drag the object in the hand over the table, with whatever lies on it.

    Args:
      object: what is held, e.g. a tray by its tab.
      direction: of the pull.
      distance: m.
    """

    name: ClassVar[str] = "pull"
    object: str
    direction: str
    distance: float

    def precondition(self) -> Result | None:
        """The object is in the hand and the end lies inside the workspace."""
        if self.direction not in AXES:
            return fail(f"direction {self.direction!r} is none of {', '.join(AXES)}")
        if refused := not_positive("distance", self.distance, "m"):
            return refused
        return self.holding(self.object) or outside(self.senses, self._goal())

    def _goal(self) -> Array:
        return self.senses.tcp + self.distance * AXES[self.direction]

    def script(self) -> Script:
        """Straight and slowly, then let go."""
        axis = AXES[self.direction]
        start = self.senses.pose(self.object)[0]
        yield from self.go(self.last.pos + self.distance * axis, DRAG_SPEED)
        yield from self.hold(SETTLE)
        way = float((self.senses.pose(self.object)[0] - start) @ axis)
        if way < 0.8 * self.distance:
            return fail(f"{self.object} came {way:.3f} of {self.distance:.3f} m", moved=way)
        yield from self.jaw(JAW, CLOSE_TIME)
        z = self.senses.scene.workspace.upper[2]
        up = min(float(self.last.pos[2]) + 0.1, z)
        yield from self.go((self.last.pos[0], self.last.pos[1], up), APPROACH_SPEED)
        return succeed(f"{self.object} came {way:.3f} m", moved=way)
