"""Grasp, lift, place, pull: what a gripper does with one object."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.rotations import DOWN, matrix, turn_between
from habilis.policies.skills.geometry.arm_room import arm_stopped
from habilis.policies.skills.geometry.effector import HandRoom, carried, effector_of, lowest, widest
from habilis.policies.skills.geometry.grips import Grip, choose_grip, grip_point, opening_around
from habilis.policies.skills.geometry.in_hand import (
    CLEARANCE,
    InHand,
    bare,
    borne,
    carry_height,
    in_hand,
    support_height,
)
from habilis.policies.skills.primitives import (
    ARRIVED,
    CLOSE_TIME,
    FREE_SPEED,
    NOTHING,
    SETTLE,
    SHORT,
    against,
    not_open,
    not_positive,
    out_of_reach,
    outside,
)
from habilis.policies.skills.senses import AXES, Senses
from habilis.policies.skills.skill import (
    HELD_TURN_SPEED,
    TURN_SPEED,
    UNTOLD,
    Result,
    Script,
    ScriptedSkill,
    fail,
    register,
    succeed,
)

APPROACH_SPEED = 0.12  # m/s
DRAG_SPEED = 0.1  # m/s, a carton tips above 0.3
ASTRAY = 0.03  # m from where it was to be put, or below it
SLIP = 0.015  # m an object may move in the hand
ROUND = np.radians(150)  # rad, of a turn of the hand that it makes by way of where it has room
OPEN = 0.005  # m an end effector may lack of its widest opening and count as open


class HandSkill(ScriptedSkill):
    """Motions shared by skills that carry something."""

    def travel(
        self, goal: Array, hand: InHand, speed: float = FREE_SPEED, rot: Array | None = None
    ) -> Script:
        """Up, across at a height that clears everything, and down to ``goal`` (3,), m.

        Args:
          goal: of the tool centre point, m.
          hand: what moves with it.
          speed: m/s.
          rot: (3, 3) to be turned to on the way across; as it is if left out.
        """
        here = self.last.pos
        turned = hand if rot is None else hand.turned(rot @ self.last.rot.T)
        z = carry_height(self.senses, hand, here, goal, turned)
        yield from self.go((here[0], here[1], z), speed)
        pace = TURN_SPEED if hand.name is None else HELD_TURN_SPEED
        if rot is not None and np.linalg.norm(turn_between(self.last.rot[None], rot[None])) > ROUND:
            # The shorter way round may lead through the end of the wrist's range.
            yield from self.go((here[0], here[1], z), speed, DOWN, pace)
        yield from self.go((goal[0], goal[1], z), speed, rot, pace)
        yield from self.go(goal, APPROACH_SPEED)
        yield from self.hold(SETTLE)
        return succeed()

    def lack(self, moved: Array, axis: Array, asked: float, end: Array) -> str:
        """In words, by how much a thing stayed short of the way asked for, and why; '' if not.

        Args:
          moved: (3,) that it went, m.
          axis: (3,) in which it was to go.
          asked: how far, m.
          end: (3,) where the tool centre point was to be in the end, m.
        """
        short, late = asked - float(moved @ axis), float((end - self.senses.tcp) @ axis)
        if short <= SHORT:
            return ""
        aside = float(np.linalg.norm((moved - (moved @ axis) * axis)[:2]))
        why = "what moves it met it late, or it gave way"
        if late > SHORT:
            met = against(self.senses) or "nothing stands near it"
            why = f"the hand stopped {late:.3f} m before its end: {met}"
        elif aside > SHORT:
            why = f"it went {aside:.3f} m aside"
        return f", {short:.3f} m short of the {asked:.3f} m asked: {why}"

    def holding(self, name: str) -> Result | None:
        """A failure unless the jaw holds something near the named object."""
        if self.senses.aperture < least(self.senses, name):
            return fail(f"{name} is not in the hand (jaw closed)", aperture=self.senses.aperture)
        gap = self.senses.apart(name, self.senses.tcp)
        if gap > SLIP:
            return fail(f"{name} is not in the hand: it is {gap:.3f} m away", distance=gap)
        return None


def least(senses: Senses, name: str) -> float:
    """Opening below which the end effector has closed on nothing, for a thing with thin walls
    half of the thinnest, m."""
    thin = min(float(np.min(part.half_extents())) for part in senses.scene.body(name).parts)
    return min(NOTHING, thin)


def too_heavy(senses: Senses, name: str) -> Result | None:
    """A failure with both numbers if an arm is not rated to carry a thing, or None."""
    thing, most = senses.entity(name), carried(senses.scene.robot)
    weight = thing.whole_mass
    if not thing.movable or weight <= most:
        return None
    return fail(
        f"{name} weighs {weight:.2g} kg; the arm is rated to carry {most:.2g} kg in its hand",
        mass=weight,
    )


def stopped_short(senses: Senses, name: str, gap: float) -> Result:
    """A failure of a hand that came to a stop ``gap`` m before it had got around a thing."""
    cause = against(senses, name.partition("/")[0]) or arm_stopped(senses)
    short = fail(f"the hand stopped {gap:.3f} m short of {name}", distance=gap)
    return dataclasses.replace(short, cause=cause)


@register
@dataclasses.dataclass
class Grasp(HandSkill):
    """Grasp an object from above and, if it is free, raise it a little to see that it holds.

    Args:
      object: what to grasp.
      grip: [x, y, z] in the object's own frame, m; its grip point if left out.
      raise_by: how far to raise it, m; 0 leaves it where it is.
      yaw: of the hand about the vertical, rad; chosen by the object's sides if left out.
    """

    name: ClassVar[str] = "grasp"
    object: str
    grip: tuple[float, float, float] | None = None
    raise_by: float = 0.03
    yaw: float | None = dataclasses.field(default=None, metadata=UNTOLD)

    def chosen(self) -> Grip:
        """Where the hand goes, and how it is turned."""
        return choose_grip(self.senses, self.object, self.grip, self.yaw)

    def precondition(self) -> Result | None:
        """Within the workspace and reach, not wider than the end effector opens, nor too heavy."""
        grip, robot = self.chosen(), self.senses.scene.robot
        if grip.width > widest(robot):
            opens, takes = effector_of(robot).widest, widest(robot)
            return fail(
                f"{self.object} is {grip.width:.3f} m wide where it would be gripped; the jaw takes"
                f" up to {takes:.3g} m (it opens {opens:.3g} m and needs room on either side)",
                width=grip.width,
            )
        refused = outside(self.senses, grip.point)
        refused = refused or out_of_reach(self.senses, (grip.point, grip.rot))
        return refused or (too_heavy(self.senses, self.object) if self.raise_by > 0 else None)

    def script(self) -> Script:
        """Open, travel, close, raise, check."""
        most = self.chosen().opening
        opened = abs(self.senses.aperture - most) <= OPEN
        yield from self.jaw(most, 0.1 if opened else CLOSE_TIME)
        if short := not_open(self.senses, most):
            return short
        grip = self.chosen()
        fingers = bare(HandRoom(self.senses.scene.robot, self.last.rot).opened)
        yield from self.travel(grip.point, fingers, rot=grip.rot)
        # Again, as it may have stirred.
        point = grip_point(self.senses, self.object, self.grip)
        yield from self.go(point, APPROACH_SPEED)
        if (gap := float(np.linalg.norm(self.senses.tcp - point))) > ARRIVED:
            return stopped_short(self.senses, self.object, gap)
        yield from self.jaw(0.0, CLOSE_TIME)
        opening = self.senses.aperture
        if opening < least(self.senses, self.object):
            return fail(f"gripper closed on nothing (jaw {opening * 1e3:.1f} mm)", aperture=opening)
        if opening > most - OPEN:
            return fail(f"the gripper did not close (jaw {opening * 1e3:.0f} mm)", aperture=opening)
        thing = self.senses.entity(self.object)
        if self.raise_by <= 0 or thing.fixed or thing.joint is not None:
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
    """Lift the object in the hand, and keep holding it.

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
        short = f", not {self.height:.3f} m: the workspace ends there" * (
            climb < self.height - SLIP
        )
        return succeed(f"{self.object} rose {risen:.3f} m{short}", height=risen)


