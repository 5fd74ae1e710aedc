"""Observation groups of reorientation: named terms over ``ReorientState``, of the order of one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.reorient.scene import MIDDLE
from habilis.envs.reorient.state import ReorientState
from habilis.envs.terms.term import Term
from habilis.envs.world.poses import matrices

_NEAR, _FORCE, _MASS = 0.05, 5.0, 0.1  # m, N, kg: what makes a number 1


def joints(e: ReorientState) -> Array:
    """(N, j) [rad]."""
    return e.seen_q


def targets(e: ReorientState) -> Array:
    """(N, j) how far the servos' targets are ahead of the joints [0.25 rad]."""
    return 4 * (e.world.ctrl - e.world.hand.command(e.seen_q))


def last(e: ReorientState) -> Array:
    """(N, j) the last action."""
    return e.control.action


def place(e: ReorientState) -> Array:
    """(N, 3) of the object, from the middle of the hand [5 cm]."""
    return (e.seen_pos - MIDDLE) / _NEAR


def lacking(e: ReorientState) -> Array:
    """(N, 4) the least turn to the goal, in the hand's frame, and its angle [rad]."""
    angle = np.linalg.norm(e.seen_lacking, axis=1, keepdims=True)
    return np.concatenate((e.seen_lacking, angle), axis=1)


def turned(e: ReorientState) -> Array:
    """(N, 6) first two axes of the object's frame in the hand's."""
    out: Array = matrices(e.world.quat)[:, :, :2].reshape(e.n, 6)
    return out


def speeds(e: ReorientState) -> Array:
    """(N, j) of the joints [5 rad/s]."""
    return 0.2 * e.world.qd


def moving(e: ReorientState) -> Array:
    """(N, 6) velocities of the object [0.2 m/s, 4 rad/s]."""
    return np.concatenate((5 * e.world.linear, 0.25 * e.world.angular), axis=1)


def tips(e: ReorientState) -> Array:
    """(N, 3 F) from the object to the pads of the fingers [5 cm]."""
    out: Array = ((e.tips - e.world.pos[:, None]) / _NEAR).reshape(e.n, -1)
    return out


def touch(e: ReorientState) -> Array:
    """(N, 4) force of thumb, index, middle tips and of the whole hand on the object [5 N]."""
    return e.world.touch / _FORCE


def shape(e: ReorientState) -> Array:
    """(N, S) which of the shapes it is: 1 for that, 0 for the others."""
    return np.eye(len(e.world.shapes))[e.world.shape]


def properties(e: ReorientState) -> Array:
    """(N, 4) mass of the object [0.1 kg], factors of its friction and of the gains, whether it
    lies on the table."""
    world = e.world
    return np.column_stack((world.mass / _MASS, world.friction, world.gains, world.borne))


def time(e: ReorientState) -> Array:
    """(N, 1) part of the episode that is over."""
    return (e.steps / e.limit)[:, None]


def _terms(*functions: object) -> dict[str, Term]:
    return {fn.__name__: Term(fn) for fn in functions}  # type: ignore[attr-defined, arg-type]


_BODY = (joints, targets, last, place, lacking)
GROUPS: Mapping[str, Mapping[str, Term]] = {
    "state": _terms(*_BODY, turned, speeds, moving, tips),
    "pose": _terms(*_BODY),
    "critic": _terms(*_BODY, turned, speeds, moving, tips, touch, shape, properties, time),
    "proprioception": _terms(joints, targets, last),
}
"""Group to its terms: ``state`` has all that the published teacher has; ``pose`` no velocities;
``critic`` also what no real hand knows, for value functions; ``proprioception`` no object."""
