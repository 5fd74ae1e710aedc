"""Reward terms of reorientation, (N,) each; weights are those of ``options.WEIGHTS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.reorient.state import ReorientState

_MOST_POWER = 5.0  # W
_SOFT = 0.1  # rad


def near(e: ReorientState) -> Array:
    """1 / (angle + 0.1), the angle in rad (published)."""
    return 1.0 / (e.goals.angle + _SOFT)


def progress(e: ReorientState) -> Array:
    """By how much the angle became less in the step, rad (ours)."""
    return e.goals.before - e.goals.angle


def tips(e: ReorientState) -> Array:
    """Sum of the distances of the finger tips from the object, m (published)."""
    out: Array = np.linalg.norm(e.tips - e.world.pos[:, None], axis=2).sum(axis=1)
    return out


def energy(e: ReorientState) -> Array:
    """Mechanical power of the servos, W, at most 5 (published, of another unit)."""
    return np.minimum(np.abs(e.world.torque * e.world.qd).sum(axis=1), _MOST_POWER)


def reached(e: ReorientState) -> Array:
    """1 on success (published)."""
    return e.goals.success.astype(float)


def fell(e: ReorientState) -> Array:
    """1 when the object fell (published)."""
    return e.goals.fallen.astype(float)


TERMS: Mapping[str, Callable[[ReorientState], Array]] = {
    fn.__name__: fn for fn in (near, progress, tips, energy, reached, fell)
}
