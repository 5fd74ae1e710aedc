"""The clock of a studio: whether simulated time goes on, and how fast beside that of the wall."""

from __future__ import annotations

import threading
import time

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Simulated seconds in a second; what the computer cannot keep up with goes as fast as it can."""
PATIENCE = 0.05  # s after which somebody who waits looks around again


class Clock:
    """Lets control periods begin; every method may be called from any thread.

    Attributes:
      speed: simulated seconds in a second.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._playing, self._steps, self._due = False, 0, 0.0
        self.speed = 1.0

    @property
    def playing(self) -> bool:
        """Whether time goes on."""
        return self._playing

    def play(self) -> None:
        """Let time go on."""
        with self._changed:
            self._playing, self._due = True, time.perf_counter()
            self._changed.notify_all()

    def pause(self) -> None:
        """Let time stand still from the next control period on."""
        with self._changed:
            self._playing, self._steps = False, 0
            self._changed.notify_all()

    def step(self, periods: int = 1) -> None:
        """Let time stand still, but for so many control periods."""
        with self._changed:
            self._playing, self._steps = False, self._steps + periods
            self._changed.notify_all()

    def wake(self) -> None:
        """Have whoever waits look around."""
        with self._changed:
            self._changed.notify_all()

    def may_begin(self, seconds: float) -> bool:
        """Wait till a control period may begin.

        Args:
          seconds: of simulated time that it takes.

        Returns:
          Whether it may; if not, look around and ask again.
        """
        with self._changed:
            if not self._playing:
                if self._steps:
                    self._steps -= 1
                    return True
                self._changed.wait(PATIENCE)
                return False
            now = time.perf_counter()
            if self._due - now > 0:
                self._changed.wait(min(self._due - now, PATIENCE))
                return False
            # A computer that is late does not hurry afterwards.
            self._due = max(self._due, now - PATIENCE) + seconds / self.speed
            return True
