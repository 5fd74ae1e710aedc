"""Calls of services over rosbridge that wait for their answer."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from habilis.envs.ros.transports.base import Disconnected, Message, TransportError

Answered = Callable[[Message, TransportError | None], None]
KEPT = 1000  # calls without an answer after which the oldest are forgotten


class Calls:
    """The calls under way.

    Callbacks are called on the thread that reads and must not block.
    """

    def __init__(self) -> None:
        self._lock, self._count = threading.Lock(), itertools.count()
        self._waiting: dict[str, tuple[str, Answered]] = {}

    def add(self, service: str, answered: Answered) -> str:
        """Note a call that is about to be sent; returns its id."""
        with self._lock:
            key = f"call:{next(self._count)}"
            self._waiting[key] = (service, answered)
            for old in list(self._waiting)[:-KEPT]:
                del self._waiting[old]
        return key

    def drop(self, key: object) -> tuple[str, Answered] | None:
        """Wait no more for the answer to a call; returns what was waiting, if anything was."""
        with self._lock:
            return self._waiting.pop(key, None) if isinstance(key, str) else None

    def on_answer(self, key: object, result: bool, values: Any) -> bool:
        """Take an answer of the bridge; returns whether somebody waited for it."""
        waiting = self.drop(key)
        if waiting is None:
            return False
        service, answered = waiting
        if result:
            answered(values if isinstance(values, dict) else {}, None)
        else:
            answered({}, TransportError(f"{service}: {values}"))
        return True

    def lose(self, reason: str) -> None:
        """Give up all calls: the connection is lost, and no answer will come."""
        for key in list(self._waiting):
            waiting = self.drop(key)
            if waiting is not None:
                service, answered = waiting
                answered({}, Disconnected(f"{service}: {reason}"))
