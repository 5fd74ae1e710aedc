"""Targets streamed to a trajectory controller, each message a short way to rest.

Every message holds one point, at rest, ``horizon`` s after it arrives (see ``course``). While
messages come, each replaces the one before long before its end, and what the controller executes
is computed here exactly: the next point is the one that makes it go to the wanted target. When they
come no more, for whatever reason, the robot comes to rest by itself, along its way.

A message may arrive late, or not at all, or together with others, while the robot has come to rest
already. So a point is only sent if it keeps the limits from *every* state in which the robot may
be: on the course of whatever message is known to have arrived last, and of each one sent since.
What arrived is known because the graph's own copy of each message comes back (``confirm``). Where
that takes long, motion is slower, and where it never comes, motion ends. Beyond the graph it is
told from where the robot is seen (``sightings``): motion is slower where messages are late there.
A robot lags behind what its controller asks of it, which looks as if messages were late; so it is
told from what the controller says that it asks, where it says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.envs.control.joint_limiter import JointLimiter
from habilis.envs.ros.motion.course import Course, RestReach
from habilis.envs.ros.motion.sightings import SeenJoints, Sightings

CRUISE, PUSH = 0.35, 0.4
"""Shares of ``acceleration * horizon`` and of the acceleration that a target may ask for."""
BEHIND = (
    0.02  # rad by which a rest may lie behind the robot, so that it can follow a target closely
)
CLOSING = 8.0  # 1/s, at which the robot goes to the target it is off
SAME = 1e-9  # rad between two rests that are one
ASTRAY = 0.03  # rad off the target at which the target waits for the robot
DISORDER = 0.05  # s by which a message may be overtaken by a later one
LATE = 0.06  # s between a message and its confirmation after which the robot is known to be behind
AGAIN = 0.04  # s without a confirmation after which the last message is sent again
LAG = 0.01, 0.04
"""What a joint may be measured to lag before its target waits: rad, and s of its speed."""
WAITS = 0.001  # rad that a target is held back by where its joint is measured to be
COMES = 0.05  # rad/s towards its target at which a joint that lags behind is not held
EDGE = 0.005  # rad from the ends of the range to the nearest rest
BREAK = 0.05  # s without a target after which the next begins where the robot is
LOST = 1.0  # s after which what was not confirmed will not arrive any more
LIVELY = 0.02  # s beyond its course for which a robot may still move


def cruising(velocity: Array, acceleration: Array, horizon: float) -> tuple[Array, Array]:
    """Speeds and accelerations (n,) that leave room for the way to rest within the limits (n,)."""
    return np.minimum(velocity, CRUISE * acceleration * horizon), PUSH * acceleration


@dataclasses.dataclass
class _Sent:
    number: int
    time: float
    course: Course
    came: float = np.inf  # when it was confirmed, s
    passed: float = np.inf  # when a newer one was, s

    def over(self, now: float) -> bool:
        """Whether it cannot be what the robot follows, since a newer one is known to have come.

        One that is late may yet come, and come with others at once, in any order.
        """
        late = self.came - self.time > LATE
        return np.isfinite(self.passed) and not (late and self.passed > now - DISORDER)


class RestingMotion:
    """One robot's targets as messages that end at rest; one a period.

    Args:
      limiter: of one robot, with what ``cruising`` leaves of the limits.
      reach: with the whole of the limits.
      publish: sends a number and the point of rest (n,), rad.
      period: s between targets.
      now: s.

    Attributes:
      held: (n,) since when the target of a joint waits for it and it does not come, s; inf where
        it comes or is not waited for.
    """

    def __init__(
        self,
        limiter: JointLimiter,
        reach: RestReach,
        publish: Callable[[int, Array], None],
        period: float,
        now: float,
    ) -> None:
        self._limiter, self._reach = limiter, reach
        self._publish, self.period = publish, period
        self._low, self._high = limiter.lower + EDGE, limiter.upper - EDGE
        self._number, self._last = 0, now - period
        self._seen: tuple[Array, Array] | None = None
        self._told = False  # whether the controller says what it asks
        self._sightings = Sightings(reach.horizon)
        self.begin(limiter.q[0], limiter.q[0], now)

    def begin(self, q: Array, measured: Array, now: float) -> None:
        """Start at rest, at joints (n,), rad, that the controller holds or was measured to hold."""
        h, still = self._reach.horizon, np.zeros_like(q)
        self._limiter.put(q[None].copy(), still[None])
        self._course = Course(now - h - LIVELY, q.copy(), still, q.copy(), h)
        other = dataclasses.replace(self._course, q=measured.copy(), rest=measured.copy())
        self._maybe = [_Sent(self._number, now - AGAIN, c) for c in (self._course, other)]
        self._first = self._confirmed = self._number
        self._late = self._course
        self.held = np.full(len(q), np.inf)
        self._sightings.forget()

    def put(self, q: Array, v: Array, now: float) -> None:
        """Go on from joints (n,), rad, and speeds (n,), rad/s, to which others brought it."""
        rest = self._reach.rest(q, v, -2 / self._reach.horizon * v)
        self._course = self._late = Course(now, q, v, rest, self._reach.horizon)
        self._number += 1
        self._maybe = [_Sent(self._number, now, self._course)]
        self._sightings.forget()
        self._first = self._confirmed = self._number

    def fits(self, q: Array, measured: Array) -> Mask:
        """(n,) whether from both of two poses at rest, rad, some rest can be reached."""
        still = np.zeros_like(q)
        (low, high), (least, most) = (self._reach.interval(x, still) for x in (q, measured))
        out: Mask = np.maximum(low, least) <= np.minimum(high, most)
        return out

    @property
    def target(self) -> Array:
        """(n,) where the robot comes to rest if nothing more is sent, rad."""
        return self._course.rest

    def expected(self, now: float) -> Array:
        """(n,) where the robot is at a time if all goes well, rad."""
        return self._course.at(now)[0]

    def moving(self, now: float) -> bool:
        """Whether the robot may be moving because of what was sent."""
        late = self.silent(now) > 0 and now < self._last + LOST
        return late or now < self._course.end + LIVELY

    @property
    def slot(self) -> float:
        """The earliest time at which the next target may be sent, s."""
        return self._last + self.period

    def silent(self, now: float) -> float:
        """For how long nothing of what was sent has been confirmed, s; 0 if nothing is missing."""
        missing = [s.time for s in self._maybe if s.number > self._confirmed]
        return now - min(missing) if missing else 0.0

    def confirm(self, number: int, now: float) -> None:
        """Note that a message has reached the graph, and by then all before it, or never."""
        found = [s for s in self._maybe if s.number == number]
        if not found or number == self._first:
            return
        sent, self._confirmed = found[0], max(self._confirmed, number)
        sent.came = now
        for s in self._maybe:
            if s.number < number:
                s.passed = min(s.passed, now)
        self._maybe = [s for s in self._maybe if not s.over(now)]
        self._late = self._from(self._late, sent.course.rest, now)
        if now - sent.time > LATE:
            for s in self._maybe:
                if s.number >= number:
                    s.course = self._from(self._late, s.course.rest, now)
            self._course = self._maybe[-1].course

    def _from(self, course: Course, rest: Array, now: float) -> Course:
        return Course(now, *course.at(now), rest, self._reach.horizon)

    def send(self, want: Array, now: float, seen: SeenJoints | None = None) -> Array:
        """Send wanted joints (n,), rad, as far as the limits allow; returns what was sent.

        Args:
          want: rad.
          now: s.
          seen: what is known of the robot.
        """
        self._seen = None
        if seen is not None:
            self._seen, self._told = seen.measured.at(now), seen.asked is not None
            self._sightings.see(seen.best)
        q, v = self._course.at(now)
        limiter, dt = self._limiter, self.period
        goal, _ = limiter.limit(want[None], dt)
        limiter.accept(goal, dt)
        speed = limiter.v[0] + CLOSING * (goal[0] - q - (v + limiter.v[0]) / 2 * dt)
        h = self._reach.horizon
        push = (speed - v + v * (dt / h) ** 2) / (dt * (1 - dt / h))
        rest = self._reach.rest(q, v, push)
        rest = np.where(v > 0, np.maximum(rest, q - BEHIND), np.minimum(rest, q + BEHIND))
        rest = np.where(limiter.v[0] == 0, goal[0], rest)
        if limiter.v.any() or np.abs(rest - self._course.rest).max() > SAME or self.silent(now):
            self._go(rest, now)
        else:
            self._last = now  # it is on its way there, and arrives when it should
        self._wait_for_robot(now + dt)
        return limiter.q[0].copy()

    def stop(self, now: float) -> None:
        """Come to rest as soon as may be; a robot at rest is sent nothing."""
        self._seen = None
        q, v = self._course.at(now)
        rest = self._reach.rest(q, v, -2 / self._reach.horizon * v)
        shorter = np.abs(rest - q) < np.abs(self._course.rest - q)
        if self.moving(now) and shorter.any():  # else the way that it is on is the shorter one
            self._go(np.where(shorter, rest, self._course.rest), now)
        self._settle()

    def keep(self, now: float) -> None:
        """Send again what may be lost, and follow a robot without targets; call this often."""
        if self.silent(now) > AGAIN and now > self._last + AGAIN and self.moving(now):
            self._go(self._course.rest, now)
        if now > self._last + BREAK:  # targets go on from where the robot has come meanwhile
            q, v = self._course.at(now)
            self._limiter.put(q[None].copy(), v[None].copy())

    def _go(self, rest: Array, now: float) -> None:
        """Send the allowed rest that is nearest to the wanted one."""
        low, high = self._reach.from_all([*(s.course for s in self._maybe), self._late], now)
        low, high = np.maximum(low, self._low), np.minimum(high, self._high)
        old = self._course.rest
        low, high = np.minimum(low, old), np.maximum(high, old)
        if self._seen is not None:  # which tells of more than what is believed
            low, high = self._as_seen(rest, low, high, now)
        q, v = self._course.at(now)
        rest = np.clip(rest, low, high)
        self._number += 1
        self._course = Course(now, q, v, rest, self._reach.horizon)
        self._maybe.append(_Sent(self._number, now, self._course))
        self._last = now
        self._sightings.sent(rest, now)
        self._publish(self._number, rest)

    def _as_seen(self, rest: Array, low: Array, high: Array, now: float) -> tuple[Array, Array]:
        """What of an interval (n,), rad, suits where the robot was seen and may be from then on.

        Notes which targets must wait, by more than joints lag behind, for joints that do not come.
        """
        assert self._seen is not None
        least, most = self._reach.from_seen(*self._seen)
        lag = LAG[1] * self._seen[1]
        least, most = least - LAG[0] + np.minimum(lag, 0), most + LAG[0] + np.maximum(lag, 0)
        free = np.clip(rest, low, high)
        if self._told:  # then where it is seen is only to be waited for
            low, high = np.clip(least, low, high), np.clip(most, low, high)
        else:
            low, high = np.clip(low, least, most), np.clip(high, least, most)
        waits = np.abs(free - np.clip(rest, low, high)) > WAITS
        waits &= self._seen[1] * np.sign(free - self._seen[0]) < COMES
        self.held = np.where(waits, np.minimum(self.held, now), np.inf)
        if courses := self._sightings.courses():
            least, most = self._reach.from_all(courses, courses[-1].begin)
            old = self._course.rest  # which suited all before, and is on its way to them
            apart = least > most  # nothing suits them all: what is on its way changes nothing
            least, most = (np.where(apart, old, x) for x in (least, most))
            least, most = np.minimum(least, old), np.maximum(most, old)
            low, high = np.clip(low, least, most), np.clip(high, least, most)
        return low, high

    def _wait_for_robot(self, then: float) -> None:
        """Have the target wait where the robot does not come along."""
        q, v = self._course.at(then)
        goal, speed = self._limiter.q[0], self._limiter.v[0]
        off = np.abs(goal - q) > ASTRAY
        if off.any():
            near = q + np.clip(goal - q, -ASTRAY, ASTRAY)
            self._limiter.put(near[None], np.where(off, v, speed)[None])

    def _settle(self) -> None:
        rest = self._course.rest[None]
        self._limiter.put(rest.copy(), np.zeros_like(rest))
