"""Observation groups of walking: named terms over ``GaitState``, of the order of one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.gait.state import GaitState
from habilis.envs.terms.term import Term


def gravity(e: GaitState) -> Array:
    """(N, 3) the upward unit vector, in the trunk's frame."""
    return e.seen["gravity"]


def gyro(e: GaitState) -> Array:
    """(N, 3) angular velocity of the trunk, in its frame [4 rad/s]."""
    return 0.25 * e.seen["gyro"]


def joints(e: GaitState) -> Array:
    """(N, j) away from the posture in which it stands [rad]."""
    return e.seen["q"] - e.control.home


def speeds(e: GaitState) -> Array:
    """(N, j) of the joints [20 rad/s]."""
    return 0.05 * e.seen["qd"]


def last(e: GaitState) -> Array:
    """(N, j) the last action."""
    return e.control.action


def told(e: GaitState) -> Array:
    """(N, 3) velocity that is asked for, forward and to the left [m/s], and turning [rad/s]."""
    return e.told


def clock(e: GaitState) -> Array:
    """(N, 2) sine and cosine of the clock that the feet are to keep; 0 for who is to stand."""
    angle = 2 * np.pi * e.control.clock
    return np.stack((np.sin(angle), np.cos(angle)), axis=-1) * e.moving[:, None]


def velocity(e: GaitState) -> Array:
    """(N, 3) of the trunk, forward, to the left and up, as if it were level [m/s]."""
    return e.seen["velocity"]


def heights(e: GaitState) -> Array:
    """(N, 20) of the trunk above the ground around it, less those on even ground [10 cm]."""
    return 10 * (e.seen["heights"] - e.control.walking.height)


def loads(e: GaitState) -> Array:
    """(N, 3) what the trunk carries [kg], factors of friction and gains."""
    return e.loads


def _terms(*functions: object) -> dict[str, Term]:
    return {fn.__name__: Term(fn) for fn in functions}  # type: ignore[attr-defined, arg-type]


_BODY = (gravity, gyro, joints, speeds, last, told, clock)
GROUPS: Mapping[str, Mapping[str, Term]] = {
    "state": _terms(*_BODY, velocity, heights),
    "blind": _terms(*_BODY, velocity),
    "proprioception": _terms(*_BODY),
    "critic": _terms(*_BODY, velocity, heights, loads),
}
"""Group to its terms: ``state`` knows its velocity and the ground; ``blind`` not the ground;
``proprioception`` neither; ``critic`` also what no robot knows, for value functions."""
