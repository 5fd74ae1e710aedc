"""Skills that think in frames of what is held: brought to a pose, tilted, turned about an axis."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.solids.parts import rotation
from habilis.assets.scene.things import Scene
from habilis.envs.control.rotations import matrix, turn_between
from habilis.envs.robot.held_frame import frame_offset
from habilis.policies.skills.grasping import APPROACH_SPEED, HandSkill
from habilis.policies.skills.primitives import (
    ARRIVED,
    SETTLE,
    not_positive,
    out_of_reach,
    outside,
    too_slow,
)
from habilis.policies.skills.senses import (
    AXES,
)
from habilis.policies.skills.skill import (
    HELD_TURN_SPEED,
    Result,
    Script,
    fail,
    frames_of,
    register,
    resting,
    succeed,
)

PART = np.radians(45)  # rad that is turned at a time, each part with a pose of its own
OFF = np.radians(6)  # rad that a turn may be off at its end

Vec3 = tuple[float, float, float]


class FrameSkill(HandSkill):
    """Motions of a frame of what is held; the tool centre point follows from how it is held."""

    object: str
    frame: str

    def missing(self) -> Result | None:
        """A failure unless the object is held and has the frame."""
        try:
            frame_offset(self.senses.scene, f"{self.object}/{self.frame}")
        except ValueError as error:
            return fail(str(error))
        return self.holding(self.object)

    def frame_pose(self) -> tuple[Array, Array]:
        """Where the frame is (3,), m, and how it is turned (3, 3)."""
        name, local = frame_offset(self.senses.scene, f"{self.object}/{self.frame}")
        return self.senses.point(name, local), self.senses.pose(name)[1]

    def tcp_for(self, pos: Array, rot: Array) -> tuple[Array, Array]:
        """Pose (3,), (3, 3) of the tool centre point that brings the frame to one."""
        now, facing = self.frame_pose()
        turn = rot @ facing.T
        return pos + turn @ (self.senses.tcp - now), turn @ self.senses.rot

    def refuse(self, pos: Array, rots: Sequence[Array]) -> Result | None:
        """A failure if the arm cannot bring the frame to (3,) and turn it to each (3, 3) there."""
        poses = [self.tcp_for(pos, rot) for rot in rots]
        beyond = (outside(self.senses, tcp) for tcp, _ in poses)
        return next((b for b in beyond if b), None) or out_of_reach(self.senses, *poses)

    def bring(self, pos: Array, rot: Array, speed: float) -> Script:
        """Bring the frame to a pose in a straight line, and settle."""
        start, facing = self.frame_pose()
        name = f"{self.object}/{self.frame}"
        self.last = dataclasses.replace(self.last, pos=start, rot=facing, frame=name)
        yield from self.go(pos, speed, rot, HELD_TURN_SPEED)
        yield from self.hold(SETTLE)
        own = resting(self.senses)
        self.last = dataclasses.replace(self.last, pos=own.pos, rot=own.rot, frame="")
        return self.holding(self.object) or succeed()

    def about(self, axis: Array, angle: float) -> list[Array]:
        """Orientations (3, 3) on the way of a turn of the frame about an axis (3,), in parts."""
        _, facing = self.frame_pose()
        parts = max(1, int(np.ceil(abs(angle) / PART)))
        ways = np.outer(np.arange(1, parts + 1) / parts * angle, axis)
        return list(matrix(ways) @ facing)

    def turn_by(self, axis: Array, angle: float) -> Script:
        """Turn about an axis (3,) of the world through the frame, which stays where it is."""
        pos, _ = self.frame_pose()
        for rot in self.about(axis, angle):
            moved = yield from self.bring(pos, rot, APPROACH_SPEED)
            if not moved.ok:
                return moved
        return succeed()

    def turned_by(self, start: Array, axis: Array) -> float:
        """Angle about an axis by which the object has turned since it stood at (3, 3), rad.

        Less than half a turn.
        """
        _, rot = self.senses.pose(self.object)
        return float(turn_between(start[None], rot[None])[0] @ axis)


@register
@dataclasses.dataclass
class MoveFrame(FrameSkill):
    """Bring a frame of the object in the hand to a pose, in a straight line.

    Args:
      object: what is held.
      frame: what is brought there: the middle of the part of that name, or its ``origin`` or
        ``grip`` point.
      position: [x, y, z] of that point in the world, m.
      euler: [roll, pitch, yaw] of the object in the world, rad; as it is held if left out.
      speed: mean speed, m/s.
    """

    name: ClassVar[str] = "move_frame"
    object: str
    frame: str
    position: Vec3
    euler: Vec3 | None = None
    speed: float = APPROACH_SPEED

    @classmethod
    def asked(cls, scene: Scene | None) -> bool:
        """Where things have frames."""
        return bool(frames_of(scene))

    def goal(self) -> tuple[Array, Array]:
        """Pose (3,), (3, 3) of the frame."""
        rot = self.frame_pose()[1] if self.euler is None else rotation(self.euler)
        return np.array(self.position), rot

    def precondition(self) -> Result | None:
        """It is held, has the frame, and the arm gets there."""
        refused = too_slow(self.speed) or self.missing()
        if refused:
            return refused
        pos, rot = self.goal()
        return self.refuse(pos, [rot])

    def script(self) -> Script:
        """Straight there, and see where the frame is."""
        pos, rot = self.goal()
        moved = yield from self.bring(pos, rot, self.speed)
        if not moved.ok:
            return moved
        now, facing = self.frame_pose()
        gap = float(np.linalg.norm(now - pos))
        off = float(np.linalg.norm(turn_between(facing[None], rot[None])))
        name = f"{self.object}/{self.frame}"
        text = f"{name} is {gap * 1e3:.0f} mm and {np.degrees(off):.0f} degrees off"
        good = gap <= ARRIVED and off <= OFF
        return succeed(text, gap=gap, off=off) if good else fail(text, gap=gap, off=off)


@register
@dataclasses.dataclass
class Pour(FrameSkill):
    """Tilt the object in the hand over one of its frames, to pour out what is in it.

    The frame stays where it is. Afterwards the object is turned upright again.

    Args:
      object: what is held, e.g. a cup.
      direction: to which it leans over.
      frame: ``rim``, or the part over whose middle it is tilted.
      angle: by which it is tilted, rad.
      hold_time: how long it stays tilted, s.
    """

    name: ClassVar[str] = "pour"
    object: str
    direction: str
    frame: str = "rim"
    angle: float = 1.9
    hold_time: float = 1.5

    @classmethod
    def asked(cls, scene: Scene | None) -> bool:
        """Where something has a rim."""
        return "rim" in frames_of(scene)

    @property
    def axis(self) -> Array:
        """(3,) about which it leans over to the direction."""
        return np.cross([0.0, 0.0, 1.0], AXES[self.direction])

    def precondition(self) -> Result | None:
        """It is held, and the arm can tilt it so far here."""
        if self.direction not in AXES:
            return fail(f"direction {self.direction!r} is none of {', '.join(AXES)}")
        if refused := not_positive("angle", self.angle, "rad") or self.missing():
            return refused
        return self.refuse(self.frame_pose()[0], self.about(self.axis, self.angle))

    def script(self) -> Script:
        """Tilt, wait, look how far, and back."""
        _, start = self.senses.pose(self.object)
        tilting = yield from self.turn_by(self.axis, self.angle)
        if not tilting.ok:
            return tilting
        yield from self.hold(self.hold_time)
        tilt = self.turned_by(start, self.axis)
        back = yield from self.turn_by(self.axis, -tilt)
        if not back.ok:
            return back
        _, end = self.senses.pose(self.object)
        left = float(np.linalg.norm(turn_between(start[None], end[None])))
        text = f"{self.object} was tilted by {np.degrees(tilt):.0f} degrees"
        if tilt < self.angle - OFF:
            return fail(f"{text} of {np.degrees(self.angle):.0f}", tilt=tilt)
        if left > 2 * OFF:
            return fail(f"{text} and is {np.degrees(left):.0f} degrees off upright", tilt=tilt)
        return succeed(text, tilt=tilt)


@register
@dataclasses.dataclass
class Turn(FrameSkill):
    """Turn the object in the hand about the vertical through one of its frames.

    The frame stays where it is, as a screwdriver's tip in a screw.

    Args:
      object: what is held, e.g. a screwdriver.
      angle: by which it is turned to the left, seen from above, rad; negative to the right.
      frame: ``tip``, or the part through whose middle the axis goes.
    """

    name: ClassVar[str] = "turn"
    object: str
    angle: float
    frame: str = "tip"

    @classmethod
    def asked(cls, scene: Scene | None) -> bool:
        """Where something has a tip."""
        return "tip" in frames_of(scene)

    def precondition(self) -> Result | None:
        """It is held, and the wrist can turn it so far here."""
        if not np.isfinite(self.angle) or self.angle == 0:
            return fail(f"angle must be finite and not 0, got {self.angle} rad")
        if refused := self.missing():
            return refused
        return self.refuse(self.frame_pose()[0], self.about(np.array([0, 0, 1.0]), self.angle))

    def script(self) -> Script:
        """Turn, adding up what it came to."""
        axis, total = np.array([0.0, 0.0, 1.0]), 0.0
        place, _ = self.frame_pose()
        for rot in self.about(axis, self.angle):
            _, before = self.senses.pose(self.object)
            moved = yield from self.bring(place, rot, APPROACH_SPEED)
            total += self.turned_by(before, axis)
            if not moved.ok:
                return moved
        gap = float(np.linalg.norm(self.frame_pose()[0] - place))
        text = f"{self.object} turned by {np.degrees(total):.0f} degrees"
        if abs(total - self.angle) > OFF or gap > ARRIVED:
            wanted = f"{np.degrees(self.angle):.0f} were wanted; its {self.frame} moved {gap:.3f} m"
            return fail(f"{text}, {wanted}", angle=total, gap=gap)
        return succeed(text, angle=total, gap=gap)
