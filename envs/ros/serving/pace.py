"""Keeps simulated time beside the clock, without drift."""

from __future__ import annotations

import time

GIVE_UP = 0.1  # s behind at which the lost time is let go instead of being caught up


class Pace:
    """Waits until simulated time is due.

    Args:
      speed: simulated s per s.

    Attributes:
      late: how often it was due more than 2 ms before.
      lost: s that could not be caught up.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed, self._start = speed, time.monotonic()
        self.late, self.lost = 0, 0.0

    def wait(self, until: float) -> float:
        """Wait until a simulated time, s since the beginning; returns the time just lost, s."""
        behind = time.monotonic() - self._start - until / self._speed
        if behind < 0:
            time.sleep(-behind)
            return 0.0
        self.late += behind > 0.002
        if behind < GIVE_UP:
            return 0.0
        self._start += behind
        self.lost += behind
        return behind
