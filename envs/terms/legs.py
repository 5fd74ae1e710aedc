"""Terms of robots on legs: observations (N, k), rewards (N,) in [0, 1], failures (N,)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.envs.terms.predicates import box
from habilis.envs.terms.rewards import near

if TYPE_CHECKING:
    from habilis.envs.world.state import State

LYING = 0.5  # cosine of the tilt beyond which a robot has fallen


def velocity(state: State) -> Array:
    """(N, 6) of the trunk, m/s along the world's axes, and rad/s about its own."""
    return state.world.trunk_velocity


def ground(state: State) -> Array:
    """(N, 14) height of the ground around the robot and ahead of it, minus the trunk's, m."""
    control: Any = state.control  # a ``WalkControl``, which arms know nothing of
    out: Array = control.walking.around() - state.tcp[:, 2:]
    return out


def onto(state: State, body: str, scale: float = 0.5) -> Array:
    """Half of it nearness of the trunk, in the plane, to the box around a body, 1 above it; the
    other half the share of feet that are above it, and as high."""
    # Imported here, as families of tasks must be known without MuJoCo.
    from habilis.envs.legged.legs import feet_of

    low, high = box(state.world, body)
    at = state.tcp[:, :2]
    gap = at - np.minimum(np.maximum(at, low[:, :2]), high[:, :2])
    feet = feet_of(state.world)
    inside = (feet[..., :2] > low[:, None, :2]) & (feet[..., :2] < high[:, None, :2])
    on = inside.all(axis=2) & (feet[..., 2] > high[:, None, 2])
    out: Array = (near(gap, scale) + on.mean(axis=1)) / 2
    return out


def placed(state: State, body: str, place: tuple[float, float], scale: float = 0.2) -> Array:
    """Nearness of a thing, in the plane, to a place, m."""
    at = state.world.pos[:, state.world.index(body), :2]
    out: Array = near(at - np.array(place), scale)
    return out


def at(state: State, place: tuple[float, float], scale: float = 0.3) -> Array:
    """Nearness of the trunk, in the plane, to a place, m."""
    out: Array = near(state.tcp[:, :2] - np.array(place), scale)
    return out


def fallen(state: State) -> Mask:
    """The robot lies: it does not get up again."""
    out: Mask = state.tcp_rot[:, 2, 2] < LYING
    return out


def below(state: State, height: float) -> Mask:
    """The robot's trunk is lower than a height, m."""
    out: Mask = state.tcp[:, 2] < height
    return out
