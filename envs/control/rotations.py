"""Rotations of N frames at once: as matrices (N, 3, 3), and as rotation vectors (N, 3), rad.

A rotation vector points along the axis of a turn and is as long as its angle.
"""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array

DOWN: Array = np.diag([1.0, -1.0, -1.0])
"""Rotation of an end effector that points straight down and closes along the world's y."""
DOWN.setflags(write=False)

_PLUS, _MINUS = np.array([7, 2, 3]), np.array([5, 6, 1])  # of the skew part of a matrix


def skew_part(rot: Array) -> Array:
    """(N, 3) axis times sine of the angle of rotations (N, 3, 3)."""
    flat = rot.reshape(-1, 9)
    out: Array = 0.5 * (flat.take(_PLUS, axis=1) - flat.take(_MINUS, axis=1))
    return out


def rotation_vector(rot: Array) -> Array:
    """Rotation vectors (N, 3), no longer than pi, of matrices (N, 3, 3)."""
    quat = _quaternion(rot)
    sine = np.sqrt(np.vecdot(quat[:, 1:], quat[:, 1:]))
    angle = 2 * np.arctan2(sine, quat[:, 0])
    scale = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)
    out: Array = quat[:, 1:] * scale[:, None]
    return out


def matrix(vector: Array) -> Array:
    """Rotation matrices (N, 3, 3) of rotation vectors (N, 3)."""
    angle = np.sqrt(np.vecdot(vector, vector))
    axis, flat = vector / np.maximum(angle, 1e-12)[:, None], np.zeros((len(vector), 9))
    flat[:, _PLUS], flat[:, _MINUS] = axis, -axis
    cross = flat.reshape(-1, 3, 3)
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    out: Array = np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross)
    return out


def turn_between(start: Array, end: Array) -> Array:
    """Rotation vectors (N, 3) in the world that turn frames (N, 3, 3) into others (N, 3, 3)."""
    return rotation_vector(end @ start.transpose(0, 2, 1))


def turned(rot: Array, by: Array) -> Array:
    """Frames (N, 3, 3) turned about their origins by rotation vectors (N, 3) of the world."""
    return matrix(by) @ rot


def pointing_down(yaw: float) -> Array:
    """(3, 3) of an end effector that points straight down, turned by ``yaw`` rad about world z."""
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, s, 0.0], [s, -c, 0.0], [0.0, 0.0, -1.0]])


def check_rotations(rot: Array) -> None:
    """ValueError unless every (3, 3) of (N, 3, 3) is finite and a rotation."""
    if not np.isfinite(rot).all():
        raise ValueError(f"command must be finite, got rotation {rot.tolist()}")
    off = np.abs(rot @ rot.transpose(0, 2, 1) - np.eye(3)).max()
    if off > 1e-6 or (np.linalg.det(rot) < 0).any():
        raise ValueError(f"command must be a rotation (orthonormal, right-handed), got {rot}")


def _quaternion(rot: Array) -> Array:
    """Unit quaternions (N, 4), wxyz with w >= 0, of (N, 3, 3), well-conditioned for any angle."""
    x, y, z = rot[:, 0, 0], rot[:, 1, 1], rot[:, 2, 2]
    squares = np.array([1 + (x + y + z), 1 + x - y - z, 1 - x + y - z, 1 - x - y + z]).T
    table = np.empty((len(rot), 4, 4))
    np.add(rot, rot.transpose(0, 2, 1), out=table[:, 1:, 1:])
    table[:, 0, 1:] = table[:, 1:, 0] = 2 * skew_part(rot)
    table.reshape(-1, 16)[:, ::5] = squares  # the diagonal
    # Each row is four times the quaternion times one of its components: take the largest one.
    quat = table[np.arange(len(rot)), squares.argmax(axis=1)]
    quat = quat / np.sqrt(np.vecdot(quat, quat))[:, None]
    out: Array = quat * np.where(quat[:, :1] < 0, -1.0, 1.0)
    return out
