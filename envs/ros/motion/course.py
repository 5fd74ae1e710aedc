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

SHARE = 0.85  # of the limits that a way to rest may use: the rest is for what arrives at odd times
AHEAD = (0.0, 1 / 3, 2 / 3, 1.0)  # shares of what is left of a way at which the next may begin


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


def cubic(q: Array, v: Array, rest: Array, h: float, t: Array | float) -> tuple[Array, Array]:
    """Where ways to rest (..., n), rad, in ``h`` s are, and how fast, rad/s, after t (..., 1) s."""
    a = 6 * (rest - q) / h**2 - 4 * v / h
    jerk = -2 * (a + v / h) / h
    return q + t * (v + t * (a / 2 + t * jerk / 6)), v + t * (a + t * jerk / 2)


class RestReach:
    """Which points of rest keep n joints inside their limits, from a state that they may have.

    Args:
      velocity: (n,) rad/s.
      acceleration: (n,) rad/s^2.
      horizon: s in which they come to rest.
    """

    def __init__(self, velocity: Array, acceleration: Array, horizon: float) -> None:
        self._velocity, self._acceleration = SHARE * velocity, SHARE * acceleration
        self.horizon = horizon

    def rest(self, q: Array, v: Array, a: Array) -> Array:
        """The rest (..., n), rad, of the way that begins with acceleration (..., n), rad/s^2."""
        h = self.horizon
        return q + h * (2 / 3 * v + h / 6 * a)

    def interval(self, q: Array, v: Array) -> tuple[Array, Array]:
        """Least and greatest rest (..., n), rad, from states (..., n), rad and rad/s."""
        return self.rest(q, v, -self._most(-v)), self.rest(q, v, self._most(v))

    def _most(self, v: Array) -> Array:
        """Greatest first acceleration from a speed: its end and its fastest moment count too."""
        h, limit = self.horizon, self._acceleration
        left = 4 / h * (self._velocity - v)
        peak = (left + np.sqrt(np.maximum(left * (left + 4 / h * v), 0.0))) / 2
        return np.minimum(np.minimum(limit, limit - 2 / h * v), peak)

    def from_seen(self, q: Array, v: Array) -> tuple[Array, Array]:
        """Least and greatest rest (n,) that suit a measured state, and the rest it leads to."""
        low, high = self.interval(q, v)
        least, most = self.interval(q + self.horizon / 3 * v, np.zeros_like(v))
        return np.maximum(low, least), np.minimum(high, most)

    def from_all(self, courses: list[Course], now: float) -> tuple[Array, Array]:
        """Least and greatest rest (n,) that suit wherever on these courses it is, now or later."""
        h = self.horizon
        spent = np.clip([now - c.begin for c in courses], 0.0, h)
        t = spent + np.array(AHEAD)[:, None] * (h - spent)
        q, v, rest = np.stack([(c.q, c.v, c.rest) for c in courses], axis=1)
        low, high = self.interval(*cubic(q, v, rest, h, t[..., None]))
        return low.max(axis=(0, 1)), high.min(axis=(0, 1))
