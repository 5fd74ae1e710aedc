"""Convex solids that things are made of. Lengths in metres, angles in radians."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.names import look_up
from habilis.assets.scene.solids.hull import Hull

Vec3 = tuple[float, float, float]
Shape = Literal["box", "cylinder", "capsule", "sphere", "hull"]

SHAPE_SIZES: Mapping[str, int] = {"box": 3, "cylinder": 2, "capsule": 2, "sphere": 1, "hull": 0}
"""How many full sizes each shape takes: box x y z; cylinder and capsule diameter, length along
their own z (the capsule's without its caps); sphere diameter; a hull has vertices instead."""


@dataclasses.dataclass(frozen=True)
class Part:
    """One convex solid of a thing or of one of its links.

    Attributes:
      name: unique within what it belongs to.
      shape: which solid.
      size: full sizes in m, as many as ``SHAPE_SIZES`` says.
      pos: centre in the owner's frame, m; of a hull the origin of its vertices.
      euler: roll, pitch, yaw (fixed axes x, y, z) in the owner's frame, rad.
      rgba: colour, 0-1.
      mass_share: weight of this part in sharing out the mass; None shares by volume.
      gloss: how much it shines, 0-1.
      solid: whether it can be touched; else it is seen and weighs, and that is all.
      vertices: corners of a hull in its own frame, m, four or more that do not lie in one plane.
    """

    name: str
    shape: Shape
    size: tuple[float, ...]
    pos: Vec3 = (0.0, 0.0, 0.0)
    euler: Vec3 = (0.0, 0.0, 0.0)
    rgba: tuple[float, float, float, float] = (0.6, 0.6, 0.6, 1.0)
    mass_share: float | None = None
    gloss: float = 0.0
    solid: bool = True
    vertices: tuple[Vec3, ...] = ()

    def __post_init__(self) -> None:
        want = look_up("shape", self.shape, SHAPE_SIZES)
        if len(self.size) != want or not all(s > 0 for s in self.size):
            raise ValueError(
                f"part {self.name!r}: a {self.shape} takes {want} positive sizes, got {self.size}"
            )
        if (self.shape == "hull") != bool(self.vertices):
            raise ValueError(
                f"part {self.name!r}: a hull has vertices and nothing else has, got a {self.shape}"
                f" with {len(self.vertices)}"
            )

    @property
    def hull(self) -> Hull:
        """The convex hull of the vertices of a hull."""
        return Hull.of(self.vertices)

    @property
    def volume(self) -> float:
        """Volume in m^3."""
        s = self.size
        if self.shape == "hull":
            return self.hull.volume
        if self.shape == "box":
            return s[0] * s[1] * s[2]
        if self.shape == "cylinder":
            return math.pi * s[0] ** 2 / 4 * s[1]
        sphere = math.pi * s[0] ** 3 / 6
        return sphere if self.shape == "sphere" else sphere + math.pi * s[0] ** 2 / 4 * s[1]

    @property
    def weight(self) -> float:
        """Its weight in sharing out the mass of what it is a part of."""
        return self.volume if self.mass_share is None else self.mass_share

    def half_extents(self) -> Array:
        """Half sizes (3,) of the part's box in its own frame, m."""
        low, high = self.extent(np.eye(3))
        out: Array = (high - low) / 2
        return out

    def extent(self, turn: Array) -> tuple[Array, Array]:
        """Where the part begins and ends, (3,) m each from its origin, along the axes of a frame
        in which its own is turned by (3, 3)."""
        if self.shape == "hull":
            corners = np.array(self.vertices) @ turn.T
            return corners.min(axis=0), corners.max(axis=0)
        half = self._half_along(turn)
        return -half, half

    def _half_along(self, turn: Array) -> Array:
        size = self.size
        if self.shape == "box":
            box: Array = np.abs(turn) @ (np.array(size) / 2)
            return box
        radius, along = size[0] / 2, np.abs(turn[:, 2])
        if self.shape == "sphere":
            return np.full(3, radius)
        round_off = (
            np.ones(3) if self.shape == "capsule" else np.sqrt(1 - np.minimum(along, 1) ** 2)
        )
        ends: Array = size[1] / 2 * along + radius * round_off
        return ends

    def bounds(self, frame: Array | None = None) -> tuple[Array, Array]:
        """Lower and upper corner (3,) of the part's box, m.

        Args:
          frame: (4, 4) of the owner's frame in that of the box; by default they are the same.
        """
        turn, centre = rotation(self.euler), np.array(self.pos)
        if frame is not None:
            turn, centre = frame[:3, :3] @ turn, frame[:3, :3] @ centre + frame[:3, 3]
        low, high = self.extent(turn)
        return centre + low, centre + high


@functools.lru_cache(maxsize=4096)
def rotation(euler: Vec3) -> Array:
    """Rotation matrix (3, 3) of roll, pitch, yaw about fixed x, y, z, rad; not to be written to."""
    (cr, cp, cy), (sr, sp, sy) = np.cos(euler), np.sin(euler)
    rx = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    ry = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    rz = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    out: Array = rz @ ry @ rx
    out.flags.writeable = False
    return out


def angles_of(turn: Array) -> Vec3:
    """Roll, pitch, yaw of a rotation matrix (3, 3), rad; undoes ``rotation``."""
    pitch = math.asin(max(-1.0, min(1.0, -turn[2, 0])))
    return math.atan2(turn[2, 1], turn[2, 2]), pitch, math.atan2(turn[1, 0], turn[0, 0])


def box_corners(low: npt.ArrayLike, high: npt.ArrayLike) -> Array:
    """(8, 3) of the box between two corners (3,), m."""
    out: Array = np.array(np.meshgrid(*np.stack([low, high], axis=1))).reshape(3, -1).T
    return out


def box_around(parts: tuple[Part, ...], frame: Array | None = None) -> tuple[Array, Array]:
    """Corners (3,), (3,) of the box around parts, m; ``frame`` as in ``Part.bounds``."""
    lows, highs = zip(*(p.bounds(frame) for p in parts), strict=True)
    return np.min(lows, axis=0), np.max(highs, axis=0)
