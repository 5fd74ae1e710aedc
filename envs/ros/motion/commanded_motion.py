"""What was sent to the joints, where they should be by now, and how they come to rest."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.joint_limiter import JointLimiter, Tail
from habilis.envs.ros.motion.streams import GRID, LEAD, LEAST_LEAD, Stream


class CommandedMotion:
    """One robot's targets through the limiter into a stream, one a period.

    A target that does not come in time leaves the robot braking: by the way to rest that its last
    message holds, or step by step from ``keep`` where messages have no room for that. Braking once
    begun is gone through to rest, so that what is believed here is what the robot does.

    Args:
      limiter: of one robot.
      stream: where targets go.
      period: s between targets.
      now: s.
    """

    def __init__(self, limiter: JointLimiter, stream: Stream, period: float, now: float) -> None:
        self._limiter, self._stream, self.period = limiter, stream, period
        self._grid = GRID if stream.carries_tail else 0.0
        self._lead = max(LEAD * period, LEAST_LEAD)
        self._last = now - period  # when the last target was sent, s
        self.rest(now)

    def rest(self, now: float) -> None:
        """Start again at rest, at the joints that the limiter holds."""
        self._limiter.put(self._limiter.q, np.zeros_like(self._limiter.q))
        self._tail, self._due = self._limiter.tail(self._grid), now
        self._step = 0  # of braking by hand
        self.braking = False

    @property
    def target(self) -> Array:
        """(n,) where the robot was told to be; once it is braking, where it will come to rest."""
        q, _ = self._tail.at(self._tail.duration if self.braking else 0.0)
        return q[0]

    @property
    def moving(self) -> bool:
        """Whether what was sent last has a speed."""
        return self._tail.duration > 0

    @property
    def slot(self) -> float:
        """The earliest time at which the next target may be sent, s."""
        return self._last + self.period

    def send(self, want: Array, now: float) -> Array:
        """Send wanted joints (n,), rad, as far as the limits allow; returns what was sent.

        While it brakes nothing else is sent, and where that leads is returned; it takes as long.
        """
        self.keep(now)
        if self.braking:
            self._last = now
            return self.target
        sent, _ = self._limiter.limit(want[None], self.period)
        self._limiter.accept(sent, self.period)
        self._tail, self._step, self._last = self._limiter.tail(self._grid), 0, now
        self._due = now + self._lead
        self._stream.send(self._tail, self._lead)
        return sent[0].copy()

    def stop(self, now: float) -> None:
        """Brake from now on.

        A robot at rest is sent nothing: it may have been moved by others since.
        """
        self.keep(now)
        if not self.moving:
            return
        if self._stream.carries_tail:
            on = max(0.0, now + self.period - self._due)
            q, v = self._tail.at(on)
            rest = Tail(q, v, self._limiter.acceleration, self._grid)
            self._stream.send(rest, max(self._due - now, self.period))
        elif not self.braking:
            self.braking, self._due = True, max(now, self.slot)
        self.keep(now)

    def keep(self, now: float) -> None:
        """Go on with the braking, if it is time for that; call this often."""
        if not self.moving or now < self._due:
            return
        self.braking = True
        if self._stream.carries_tail:
            if now >= self._due + self._tail.duration:
                self._arrive(now)
            return
        self._step += 1
        q, _ = self._tail.at(self._step * self.period)
        self._limiter.accept(q, self.period)
        self._last, self._due = now, now + self.period
        self._stream.send(Tail(q, np.zeros_like(q), self._limiter.acceleration), self.period)
        if not self._limiter.v.any():
            self._arrive(now)

    def _arrive(self, now: float) -> None:
        q, _ = self._tail.at(self._tail.duration)
        self._limiter.put(q, np.zeros_like(q))
        self._tail, self._step, self.braking = self._limiter.tail(self._grid), 0, False
