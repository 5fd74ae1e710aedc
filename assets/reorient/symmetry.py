"""Turns that leave a shape as it is: goals that differ by one of them are the same goal."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math

import mujoco
import numpy as np

from habilis.assets.arrays import Array

_DIGITS = 9


@dataclasses.dataclass(frozen=True)
class Symmetry:
    """The rotations that leave a shape as it is, in the shape's own frame.

    Attributes:
      about_z: how many equal steps there are in a turn about z: 1 for none.
      flips: whether half a turn about x does it too.
      cubic: whether all 24 rotations of a cube do; the others then say nothing more.
      round: whether any turn about z does, beside the others.
    """

    about_z: int = 1
    flips: bool = False
    cubic: bool = False
    round: bool = False

    @functools.cached_property
    def turns(self) -> Array:
        """(K, 4) all of them as quaternions w x y z, w >= 0, but for the free turns about z."""
        if self.cubic:
            return _group(_about((0, 0, 1), math.pi / 2), _about((1, 0, 0), math.pi / 2))
        makers = [_about((0, 0, 1), 2 * math.pi / self.about_z)]
        return _group(*makers, *([_about((1, 0, 0), math.pi)] if self.flips else []))


NONE, CUBIC = Symmetry(), Symmetry(cubic=True)
CONE, SPINDLE = Symmetry(round=True), Symmetry(round=True, flips=True)
"""Round about z; and the same upside down."""


def _about(axis: tuple[int, int, int], angle: float) -> Array:
    return np.array([math.cos(angle / 2), *(math.sin(angle / 2) * np.array(axis))])


def _group(*makers: Array) -> Array:
    """Everything that comes of the makers and of what comes of them."""
    found = {_key(one): one for one in (np.array([1.0, 0, 0, 0]), *makers)}
    count = 0
    while len(found) > count:
        count = len(found)
        for a, b in itertools.product(list(found.values()), repeat=2):
            product = np.empty(4)
            mujoco.mju_mulQuat(product, a, b)
            found.setdefault(_key(product), product)
    out = np.array(list(found.values()))
    out *= np.where(out[:, :1] < 0, -1.0, 1.0)
    return out


def _key(quat: Array) -> tuple[float, ...]:
    """The same for a quaternion and its negative."""
    rounded = np.round(quat, _DIGITS) + 0.0
    sign = np.sign(rounded[np.flatnonzero(rounded)[0]])
    return tuple((sign * rounded + 0.0).tolist())
