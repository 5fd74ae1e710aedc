"""The step of an arm in a tight spot: near a singularity, or with joints at the ends of ranges."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array

TIGHT = 300.0  # m^-2: above this sum of 1 / s^2 the arm is near a singularity, s about 0.06 m
LEVER = 0.5  # m/rad, of a wrong orientation against a wrong position
SMALL = 0.03  # m/rad, singular values of the weighted Jacobian that are damped
LONGEST = 0.3  # rad, of one joint in one step

_WEIGHT = np.array([1.0, 1.0, 1.0, LEVER, LEVER, LEVER])


def careful_step(
    jac: Array, err: Array, posture: Array, low: Array, high: Array
) -> tuple[Array, Array]:
    """Least squares for k arms within the ranges of their joints, damped where they are singular.

    The damping grows as a singular value falls below ``SMALL``: an arm at the end of its reach
    slows down instead of thrashing. Joints that meet the end of their range stay there and the
    others make up for them.

    Args:
      jac: (k, 6, j) of the tool centre points, linear rows first.
      err: (k, 6) wanted change of their poses, m and rad.
      posture: (k, j) change of joints that is welcome where it does not matter otherwise, rad.
      low, high: (k, j) what each joint may change by, rad.

    Returns:
      Changes of joints (k, j), rad, and (k, 6) what is then missing of ``err``, to first order.
    """
    move, fixed = np.zeros_like(low), np.zeros(low.shape, bool)
    weighted = _WEIGHT[:, None] * jac
    for _ in range(low.shape[1] + 1):
        rest = _WEIGHT * err - (weighted @ (move * fixed)[:, :, None])[:, :, 0]
        step = _damped(weighted * ~fixed[:, None], rest, np.where(fixed, 0.0, posture))
        move = np.clip(np.where(fixed, move, step), low, high)
        met = ~fixed & (move != step)
        if not met.any():
            break
        fixed |= met
    move *= np.minimum(1.0, LONGEST / np.maximum(np.abs(move).max(axis=1), 1e-12))[:, None]
    return move, err - (jac @ move[:, :, None])[:, :, 0]


def _damped(jac: Array, err: Array, posture: Array) -> Array:
    """(k, j) change of joints; each direction is damped by its own singular value."""
    left, size, right = np.linalg.svd(jac, full_matrices=False)
    damping = np.maximum(SMALL**2 - size**2, 1e-8)
    # What is asked beyond what the posture does anyway; the more it is damped, the more the
    # posture has its way, which keeps an arm at its reach's end from folding over.
    more = left.transpose(0, 2, 1) @ err[:, :, None] - size[:, :, None] * (
        right @ posture[:, :, None]
    )
    along = more[:, :, 0] * size / (size**2 + damping)
    out: Array = (right.transpose(0, 2, 1) @ along[:, :, None])[:, :, 0] + posture
    return out
