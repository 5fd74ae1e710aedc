"""Cutting through what ties a thing to another, with the blades of the tool in the hand."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Generator
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.links import Tie
from habilis.assets.scene.solids.parts import rotation
from habilis.assets.scene.things import Scene
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import Command
from habilis.policies.agents.pick_oracle import ABOVE, ROOM
from habilis.policies.skills.held_tool import (
    CLOSE_SPEED,
    DOWN_SPEED,
    PRESS_TIME,
    STILL,
    STILL_TIME,
    HeldToolSkill,
)
from habilis.policies.skills.primitives import FREE_SPEED, SETTLE
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Result, Script, fail, register, succeed

DEEP = 0.004  # m that the middle of the tips is below what they close on
CUT_TIME, OPEN_TIME = 4.0, 1.0  # s, to close and press, and to open again
APART = 0.006  # m between the ends of what is severed


def tied(senses: Senses, name: str) -> str:
    """The body of a thing that its tie holds."""
    tie = senses.entity(name).tie
    assert tie is not None
    return f"{name}/{tie.link}".rstrip("/")


def ends(senses: Senses, name: str) -> tuple[Array, Array]:
    """Where the tie of a thing ends (3,), m, on its own side and on that of the other."""
    tie, scene, body = senses.entity(name).tie, senses.scene, tied(senses, name)
    assert tie is not None
    there = np.linalg.inv(scene.at_rest(tie.to)) @ scene.at_rest(body) @ (*tie.at, 1.0)
    return senses.point(body, tie.at), senses.point(tie.to, there[:3])


def severed(senses: Senses, name: str) -> bool:
    """Whether the tie of a thing is seen to be cut through."""
    own, other = ends(senses, name)
    return float(np.linalg.norm(own - other)) > APART


@register
@dataclasses.dataclass
class CutWithTool(HeldToolSkill):
    """Close the blades of the tool in the hand on what ties a thing to another, to sever it.

    Args:
      object: what has the tie, such as a string.
    """

    name: ClassVar[str] = "cut_with_tool"
    object: str

    @classmethod
    def unfit(cls, scene: Scene) -> str:
        """See ``Skill``: something is tied, too."""
        if not any(e.tie is not None for e in scene.entities):
            return f"{cls.name} needs something that is tied; nothing is"
        return super().unfit(scene)

    @property
    def tie(self) -> Tie:
        """What is to be severed."""
        tie = self.senses.entity(self.object).tie
        assert tie is not None
        return tie

    def precondition(self) -> Result | None:
        """It is tied, the tool has blades, and they get there."""
        if empty := self.empty():
            return empty
        if self.senses.entity(self.object).tie is None:
            tied = ", ".join(e.name for e in self.senses.scene.entities if e.tie is not None)
            return fail(f"nothing ties {self.object} that could be cut; tied: {tied}")
        if np.isinf(self.spec.sharpness):
            return fail(f"the {self.spec.kind} has no blades")
        if severed(self.senses, self.object):
            return fail(f"{self.object} is cut through already", apart=self.apart())
        self.last = dataclasses.replace(self.last, rot=self.across())
        return self.unreachable(self.place() + (0, 0, ABOVE), self.place())

    def apart(self) -> float:
        """Distance between the ends of the tie, m."""
        own, other = ends(self.senses, self.object)
        return float(np.linalg.norm(own - other))

    def place(self) -> Array:
        """Where the middle of the tips goes (3,), m."""
        out: Array = ends(self.senses, self.object)[0] - (0.0, 0.0, DEEP)
        return out

    def across(self) -> Array:
        """(3, 3) of the tips, turned about z by no more than it takes to close across the tie.

        It runs from the origin of the body that it is at to where it ends.
        """
        along = self.senses.point(tied(self.senses, self.object), self.tie.at)
        along = along - self.senses.pose(tied(self.senses, self.object))[0]
        rot = self.last.rot
        out: Array = rot
        if np.linalg.norm(along[:2]) > APART:
            way = np.arctan2(along[1], along[0]) - np.arctan2(rot[1, 0], rot[0, 0])
            turn = (way + np.pi / 2) % np.pi - np.pi / 2  # either way round
            out = rotation((0.0, 0.0, float(turn))) @ rot
        return out

    def script(self) -> Script:
        """Open, over it, down, close and press, open, up, and see whether it came apart."""
        place, rot = self.place(), self.across()
        gap = min(self.tie.width + ROOM, self.spec.max_gap)
        if wrong := (yield from self.open_to(gap)):
            return wrong
        yield from self.over(place + (0, 0, ABOVE), self.object)
        yield from self.go(place + (0, 0, ABOVE), FREE_SPEED, rot)
        yield from self.hold(SETTLE)
        yield from self.go(place, DOWN_SPEED)
        yield from self.hold(SETTLE)
        yield from self.close()
        self.last = dataclasses.replace(self.last, aperture=gap)
        yield from self.hold(OPEN_TIME)
        if wrong := self.slipped():
            return wrong
        yield from self.go(place + (0, 0, ABOVE), FREE_SPEED)
        yield from self.hold(SETTLE)
        apart = self.apart()
        text = f"the ends of {self.object} are {apart * 1e3:.0f} mm apart"
        return succeed(text, apart=apart) if apart > APART else fail(text, apart=apart)

    def close(self) -> Generator[Command, None, None]:
        """Close the blades until their gap stays, and press."""
        gaps = deque([np.inf], maxlen=round(STILL_TIME / TICK))
        met = 0.0
        for _ in range(round(CUT_TIME / TICK)):
            gap = self.senses.aperture
            still = len(gaps) == gaps.maxlen and max(gaps) - gap < STILL
            gaps.append(gap)
            met = met + TICK if met or (still and self.last.aperture < gap) else 0.0
            if met >= PRESS_TIME:
                return
            closer = max(0.0, self.last.aperture - CLOSE_SPEED * TICK)
            self.last = dataclasses.replace(self.last, aperture=closer)
            yield self.last
