"""One message's way to rest, and which rest a controller may be told from where it may be.

A trajectory controller that takes a new message lays a cubic from the state that it commanded last
to the message's point. With a single point, at rest, ``horizon`` s after the arrival, that cubic
depends on nothing but the state and the point: a late message begins late, and is not hurried. Its
acceleration is linear in time, so that its extremes are known:

    a(0) = 6 (rest - q) / H^2 - 4 v / H,    a(H) = - a(0) - 2 v / H
"""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.arrays import Array

SHARE = 0.98  # of the limits that a way to rest may use: the rest is for what arrives at odd times
AHEAD = np.linspace(0.0, 1.0, 6)  # shares of what is left of a way at which the next may begin
States = tuple[Array, Array]
"""Joints (..., n), rad, and speeds (..., n), rad/s, of a robot that may be in any of them."""


@dataclasses.dataclass(frozen=True)
class Course:
    """The cubic from a state of n joints to rest.

    Attributes:
      begin: s.
      q: (n,) rad.
      v: (n,) rad/s.
      rest: (n,) where it ends, rad.
      horizon: s that it takes.
    """

    begin: float
    q: Array
    v: Array
    rest: Array
    horizon: float

    @property
    def end(self) -> float:
        """When it is at rest, s."""
        return self.begin + self.horizon

    def at(self, time: float) -> tuple[Array, Array]:
        """Joints (n,), rad, and speeds (n,), rad/s, at a time, s."""
        h = self.horizon
        t = min(max(time - self.begin, 0.0), h)
        if t >= h:
            return self.rest, np.zeros_like(self.rest)
        return cubic(self.q, self.v, self.rest, h, t)


def cubic(
    q: Array, v: Array, rest: Array, h: Array | float, t: Array | float
) -> tuple[Array, Array]:
    """Where ways to rest (..., n), rad, in h s are, and how fast, rad/s, after t s: (..., 1)."""
    a = 6 * (rest - q) / h**2 - 4 * v / h
    jerk = -2 * (a + v / h) / h
    return q + t * (v + t * (a / 2 + t * jerk / 6)), v + t * (a + t * jerk / 2)


class RestReach:
    """Which points of rest keep n joints inside their limits, from a state that they may have.

    Args:
      velocity: (n,) rad/s.
      acceleration: (n,) rad/s^2.

    Attributes:
      acceleration: what of it is used, (n,) rad/s^2.
    """

    def __init__(self, velocity: Array, acceleration: Array) -> None:
        self._velocity, self.acceleration = SHARE * velocity, SHARE * acceleration

    def interval(self, q: Array, v: Array, h: float) -> tuple[Array, Array]:
        """Least and greatest rest (..., n), rad, in ``h`` s, from states (..., n), rad, rad/s."""
        return rest_of(q, v, -self._most(-v, h), h), rest_of(q, v, self._most(v, h), h)

    def _most(self, v: Array, h: float) -> Array:
        """Greatest first acceleration from a speed: its end and its fastest moment count too."""
        limit = self.acceleration
        left = 4 / h * (self._velocity - v)
        peak = (left + np.sqrt(np.maximum(left * (left + 4 / h * v), 0.0))) / 2
        return np.minimum(np.minimum(limit, limit - 2 / h * v), peak)

    def from_seen(self, q: Array, v: Array, h: float) -> tuple[Array, Array]:
        """Least and greatest rest (n,) that suit a measured state, and the rest it leads to."""
        low, high = self.interval(q, v, h)
        least, most = self.interval(q + h / 3 * v, np.zeros_like(v), h)
        return np.maximum(low, least), np.minimum(high, most)

    def from_all(self, states: States, h: float) -> tuple[Array, Array]:
        """Least and greatest rest (n,) that suit all states (..., n); least > most if none does."""
        low, high = self.interval(*states, h)
        axes = tuple(range(low.ndim - 1))
        return low.max(axis=axes), high.min(axis=axes)


def within(q: Array, v: Array, h: float, end: Array, side: int) -> Array:
    """The furthest rest (..., n), rad, from which no way of ``h`` s goes on beyond an end and back.

    Args:
      q: (..., n) where ways begin, rad.
      v: (..., n) how fast, rad/s.
      h: s.
      end: (n,) of the range, rad.
      side: 1 for the upper end, -1 for the lower one; no bound where a joint moves from it.
    """
    far = np.maximum(side * v * h, 1e-9)
    share = np.interp(side * (end - q) / far, *_FURTHEST, right=np.inf)
    return np.where(side * v > 0, q + side * far * share, side * np.inf)


def _furthest() -> tuple[Array, Array]:
    """How far a way goes that begins at 1 in 1 s, and where it then ends, which is before that."""
    rest = np.linspace(-2.0, 1 / 3, 200)
    turn = 1 / (3 - 6 * rest)  # when it turns round
    return turn + (3 * rest - 5 / 3) * turn**2, rest


_FURTHEST = _furthest()


def rest_of(q: Array, v: Array, a: Array | float, h: float) -> Array:
    """The rest (..., n), rad, of ways of ``h`` s that begin with acceleration (..., n), rad/s^2."""
    out: Array = q + h * (2 / 3 * v + h / 6 * a)
    return out


def ahead(courses: list[Course], now: float) -> States:
    """Wherever on these courses a robot may be, now or later."""
    h = np.array([c.horizon for c in courses])
    spent = np.clip([now - c.begin for c in courses], 0.0, h)
    t = spent + AHEAD[:, None] * (h - spent)
    q, v, rest = np.stack([(c.q, c.v, c.rest) for c in courses], axis=1)
    return cubic(q, v, rest, h[:, None], t[..., None])
