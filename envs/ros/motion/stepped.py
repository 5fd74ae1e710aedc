"""Targets as bare positions, for drivers that take them as they are: nothing smooths them.

A driver holds the last position, and whoever is cut off from it cannot brake. A target that does
not come in time leaves the robot braking, step by step, sent by whoever calls ``keep``; braking
once begun is gone through to rest, so that what is believed here is what the robot does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.envs.control.joint_limiter import JUMP, JointLimiter
from habilis.envs.ros.motion.sightings import SeenJoints

LEAD = 2  # periods that the next target may be late before the robot begins to brake,
LEAST_LEAD = 0.04  # s, but no less than that
UNHEARD = 0.1  # s without a confirmation after which the target stands still


class SteppedMotion:
    """One robot's targets through the limiter into a stream; see ``RestingMotion``.

    Args:
      limiter: of one robot.
      publish: sends a number and positions (n,), rad.
      period: s between targets.
      now: s.
    """

    def __init__(
        self,
        limiter: JointLimiter,
        publish: Callable[[int, Array], None],
        period: float,
        now: float,
    ) -> None:
        self._limiter, self._publish, self.period = limiter, publish, period
        self._lead = max(LEAD * period, LEAST_LEAD)
        self._last = now - period  # when the last target was sent, s
        self._number, self._waiting = 0, dict[int, float]()
        self.held = np.full(limiter.q.shape[1], np.inf)  # these targets wait for no joint
        self.begin(limiter.q[0], limiter.q[0], now)

    def begin(self, q: Array, measured: Array, now: float) -> None:
        """Start at rest, at joints (n,), rad."""
        self._limiter.put(q[None].copy(), np.zeros((1, len(q))))
        self._tail, self._due = self._limiter.tail(), now
        self._step = 0  # of braking by hand
        self._waiting.clear()
        self._braking = False

    def put(self, q: Array, v: Array, now: float) -> None:
        """Go on from joints (n,), rad, to which others brought it; these drivers just hold."""
        self.begin(q, q, now)

    def fits(self, q: Array, measured: Array) -> Mask:
        """(n,) whether it can begin at joints (n,), rad, where others (n,) were measured."""
        out: Mask = np.abs(q - measured) <= JUMP
        return out

    @property
    def target(self) -> Array:
        """(n,) where the robot was told to be; once it is braking, where it will come to rest."""
        q, _ = self._tail.at(self._tail.duration if self._braking else 0.0)
        return q[0]

    def expected(self, now: float) -> Array:
        """(n,) where the robot is if all goes well, rad."""
        return self.target

    def moving(self, now: float) -> bool:
        """Whether what was sent last has a speed."""
        return self._tail.duration > 0

    @property
    def slot(self) -> float:
        """The earliest time at which the next target may be sent, s."""
        return self._last + self.period

    def silent(self, now: float) -> float:
        """For how long nothing of what was sent has been confirmed, s; 0 if nothing is missing."""
        return now - min(self._waiting.values()) if self._waiting else 0.0

    def confirm(self, number: int, now: float) -> None:
        """Note that a message has reached the graph, and by then all before it, or never."""
        self._waiting = {n: t for n, t in self._waiting.items() if n > number}

    def send(self, want: Array, now: float, seen: SeenJoints | None = None) -> Array:
        """Send wanted joints (n,), rad, as far as the limits allow; returns what was sent.

        While it brakes nothing else is sent, and where that leads is returned; it takes as long.
        """
        self.keep(now)
        if self._braking:
            self._last = now
            return self.target
        if self.silent(now) > UNHEARD:
            want = self._limiter.q[0]
        sent, _ = self._limiter.limit(want[None], self.period)
        self._limiter.accept(sent, self.period)
        self._tail, self._step, self._last = self._limiter.tail(), 0, now
        self._due = now + self._lead
        self._go(sent)
        return sent[0].copy()

    def stop(self, now: float, seen: SeenJoints | None = None) -> None:
        """Brake from now on; a robot at rest is sent nothing."""
        self.keep(now)
        if self.moving(now) and not self._braking:
            self._braking, self._due = True, max(now, self.slot)
            self.keep(now)

    def keep(self, now: float, seen: SeenJoints | None = None) -> None:
        """Go on with the braking, if it is time for that; call this often."""
        if not self.moving(now) or now < self._due:
            return
        self._braking = True
        self._step += 1
        q, _ = self._tail.at(self._step * self.period)
        self._limiter.accept(q, self.period)
        self._last, self._due = now, now + self.period
        self._go(q)
        if not self._limiter.v.any():
            self._limiter.put(q, np.zeros_like(q))
            self._tail, self._step, self._braking = self._limiter.tail(), 0, False

    def _go(self, q: Array) -> None:
        self._number += 1
        self._waiting[self._number] = self._last
        self._publish(self._number, q[0])
