"""Whether this process was kept waiting: a test in real time that was says nothing."""

from __future__ import annotations

import threading
import time

import pytest

BEAT = 0.01  # s between two looks at the clock
LATE = 0.05  # s, more than a period of any loop that is tested


class Pulse:
    """The longest time for which a thread that wanted to run did not.

    Attributes:
      worst: s.
    """

    now: Pulse | None = None
    """Of the test that runs, or ran last."""

    def __init__(self) -> None:
        self.worst, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="pulse")
        self._thread.start()
        Pulse.now = self

    def _run(self) -> None:
        last = time.monotonic()
        while not self._over.wait(BEAT):
            now = time.monotonic()
            self.worst, last = max(self.worst, now - last - BEAT), now

    def stop(self) -> None:
        """Look at the clock no longer."""
        self._over.set()
        self._thread.join()


def starved(_: BaseException | None) -> bool:
    """Whether the last test was kept waiting for ``LATE``."""
    return Pulse.now is not None and Pulse.now.worst > LATE


again_if_starved = pytest.mark.flaky(reruns=2, condition=starved)
"""One that fails while its process is kept waiting is run again."""
