"""How the bodies of a thing hang together: links, joints, and parts that come off.

Lengths in metres, masses in kilograms, forces in newtons, angles in radians.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Literal

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.names import did_you_mean
from habilis.assets.scene.solids.parts import (
    Part,
    Vec3,
    box_around,
    rotation,
)

Face = Literal["+x", "-x", "+y", "-y", "+z", "-z"]
JointKind = Literal["slide", "hinge", "ball"]


@dataclasses.dataclass(frozen=True)
class Joint:
    """The one joint of a body to its parent. Its value is called its opening.

    Attributes:
      kind: slide (m, N/m), hinge (rad, Nm/rad), or ball (rad, turning about any axis).
      axis: direction in the body's frame, unit vector; a ball has none.
      range: lower and upper limit, m or rad; 0 is the pose given in the scene. Of a ball the least
        is 0 and the greatest is how far it turns away, which may be ``inf``.
      stiffness: of a spring.
      damping: viscous, N s/m or Nm s/rad.
      frictionloss: dry friction, N or Nm.
      pos: anchor in the body's frame, m.
      armature: added inertia, kg or kg m^2.
      rest: where the spring is slack, m or rad.
      backlash: free play within the range, over which neither spring nor friction is felt, m or
        rad; it lies at the upper end.
      firm: limits and dry friction hold as if rigid. Without it they give: a drawer with too little
        force on it creeps, and a joint that is driven hard runs past its limit.
    """

    kind: JointKind
    axis: Vec3
    range: tuple[float, float]
    stiffness: float = 0.0
    damping: float = 1.0
    frictionloss: float = 0.0
    pos: Vec3 = (0.0, 0.0, 0.0)
    armature: float = 0.0
    rest: float = 0.0
    backlash: float = 0.0
    firm: bool = True

    def __post_init__(self) -> None:
        low, high = self.range
        if not low <= 0 <= high or low == high:
            raise ValueError(f"a joint's range includes 0 and more, got [{low}, {high}]")
        if self.kind == "ball" and (low < 0 or self.backlash or self.rest):
            raise ValueError("a ball joint turns from 0 on, and has neither backlash nor rest")
        if not 0 <= self.backlash < high - low:
            raise ValueError(f"backlash {self.backlash} is outside [0, {high - low}), the range")


@dataclasses.dataclass(frozen=True)
class Break:
    """Parts that come off as a body of their own when other objects load them.

    Attributes:
      parts: names of the parts that come off.
      load: contact force in N, between those parts and any other object (not the table, not
        the robot), above which the joint fails; ``inf`` never fails.
      hold: how long the load must last, s.
    """

    parts: tuple[str, ...]
    load: float
    hold: float = 0.04


@dataclasses.dataclass(frozen=True)
class Link:
    """A body that hangs on the root of a thing, or on an earlier link of it.

    Attributes:
      name: unique in the thing; elsewhere it is written ``thing/link``.
      parts: its solids, in its own frame.
      parent: name of the link it hangs on; '' for the root.
      pos: its origin in the parent's frame, m.
      euler: roll, pitch, yaw in the parent's frame, rad.
      joint: to the parent; None where it is fixed to it.
      mass: kg; None takes its share of the thing's mass.
      frames: named points in its own frame, m.
      magnetic: faces of its box that carry a magnet.
      breaks: parts that come off under load.
    """

    name: str
    parts: tuple[Part, ...]
    parent: str = ""
    pos: Vec3 = (0.0, 0.0, 0.0)
    euler: Vec3 = (0.0, 0.0, 0.0)
    joint: Joint | None = None
    mass: float | None = None
    frames: Mapping[str, Vec3] = dataclasses.field(default_factory=dict)
    magnetic: tuple[Face, ...] = ()
    breaks: Break | None = None

    def __post_init__(self) -> None:
        check_parts(self.name, self.parts, self.breaks)

    def frame(self) -> Array:
        """(4, 4) of the link in its parent's frame with the joint at 0."""
        out = np.eye(4)
        out[:3, :3], out[:3, 3] = rotation(self.euler), self.pos
        return out

    def bounds(self) -> tuple[Array, Array]:
        """Corners (3,), (3,) of the box around its own parts, in its frame, m."""
        return box_around(self.parts)

    def grip(self) -> Array:
        """Graspable point (3,) in its frame, m: the frame of that name, else the middle."""
        low, high = self.bounds()
        return np.array(self.frames["grip"]) if "grip" in self.frames else (low + high) / 2


def check_parts(owner: str, parts: tuple[Part, ...], breaks: Break | None) -> None:
    """ValueError unless a body has parts with names of their own, and some of them stay on."""
    names = [p.name for p in parts]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"{owner!r} needs parts with names of their own, got {names}")
    for name in breaks.parts if breaks else ():
        if name not in names:
            raise KeyError(did_you_mean(f"part of {owner!r}", name, names))
    if breaks and not 0 < len(set(breaks.parts)) < len(names):
        raise ValueError(f"{owner!r}: some parts break off and some stay, got {names}")


@dataclasses.dataclass(frozen=True)
class Tie:
    """What holds a body of a thing to another thing until blades sever it.

    Attributes:
      to: the other thing, or ``thing/link``; it touches the body there in the scene as given.
      at: where both meet, in the frame of the body, m.
      link: the body; '' for the root.
      width: across what is to be severed there, m.
      strength: pressure under an edge that severs it, Pa: force over width and edge radius.
    """

    to: str
    at: Vec3
    link: str = ""
    width: float = 0.004
    strength: float = 6e6

    def __post_init__(self) -> None:
        if not (self.width > 0 and self.strength > 0):
            raise ValueError(f"a tie has width and strength, got {self.width}, {self.strength}")


def limited(joint: Joint) -> bool:
    """Whether the joint's range ends somewhere."""
    return all(map(math.isfinite, joint.range))
