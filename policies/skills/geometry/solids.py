"""Boxes along axes, and convex solids however they are turned: what fits beside what."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array


class Box:
    """A box along the axes of its frame: ``low`` and ``high`` corner (3,), m."""

    def __init__(self, low: Array, high: Array) -> None:
        self.low, self.high = low, high

    @property
    def centre(self) -> Array:
        """(3,) m."""
        out: Array = (self.low + self.high) / 2
        return out

    @property
    def size(self) -> Array:
        """(3,) full size, m."""
        out: Array = self.high - self.low
        return out

    def half(self, direction: Array) -> float:
        """Half size along an axis of its frame, m."""
        return float(np.abs(direction) @ self.size / 2)

    def shifted(self, by: Array) -> Box:
        """The box moved by (3,), m."""
        return Box(self.low + by, self.high + by)

    def overlaps(self, other: Box, gap: float = 0.0) -> bool:
        """Whether the two come nearer than ``gap``, m."""
        return bool((self.low < other.high + gap).all() and (other.low < self.high + gap).all())

    def union(self, other: Box) -> Box:
        """Smallest box around both."""
        return Box(np.minimum(self.low, other.low), np.maximum(self.high, other.high))


def around(boxes: Sequence[Box]) -> Box:
    """Smallest box around several."""
    return Box(np.min([b.low for b in boxes], axis=0), np.max([b.high for b in boxes], axis=0))


@dataclasses.dataclass(frozen=True, eq=False)
class Solid:
    """A convex solid somewhere in a frame.

    Attributes:
      pos: (3,) its origin, m.
      rot: (3, 3) how it is turned.
      extent: where it begins and ends, (3,) m each from its origin, along the axes of a frame in
        which its own is turned by (3, 3).
    """

    pos: Array
    rot: Array
    extent: Callable[[Array], tuple[Array, Array]]

    def box(self) -> Box:
        """The box around it along the axes of the frame."""
        low, high = self.extent(self.rot)
        return Box(self.pos + low, self.pos + high)

    def seen_from(self, pos: Array, rot: Array) -> Solid:
        """The same in a frame that stands at (3,), m, turned by (3, 3)."""
        return Solid(rot.T @ (self.pos - pos), rot.T @ self.rot, self.extent)

    def moved(self, pos: Array, rot: Array) -> Solid:
        """The same with its frame put at (3,), m, turned by (3, 3): undoes ``seen_from``."""
        return Solid(pos + rot @ self.pos, rot @ self.rot, self.extent)

    def overlaps(self, other: Solid, gap: float = 0.0) -> bool:
        """Whether the boxes around both, each along its own axes, come nearer than ``gap``, m.

        Exact for boxes that are turned against each other about one common axis.
        """
        return all(
            one.seen_from(two.pos, two.rot).box().overlaps(Box(*two.extent(np.eye(3))), gap)
            for one, two in ((self, other), (other, self))
        )

    def meets(self, other: Solid, gap: float = 0.0) -> bool:
        """``overlaps``, looked at along their edges and their middles too, for any turn."""
        if not self.overlaps(other, gap):
            return False
        boxes = self.box(), other.box()
        ways = [np.cross(a, b) for a in self.rot.T for b in other.rot.T]
        ways += [boxes[1].centre - boxes[0].centre]
        ways = [way / size for way in ways if (size := np.linalg.norm(way)) > 1e-6]
        ways += [np.array([0.0, 0.0, 1.0])] * (-len(ways) % 3)
        for axes in np.reshape(ways, (-1, 3, 3)):
            (low, high), (first, last) = (s.extent(axes @ s.rot) for s in (self, other))
            between = axes @ (other.pos - self.pos)
            if ((high + gap <= between + first) | (between + last + gap <= low)).any():
                return False
        return True


def solid_box(low: npt.ArrayLike, high: npt.ArrayLike) -> Solid:
    """A box along the axes of its frame as a solid; corners (3,), m."""
    half = (np.asarray(high, float) - np.asarray(low, float)) / 2

    def extent(turn: Array) -> tuple[Array, Array]:
        reach = np.abs(turn) @ half
        return -reach, reach

    return Solid(np.asarray(low, float) + half, np.eye(3), extent)
