"""What is inside a body that is open at the top: by its solids, not by the box around them."""

from __future__ import annotations

import functools

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.scene.solids.hull import Hull
from habilis.assets.scene.solids.parts import (
    Part,
    rotation,
)

_SIDES = 16  # of the prism that stands for something round
_EDGE = 1e-4  # m, by which a point may be outside and still count as in


class Container:
    """A body as a container. Points are in its frame, whose z goes up.

    Inside is what is over one of its parts and within the convex hull of all: in a cup up to its
    brim, in a dustpan up to its walls, and not beside the handle.

    Args:
      parts: its solids.
    """

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self._parts = tuple(p for p in parts if p.solid)
        points = [_corners(part) for part in self._parts]
        everything = np.concatenate(points)
        self.low, self.high = everything.min(axis=0), everything.max(axis=0)
        self._hull = _hull(everything)
        height = self.high[2] - self.low[2]
        self._columns = [_hull(np.concatenate([p, p + (0.0, 0.0, height)])) for p in points]

    def contains(self, points: Array) -> Mask:
        """(...) whether points (..., 3) are inside."""
        over = np.logical_or.reduce([column.contains(points, _EDGE) for column in self._columns])
        return self._hull.contains(points, _EDGE) & over

    def clearance(self, points: Array) -> Array:
        """(...) how far points (..., 3) are from the nearest solid, at least, m; below 0 in one."""
        out: Array = np.min([_distance(part, points) for part in self._parts], axis=0)
        return out


@functools.lru_cache(maxsize=256)
def container(parts: tuple[Part, ...]) -> Container:
    """The container that parts make, kept for the next time."""
    return Container(parts)


def _hull(points: Array) -> Hull:
    return Hull.of(tuple((float(x), float(y), float(z)) for x, y, z in points))


def _corners(part: Part) -> Array:
    """(C, 3) points in the body's frame whose hull is the part, or nearly."""
    if part.shape == "hull":
        own = np.array(part.vertices)
    elif part.shape == "box":
        own = np.array(np.meshgrid(*[(-1.0, 1.0)] * 3)).reshape(3, -1).T * part.half_extents()
    else:
        angle = 2 * np.pi * np.arange(_SIDES) / _SIDES
        ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * part.size[0] / 2
        half = part.half_extents()[2]
        own = np.concatenate([np.c_[ring, np.full(_SIDES, z)] for z in (-half, half)])
    out: Array = own @ rotation(part.euler).T + np.array(part.pos)
    return out


def _distance(part: Part, points: Array) -> Array:
    p = (points - np.array(part.pos)) @ rotation(part.euler)
    if part.shape == "hull":
        planes = part.hull.planes
        out: Array = np.max(p @ planes[:, :3].T + planes[:, 3], axis=-1)
        return out
    if part.shape == "box":
        return _outside(np.abs(p) - part.half_extents())
    radius = part.size[0] / 2
    if part.shape == "cylinder":
        across = np.hypot(p[..., 0], p[..., 1]) - radius
        return _outside(np.stack([across, np.abs(p[..., 2]) - part.size[1] / 2], axis=-1))
    along = part.size[1] / 2 if part.shape == "capsule" else 0.0
    off = p - np.clip(p * (0.0, 0.0, 1.0), -along, along)
    return np.sqrt(np.vecdot(off, off)) - radius


def _outside(beyond: Array) -> Array:
    """Distance from a box, of which the points are so far beyond the faces (..., k)."""
    out = np.maximum(beyond, 0.0)
    return np.sqrt(np.vecdot(out, out)) + np.minimum(beyond.max(axis=-1), 0.0)
