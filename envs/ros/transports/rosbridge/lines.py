"""Connections for goals: one that waits for the end of its goal keeps nothing else waiting."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

from habilis.envs.ros.transports.rosbridge.connection import Connection

OPENING = 1.0  # s that one more connection may take

OnText = Callable[[bytes], None]
OnLine = Callable[["GoalLine", str], None]


class GoalLine:
    """One connection that carries one goal at a time.

    Attributes:
      busy: whether a goal on it is not over.
    """

    def __init__(self, url: str, ping: float, on_text: OnText, on_change: OnLine) -> None:
        self.busy = False
        self.connection = Connection(
            url, ping, lambda: (), on_text, lambda lost: on_change(self, lost), lambda: 1.0
        )

    def send(self, text: str) -> None:
        """Write a message; Disconnected if there is no connection."""
        self.connection.link().send(text)


class GoalLines:
    """As many connections as there are goals at once, and one at least.

    Args:
      url: of the server.
      ping: s of silence, in spite of a ping, after which the server counts as hung.
      on_text: called with each message.
      on_change: called with a line and why it is lost, or '' if it is back.
    """

    def __init__(self, url: str, ping: float, on_text: OnText, on_change: OnLine) -> None:
        self._make = functools.partial(GoalLine, url, ping, on_text, on_change)
        self._lock = threading.Lock()
        self._lines = [self._make()]

    def open(self, timeout: float) -> None:
        """Connect the first; Disconnected if it takes longer than ``timeout`` s."""
        self._lines[0].connection.open(timeout)

    def free(self) -> GoalLine:
        """Return a line without a goal, which is taken now; Disconnected if there is none."""
        with self._lock:
            line = next((known for known in self._lines if not known.busy), None)
            if line is None:
                line = self._make()
                line.connection.open(OPENING)
                self._lines.append(line)
            line.busy = True
            return line

    def close(self) -> None:
        """Close all of them for good."""
        for line in self._lines:
            line.connection.close()
