"""What is inside a body that is open at the top: by its solids, not by the box around them."""

from __future__ import annotations

import functools

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.scene.solids.hull import Hull, Solids
from habilis.assets.scene.solids.parts import Part, box_corners, rotation

_SIDES = 16  # of the prism that stands for something round
_TIERS = np.array([-1.0, -0.75, -0.5, -0.25, -0.001, 0.001, 0.25, 0.5, 0.75, 1.0]) * np.pi / 2
_EDGE = 1e-4  # m, by which a point may be outside and still count as in
_ANGLES = np.arange(8) * np.pi / 4
_WAYS = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES), 0 * _ANGLES])  # where walls are sought
_WALLED = 5  # of these in which there must be one above a floor: a dustpan has three sides
_DOWN = np.array([0.0, 0.0, -1.0])  # in a container that stands upright
_AT_ONCE = 4096  # points around which walls are sought in one go, for memory
_LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the height that two share, where walls are looked for
_RESTING = 0.01  # m, between the bottom of something and what bears it, at most


class Container:
    """A body as a container. Points are in its frame, whose z goes up.

    Inside is what is over one of its parts, within the convex hull of all, and has walls on most
    sides: in a cup up to its brim, in a dustpan or an open trough up to its walls, and neither
    beside the handle nor on a plate with a tab. Where it has no floor below, as a ring, there must
    be walls on all sides, which two rails have not, and no roof, as of a cup upside down.

    Args:
      parts: its solids.

    Attributes:
      solids: convex solids in place of its parts, in their order.
    """

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self._parts = tuple(p for p in parts if p.solid) or parts
        points = [_corners(part) for part in self._parts]
        everything = np.concatenate(points)
        self.low, self.high = everything.min(axis=0), everything.max(axis=0)
        height = self.high[2] - self.low[2]
        self._hull = _hull(everything)
        self._columns = Solids([_hull(np.concatenate([p, p + (0.0, 0.0, height)])) for p in points])
        self.solids = Solids([_hull(p) for p in points])

    def contains(self, points: Array, down: Array = _DOWN) -> Mask:
        """(...) whether points (..., 3) are inside.

        Args:
          points: m.
          down: (..., 3) unit vectors, the way things fall.
        """
        over = self._columns.contain(points, _EDGE).any(axis=-1)
        out = np.asarray(self._hull.contains(points, _EDGE) & over)
        if out.any():
            ways = np.broadcast_to(down, points.shape)[out]
            out[out] = self._enclosed(points[out][:, None], ways)[:, 0]
        return out

    def takes_in(self, centre: Array, low: Array, high: Array, down: Array = _DOWN) -> Mask:
        """(N,) whether something has walls on most sides, over at least half of its height or its
        own, if that is less.

        Args:
          centre: (N, 3) of it, m.
          low, high: (N,) its extent along the container's z, m.
          down: (N, 3) unit vectors, the way things fall.
        """
        bottom, top = np.maximum(low, self.low[2]), np.minimum(high, self.high[2])
        deep = top - bottom > np.minimum(high - low, self.high[2] - self.low[2]) / 2
        near = (centre[:, :2] > self.low[:2]) & (centre[:, :2] < self.high[:2])
        out: Mask = np.logical_and(deep, near.all(axis=1))
        if out.any():
            levels = np.repeat(centre[out, None], len(_LEVELS), axis=1)
            levels[..., 2] = bottom[out, None] + np.outer((top - bottom)[out], _LEVELS)
            free = ~self.solids.contain(levels).any(axis=-1)
            ways = np.broadcast_to(down, centre.shape)[out]
            out[out] = (free & self._enclosed(levels, ways)).any(axis=-1)
        return out

    def lacking(self, centre: Array, low: float, high: float, down: Array = _DOWN) -> str:
        """What keeps something from being taken in, said of it; '' if nothing does.

        Args:
          centre: (3,) of it, m.
          low, high: its extent along the container's z, m.
          down: (3,) unit vector, the way things fall.
        """
        if self.takes_in(centre[None], np.array([low]), np.array([high]), down[None])[0]:
            return ""
        if not ((centre > self.low) & (centre < self.high))[:2].all():
            return "its middle is beside that"
        bottom, top = max(low, self.low[2]), min(high, self.high[2])
        shared, whole = max(0.0, top - bottom), min(high - low, self.high[2] - self.low[2])
        if shared <= whole / 2:
            return f"shares {shared:.3f} m of height with it, and half of {whole:.3f} m is needed"
        level = np.array([[*centre[:2], (bottom + top) / 2]])
        walls, below, above = (found[0, 0] for found in self._around(level[None], down[None]))
        if below:
            return f"has walls on {walls} of {len(_WAYS)} sides, and {_WALLED} are needed"
        roof = " and a roof above" if above else ""
        return f"has no floor below{roof}, and walls on {walls} of {len(_WAYS)} sides"

    def bears(self, centre: Array, down: Array, height: Array) -> Mask:
        """(N,) whether one of its parts is right below something that reaches down to it.

        Args:
          centre: (N, 3) of it, m.
          down: (N, 3) unit vectors, the way things fall.
          height: (N,) of the centre above its bottom, m.
        """
        way = self.solids.entry(centre, down)
        out: Mask = np.asarray(((way > 0) & (way < height[:, None] + _RESTING)).any(axis=1))
        return out

    def _enclosed(self, points: Array, down: Array) -> Mask:
        """(k, L) whether points (k, L, 3) would stay in it if it were shaken: by walls and a floor,
        or by walls all around and none above; they fall along (k, 3)."""
        walls, below, above = self._around(points, down)
        out: Mask = np.where(below, walls >= _WALLED, (walls == len(_WAYS)) & ~above)
        return out

    def _around(self, points: Array, down: Array) -> tuple[Ids, Mask, Mask]:
        """(k, L) on how many sides of points (k, L, 3) there is a wall, and whether there is
        something below and above."""
        walls: Ids = np.empty(points.shape[:-1], int)
        each = points.reshape(-1, 1, 3)
        for first in range(0, len(each), _AT_ONCE):
            way = self.solids.entry(each[first : first + _AT_ONCE], _WAYS)
            found = np.isfinite(way).any(axis=-1).sum(axis=-1)
            walls.reshape(-1)[first : first + _AT_ONCE] = found
        ways = (down[:, None], -down[:, None])
        hit = [np.isfinite(self.solids.entry(points, way)) for way in ways]
        below, above = (np.logical_or.reduce(found, axis=-1) for found in hit)
        return walls, below, above

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
        own = box_corners(-part.half_extents(), part.half_extents())
    else:
        angle = 2 * np.pi * np.arange(_SIDES) / _SIDES
        ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * part.size[0] / 2
        half = part.half_extents()[2]
        tiers = [(1.0, -half), (1.0, half)]
        if part.shape != "cylinder":  # round at its ends
            ends, radius = half - part.size[0] / 2, part.size[0] / 2
            tiers = [(np.cos(a), np.copysign(ends, a) + radius * np.sin(a)) for a in _TIERS]
        own = np.concatenate([np.c_[ring * wide, np.full(_SIDES, z)] for wide, z in tiers])
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
