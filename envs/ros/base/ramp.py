"""Velocities that change no faster than the limits, however late their messages arrive.

A base takes whatever message came last, at once. Messages that were held up arrive together, so
that a stream which went on meanwhile becomes a step. Hence each message is chosen against every
velocity that the base may hold within ``WINDOW`` seconds before it: all that were not seen to reach
the graph, and those that were replaced there less than that ago. Any two velocities that the base
has within ``WINDOW`` then differ by no more than the acceleration allows for that time.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.profiles.base_profile import BaseLimits

WINDOW = 0.1  # s over which an acceleration is a mean
HOPE = 0.15  # s for which a stop waits for messages to be seen to arrive before it goes on anyway


@dataclasses.dataclass
class _Sent:
    number: int
    velocity: Array
    at: float
    seen: float = np.inf


class VelocityRamp:
    """What was sent, what may have arrived, and what may be sent next.

    Args:
      limits: of the base.
      period: s between two messages.

    Attributes:
      velocity: (3,) sent last: forward and to the left, m/s, turning, rad/s.
      count: of messages.
    """

    def __init__(self, limits: BaseLimits, period: float) -> None:
        self._limits, self._period = limits, period
        self._sent = [_Sent(0, np.zeros(3), -np.inf, -np.inf)]
        self._braking: tuple[float, Array] | None = None
        self.velocity: Array = np.zeros(3)
        self.count = 0

    def begin(self) -> None:
        """From rest, and no longer braking."""
        self._sent = [_Sent(0, np.zeros(3), -np.inf, -np.inf)]
        self._braking, self.velocity = None, np.zeros(3)

    def brake(self, now: float) -> None:
        """From now on ``step`` leads to rest."""
        if self._braking is None:
            self._braking = now, self.velocity.copy()

    def step(self, want: Array, now: float, hard: bool = False) -> Array:
        """The next velocity (3,) on the way to one that is wanted (3,); not noted as sent yet.

        Args:
          want: m/s and rad/s.
          now: s.
          hard: brake as in a stop, and go on when this is called without.
        """
        if self._braking is None and not hard:
            most = self._limits.speeds
            want = np.clip(want, -most, most)
            bound = self._limits.acceleration, self._limits.turning_acceleration
        else:
            want, bound = np.zeros(3), (self._limits.braking, self._limits.turning_braking)
        held = self._held(now)
        out = self.velocity.copy()
        for part, steep in ((slice(0, 2), bound[0]), (slice(2, 3), bound[1])):
            way = want[part] - out[part]
            share = _share(out[part] - self.velocity[part], way, steep * self._period)
            for row in held:
                share = min(share, _share(out[part] - row[part], way, steep * WINDOW))
            out[part] = want[part] if share >= 1 else out[part] + share * way
        return out if self._braking is None else self._sure(out, now)

    def _sure(self, out: Array, now: float) -> Array:
        """At rest in time, also where nothing is ever seen to arrive."""
        assert self._braking is not None
        since, at = self._braking
        takes = max(
            float(np.hypot(at[0], at[1])) / self._limits.braking,
            abs(at[2]) / self._limits.turning_braking,
            self._period,
        )
        left = float(np.clip(1 - (now - since - HOPE) / takes, 0.0, 1.0)) * at
        slow = np.hypot(out[0], out[1]) > np.hypot(left[0], left[1])
        out[:2] = left[:2] if slow else out[:2]
        out[2] = left[2] if abs(out[2]) > abs(left[2]) else out[2]
        return out

    def _held(self, now: float) -> list[Array]:
        """Velocities that the base may have within ``WINDOW`` before a message sent now."""
        after = [row.seen for row in self._sent[1:]]
        first = next((k for k, seen in enumerate(after) if seen >= now - WINDOW), len(after))
        del self._sent[:first]
        return [row.velocity for row in self._sent]

    def sent(self, velocity: Array, now: float) -> int:
        """Note that it was sent; returns its number."""
        self.count += 1
        self.velocity = velocity
        self._sent.append(_Sent(self.count, velocity, now))
        return self.count

    def seen(self, number: int, now: float) -> None:
        """Note that a message, and with it all before, has reached the graph."""
        for row in self._sent:
            if row.number <= number:
                row.seen = min(row.seen, now)

    def silent(self, now: float) -> float:
        """s since the oldest message was sent that was not seen to arrive; 0 if all were."""
        waiting = [row.at for row in self._sent if row.seen == np.inf]
        return now - waiting[0] if waiting else 0.0


def _share(off: Array, way: Array, most: float) -> float:
    """How much of a way leads from ``off`` a centre to no further than ``most`` from it, 0 to 1."""
    square, along = float(way @ way), float(off @ way)
    if square < 1e-18:
        return 1.0
    under = along * along - square * (float(off @ off) - most * most)
    return float(np.clip((np.sqrt(under) - along) / square, 0.0, 1.0)) if under > 0 else 0.0