@register
@dataclasses.dataclass
class Place(HandSkill):
    """Put the object in the hand down and let go of it.

    Args:
      object: what is held.
      position: [x, y] in the world of the centre of its box, m; where it is if left out.
      on: what to put it on; the table if left out.
      yaw: of the object about the vertical, rad; as it is held if left out.
    """

    name: ClassVar[str] = "place"
    object: str
    position: tuple[float, float] | None = None
    on: str | None = None
    yaw: float | None = dataclasses.field(default=None, metadata=UNTOLD)

    def precondition(self) -> Result | None:
        """It is in the hand and the place is inside the workspace and reach."""
        if refused := self.holding(self.object):
            return refused
        goal, rot = self._goal()
        return outside(self.senses, goal) or out_of_reach(self.senses, (goal, rot))

    def _turn(self) -> Array:
        """(3, 3) by which the object must be turned."""
        if self.yaw is None:
            return np.eye(3)
        _, rot = self.senses.pose(self.object)
        away = self.yaw - float(np.arctan2(rot[1, 0], rot[0, 0]))
        return matrix(np.array([[0.0, 0.0, (away + np.pi) % (2 * np.pi) - np.pi]]))[0]

    def _goal(self) -> tuple[Array, Array]:
        """Pose (3,), (3, 3) of the tool centre point at which it is let go."""
        return self._place()[:2]

    def _place(self) -> tuple[Array, Array, float]:
        """That pose, and the height of what it is put on, m."""
        turn = self._turn()
        hand = in_hand(self.senses, self.object).turned(turn)
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
        z = max(ground + 0.002 - hand.bottom, lowest(self.senses.scene.robot))
        return np.array([spot[0], spot[1], z]), turn @ self.last.rot, ground

    def script(self) -> Script:
        """Travel, lower, open, leave upwards, and see where it is."""
        effector = effector_of(self.senses.scene.robot)
        goal, rot, ground = self._place()
        wanted = in_hand(self.senses, self.object).turned(self._turn()).box.centre + goal
        turns = None if self.yaw is None else rot
        yield from self.travel(goal, in_hand(self.senses, self.object), rot=turns)
        most = opening_around(self.senses, self.object)  # beside what stands there
        yield from self.jaw(most, CLOSE_TIME)
        if short := not_open(self.senses, most):
            return short
        top = float(self.senses.box(self.object).high[2])
        clear = top + CLEARANCE + effector.outline.pad_reach
        up = min(max(clear, goal[2]), self.senses.scene.workspace.upper[2])
        yield from self.go((goal[0], goal[1], up), APPROACH_SPEED)
        x, y, _ = in_hand(self.senses, self.object, tcp=np.zeros(3)).box.centre
        off = float(np.hypot(x - wanted[0], y - wanted[1]))
        if off > ASTRAY:
            return fail(f"{self.object} at ({x:.3f}, {y:.3f}), {off:.3f} m off", x=x, y=y, off=off)
        low = float(self.senses.box(self.object).low[2])
        if self.on is not None and not borne(self.senses, self.object, self.on):
            return fail(f"{self.object} is not on {self.on}: its bottom is at z = {low:.3f}", z=low)
        if self.on is None and low < ground - ASTRAY:
            fell = f"its bottom is at z = {low:.3f}, not at {ground:.3f}"
            return fail(f"{self.object} fell off what it was put on: {fell}", z=low)
        return succeed(f"{self.object} at ({x:.3f}, {y:.3f})", x=x, y=y)


@register
@dataclasses.dataclass
class Pull(HandSkill):
    """Drag the object in the hand over the table, with whatever lies on it, then let go and rise.

    It stays where it was dragged to, and the hand is empty afterwards.

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
        start, end = self.senses.pose(self.object)[0], self.last.pos + self.distance * axis
        yield from self.go(end, DRAG_SPEED)
        yield from self.hold(SETTLE)
        moved = self.senses.pose(self.object)[0] - start
        way, lack = float(moved @ axis), self.lack(moved, axis, self.distance, end)
        if way < 0.8 * self.distance:
            return fail(f"{self.object} came {way:.3f} of {self.distance:.3f} m", moved=way)
        most = opening_around(self.senses, self.object)
        yield from self.jaw(most, CLOSE_TIME)
        if short := not_open(self.senses, most):
            return short
        z = self.senses.scene.workspace.upper[2]
        up = min(float(self.last.pos[2]) + 0.1, z)
        yield from self.go((self.last.pos[0], self.last.pos[1], up), APPROACH_SPEED)
        return succeed(f"{self.object} came {way:.3f} m{lack}", moved=way)
