"""The thread on which a transport calls back, one call at a time."""

from __future__ import annotations

import collections
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from habilis.envs.ros.transports.base import Message, OnMessage

LOG = logging.getLogger("habilis.ros")


class TopicQueue:
    """Messages of one topic that wait for their callback: the newest few, older ones make way."""

    def __init__(self, inbox: Inbox, told: OnMessage, depth: int = 5) -> None:
        self._inbox, self._told = inbox, told
        self._waiting: collections.deque[Message] = collections.deque(maxlen=depth)

    def put(self, message: Message) -> None:
        """Have the callback called with a message."""
        self._waiting.append(message)
        self._inbox.post(self._next)

    def _next(self) -> None:
        try:
            message = self._waiting.popleft()
        except IndexError:  # made way for a newer one, which had its turn
            return
        self._told(message)


class Inbox:
    """Calls what is posted, in order; a callback's exception is logged and ends only that call."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]] | None]
        self._jobs = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        self._thread.start()

    def post(self, told: Callable[..., Any], *args: Any) -> None:
        """Have ``told`` called with ``args`` on the inbox's thread."""
        self._jobs.put((told, args))

    def close(self) -> None:
        """Call what was posted so far, then end; does not wait for itself."""
        self._jobs.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(1.0)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            told, args = job
            try:
                told(*args)
            except Exception:
                LOG.exception("a callback failed")
