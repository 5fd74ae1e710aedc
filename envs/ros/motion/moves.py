"""A motion from joints to joints, in good time: at rest at both ends, inside all limits."""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.joint_limiter import JointLimiter

FASTEST, HARDEST = 1.875, 5.7735
"""Peak speed and acceleration of a minimum-jerk motion of length 1 in 1 s."""
ARRIVED = 0.02  # rad off the goal of a motion that count as there
LONGER = 5.0  # s more that a motion may take where the limiter slows it down
HASTE = 1.1  # times its own speed at which a motion that was held up may go on
AHEAD, TREMBLES, STANDS = 0.05, 0.003, 0.5
"""rad that a joint may be sent ahead of where it stands, within so many rad, for so many s."""
ASIDE = 0.03  # rad off a point of its way at which a motion waits before it goes to the next
GAIN, PATIENCE, TRIES = 2e-4, 2.0, 25
"""A motion that comes no nearer by so many rad is given up after so many s and so many targets:
both, as a program that got no time has not tried."""


@dataclasses.dataclass(frozen=True)
class MoveResult:
    """How a motion ended.

    Attributes:
      ok: the robot is there.
      reason: why not, or ''.
      q: (n,) where it is, rad.
      seconds: it took.
    """

    ok: bool
    reason: str
    q: Array
    seconds: float


class StandingJoints:
    """Which joints of a motion through the air stand although they were sent on.

    As with an emergency stop pressed while states go on: released, the arm would jump after what it
    was sent, so this is found while that is near.

    Args:
      q: (n,) where they are, rad.
      now: s.
    """

    def __init__(self, q: Array, now: float) -> None:
        self._q, self._since = q.copy(), np.full(len(q), now)

    def find(self, q: Array, sent: Array, now: float) -> int | None:
        """The first that stands.

        Args:
          q: (n,) where they are, rad; sent: (n,) where they should be.
          now: s.
        """
        moved = np.abs(q - self._q) > TREMBLES
        self._q, self._since = np.where(moved, q, self._q), np.where(moved, now, self._since)
        standing = (np.abs(sent - q) > AHEAD) & (now - self._since > STANDS)
        return int(standing.argmax()) if standing.any() else None


class MotionProgress:
    """Whether a motion still comes nearer to its end.

    Args:
      now: s.
    """

    def __init__(self, now: float) -> None:
        self.moved(now)

    def moved(self, now: float) -> None:
        """Note that it goes on, at a time, s."""
        self._best, self._since, self._tries = np.inf, now, 0

    def over(self, left: float, now: float) -> bool:
        """Whether to give it up: with ``left`` rad to go, after a target sent at a time, s."""
        self._tries += 1
        if left < self._best - GAIN:
            self._best, self._since, self._tries = left, now, 0
        return now - self._since > PATIENCE and self._tries >= TRIES


def straight(gate: JointLimiter, start: Array, goal: Array, speed: float, dt: float) -> Array:
    """Joints (k, n), rad, every ``dt`` s after ``start`` (n,), up to ``goal`` (n,).

    A line in joint space with a minimum-jerk profile. It went through the limiter.

    Args:
      gate: of one robot; it is armed at ``start``.
      start: rad.
      goal: rad; brought into the range.
      speed: share of the limits of speed and acceleration to use, above 0 to 1.
      dt: s.
    """
    if not 0 < speed <= 1:
        raise ValueError(f"speed must be above 0, at most 1 of the limits, got {speed}")
    goal = np.clip(goal, gate.lower, gate.upper)
    way = goal - start
    slow = FASTEST * np.abs(way) / gate.velocity
    soft = np.sqrt(HARDEST * np.abs(way) / gate.acceleration)
    count = max(1, int(np.ceil(max(slow.max(), soft.max()) / speed / dt)))
    u = np.arange(1, count + 1)[:, None] / count
    wanted = start + (10 - 15 * u + 6 * u * u) * u**3 * way
    gate.arm(np.zeros(1, int), start[None])
    out = [_through(gate, q, dt) for q in wanted]
    while np.abs(out[-1] - goal).max() > 1e-6 and len(out) < count + LONGER / dt:
        out.append(_through(gate, goal, dt))
    return np.array(out)


def _through(gate: JointLimiter, want: Array, dt: float) -> Array:
    sent, _ = gate.limit(want[None], dt)
    gate.accept(sent, dt)
    return sent[0]
