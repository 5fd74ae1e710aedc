"""Reward terms of walking, (N,) each; weights are those of ``options.WEIGHTS``.

Those that track a velocity, and what is held against it, are common for quadrupeds (Rudin et al.,
Learning to walk in minutes, CoRL 2021); the clock is what makes it a trot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.gait.state import GaitState

_PACE, _SPIN = 0.08, 0.25  # (m/s)^2, (rad/s)^2 at which a reward has fallen to 1/e
_CLEAR, _DOWN = 0.06, 0.015  # m: how high a foot is to swing, how low it is to be when it stands


def pace(e: GaitState) -> Array:
    """1 at the velocity that is asked for, less the farther it is off."""
    out: Array = np.exp(-np.vecdot(e.off, e.off) / _PACE)
    return out


def spin(e: GaitState) -> Array:
    """1 where it turns as fast as asked for."""
    out: Array = np.exp(-(e.turned_off**2) / _SPIN)
    return out


def clock(e: GaitState) -> Array:
    """Share of the feet that are up, or down, as the clock has it; those that swing count by how
    much of the height they have that they are to have."""
    along = e.swing()
    wanted = _CLEAR * np.sin(np.pi * np.clip(along, 0.05, 0.95))
    up = np.clip(e.lifted / wanted, 0.0, 1.0)
    out: Array = np.where(along > 0, up, e.lifted < _DOWN).mean(axis=1)
    return out


def bounce(e: GaitState) -> Array:
    """Square of the trunk's vertical velocity, (m/s)^2, at most 4."""
    return np.minimum(e.rise**2, 4.0)


def sway(e: GaitState) -> Array:
    """Square of how fast the trunk rolls and pitches, (rad/s)^2, at most 50."""
    gyro = e.world.trunk_velocity[:, 3:5]
    return np.minimum(np.vecdot(gyro, gyro), 50.0)


def tilt(e: GaitState) -> Array:
    """Square of the sine of the trunk's tilt."""
    out: Array = 1 - e.world.trunk[1][:, 2, 2] ** 2
    return out


def jerk(e: GaitState) -> Array:
    """Sum of the squares of the changes of the action."""
    change = e.control.action - e.control.before
    out: Array = np.vecdot(change, change)
    return out


def fell(e: GaitState) -> Array:
    """1 when the robot fell."""
    return e.judge.fallen.astype(float)


TERMS: Mapping[str, Callable[[GaitState], Array]] = {
    fn.__name__: fn for fn in (pace, spin, clock, bounce, sway, tilt, jerk, fell)
}
