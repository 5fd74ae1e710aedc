"""Which message a robot may be following, told from where it was seen.

What happens to a message between the graph and the controller is not heard of. But a message that
has arrived leads from where the robot was seen then to where it is seen now. Whichever does may be
the one that it follows, and any that is not much older may arrive at this moment, or later. How far
joints are behind what they are commanded makes no difference: so they are at both times.
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
SURE = 0.02  # s on a course after which a robot that is not on it shows it
UNLIKE = 0.03  # rad/s off a course at which a joint is measured not to be on it,
PER = 10.0  # 1/s, and what of that a rad off it counts
WHILE = 0.3  # s after which what is ahead now may be behind
WORSE = 2.0  # a course this many times as far off as the best one is as likely, where all are


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


@dataclasses.dataclass(frozen=True)
class SeenJoints:
    """What is known of a robot.

    Attributes:
      measured: where its joints were measured last.
      asked: what their controller said last that it asks of them, if it says so.
    """

    measured: Sighting
    asked: Sighting | None = None

    @property
    def best(self) -> Sighting:
        """What tells most of what its controller does."""
        return self.asked or self.measured


class Sightings:
    """What was sent to one robot, and where it was seen.

    Args:
      longest: s that a message takes at most to its point of rest.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._sent: collections.deque[tuple[float, Array, float]] = collections.deque()
        self._seen: collections.deque[Sighting] = collections.deque()
        self._arrived: collections.deque[tuple[float, float]] = collections.deque()
        self._ways: collections.deque[tuple[Array, Array, Array]] = collections.deque()

    def forget(self) -> None:
        """Begin anew, with a robot at rest of which nothing is on its way."""
        for kept in (self._sent, self._seen, self._ways, self._arrived):
            kept.clear()

    def sent(self, rest: Array, horizon: float, now: float) -> None:
        """Note a message with a point of rest (n,), rad, ``horizon`` s after its arrival."""
        self._sent.append((now, rest, horizon))
        while self._sent[0][0] < now - KEPT:
            self._sent.popleft()

    def see(self, seen: Sighting) -> None:
        """Note where the robot was measured."""
        if self._seen and seen.time <= self._seen[-1].time:
            return
        if self._seen:
            self._ways.append(_way(self._seen[-1], seen))
        self._seen.append(seen)
        while self._seen[0].time < seen.time - self._longest:
            self._seen.popleft()
            self._ways.popleft()

    def courses(self, now: float) -> list[Course]:
        """All that the robot may be on, since it was seen last or before, or be put on now, s."""
        if not self._seen or not self._sent:
            return []
        last = self._seen[-1]
        when = np.array([t for t, *_ in self._sent])
        rests = np.array([rest for _, rest, _ in self._sent])
        h = np.array([horizon for *_, horizon in self._sent])
        begun: list[Course] = []
        first = -np.inf
        if self._ways:
            times, q, v = (np.concatenate(part) for part in zip(*self._ways, strict=True))
            after = np.minimum((last.time - times)[:, None], h)[:, :, None]
            at, speed = cubic(q[:, None], v[:, None], rests, h[:, None], after)
            off = (np.abs(speed - last.v) + PER * np.abs(at - last.q)).max(axis=2)
            off = np.where(when <= times[:, None], off, np.inf)
            likely = np.isfinite(off) & (off <= max(UNLIKE, WORSE * float(off.min())))
            sure = likely[times <= last.time - SURE].any(axis=0)
            first = self._over(last.time, float(when[sure].min()) if sure.any() else -np.inf)
            likely &= when >= first
            begun = [Course(times[s], q[s], v[s], rests[k], h[k]) for s, k in np.argwhere(likely)]
        to_come = np.flatnonzero(when >= first)
        seen = [Course(last.time, last.q, last.v, rests[k], h[k]) for k in to_come]
        here = _furthest([course.at(now) for course in begun])
        put_on = [Course(now, *state, rests[k], h[k]) for state in here for k in to_come]
        return begun + seen + put_on

    def _over(self, now: float, arrived: float) -> float:
        """Before when no message was sent that may still arrive; one of this time has arrived.

        One that is later by ``DISORDER`` may have been sent, or have arrived, before it.
        """
        self._arrived.append((now, arrived))
        while len(self._arrived) > 1 and self._arrived[1][0] <= now - DISORDER:
            self._arrived.popleft()
        then, before = self._arrived[0]
        return max(arrived - DISORDER, before if then <= now - DISORDER else -np.inf)


def _furthest(states: list[tuple[Array, Array]]) -> list[tuple[Array, Array]]:
    """Of joints and speeds (n,), each joint's that are furthest, here and in a while, either way:
    what suits these suits all.
    """
    if not states:
        return []
    q, v = np.stack(states, axis=1)
    joints, out = np.arange(q.shape[1]), []
    for after in (q, q + WHILE * v):
        for most in (after.argmin(axis=0), after.argmax(axis=0)):
            out.append((q[most, joints], v[most, joints]))
    return out


def _way(a: Sighting, b: Sighting) -> tuple[Array, Array, Array]:
    """Times (t,), joints and speeds (t, n), of the cubic between two sightings, on a grid."""
    span, far = b.time - a.time, b.q - a.q
    u = np.arange(k := max(1, round(span / GRID)))[:, None] / k
    two, three = 3 * far - span * (2 * a.v + b.v), span * (a.v + b.v) - 2 * far
    q = a.q + u * (span * a.v + u * (two + u * three))
    return a.time + u[:, 0] * span, q, a.v + u * (2 * two + 3 * u * three) / span
