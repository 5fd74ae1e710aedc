"""Join: make what is in the hand longer by another magnetic object."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.policies.skills.geometry.effector import lowest
from habilis.policies.skills.geometry.in_hand import in_hand, joined_to, magnet_faces
from habilis.policies.skills.grasping import HandSkill
from habilis.policies.skills.primitives import SETTLE, outside
from habilis.policies.skills.senses import (
    AXES,
    Senses,
)
from habilis.policies.skills.skill import Result, Script, fail, register, succeed

APART = 0.035  # m between the faces before they approach: too far to snap
CLOSEST = 0.003  # m between the faces if they do not snap
APPROACH_SPEED = 0.05  # m/s
CLEAR = 0.002  # m, of what is held above where the other stands
ALONG = 0.9  # cosine between a face's normal and a direction that counts as along it


@register
@dataclasses.dataclass
class Join(HandSkill):
    """Bring a magnetic face of what is held to one of another object, until they snap together.

    Args:
      object: magnetic object to take on.
      tool: what is in the hand; with all that hangs on it already.
      direction: in which the face looks that takes it on.
    """

    name: ClassVar[str] = "join"
    object: str
    tool: str
    direction: str

    def precondition(self) -> Result | None:
        """The tool is in the hand, both have a free magnetic face there, the way is inside."""
        if self.direction not in AXES:
            return fail(f"direction {self.direction!r} is none of {', '.join(AXES)}")
        if refused := self.holding(self.tool):
            return refused
        way = join_path(self.senses, self.object, self.tool, self.direction)
        if way is None:
            return fail(f"{self.tool} and {self.object} have no magnets {self.direction}")
        for point in way:
            if refused := outside(self.senses, point):
                return refused
        return None

    def script(self) -> Script:
        """Travel behind, approach until they snap, settle."""
        way = join_path(self.senses, self.object, self.tool, self.direction)
        assert way is not None
        yield from self.travel(way[0], in_hand(self.senses, self.tool))
        for command in self.go(way[1], APPROACH_SPEED):
            yield command
            if self._joined():
                break
        self.last = command
        yield from self.hold(2 * SETTLE)
        if not self._joined():
            return fail(f"{self.object} did not snap to {self.tool}")
        return succeed(f"{self.object} hangs on {self.tool}")

    def _joined(self) -> bool:
        return self.object in joined_to(self.senses, self.tool)


def join_path(
    senses: Senses, name: str, tool: str, direction: str, tcp: Array | None = None
) -> tuple[Array, Array] | None:
    """Where the tool centre point goes, (3,) each, m: behind, and nearest; None without magnets.

    Args:
      senses: the present.
      name: object to take on.
      tool: what is held.
      direction: of the face that takes it on.
      tcp: where the tool is held, m; the present tool centre point if left out.
    """
    axis = AXES[direction]
    chain = (tool, *joined_to(senses, tool))
    if name in chain:
        return None
    ours = [p for n in chain for p in _facing(senses, n, axis)]
    theirs = _facing(senses, name, -axis)
    if not ours or not len(theirs):
        return None
    front = max(ours, key=lambda p: float(p @ axis)) - (senses.tcp if tcp is None else tcp)
    contact = theirs[0] - front + np.array([0.0, 0.0, CLEAR])
    contact[2] = max(contact[2], lowest(senses.scene.robot))
    return contact - APART * axis, contact - CLOSEST * axis


def _facing(senses: Senses, name: str, axis: Array) -> Array:
    """(k, 3) middles of those magnetic faces of an entity that look along an axis, m."""
    middles, normals = magnet_faces(senses, name)
    return middles[normals @ axis > ALONG]
