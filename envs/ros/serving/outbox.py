"""What a server has to say, kept until no lock is held: sending may wait for the transport."""

from __future__ import annotations

import collections
from collections.abc import Callable

from habilis.envs.ros.transports.base import (
    Disconnected,
    GoalStatus,
    Message,
    Running,
    Transport,
    TransportError,
)


class Outbox:
    """Messages, feedback and results in the order in which they were made.

    Args:
      transport: through which messages go.
      told: called with what could not be sent, and why; not where there is no connection.
    """

    def __init__(self, transport: Transport, told: Callable[[str], None]) -> None:
        self._transport, self._told = transport, told
        self._queue: collections.deque[Callable[[], None]] = collections.deque()

    def publish(self, topic: str, message: Message) -> None:
        """Post a message of an advertised topic."""
        self._queue.append(lambda: self._transport.publish(topic, message))

    def feedback(self, running: Running, message: Message) -> None:
        """Post feedback on a goal."""
        self._queue.append(lambda: running.feedback(message))

    def end(self, running: Running, status: GoalStatus, result: Message) -> None:
        """Post the end of a goal."""
        self._queue.append(lambda: running.end(status, result))

    def flush(self) -> None:
        """Send everything that was posted; what cannot be sent is dropped."""
        while self._queue:
            try:
                self._queue.popleft()()
            except Disconnected:
                continue
            except TransportError as error:
                self._told(f"not sent: {error}")
