"""What bears something from below: where the surfaces of two bodies lie upon each other."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.scene.solids.container import container
from habilis.assets.scene.solids.parts import Part, box_around, box_corners

RESTING = 0.01  # m, between the surfaces of what bears and what is borne, at most
RAIL = 0.003  # m, beside the middle of something, where what bears it alone may end
_AT_ONCE = 64  # bodies that are looked at in one go, for memory
_BEYOND = 1.0  # m above and below both, where verticals begin
_SHARES = (np.arange(16) + 0.5) / 16
_GRID = np.stack(np.meshgrid(_SHARES, _SHARES), axis=-1).reshape(-1, 2)  # of what is common to two


@dataclasses.dataclass(frozen=True)
class Placed:
    """A body at N poses.

    Attributes:
      parts: its solids.
      pos: (N, 3) of its origin, m, world.
      rot: (N, 3, 3) of its frame.
    """

    parts: tuple[Part, ...]
    pos: Array
    rot: Array

    def take(self, ids: Ids) -> Placed:
        """The same at some of the poses."""
        return Placed(self.parts, self.pos[ids], self.rot[ids])

    def points(self, own: Array) -> Array:
        """(N, k, 3) where points (k, 3) of its frame are, m."""
        out: Array = self.pos[:, None] + own @ self.rot.swapaxes(1, 2)
        return out

    def box(self) -> tuple[Array, Array]:
        """Corners (N, 3), (N, 3) of the world-aligned box around it, m."""
        low, high = box_around(self.parts)
        centre = self.points((low + high)[None] / 2)[:, 0]
        half = np.abs(self.rot) @ ((high - low) / 2)
        return centre - half, centre + half

    def begins(self, at: Array, height: Array, way: float) -> Array:
        """(N, C, P) how far verticals at (N, C, 2) run from a height (N,), up (1) or down (-1),
        till each part begins, m; inf where they miss it."""
        start = np.empty((*at.shape[:2], 3))
        start[..., :2], start[..., 2] = at, height[:, None]
        local = (start - self.pos[:, None]) @ self.rot
        out: Array = container(self.parts).solids.entry(local, way * self.rot[:, None, 2])
        return out


def lies_on(one: Placed, other: Placed) -> Mask:
    """(N,) whether any part of one body is right above a part of another, less than ``RESTING``."""
    out = np.zeros(len(one.pos), bool)
    for at in _verticals(one, other):
        for ids in _batches(~out):
            out[ids] = _meet(one.take(ids), other.take(ids), at[ids]).any(axis=1)
    return out


def balanced_on(one: Placed, other: Placed, middle: Array, among: Mask) -> Mask:
    """(N,) whether one body lies on another so that it needs nothing else to bear it.

    Parts of it must be right above parts of the other under its centre of mass, or on all sides of
    that, as above a plate on three posts.

    Args:
      one, other: bodies.
      middle: (N, 3) the centre of mass of the first, m, world.
      among: (N,) where to look; elsewhere it is False.
    """
    out = np.zeros(len(one.pos), bool)
    low, high = _common(one, other)
    centre = middle[:, None, :2]
    within = (centre[:, 0] > low - RAIL) & (centre[:, 0] < high + RAIL)
    left = among & within.all(axis=1)  # as what bears it lies within what both have in common
    if not left.any():
        return out
    for at in (centre, *_verticals(one, other)):
        for ids in _batches(left):
            meet = _meet(one.take(ids), other.take(ids), at[ids])
            out[ids] = _around(at[ids] - centre[ids], meet)
        left &= ~out
    return out


def _batches(among: Mask) -> Iterator[Ids]:
    ids = np.flatnonzero(among)
    for first in range(0, len(ids), _AT_ONCE):
        yield ids[first : first + _AT_ONCE]


def _common(one: Placed, other: Placed) -> tuple[Array, Array]:
    """Corners (N, 2), (N, 2) of what the boxes around both have in common, seen from above, m."""
    (low, high), (under, over) = one.box(), other.box()
    return np.maximum(low, under)[:, :2], np.minimum(high, over)[:, :2]


def _verticals(one: Placed, other: Placed) -> Iterator[Array]:
    """(N, C, 2) where to look, m: at corners and middles of all parts, which may be thin; then all
    over what both have in common."""
    yield np.concatenate([b.points(_marks(b.parts))[..., :2] for b in (one, other)], axis=1)
    low, high = _common(one, other)
    yield low[:, None] + _GRID * (high - low)[:, None]


@functools.lru_cache(maxsize=256)
def _marks(parts: tuple[Part, ...]) -> Array:
    """(C, 3) middles of parts and points a little inside of their corners, in the body's frame."""
    found = []
    for part in parts:
        corners = box_corners(*part.bounds())
        middle = corners.mean(axis=0)
        found += [corners * 0.9 + middle * 0.1, middle[None]]
    return np.concatenate(found)


def _meet(one: Placed, other: Placed, at: Array) -> Mask:
    """(N, C) whether, along verticals at (N, C, 2), a part of one is right above one of another."""
    (low, high), (under, over) = one.box(), other.box()
    ground = np.minimum(low, under)[:, 2] - _BEYOND
    sky = np.maximum(high, over)[:, 2] + _BEYOND
    bottom = ground[:, None, None] + one.begins(at, ground, 1.0)
    top = sky[:, None, None] - other.begins(at, sky, -1.0)
    with np.errstate(invalid="ignore"):
        gap = np.abs(bottom[..., :, None] - top[..., None, :])
    out: Mask = np.logical_or.reduce(gap < RESTING, axis=(-2, -1))
    return out


def _around(way: Array, meet: Mask) -> Mask:
    """(N,) whether those that count of places (N, C, 2), m from the middle, are all around it."""
    near = np.sqrt(np.vecdot(way, way)) < RAIL
    angle = np.sort(np.where(meet, np.arctan2(way[..., 1], way[..., 0]), np.inf), axis=1)
    first = angle[:, :1]
    closed = np.where(np.isfinite(angle), angle, first + 2 * np.pi)
    with np.errstate(invalid="ignore"):
        gaps = np.diff(np.concatenate([closed, first + 2 * np.pi], axis=1), axis=1)
    all_sides = np.isfinite(first[:, 0]) & (gaps.max(axis=1) < np.pi)
    out: Mask = (near & meet).any(axis=1) | all_sides
    return out
