"""Tells one's own velocity messages from those of others, by what comes back on the topic.

A Twist has no room for a name, and drivers may use its other numbers. So the number of a message
is told by the last digits of its velocities, in steps of 1e-12 m/s. Messages that say zero say
exactly that, and are only counted.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array

STEP, DIGITS = 1e-12, 9  # of a mark; that are left of what is sent
MARKS = 500
KEPT = 1.0  # s for which a message may still come back


def marked(velocity: Array, number: int) -> Array:
    """The velocity (3,) with a number's mark on each part that is not zero."""
    plain = np.round(velocity, DIGITS)
    return np.where(plain == 0, 0.0, plain + STEP * (1 + number % MARKS))


@dataclasses.dataclass
class _Mine:
    number: int
    velocity: Array
    at: float


class EchoList:
    """Messages that were sent and may still come back.

    Args:
      back: called with the number of one that has.
    """

    def __init__(self, back: Callable[[int], None]) -> None:
        self._back = back
        self._waiting: collections.deque[_Mine] = collections.deque(maxlen=10 * MARKS)

    def sent(self, number: int, velocity: Array, now: float) -> None:
        """Note a message before it is sent."""
        while self._waiting and now - self._waiting[0].at > KEPT:
            self._waiting.popleft()
        self._waiting.append(_Mine(number, velocity, now))

    def mine(self, velocity: Array) -> bool:
        """Whether a message that came is one of these; each comes once."""
        for k, row in enumerate(self._waiting):
            if np.abs(row.velocity - velocity).max() < STEP / 4:  # as numbers pass through text
                self._back(self._standing(k) if not velocity.any() else row.number)
                del self._waiting[k]
                return True
        return False

    def _standing(self, k: int) -> int:
        """Number of the last of a row of zeros: whichever of them it was, the base stands."""
        number = self._waiting[k].number
        for row in list(self._waiting)[k:]:
            if row.velocity.any():
                break
            number = row.number
        return number
