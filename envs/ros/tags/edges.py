"""Corners of a tag to a fraction of a pixel: where lines along its four sides meet.

OpenCV's own refinements find a small tag a third of a pixel too small, which moves it away by some
per cent of its distance, or take ten times as long; ``docs/results.md`` has what this one reaches.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array

ROUNDS = 3
SAMPLES = 24  # along a side
_STEPS = 17  # across it
_ALONG = np.linspace(0.08, 0.92, SAMPLES)  # near the corners, two sides are in the way
_REACH = 0.7  # of a cell, how far across a side is looked
_LEAST = 0.9  # pixels
_STRAY = 3.0  # times the median distance to the line, beyond which a place does not count


def refined(grey: npt.NDArray[Any], corners: Array, cells: int) -> Array | None:
    """Corners of a black square on white, found anew from its sides.

    Args:
      grey: picture (H, W).
      corners: (4, 2) column and row, pixels, within about a pixel; clockwise.
      cells: of the tag's side, its black border included.

    Returns:
      (4, 2), or None where no four sides are seen there.
    """
    out = corners
    for _ in range(ROUNDS):
        sides = np.roll(out, -1, axis=0) - out
        length = np.linalg.norm(sides, axis=1)
        wide = _area(out) / length  # between a side and the one opposite
        reach = np.maximum(_REACH * wide / cells, _LEAST)
        across = np.stack([sides[:, 1], -sides[:, 0]], axis=1) / length[:, None]  # outwards
        found = _crossings(grey, out, sides, across, reach)
        lines = [_line(points[np.isfinite(points).all(axis=1)]) for points in found]
        new = np.array([_meet(lines[i - 1], lines[i]) for i in range(4)])
        if not np.isfinite(new).all() or np.abs(new - corners).max() > reach.max() + 1.0:
            return None
        out = new
    return out


def _crossings(
    grey: npt.NDArray[Any], corners: Array, sides: Array, across: Array, reach: Array
) -> Array:
    """(4, SAMPLES, 2) where the brightness across each side is halfway between black and white."""
    base = corners[:, None] + _ALONG[None, :, None] * sides[:, None]
    steps = np.linspace(-1.0, 1.0, _STEPS)[None] * reach[:, None]  # (4, steps) pixels
    places = base[:, :, None] + steps[:, None, :, None] * across[:, None, None]
    light = _bilinear(grey, places)
    end = _STEPS // 4
    dark = np.median(light[..., :end].min(axis=2), axis=1)
    bright = np.median(light[..., -end:].max(axis=2), axis=1)
    level = ((dark + bright) / 2)[:, None, None]
    up = (light[..., :-1] < level) & (light[..., 1:] >= level)
    middle = np.abs(np.arange(_STEPS - 1) - (_STEPS - 2) / 2)
    k = np.where(up, middle, np.inf).argmin(axis=2)[..., None]  # the crossing nearest the middle
    low, high = (np.take_along_axis(light, k + j, axis=2)[..., 0] for j in (0, 1))
    share = (level[..., 0] - low) / np.where(high > low, high - low, 1.0)
    at = steps[:, :1] + (k[..., 0] + share) * (steps[:, 1:2] - steps[:, :1])
    at = np.where(up.any(axis=2), at, np.nan)
    out: Array = base + at[..., None] * across[:, None]
    return out


def _area(corners: Array) -> float:
    """Of a quadrangle (4, 2), pixels."""
    (ax, ay), (bx, by) = corners[2] - corners[0], corners[3] - corners[1]
    return float(abs(ax * by - ay * bx)) / 2


def _bilinear(grey: npt.NDArray[Any], places: Array) -> Array:
    """Brightness (...) at places (..., 2), column and row; those outside are at the edge."""
    height, width = grey.shape
    x = np.clip(places[..., 0], 0, width - 1.001)
    y = np.clip(places[..., 1], 0, height - 1.001)
    i, j = y.astype(int), x.astype(int)
    v, u = y - i, x - j
    top = grey[i, j] * (1 - u) + grey[i, j + 1] * u
    bottom = grey[i + 1, j] * (1 - u) + grey[i + 1, j + 1] * u
    out: Array = top * (1 - v) + bottom * v
    return out


def _line(points: Array) -> tuple[Array, Array]:
    """A point and the normal of the line through most of the points (N, 2); NaN where few are."""
    if len(points) < SAMPLES // 2:
        return np.full(2, np.nan), np.full(2, np.nan)
    for _ in range(2):
        middle = points.mean(axis=0)
        normal = np.linalg.svd(points - middle)[2][1]
        off = np.abs((points - middle) @ normal)
        points = points[off <= _STRAY * max(float(np.median(off)), 0.02)]
    return middle, normal


def _meet(a: tuple[Array, Array], b: tuple[Array, Array]) -> Array:
    """Where two lines meet; NaN where they do not."""
    normals = np.stack([a[1], b[1]])
    if not np.isfinite(normals).all() or abs(np.linalg.det(normals)) < 0.05:
        return np.full(2, np.nan)
    out: Array = np.linalg.solve(normals, np.array([a[0] @ a[1], b[0] @ b[1]]))
    return out
