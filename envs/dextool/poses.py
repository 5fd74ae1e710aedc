"""Poses as rows of seven numbers, m and quaternion wxyz, and how far apart two are."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.dextool.sequences import KEYPOINTS
from habilis.envs.world.poses import conjugate, matrices, multiply


def compose(first: Array, second: Array) -> Array:
    """(..., 7) the pose ``second`` (..., 7), given in a frame that is at ``first`` (..., 7)."""
    first, second = np.broadcast_arrays(first, second)
    pos = first[..., :3] + (matrices(first[..., 3:]) @ second[..., :3, None])[..., 0]
    return np.concatenate((pos, multiply(first[..., 3:], second[..., 3:])), axis=-1)


def inverse(pose: Array) -> Array:
    """(..., 7) of the outer frame in a frame that is at a pose (..., 7)."""
    back = conjugate(pose[..., 3:])
    pos = -(matrices(back) @ pose[..., :3, None])[..., 0]
    return np.concatenate((pos, back), axis=-1)


def keypoints(pose: Array, points: Array = KEYPOINTS) -> Array:
    """(..., P, 3) where points (P, 3) of a frame at a pose (..., 7) are, m."""
    return pose[..., None, :3] + points @ np.swapaxes(matrices(pose[..., 3:]), -1, -2)


def apart(first: Array, second: Array) -> Array:
    """(...) the greatest distance between the keypoints of two poses (..., 7), m."""
    far: Array = np.linalg.norm(keypoints(first) - keypoints(second), axis=-1).max(axis=-1)
    return far
