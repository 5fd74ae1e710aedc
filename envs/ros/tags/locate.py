"""One pose of a thing from all views of its tags, whatever cameras and pictures they are from.

A single square may stand in two ways (``readings``), a tag may be misread, and a thing may have
moved between two pictures. So every reading of the newest views is a proposal, the one that most
views agree with wins, and is fitted to the corners of those. How far the result can be trusted
comes with it: from how the corners determine it, and, where the mirrored reading explains the views
nearly as well, from how far away that is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import mujoco.minimize
import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.rotations import matrix, rotation_vector
from habilis.envs.ros.tags.detect import readings

NOISE = 0.1  # pixels of a corner, at least; errors of one picture are not independent
AGREES = 1.5  # pixels by which a view may be off and agree
SLACK = 0.004  # m by which cameras may disagree about where they are
DOUBT = 9.0  # in units of the noise squared, by which a mirrored reading must fit worse
FARTHEST, ASKEW = 0.01, np.radians(12)  # standard deviations beyond which a pose is not taken
APART = np.radians(5)  # between two readings that are not the same


@dataclasses.dataclass(frozen=True, eq=False)
class TagView:
    """A tag of a thing in a picture.

    Attributes:
      source: which tag and which camera; views of one source are not independent.
      size: of the tag, m.
      place: T_thing_tag (4, 4).
      corners: (4, 2) pixels, without distortion.
      k: camera matrix (3, 3), pixels.
      camera: T_base_camera (4, 4) when the picture was taken.
      fresh: whether it is from the newest picture of its camera.
    """

    source: tuple[int, str]
    size: float
    place: Array
    corners: Array
    k: Array
    camera: Array
    fresh: bool = True


@dataclasses.dataclass(frozen=True, eq=False)
class Located:
    """Where a thing is.

    Attributes:
      pose: T_base_thing (4, 4), m.
      spread: standard deviation of its position in the worst direction, m.
      askew: of its orientation about the worst axis, rad.
      mirrored: whether a mirrored reading cannot be told from it; the two numbers include that.
      residual: root mean square over the corners, pixels.
      views: that agree.
      rejected: views that do not.
    """

    pose: Array
    spread: float
    askew: float
    mirrored: bool
    residual: float
    views: int
    rejected: int

    @property
    def sure(self) -> bool:
        """Whether it is known well enough to act on."""
        return self.spread <= FARTHEST and self.askew <= ASKEW


def locate(views: Sequence[TagView]) -> Located | None:
    """The pose that most views agree with; None where there are no fresh ones."""
    proposals = [
        view.camera @ reading @ np.linalg.inv(view.place)
        for view in views
        if view.fresh
        for reading in readings(view.corners, view.size, view.k)
    ]
    if not proposals:
        return None
    seen = _Seen(views)
    off = seen.errors(np.array(proposals))  # (P, V) pixels
    good = off < seen.bound
    best = min(range(len(proposals)), key=lambda p: (-good[p].sum(), off[p][good[p]].sum()))
    if not good[best].any():
        return None
    inside = _Seen([view for view, ok in zip(views, good[best], strict=True) if ok])
    pose = inside.fitted(proposals[best])
    residual = float(np.sqrt((inside.errors(pose[None]) ** 2).mean()))
    noise = max(residual, NOISE)
    spread, askew = inside.spread(pose, noise)
    mirror = inside.mirror(pose, proposals, noise)
    if mirror is not None:
        spread += float(np.linalg.norm(mirror[:3, 3] - pose[:3, 3]))
        askew += _angle(mirror, pose)
    return Located(
        pose, spread, askew, mirror is not None, residual, len(inside.views),
        len(views) - len(inside.views),
    )  # fmt: skip


class _Seen:
    """Some views, and how well a pose explains them."""

    def __init__(self, views: Sequence[TagView]) -> None:
        self.views = views
        half = np.array([[-1, 1, 0], [1, 1, 0], [1, -1, 0], [-1, -1, 0]]) / 2
        corners = [half * v.size @ v.place[:3, :3].T + v.place[:3, 3] for v in views]
        self._points, self._pixels = np.array(corners), np.array([v.corners for v in views])
        self._k = np.array([v.k for v in views])
        self._back = np.linalg.inv([v.camera for v in views])
        distance = np.array([_distance(v) for v in views])
        self.bound = AGREES + SLACK * self._k[:, 0, 0] / distance
        # What several pictures of one tag by one camera say is no more than what one says.
        self._share = len({v.source for v in views}) / len(views)

    def residuals(self, poses: Array) -> Array:
        """(P, V, 4, 2) pixels by which corners are seen off where poses (P, 4, 4) put them."""
        frames = self._back[None] @ poses[:, None]
        at = self._points[None] @ frames[..., :3, :3].swapaxes(-1, -2) + frames[..., None, :3, 3]
        seen = at @ self._k[None].swapaxes(-1, -2)
        depth = np.where(np.abs(seen[..., 2:]) > 1e-6, seen[..., 2:], 1e-6)
        out: Array = seen[..., :2] / depth - self._pixels
        return np.where(depth > 0, out, 1e4)

    def errors(self, poses: Array) -> Array:
        """(P, V) root mean square of them over the corners of each view."""
        out: Array = np.sqrt((self.residuals(poses) ** 2).sum(axis=-1).mean(axis=-1) / 2)
        return out

    def fitted(self, start: Array) -> Array:
        """The pose (4, 4) that explains the views best, near another."""
        x, _ = mujoco.minimize.least_squares(
            np.zeros(6), lambda x: self._moved(start, x), verbose=0, max_iter=20
        )
        out: Array = moved(start, x.reshape(6, 1))[0]
        return out

    def spread(self, pose: Array, noise: float) -> tuple[float, float]:
        """Standard deviations of position, m, and orientation, rad, in the worst directions."""
        step = 1e-6
        ends = self._moved(pose, np.concatenate([np.eye(6), -np.eye(6)], axis=1) * step)
        slope = (ends[:, :6] - ends[:, 6:]) / (2 * step)
        spread = np.linalg.pinv(slope.T @ slope * self._share) * noise**2
        place, turn = (np.linalg.eigvalsh(spread[i : i + 3, i : i + 3])[-1] for i in (3, 0))
        return float(np.sqrt(place)), float(np.sqrt(turn))

    def mirror(self, pose: Array, proposals: Sequence[Array], noise: float) -> Array | None:
        """Another pose that explains the views nearly as well; None if there is none."""
        others = [p for p in proposals if _angle(p, pose) > APART]
        if not others:
            return None
        best = self._cost(pose)
        likely = min(others, key=self._cost)
        fitted = self.fitted(likely)
        if _angle(fitted, pose) <= APART:
            return None
        return fitted if (self._cost(fitted) - best) * self._share < DOUBT * noise**2 else None

    def _cost(self, pose: Array) -> float:
        return float((self.residuals(pose[None]) ** 2).sum())

    def _moved(self, start: Array, x: Array) -> Array:
        """Residuals (R, m) of poses turned and moved by the columns of x (6, m)."""
        columns = x.reshape(6, -1)
        out = self.residuals(moved(start, columns)).reshape(columns.shape[1], -1).T
        return out if x.ndim == 2 else out[:, 0]


def _distance(view: TagView) -> float:
    """About how far a tag is from its camera, m, by its size in the picture."""
    (ax, ay), (bx, by) = (view.corners[i + 2] - view.corners[i] for i in (0, 1))
    diagonal = max(np.hypot(ax, ay), np.hypot(bx, by))
    return float(view.k[0, 0] * view.size * np.sqrt(2) / diagonal)


def moved(start: Array, x: Array) -> Array:
    """(m, 4, 4) of a pose turned about its origin and moved by the columns of x (6, m)."""
    out = np.tile(start, (x.shape[1], 1, 1))
    out[:, :3, :3] = matrix(x[:3].T) @ start[:3, :3]
    out[:, :3, 3] += x[3:].T
    return out


def _angle(a: Array, b: Array) -> float:
    """Between two orientations, rad."""
    return float(np.linalg.norm(rotation_vector((a[:3, :3] @ b[:3, :3].T)[None])))
