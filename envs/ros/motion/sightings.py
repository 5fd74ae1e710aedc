"""Which message a robot may be following, told from where it was seen.

What happens to a message between the graph and the controller is not heard of. But a message that
has arrived leads, from where the robot was seen when it did, to where the robot is seen now. All
that do are possible, and so is that any other arrives at this moment, or later.
"""

from __future__ import annotations

import collections
import dataclasses

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.motion.course import Course, cubic

KEPT = 0.4  # s for which a message may still arrive
DISORDER = 0.05  # s by which a message may be overtaken by a later one
GRID = 0.01  # s between two moments at which a message may have arrived
UNLIKE = 0.03  # rad/s off a course at which a robot is measured not to be on it,
PER = 10.0  # 1/s, and what of that a rad off it counts
WORSE = 2.0  # times as far off as the best course is one of which the same is said


@dataclasses.dataclass(frozen=True)
class Sighting:
    """Where n joints were measured to be.

    Attributes:
      time: when, s.
      q: (n,) rad.
      v: (n,) rad/s.
    """

    time: float
    q: Array
    v: Array

    def at(self, now: float) -> tuple[Array, Array]:
        """Joints (n,), rad, and speeds (n,), rad/s, a little later."""
        return self.q + (now - self.time) * self.v, self.v


class Sightings:
    """What was sent to one robot, and where it was seen.

    Args:
      horizon: s that every message takes to its point of rest.
    """

    def __init__(self, horizon: float) -> None:
        self._horizon = horizon
        self._sent: collections.deque[tuple[float, Array]] = collections.deque()
        self._seen: collections.deque[Sighting] = collections.deque()

    def sent(self, rest: Array, now: float) -> None:
        """Note a message with a point of rest (n,), rad."""
        self._sent.append((now, rest))
        while self._sent[0][0] < now - KEPT:
            self._sent.popleft()

    def see(self, seen: Sighting) -> None:
        """Note where it was measured."""
        if self._seen and seen.time <= self._seen[-1].time:
            return
        self._seen.append(seen)
        while self._seen[0].time < seen.time - self._horizon:
            self._seen.popleft()

    @property
    def last(self) -> float:
        """When it was seen last, s."""
        return self._seen[-1].time if self._seen else -np.inf

    def courses(self) -> list[Course]:
        """All that the robot may be on, or be put on, since it was seen last."""
        if not self._seen or not self._sent:
            return []
        h, last = self._horizon, self._seen[-1]
        times, q, v = self._passed()
        when = np.array([t for t, _ in self._sent])
        rests = np.array([r for _, r in self._sent])
        after = np.minimum(last.time - times, h)[:, None, None]
        at, speed = cubic(q[:, None], v[:, None], rests, h, after)
        off = (np.abs(speed - last.v) + PER * np.abs(at - last.q)).max(axis=2)
        off[when > times[:, None]] = np.inf
        alive = off <= max(UNLIKE, WORSE * off.min(initial=np.inf))
        alive &= np.isfinite(off)
        found = [Course(float(times[s]), q[s], v[s], rests[k], h) for s, k in np.argwhere(alive)]
        first = when[alive.any(axis=0)].min() if found else -np.inf
        return found + [
            Course(last.time, last.q, last.v, rests[k], h)
            for k in np.flatnonzero(when >= first - DISORDER)
        ]

    def _passed(self) -> tuple[Array, Array, Array]:
        """Times (t,), joints and speeds (t, n) that it had, on a fine grid."""
        seen = self._seen
        times, q, v = [np.zeros(0)], [np.zeros((0, len(seen[-1].q)))], [np.zeros((0, len(seen[-1].q)))]
        for a, b in zip(list(seen)[:-1], list(seen)[1:], strict=True):
            span = b.time - a.time
            k = max(1, round(span / GRID))
            u = (np.arange(k) / k)[:, None]
            times.append(a.time + u[:, 0] * span)
            # the cubic with these ends
            d = (b.q - a.q)
            c2 = 3 * d - span * (2 * a.v + b.v)
            c3 = -2 * d + span * (a.v + b.v)
            q.append(a.q + u * span * a.v + u**2 * c2 + u**3 * c3)
            v.append(a.v + (2 * u * c2 + 3 * u**2 * c3) / span)
        return np.concatenate(times), np.concatenate(q), np.concatenate(v)
