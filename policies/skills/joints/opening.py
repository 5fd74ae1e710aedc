"""Opening and shutting: a hand takes something that is on a joint, and moves it along its joint."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene
from habilis.envs.control.arm import TICK
from habilis.envs.control.rotations import matrix
from habilis.policies.skills.geometry.effector import HandRoom, widest
from habilis.policies.skills.geometry.grips import GRAZE, Grip, grips, opening_around
from habilis.policies.skills.geometry.in_hand import bare
from habilis.policies.skills.grasping import (
    APPROACH_SPEED,
    DRAG_SPEED,
    OPEN,
    HandSkill,
    least,
    stopped_short,
)
from habilis.policies.skills.joints.present import JointNow, joint_now
from habilis.policies.skills.primitives import (
    ARRIVED,
    CLOSE_TIME,
    SETTLE,
    not_open,
    out_of_reach,
    outside,
)
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import (
    HELD_TURN_SPEED,
    Result,
    Script,
    fail,
    register,
    succeed,
)

UPRIGHT, LEVEL = 0.9, 0.2  # of a hinge's axis along z: the hand turns with it, or keeps its turn
ALONG = np.radians(10)  # rad that the fingers may close off a level hinge's axis
WAYPOINTS = 8  # on the way of which reach is looked at
ROUNDED = 1e-3  # m or rad beyond the end of a range, for numbers that were rounded
DONE = 0.8  # of the way asked for that counts as moved
FROM_END = 0.015  # m from the end of a long part to where it may be taken
RISE = 0.1  # m that the hand backs off upwards, at most

Vec3 = tuple[float, float, float]


@dataclasses.dataclass(frozen=True)
class Handle:
    """Where a hand takes something on a joint.

    Attributes:
      grip: the hand's way to take it.
      local: (3,) in the frame of what is taken, m.
    """

    grip: Grip
    local: Vec3


def handles(senses: Senses, name: str, grip: Vec3 | None = None) -> Iterator[Handle]:
    """Ways to take something on a joint so that its joint can be moved, the best first.

    Its frame ``grip`` is where it is taken, if it has one; else middles and ends of its parts are
    tried, those first that are farthest from the axis of a hinge, or stick out along a slide.

    Args:
      senses: the present.
      name: of a thing, or of a ``thing/link``.
      grip: point in its frame, m, and no other.
    """
    body, joint = senses.scene.body(name), joint_now(senses, name)
    if joint is None:
        return
    given = grip or body.frames.get("grip")
    points = [given] if given is not None else [p for part in body.parts for p in _places(part)]
    middle = senses.box(name).centre
    points.sort(key=lambda p: -_out(joint, senses.point(name, p), middle))
    most = widest(senses.scene.robot)
    for point in points:
        for one in grips(senses, name, point):
            if one.clear and 0 < one.centred <= most and _follows(joint, one):
                yield Handle(one, point)


def _places(part: Part) -> list[Vec3]:
    """The middle of a part, and places near the ends of a long one, in the frame of its body."""
    low, high = part.bounds()
    middle, k = (low + high) / 2, int(np.argmax(high - low))
    end = ((high - low)[k] / 2 - FROM_END) * np.eye(3)[k]
    places = [middle, middle + end, middle - end] if end[k] > FROM_END / 2 else [middle]
    return [(float(x), float(y), float(z)) for x, y, z in places]


def _out(joint: JointNow, point: Array, middle: Array) -> float:
    """How far a point (3,) is from a hinge's axis, or along a slide from the middle (3,), m."""
    return joint.arm(point) if joint.hinge else abs(float((point - middle) @ joint.axis))


def _follows(joint: JointNow, grip: Grip) -> bool:
    """Whether a hand that points down can go with it: a lid must turn between its fingers."""
    if not joint.hinge or abs(joint.axis[2]) > UPRIGHT:
        return True
    closing = grip.rot[:, 1]
    return bool(abs(joint.axis[2]) < LEVEL and abs(closing @ joint.axis) > np.cos(ALONG))


