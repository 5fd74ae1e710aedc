"""Where a camera is, from joint states and views of one tag: hand-eye calibration.

Either the camera stands still and the tag is in the hand, or the camera is in the hand and the tag
lies still. Both are ``M_i X C_i = Z``: with ``M_i`` the pose of the hand in the base or the base in
the hand, ``C_i`` that of the tag before the camera, ``X`` that of the camera and ``Z`` that of the
tag, of which the last two are unknown and the same for all views. The rotation of ``X`` is found
first, then its position (Park and Martin, *Robot sensor calibration: solving AX = XB on the
Euclidean group*, 1994); then all is fitted to the corners of the tag. OpenCV has that first step
too, but not in every version of its Python package.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import mujoco.minimize
import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.rotations import rotation_vector
from habilis.envs.ros.tags.locate import NOISE, TagView, locate, moved

LEAST = 8  # views
TURNED = np.radians(20)  # between two orientations of the hand, at least
SECOND = np.radians(5)  # root mean square of the turns about a second axis, at least
FITS = 1.0  # pixels, root mean square, at most
SURE, SURE_TURN = 0.003, np.radians(0.5)  # standard deviations at most, m and rad
STRAY = 3.0  # times the median error of a view beyond which it is left out


class CalibrationError(ValueError):
    """Raised where views do not tell where the camera is, with the reasons."""


@dataclasses.dataclass(frozen=True, eq=False)
class Pair:
    """The hand and what the camera saw, at one time.

    Attributes:
      q: (n,) joints, rad.
      hand: T_base_tcp (4, 4).
      corners: (4, 2) of the tag, pixels, without distortion.
      k: camera matrix (3, 3), pixels.
    """

    q: Array
    hand: Array
    corners: Array
    k: Array


@dataclasses.dataclass(frozen=True, eq=False)
class HandEye:
    """Where the camera is, and how well that is known.

    Attributes:
      camera: T_base_camera (4, 4), or T_tcp_camera of one in the hand.
      tag: T_tcp_tag, or T_base_tag.
      residuals: (n,) root mean square over the corners of each view, pixels; NaN if left out.
      spread: standard deviation of the camera's position in the worst direction, m.
      askew: of its orientation about the worst axis, rad.
    """

    camera: Array
    tag: Array
    residuals: Array
    spread: float
    askew: float

    @property
    def residual(self) -> float:
        """Root mean square over all views that were used, pixels."""
        return float(np.sqrt(np.nanmean(self.residuals**2)))


def calibrate(pairs: Sequence[Pair], size: float, in_hand: bool) -> HandEye:
    """Find out where the camera is.

    Args:
      pairs: at least ``LEAST``, with the hand turned about more than one axis between them.
      size: of the tag, m.
      in_hand: whether the camera is in the hand; else the tag is.

    Raises:
      CalibrationError: the views do not tell it; names the reasons and what would help.
    """
    moves = np.array([p.hand if in_hand else np.linalg.inv(p.hand) for p in pairs])
    if faults := poor(moves):
        raise CalibrationError("; ".join(faults))
    views = _Views(pairs, moves, size)
    x, z = _first(pairs, moves, size)
    x, z = views.fitted(x, z)
    off = views.errors(x, z)
    used = off <= max(STRAY * float(np.median(off)), 3 * NOISE)
    if used.sum() >= LEAST and not used.all():
        views = _Views([p for p, ok in zip(pairs, used, strict=True) if ok], moves[used], size)
        x, z = views.fitted(x, z)
    else:
        used[:] = True
    residuals = np.full(len(pairs), np.nan)
    residuals[used] = views.errors(x, z)
    spread, askew = views.spread(x, z)
    found = HandEye(x, z, residuals, spread, askew)
    if faults := _unsure(found):
        raise CalibrationError("; ".join(faults))
    return found


def poor(moves: Array) -> list[str]:
    """Why hand poses (n, 4, 4) are not enough, whatever is seen; empty if they are."""
    if len(moves) < LEAST:
        return [f"at least {LEAST} views are needed, got {len(moves)}"]
    turns = np.array([_turn(a, b) for a, b in itertools.combinations(moves, 2)])
    most = np.degrees(np.linalg.norm(turns, axis=1).max())
    if most < np.degrees(TURNED):
        least = np.degrees(TURNED)
        return [f"the hand turned by {most:.0f} degrees at most; {least:.0f} are needed"]
    axes = np.degrees(np.linalg.svd(turns, compute_uv=False) / np.sqrt(len(turns)))
    if axes[1] < np.degrees(SECOND):
        return [
            f"the hand turned about one axis only (by {axes[0]:.0f} degrees, root mean square, and"
            f" by {axes[1]:.1f} about a second one; {np.degrees(SECOND):.0f} are needed)"
        ]
    return []


def _unsure(found: HandEye) -> list[str]:
    out = []
    if found.residual > FITS:
        out.append(
            f"the views fit each other within {found.residual:.2f} pixels, {FITS:g} are allowed:"
            " the size of the tag is wrong, the tag or the camera is loose, or its camera_info is"
            " wrong"
        )
    if found.spread > SURE or found.askew > SURE_TURN:
        out.append(
            f"the camera's place is uncertain by {1e3 * found.spread:.1f} mm and"
            f" {np.degrees(found.askew):.2f} degrees, {1e3 * SURE:g} and"
            f" {np.degrees(SURE_TURN):g} are allowed: more views, turned further or from nearer,"
            " help"
        )
    return out


def _first(pairs: Sequence[Pair], moves: Array, size: float) -> tuple[Array, Array]:
    """X and Z in closed form, of the views that can be read in one way only."""
    kept = []
    for pair, move in zip(pairs, moves, strict=True):
        found = locate([TagView((0, ""), size, np.eye(4), pair.corners, pair.k, np.eye(4))])
        if found is not None and not found.mirrored:
            kept.append((move, found.pose))
    if len(kept) < LEAST:
        raise CalibrationError(
            f"in {len(pairs) - len(kept)} of {len(pairs)} views the tag may be mirrored: it is too"
            " small, too far away, or seen too squarely"
        )
    both = list(itertools.combinations(kept, 2))
    a = np.array([np.linalg.inv(m) @ n for (n, _), (m, _) in both])
    b = np.array([d @ np.linalg.inv(c) for (_, c), (_, d) in both])
    turn = _aligned(rotation_vector(b[:, :3, :3]), rotation_vector(a[:, :3, :3]))
    left = (a[:, :3, :3] - np.eye(3)).reshape(-1, 3)
    right = (b[:, :3, 3] @ turn.T - a[:, :3, 3]).ravel()
    x = np.eye(4)
    x[:3, :3], x[:3, 3] = turn, np.linalg.lstsq(left, right)[0]
    return x, kept[0][0] @ x @ kept[0][1]


def _aligned(start: Array, end: Array) -> Array:
    """The rotation (3, 3) that best takes vectors (n, 3) to others; long ones may be reversed."""
    near = np.linalg.norm(start, axis=1) < np.radians(170)
    u, _, v = np.linalg.svd(end[near].T @ start[near])
    out: Array = u @ np.diag([1, 1, np.linalg.det(u @ v)]) @ v
    return out


class _Views:
    """All views, and how well places of camera and tag explain them."""

    def __init__(self, pairs: Sequence[Pair], moves: Array, size: float) -> None:
        half = np.array([[-1, 1, 0], [1, 1, 0], [1, -1, 0], [-1, -1, 0]]) * size / 2
        self._corners = np.column_stack([half, np.ones(4)])
        self._back = np.linalg.inv(moves)
        self._k = np.array([p.k for p in pairs])
        self._pixels = np.array([p.corners for p in pairs])

    def errors(self, x: Array, z: Array) -> Array:
        """(n,) root mean square over the corners of each view, pixels."""
        off = self._residuals(x[None], z[None])[0]
        out: Array = np.sqrt((off**2).mean(axis=(1, 2)))
        return out

    def fitted(self, x: Array, z: Array) -> tuple[Array, Array]:
        """The two that explain the views best, near given ones."""
        best, _ = mujoco.minimize.least_squares(
            np.zeros(12), lambda d: self._moved(x, z, d), verbose=0, max_iter=50
        )
        return moved(x, best[:6, None])[0], moved(z, best[6:, None])[0]

    def spread(self, x: Array, z: Array) -> tuple[float, float]:
        """Standard deviations of the camera's position, m, and orientation, rad."""
        step = 1e-6
        ends = self._moved(x, z, np.concatenate([np.eye(12), -np.eye(12)], axis=1) * step)
        slope = (ends[:, :12] - ends[:, 12:]) / (2 * step)
        noise = max(float(np.sqrt((self.errors(x, z) ** 2).mean())), NOISE)
        spread = np.linalg.pinv(slope.T @ slope) * noise**2
        place, turn = (np.linalg.eigvalsh(spread[i : i + 3, i : i + 3])[-1] for i in (3, 0))
        return float(np.sqrt(place)), float(np.sqrt(turn))

    def _moved(self, x: Array, z: Array, by: Array) -> Array:
        """Residuals (R, m) with both turned and moved by the columns of ``by`` (12, m)."""
        columns = by.reshape(12, -1)
        off = self._residuals(moved(x, columns[:6]), moved(z, columns[6:]))
        out = off.reshape(columns.shape[1], -1).T
        return out if by.ndim == 2 else out[:, 0]

    def _residuals(self, x: Array, z: Array) -> Array:
        """(m, n, 4, 2) pixels."""
        frames = np.linalg.inv(x)[:, None] @ self._back[None] @ z[:, None]
        at = self._corners[None, None] @ frames.swapaxes(-1, -2)[..., :3]
        seen = at @ self._k[None].swapaxes(-1, -2)
        depth = np.where(seen[..., 2:] > 1e-3, seen[..., 2:], 1e-3)
        out: Array = seen[..., :2] / depth - self._pixels
        return out


def _turn(a: Array, b: Array) -> Array:
    """Rotation vector (3,) from one orientation to another, in the frame of the first, rad."""
    out: Array = rotation_vector((a[:3, :3].T @ b[:3, :3])[None])[0]
    return out
