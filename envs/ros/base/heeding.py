"""Whether a base goes where it was told to, by its odometry; pushed things may hold it up."""

from __future__ import annotations

import collections
import dataclasses

import numpy as np

from habilis.assets.arrays import Array

OFTEN = 0.05  # s between two looks that are remembered
STALLED = 5.0  # s, longer than a walk takes to find that it is stuck, and to turn back by itself
AGAINST = 1.5  # s
LEAST = (0.2, 0.4)  # m, rad that it was told to go in that time, for anything to be said of it
BACK = (0.1, 0.25)  # m, rad that it must have gone the other way
SHORT, OPPOSITE = 0.1, 0.3  # shares of the way that it was told


@dataclasses.dataclass(frozen=True)
class _Look:
    """Ways up to a time, s: told, and gone along what was told; (2,) m in the plane and rad."""

    time: float
    told: Array
    gone: Array


class HeedingBase:
    """Compares the ways that a base was told to go with those that it went."""

    def __init__(self) -> None:
        self._looks: collections.deque[_Look] = collections.deque()
        self._at: Array | None = None

    def forget(self) -> None:
        """Begin anew, with a base at rest, or one that pushes."""
        self._looks.clear()
        self._at = None

    def look(self, now: float, velocity: Array, at: Array) -> str:
        """Note what it was told and where it is, and return why that does not go together, or ''.

        Args:
          now: s.
          velocity: (3,) sent: forward and to the left, m/s, and turning, rad/s.
          at: (3,) x, y, m, and heading, rad, without jumps.
        """
        if self._at is None:
            self._at = at.copy()
            self._looks.append(_Look(now, np.zeros(2), np.zeros(2)))
            return ""
        last = self._looks[-1]
        if (took := now - last.time) < OFTEN:
            return ""
        told = took * np.array([np.hypot(velocity[0], velocity[1]), abs(velocity[2])])
        by, self._at = at - self._at, at.copy()
        aim = at[2] + np.arctan2(velocity[1], velocity[0])
        along = float(by[0] * np.cos(aim) + by[1] * np.sin(aim))
        gone = np.where(told > 0, [along, np.copysign(1.0, velocity[2]) * by[2]], 0.0)
        self._looks.append(_Look(now, last.told + told, last.gone + gone))
        while self._looks[0].time < now - STALLED - OFTEN:
            self._looks.popleft()
        return self._judged(now)

    def _judged(self, now: float) -> str:
        here = self._looks[-1]
        for window in (AGAINST, STALLED):
            since = next(look for look in self._looks if look.time >= now - window - OFTEN)
            if window == STALLED and now - since.time < STALLED:
                continue
            told, gone = here.told - since.told, here.gone - since.gone
            for k, unit in enumerate(("m", "rad")):
                if told[k] < LEAST[k]:
                    continue
                ways = f"{gone[k]:+.2f} {unit} of {told[k]:.2f} {unit} in {now - since.time:.1f} s"
                if gone[k] < -max(BACK[k], OPPOSITE * told[k]):
                    return (
                        f"it went {ways}: it moves against what it is told; is a sign of its"
                        " driver or of its odometry wrong?"
                    )
                if window == STALLED and gone[k] < SHORT * told[k]:
                    return (
                        f"it went {ways}: it does not follow; is its emergency stop pressed, or"
                        " does something hold it?"
                    )
        return ""