@register
@dataclasses.dataclass
class MoveJoint(HandSkill):
    """Take something that is on a joint, such as a drawer, a door or a lid, and open or shut it.

    Args:
      object: what is on the joint, thing/link or thing.
      to: how far its joint shall be open at the end, m or rad; 0 is where the scene has it.
      grip: [x, y, z] in its own frame where it is taken, m; a handle that fits if left out.
      leave: let go at the end and rise; else keep it there.
    """

    name: ClassVar[str] = "move_joint"
    object: str
    to: float
    grip: Vec3 | None = None
    leave: bool = True

    @classmethod
    def asked(cls, scene: Scene | None) -> bool:
        """Where something that is no hand tool has a link on a joint."""
        things = (e for e in scene.entities if e.hand_tool is None) if scene else ()
        return any(link.joint is not None for e in things for link in e.links)

    def precondition(self) -> Result | None:
        """It is on a joint that goes so far, and the arm goes along with a handle of it."""
        joint = joint_now(self.senses, self.object)
        if joint is None:
            return fail(f"{self.object} is not on a slide or a hinge")
        low, high = joint.joint.range
        if not low - ROUNDED <= self.to <= high + ROUNDED:
            return fail(
                f"the joint of {self.object} goes from {low:.3f} to {high:.3f},"
                f" {self.to:.3f} was asked for"
            )
        found = list(handles(self.senses, self.object, self.grip))
        if not found:
            return fail(f"the hand gets around no handle of {self.object} from above")
        refused = [self._refuse(joint, handle) for handle in found]
        return None if None in refused else refused[0]

    def _refuse(self, joint: JointNow, handle: Handle) -> Result | None:
        """Why the arm does not get along the whole way with a handle."""
        way = list(self._way(joint, handle, WAYPOINTS))
        beyond = (outside(self.senses, pos) for pos, _ in way)
        refused = next((b for b in beyond if b), None) or out_of_reach(self.senses, *way)
        return refused or self._meets(handle, way)

    def _meets(self, handle: Handle, way: Sequence[tuple[Array, Array]]) -> Result | None:
        """A failure if the hand runs into what stays where it is."""
        senses = self.senses
        stays = [
            (body, senses.part_solid(body, part))
            for entity in senses.scene.entities if not entity.movable
            for body, one in entity.bodies() if body != self.object for part in one.parts
        ]  # fmt: skip
        for pos, rot in way:
            room = HandRoom(senses.scene.robot, rot)
            hand = [
                s.moved(pos, np.eye(3)) for s in (room.opened_to(handle.grip.opening), room.palm)
            ]
            for body, solid in stays:
                if any(solid.overlaps(one, -GRAZE) for one in hand):
                    return fail(f"the hand would run into {body} on the way of {self.object}")
        return None

    def _way(self, joint: JointNow, handle: Handle, count: int) -> Iterator[tuple[Array, Array]]:
        """Poses (3,), (3, 3) of the tool centre point, smooth in time, the start among them."""
        turns = joint.hinge and abs(joint.axis[2]) > UPRIGHT
        for k in range(count + 1):
            by = (3 - 2 * k / count) * (k / count) ** 2 * (self.to - joint.opening)
            rot = handle.grip.rot
            if turns:
                rot = matrix(by * joint.axis[None])[0] @ rot
            yield joint.carried(handle.grip.point, by), rot

    def script(self) -> Script:
        """Around the handle, close, along the joint, open, up; and see how far it is open."""
        joint = joint_now(self.senses, self.object)
        assert joint is not None
        found = handles(self.senses, self.object, self.grip)
        handle = next(handle for handle in found if self._refuse(joint, handle) is None)
        taken = yield from self._take(handle)
        if not taken.ok:
            return taken
        yield from self._along(joint, handle)
        yield from self.hold(SETTLE)
        if self.leave:
            left = yield from self._leave()
            if not left.ok:
                return left
        now = joint_now(self.senses, self.object)
        assert now is not None
        moved, asked = now.opening - joint.opening, self.to - joint.opening
        unit = "rad" if joint.hinge else "m"
        text = f"{self.object} is {now.opening:.3f} {unit} open"
        if moved * np.sign(asked) < DONE * abs(asked):
            return fail(f"{text}, {self.to:.3f} {unit} was asked for", opening=now.opening)
        return succeed(text, opening=now.opening)

    def _take(self, handle: Handle) -> Script:
        grip = handle.grip
        yield from self.jaw(grip.opening, CLOSE_TIME)
        if short := not_open(self.senses, grip.opening):
            return short
        fingers = bare(HandRoom(self.senses.scene.robot, self.last.rot).opened)
        yield from self.travel(grip.point, fingers, rot=grip.rot)
        if (gap := float(np.linalg.norm(self.senses.tcp - grip.point))) > ARRIVED:
            return stopped_short(self.senses, self.object, gap)
        yield from self.jaw(0.0, CLOSE_TIME)
        opening = self.senses.aperture
        if opening < least(self.senses, self.object):
            return fail(f"gripper closed on nothing (jaw {opening * 1e3:.1f} mm)", aperture=opening)
        if opening > grip.opening - OPEN:
            return fail(f"the gripper did not close (jaw {opening * 1e3:.0f} mm)", aperture=opening)
        return succeed()

    def _along(self, joint: JointNow, handle: Handle) -> Script:
        """The handle's own way, at the speed of a drag, or slower where the hand must turn."""
        by = abs(self.to - joint.opening)
        seconds = by * joint.arm(handle.grip.point) / DRAG_SPEED
        if joint.hinge and abs(joint.axis[2]) > UPRIGHT:
            seconds = max(seconds, by / HELD_TURN_SPEED)
        for pos, rot in self._way(joint, handle, max(1, round(seconds / TICK))):
            self.last = dataclasses.replace(self.last, pos=pos, rot=rot)
            yield self.last
        return succeed()

    def _leave(self) -> Script:
        """Open and rise; a failure if the fingers do not open."""
        most = opening_around(self.senses, self.object)
        yield from self.jaw(most, CLOSE_TIME)
        if short := not_open(self.senses, most):
            return short
        x, y, z = self.last.pos
        up = min(float(z) + RISE, self.senses.scene.workspace.upper[2])
        yield from self.go((x, y, max(up, float(z))), APPROACH_SPEED)
        return succeed()
