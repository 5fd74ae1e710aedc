"""Targets streamed to a trajectory controller, each message a short way to rest.

Every message holds one point, at rest, some time after it arrives (see ``course``). While
messages come, each replaces the one before long before its end, and what the controller executes
is computed here exactly: the next point is the one that makes it go to the wanted target. When they
come no more, for whatever reason, the robot comes to rest by itself, along its way.

A message may arrive late, or not at all, or together with others, while the robot has come to rest
already. So a point is only sent if it keeps the limits from *every* state in which the robot may
be: on the course of whatever message is known to have arrived last, and of each one sent since.
What arrived is known because the graph's own copy of each message comes back (``confirm``). Where
that takes long, motion is slower, and where it does not come, nothing new is asked for: the robot
is on its way to rest already. Beyond the graph it is told from where the robot is seen
(``sightings``): motion is slower where messages are late there. A robot lags behind what its
controller asks of it, which looks as if messages were late; so it is told from what the controller
says that it asks, where it says so.

How long a way to rest takes is chosen anew for every message: the shortest in which the wanted
target suits all those states. That is short where the robot is slow and the link is prompt, since
there are few states then, and longer, up to what the profile allows, at speed or where messages
are late. A stop is the shortest way that suits them, whatever the target was; as more is known of
what has arrived, shorter ones are sent until it is at rest.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.envs.control.joint_limiter import JointLimiter
from habilis.envs.ros.motion.course import Course, RestReach, States, ahead, rest_of, within
from habilis.envs.ros.motion.sightings import SeenJoints, Sightings

CRUISE, PUSH = 0.41, 0.4
"""Shares of ``acceleration * lead`` and of the acceleration that a target may ask for."""
SHORTEST = 0.2  # s that a way to rest takes at least: ten messages of a stream
BRAKES = 0.08  # s that the way of a stop takes at least
STEP = 0.02  # s between two ways that are tried
LACKS = 0.1  # rad/s^2 by which a longer way must suit the target better than a shorter one
CALM, HURRY, LEAST = 0.3, 4.5, 0.1
"""A robot gets faster with ``PUSH`` of its acceleration while its way to rest is no longer than
``CALM`` s, and with ``HURRY`` less for each s beyond, so that it stays short, but ``LEAST``."""
SOONER = 0.005  # s by which a stop must be earlier at rest than what was sent before
BEHIND = (
    0.02  # rad by which a rest may lie behind the robot, so that it can follow a target closely
)
CLOSING = 8.0  # 1/s, at which the robot goes to the target it is off
SAME = 1e-9  # rad between two rests that are one
ASTRAY = 0.03  # rad off the target at which the target waits for the robot
DISORDER = 0.05  # s by which a message may be overtaken by a later one
LATE = 0.06  # s between a message and its confirmation after which the robot is known to be behind
QUIET = 0.06  # s without a confirmation after which no more is asked for,
USUAL = 2.0  # or so many times what confirmations took lately
FORGETS = 1.0  # s after which half of what they took lately is forgotten
Wants = Callable[[float, Array | float], Array]
"""Called with the s that a way takes, and the acceleration, rad/s^2, with which it begins at most;
returns the wanted rest (n,), rad."""
AGAIN = 0.04  # s after its course is over that a message without a confirmation is sent again
LAG = 0.01, 0.04
"""What a joint may be measured to lag before its target waits: rad, and s of its speed."""
WAITS = 0.001  # rad that a target is held back by where its joint is measured to be
COMES = 0.05  # rad/s towards its target at which a joint that lags behind is not held
EDGE = 0.005  # rad from the ends of the range to the nearest rest
BREAK = 0.05  # s without a target after which the next begins where the robot is
LOST = 1.0  # s after which what was not confirmed will not arrive any more
LIVELY = 0.02  # s beyond its course for which a robot may still move


def cruising(velocity: Array, acceleration: Array, lead: float) -> tuple[Array, Array]:
    """Speeds and accelerations (n,) that leave room for the way to rest within the limits (n,)."""
    return np.minimum(velocity, CRUISE * acceleration * lead), PUSH * acceleration


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
      lead: s that a way to rest takes at most.
      publish: sends a number, the point of rest (n,), rad, and the s that the way there takes.
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
        lead: float,
        publish: Callable[[int, Array, float], None],
        period: float,
        now: float,
    ) -> None:
        self._limiter, self._reach = limiter, reach
        self._publish, self.period = publish, period
        self._low, self._high = limiter.lower + EDGE, limiter.upper - EDGE
        self._number, self._last = 0, now - period
        self._seen: tuple[Array, Array] | None = None
        self._told = False  # whether the controller says what it asks
        self._sightings = Sightings(lead)
        self._leads = _ways(min(SHORTEST, lead), lead)
        self._brakes = _ways(BRAKES, lead)
        self.begin(limiter.q[0], limiter.q[0], now)

    def begin(self, q: Array, measured: Array, now: float) -> None:
        """Start at rest, at joints (n,), rad, that the controller holds or was measured to hold."""
        h, still = self._leads[0], np.zeros_like(q)
        self._limiter.put(q[None].copy(), still[None])
        self._course = Course(now - h - LIVELY, q.copy(), still, q.copy(), h)
        other = dataclasses.replace(self._course, q=measured.copy(), rest=measured.copy())
        self._maybe = [_Sent(self._number, now - AGAIN, c) for c in (self._course, other)]
        self._first = self._confirmed = self._number
        self._late = self._course
        self.held = np.full(len(q), np.inf)
        self._trip, self._came = 0.0, now  # s that confirmations took lately, and when that was
        self._braking = self._taken = self._driven = False
        self._sightings.forget()

    def put(self, q: Array, v: Array, now: float) -> None:
        """Go on from joints (n,), rad, and speeds (n,), rad/s, to which others brought it."""
        h = self._leads[-1]
        self._course = self._late = Course(now, q, v, rest_of(q, v, -2 / h * v, h), h)
        self._number += 1
        self._maybe = [_Sent(self._number, now, self._course)]
        self._sightings.forget()
        self._first = self._confirmed = self._number
        self._taken = True

    def fits(self, q: Array, measured: Array) -> Mask:
        """(n,) whether from both of two poses at rest, rad, some rest can be reached."""
        h, still = self._leads[-1], np.zeros_like(q)
        (low, high), (least, most) = (self._reach.interval(x, still, h) for x in (q, measured))
        out: Mask = np.maximum(low, least) <= np.minimum(high, most)
        return out

    @property
    def target(self) -> Array:
        """(n,) where the robot comes to rest if nothing more is sent, rad."""
        return self._course.rest

    @property
    def horizon(self) -> float:
        """How long the way to rest takes that was sent last, s."""
        return self._course.horizon

    def expected(self, now: float) -> Array:
        """(n,) where the robot is at a time if all goes well, rad."""
        return self._course.at(now)[0]

    def speed(self, now: float) -> Array:
        """(n,) how fast it then is, rad/s."""
        return self._course.at(now)[1]

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
        self._trip = max(now - sent.time, self._usual(now))
        self._came = now
        for s in self._maybe:
            if s.number < number:
                s.passed = min(s.passed, now)
        self._maybe = [s for s in self._maybe if not s.over(now)]
        self._late = self._from(self._late, sent.course, now)
        if now - sent.time > LATE:
            for s in self._maybe:
                if s.number >= number:
                    s.course = self._from(self._late, s.course, now)
            self._course = self._maybe[-1].course

    def _usual(self, now: float) -> float:
        """What confirmations took lately, s; less the longer that is ago."""
        return self._trip * 0.5 ** ((now - self._came) / FORGETS)

    def _from(self, course: Course, to: Course, now: float) -> Course:
        return Course(now, *course.at(now), to.rest, to.horizon)

    def send(self, want: Array, now: float, seen: SeenJoints | None = None) -> Array:
        """Send wanted joints (n,), rad, as far as the limits allow; returns what was sent.

        Args:
          want: rad.
          now: s.
          seen: what is known of the robot.
        """
        self._look(seen, now)
        q, v = self._course.at(now)
        limiter, dt = self._limiter, self.period
        if self.silent(now) > max(QUIET, USUAL * self._usual(now)):
            self._last = now  # it comes to rest, and the target with it
            there, speed = self._course.at(now + dt)
            limiter.put(there[None].copy(), speed[None].copy())
            return there.copy()
        goal, _ = limiter.limit(want[None], dt)
        limiter.accept(goal, dt)
        speed = limiter.v[0] + CLOSING * (goal[0] - q - (v + limiter.v[0]) / 2 * dt)

        def rest(h: float, most: Array | float = np.inf) -> Array:
            push = (speed - v + v * (dt / h) ** 2) / (dt * (1 - dt / h))
            to = rest_of(q, v, np.clip(push, -most, most), h)
            to = np.where(v > 0, np.maximum(to, q - BEHIND), np.minimum(to, q + BEHIND))
            return np.where(limiter.v[0] == 0, goal[0], to)

        off = np.abs(rest(self._course.horizon) - self._course.rest).max() > SAME
        if limiter.v.any() or off or self.silent(now):
            self._go(rest, now)
        else:
            self._last = now  # it is on its way there, and arrives when it should
        self._wait_for_robot(now + dt)
        return limiter.q[0].copy()

    def stop(self, now: float, seen: SeenJoints | None = None) -> None:
        """Come to rest as soon as may be, and go on trying to be sooner; see ``keep``.

        A robot at rest is sent nothing; if the last message was lost, it rests where it is. One
        that others brought where it is, is sent one way.
        """
        self._look(seen, now)
        self._braking, self._driven = not self._taken, False
        if self.moving(now):
            self._brake(now)
        self._settle()

    def keep(self, now: float, seen: SeenJoints | None = None) -> None:
        """Brake harder, send again what may be lost, follow a robot without targets; call often."""
        if self._braking and self.moving(now) and now >= self.slot:
            self._look(seen, now)
            self._brake(now)
            self._settle()
        late = self._driven and now > max(self._last, self._course.end) + AGAIN
        if late and self.silent(now) > AGAIN and self.moving(now):
            self._look(seen, now)
            self._go(lambda *_: self._course.rest, now)
        if now > self._last + BREAK:  # targets go on from where the robot has come meanwhile
            q, v = self._course.at(now)
            self._limiter.put(q[None].copy(), v[None].copy())

    def _look(self, seen: SeenJoints | None, now: float) -> None:
        self._seen = None
        if seen is not None:
            self._seen, self._told = seen.measured.at(now), seen.asked is not None
            self._sightings.see(seen.best)

    def _brake(self, now: float) -> None:
        """Send the shortest way that keeps the limits from all states, if it is sooner at rest."""
        (q, v), states, found = self._course.at(now), self._states(now), None
        left = self._course.rest - q

        def fits(h: float) -> bool:
            nonlocal found
            low, high = self._within(states, h)
            if (low > high).any():
                return False
            way = np.where(np.abs(left) < np.abs(h / 2 * v), left, h / 2 * v)
            way = np.clip(q + way, low, high) - q
            further = np.abs(way) > np.maximum(np.abs(left), np.abs(v) * h / 3) + SAME
            if further.any() and not self._taken:
                return False
            found = q + way, h
            return True

        soon = np.inf if self._taken else self._course.end - SOONER - now
        _shortest(tuple(h for h in self._brakes if h < soon), fits)
        if found is None and self._taken:  # whatever it follows, it is not ours to go on with
            found = self._course.rest, self._course.horizon
        self._taken = False
        if found is not None:
            self._publish_way(*found, now)

    def _go(self, wants: Wants, now: float) -> None:
        """Send the allowed rest that is nearest to the wanted one, in as short a time as it fits.

        Args:
          wants: see ``Wants``.
          now: s.
        """
        self._braking, self._driven = False, True
        states, old = self._states(now), self._course
        lacks, best = np.inf, (old.rest, old.horizon)

        def fits(h: float) -> bool:
            nonlocal lacks, best
            low, high = self._within(states, h)
            if (low > high).any():
                return False
            if self._seen is not None:
                low, high = self._near_seen(low, high, h)
            if (low > high).any():
                return False
            allowed = np.clip(rest := wants(h, np.inf), low, high)
            least = wants(h, self._eager(h))
            enough = np.abs(least - np.clip(least, low, high)).max() * 6 / h**2 < LACKS
            less = 0.0 if enough else float(np.abs(rest - allowed).max()) * 6 / h**2
            if less < lacks or enough:
                lacks, best = less, (allowed, h)
            return bool(enough)

        _shortest(self._leads, fits)
        if np.isinf(lacks):
            best = self._same_time(wants(old.horizon, np.inf), states)
        allowed, way = best
        if self._seen is not None:
            self._note_held(np.clip(wants(way, np.inf), *self._within(states[:1], way)), way, now)
        self._publish_way(allowed, way, now)

    def _eager(self, h: float) -> Array:
        """(n,) rad/s^2 that a way of h s shall be able to begin with, if so much is wanted."""
        return self._reach.acceleration * max(LEAST, PUSH - HURRY * max(0.0, h - CALM))

    def _same_time(self, rest: Array, states: list[States]) -> tuple[Array, float]:
        """What is allowed of a rest (n,), rad, in the time of the last way: of joints for which
        nothing suits all states, the last way's rest, which did.
        """
        h, old = self._course.horizon, self._course.rest
        low, high = self._within(states, h)
        none = low > high
        if self._seen is not None:
            low, high = self._near_seen(low, high, h)
        none |= low > high
        return np.clip(rest, np.where(none, old, low), np.where(none, old, high)), h

    def _note_held(self, rest: Array, h: float, now: float) -> None:
        """Note which joints are too far behind for rests (n,), rad, and do not come."""
        assert self._seen is not None
        waits = np.abs(rest - np.clip(rest, *self._lagging(h))) > WAITS
        waits &= self._seen[1] * np.sign(rest - self._seen[0]) < COMES
        self.held = np.where(waits, np.minimum(self.held, now), np.inf)

    def _publish_way(self, rest: Array, h: float, now: float) -> None:
        self._number += 1
        self._course = Course(now, *self._course.at(now), rest, h)
        self._maybe.append(_Sent(self._number, now, self._course))
        self._last = now
        self._sightings.sent(rest, h, now)
        self._publish(self._number, rest, h)

    def _states(self, now: float) -> list[States]:
        """Where it may be by what was sent and confirmed; and by where it was seen, if it was."""
        out = [ahead([*(s.course for s in self._maybe), self._late], now)]
        if self._seen is not None and (courses := self._sightings.courses(now)):
            out.append(ahead(courses, now))
        return out

    def _within(self, states: list[States], h: float) -> tuple[Array, Array]:
        """Least and greatest rest (n,) that suit all states; least > most where none does."""
        low, high = self._low, self._high
        for q, v in states:
            least, most = self._reach.from_all((q, v), h)
            low, high = np.maximum(low, least), np.minimum(high, most)
            go = q + h / 3 * v
            if (go < self._low).any() or (go > self._high).any():
                least = within(q, v, h, self._low - EDGE, -1).max(axis=(0, 1))
                most = within(q, v, h, self._high + EDGE, 1).min(axis=(0, 1))
                low, high = np.maximum(low, least), np.minimum(high, most)
        return low, high

    def _near_seen(self, low: Array, high: Array, h: float) -> tuple[Array, Array]:
        """What of an interval (n,), rad, is not further from where it was seen than joints lag."""
        least, most = self._lagging(h)
        if self._told:  # then where it is seen is only to be waited for
            return np.clip(least, low, high), np.clip(most, low, high)
        return np.maximum(low, least), np.minimum(high, most)

    def _lagging(self, h: float) -> tuple[Array, Array]:
        """Least and greatest rest (n,), rad, for joints seen where they are, with what they lag."""
        assert self._seen is not None
        least, most = self._reach.from_seen(*self._seen, h)
        lag = LAG[1] * self._seen[1]
        return least - LAG[0] + np.minimum(lag, 0), most + LAG[0] + np.maximum(lag, 0)

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


def _ways(least: float, most: float) -> tuple[float, ...]:
    """Times that a way may take, s, the shortest first."""
    return (*np.arange(least, most - STEP / 2, STEP).round(3).tolist(), most)


def _shortest(ways: Sequence[float], fits: Callable[[float], bool]) -> None:
    """Find the shortest way, s, that fits, by halves: where one fits, longer ones do."""
    low, high = 0, len(ways)
    while low < high:
        k = (low + high) // 2
        low, high = (low, k) if fits(ways[k]) else (k + 1, high)
