"""RoboTool's push of a quadruped: along y, then along x, from behind."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.solids.parts import rotation
from habilis.envs.control.command import Command
from habilis.envs.legged.terrain import THIN
from habilis.policies.skills.legs.walking import SETTLE, LeggedSkill, Walk, ground, size_of
from habilis.policies.skills.skill import Result, Script, fail, register, succeed

GRAVITY = 9.81
PLACED = 0.05  # m off the goal that count as there, and ``CLOSE`` that are not mended
CLOSE = 0.025
ROOM = 0.40  # m behind a thing, to stand there before it is pushed
SPEED, SLOW = 0.25, 0.1  # m/s; feet slow down before the goal, as they kick
GENTLE = 0.06  # m/s at which they push what may break
AHEAD = 0.17  # m that the trunk's goal is ahead of it: steering then asks for ``SPEED``
EARLY, KICKED = 0.005, 0.01  # m short of the goal at which to stop pushing, with trunk or feet
BACK, BACKS = 0.15, 8  # m to back off at the end, and how often until there is room to turn
FEET = 15.0  # N that feet push before the robot trips over what they push
BETWEEN = 0.24  # m: what is low and narrower passes between the feet
CHEST = 78.0  # N that the chest pushes
HIGH = 0.21  # m above the robot's own ground at which a thing meets its chest
STALLED, PATIENCE = 0.004, 1.5  # m, s: a thing that moves less is against something
SAME = 0.03  # m of height within which two things stand on one surface
LOOSE, FINE = 0.035, 0.02  # m along an axis that need no push, at first and when mending
OFFSET = 0.15  # of its width, from the middle of a thing to where it is pushed, at the most
NEAR = 0.32  # m from the middle of a robot to what its feet are about to touch
SHY = 0.23  # m from the end of a surface to the middle of a robot that pushes something over it
FLOWN = 0.3  # m off the goal at which what was pushed over an edge may lie
LOOKED, STEPS = 3.0, 0.01  # m ahead that is looked for an edge, in steps
ROUNDS = 3  # further ones mend what came off its line or went too far


@register
@dataclasses.dataclass
class PushToPosition(LeggedSkill):
    """Push a thing to a position on the surface that it and the robot stand on.

    The robot walks around to the right side, and pushes along y first, then along x. What is lower
    than 0.21 m it pushes with its feet, 15 N at the most, and only what is 0.24 m wide or more
    does not pass between them; what is higher with its chest, 78 N at the most. Where the surface
    ends before the position, it stays on it and pushes the thing over the edge.

    Args:
      object: what to push.
      position: [x, y, z] in the world, m, of the middle of the thing; z does not matter.
    """

    name: ClassVar[str] = "push_to_position"
    object: str
    position: tuple[float, float, float]

    @classmethod
    def numbers_of(cls, robot: str) -> Mapping[str, str]:
        """What is low, what is wide, and how hard it pushes."""
        size = size_of(robot)
        lengths = {f"{m:g} m": f"{m * size.length:.3g} m" for m in (HIGH, BETWEEN)}
        return lengths | {f"{n:g} N": f"{n * size.mass:.3g} N" for n in (FEET, CHEST)}

    def precondition(self) -> Result | None:
        """It can be pushed at all, from where the robot can be."""
        thing, box = self.senses.entity(self.object), self.senses.box(self.object)
        if thing.fixed or thing.joint is not None:
            return fail(f"{self.object} cannot be pushed: it is fastened")
        if min(box.size) < THIN and thing.links:
            return fail(f"{self.object} cannot be pushed: it bends")
        here = ground(self.senses, (self.object,)).height(self.senses.tcp[:2])
        below = self._below()
        if abs(here - below) > SAME:
            return fail(
                f"{self.object} stands on another surface, at {below:.2f} m, than the robot, at"
                f" {here:.2f} m",
                height=below,
            )
        size = self._size = self.size
        self._low, self._level = box.size[2] < HIGH * size.length, below
        self._speed = GENTLE if math.isfinite(thing.fragile) else SPEED
        self._slower = SPEED / self._speed
        self._narrow = bool(self._low) & (box.size[:2] < BETWEEN * size.length)
        if (self._narrow & (np.abs(self._off())[::-1] > LOOSE)).any():
            return fail(
                f"{self.object} is {box.size[:2].min():.2f} m wide and passes between the feet of"
                " the robot"
            )
        most, part = (FEET, "feet") if self._low else (CHEST, "trunk")
        most, force = most * size.mass, self._force()
        if force > most:
            return fail(
                f"{self.object} is too heavy: it takes {force:.0f} N, the robot pushes"
                f" {most:g} N with its {part} at the most",
                force=force,
            )
        return None

    def script(self) -> Script:
        """Along y, then along x."""
        for again in range(ROUNDS):
            for axis in (1, 0):
                failed = yield from self._along(axis, FINE if again else LOOSE)
                if failed is not None and (not again or self.fallen()):
                    return failed
                if self._dropped():
                    return self._over()
            yield from self.hold(SETTLE)
            if np.linalg.norm(self._off()) < CLOSE:
                break
        off = self._off()
        far = float(np.linalg.norm(off))
        where = f"({off[0]:+.2f}, {off[1]:+.2f}) m off"
        if far > PLACED:
            return fail(f"{self.object} is {where}", distance=far)
        return succeed(f"{self.object} is {where}", distance=far)

    def _off(self) -> Array:
        """(2,) from the thing to where it is to be, m."""
        centre = self.senses.box(self.object).centre
        out: Array = np.array(self.position[:2]) - centre[:2]
        return out

    def _below(self) -> float:
        """Height of the thing's lower side, m."""
        box = self.senses.box(self.object)
        return float(box.centre[2] - box.size[2] / 2)

    def _dropped(self) -> bool:
        return self._below() < self._level - SAME

    def _over(self) -> Result:
        """What became of a thing that went over an edge."""
        centre, far = self.senses.box(self.object).centre, float(np.linalg.norm(self._off()))
        where = f"({centre[0]:.2f}, {centre[1]:.2f}), at z {centre[2]:.2f}, {far:.2f} m off"
        if far > FLOWN:
            return fail(f"{self.object} went over an edge to {where}", distance=far)
        return succeed(f"{self.object} went over the edge to {where}", distance=far)

    def _line(self, across: int, line: float) -> float:
        """Where to walk, across the line that the thing is to follow, m: what has come off it is
        pushed on that side of its middle, which turns it back."""
        box = self.senses.box(self.object)
        off, most = float(box.centre[across] - line), OFFSET * float(box.size[across])
        return float(box.centre[across] + np.clip(off, -most, most))

    def _apart(self, axis: int, way: Array) -> float:
        """From the robot's middle to the near side of the thing, along a line, m."""
        box = self.senses.box(self.object)
        return float((box.centre - self.senses.tcp)[axis] * way[axis] - box.size[axis] / 2)

    def _end(self, axis: int, way: Array) -> float:
        """How far along a line the trunk may go before the surface ends, m."""
        seen = ground(self.senses, (self.object,))
        here = self.senses.tcp[:2]
        for far in np.arange(0.0, LOOKED, STEPS):
            if seen.height(here + far * way) < self._level - SAME:
                return float(here[axis] * way[axis] + far - STEPS - SHY * self._size.length)
        return np.inf

    def _force(self) -> float:
        thing = self.senses.entity(self.object)
        return thing.mass * thing.friction * GRAVITY

    def _along(self, axis: int, least: float) -> Walk:
        """Push along one axis of the world until the thing is there, and back off."""
        off = self._off()[axis]
        if abs(off) < least or self._narrow[1 - axis]:
            return None
        way = np.zeros(2)
        way[axis] = np.sign(off)
        box = self.senses.box(self.object)
        behind = box.centre[:2] - way * (box.size[axis] / 2 + ROOM * self._size.length)
        seen, half = ground(self.senses), box.size[:2] / 2
        itself = seen.box(box.centre[:2] - half, box.centre[:2] + half)
        path = seen.way(self.senses.tcp[:2], behind, around=itself)
        if no := self.no_way(path, behind):
            return fail(f"there is no room behind {self.object} to push it: {no.reason}")
        yaw = float(np.arctan2(way[1], way[0]))
        failed = yield from self.walk(path.points, yaw)
        if failed is None:
            failed = yield from self._push(axis, way, yaw, box.centre.copy())
        if failed is not None:
            return failed
        if self._dropped():
            yield from self.hold(SETTLE)
        for _ in range(BACKS):
            back = self.senses.tcp[:2] - BACK * way
            failed = yield from self.walk(back[None], yaw, push=self.object)
            if failed is not None or self.has_room():
                return failed
        return None

    def _push(self, axis: int, way: Array, yaw: float, start: Array) -> Walk:
        """Walk on along the line through the thing's middle, and stop when it is there."""
        across, since, best = 1 - axis, self.senses.time, np.inf
        force = None if self._low else self._force()
        rot = rotation((0.0, 0.0, yaw))
        touched, end = False, self._end(axis, way)
        while True:
            left = float(self._off()[axis] * way[axis])
            if left < (KICKED if self._low else EARLY):
                break
            goal = self.senses.tcp.copy()
            goal[axis] = way[axis] * min(goal[axis] * way[axis] + AHEAD, end)
            goal[across] = self._line(across, start[across])
            speed = SPEED
            if self._apart(axis, way) <= NEAR * self._size.length:
                speed = self._speed
                if self._low:
                    speed = float(np.clip(left, min(SLOW, speed), speed))
            self.last = Command(goal, 0.0, rot, force=force, speed=speed, push=self.object)
            yield self.last
            if fell := self.fallen():
                return fell
            if self._dropped():
                break
            touched = touched or best - left > STALLED
            if left < best - STALLED:
                best, since = left, self.senses.time
            if self.senses.time - since > (PATIENCE if touched else 3 * PATIENCE) * self._slower:
                break
        self.last = Command(self.senses.tcp.copy(), 0.0, rot)
        return None
