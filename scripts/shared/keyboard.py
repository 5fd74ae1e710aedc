"""A key that stops the robot, in every command that can move one."""

from __future__ import annotations

import contextlib
import importlib
import os
import queue
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

HINT = "any key stops the robot"
POLL = 0.02  # s in which the end of a question is noticed
END = b"\0"
WINDOWS = os.name == "nt"
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Interrupted, asked to end, or cut off from the terminal, as when an ssh breaks."""


class KeyStop:
    """While it is entered, any key and ctrl-c stop the robot before anything else happens.

    Without a terminal there are no keys; ctrl-c (SIGINT), SIGTERM and SIGHUP always work where it
    is entered from the main thread, which then gets a KeyboardInterrupt.

    Args:
      stop: called with the reason, from a thread of its own.
    """

    def __init__(self, stop: Callable[[str], None]) -> None:
        self._stop, self._quiet = stop, threading.Event()
        self._stack = contextlib.ExitStack()
        self._keys = sys.stdin is not None and sys.stdin.isatty()
        # A handler of signals may have interrupted whoever holds the locks that a stop needs, so
        # that it only writes here; the thread that stops reads.
        self._words: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._out, self._in = os.pipe()  # wakes the thread at once, but on Windows
        self._thread = threading.Thread(target=self._listen, daemon=True, name="stop key")

    def __enter__(self) -> KeyStop:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                before = signal.signal(number, self._handle)
                self._stack.callback(signal.signal, number, before)
        if self._keys:
            self._stack.enter_context(contextlib.nullcontext() if WINDOWS else _unbuffered())
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._tell(END)
        self._thread.join()
        self._stack.close()
        os.close(self._in)
        os.close(self._out)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Take keys for answers to a question and not for a stop; ctrl-c still stops."""
        self._quiet.set()
        try:
            with _line_wise() if self._keys and not WINDOWS else contextlib.nullcontext():
                yield
        finally:
            self._quiet.clear()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._tell(bytes([number]))
        raise KeyboardInterrupt

    def _tell(self, word: bytes) -> None:
        self._words.put(word)  # may interrupt itself, as handlers of signals do
        os.write(self._in, END)

    def _wait(self, awake: bool) -> bool:
        """Wait for a word, a key or ``POLL``; whether there is a key to read."""
        if WINDOWS:  # which waits for sockets only
            time.sleep(POLL)
            return False
        keys = [sys.stdin] if awake else []
        ready, _, _ = select.select([self._out, *keys], [], [], POLL)
        if self._out in ready:
            os.read(self._out, 1)
        return sys.stdin in ready

    def _listen(self) -> None:
        while True:
            # While somebody answers a question the keys are left to whoever asked.
            awake = self._keys and not self._quiet.is_set()
            ready = self._wait(awake)
            if not self._words.empty():
                word = self._words.get()
                if word == END:
                    return
                self._stop(signal.Signals(word[0]).name)
            elif awake and not self._quiet.is_set() and (key := _pressed(ready)):
                self._stop(f"the key {key!r}")


def _pressed(ready: bool) -> str:
    """The key that was pressed; '' if none was.

    Args:
      ready: whether there is something to read, where that can be waited for.
    """
    if not WINDOWS:
        return os.read(sys.stdin.fileno(), 1).decode(errors="replace") if ready else ""
    msvcrt: Any = importlib.import_module("msvcrt")
    return str(msvcrt.getwch()) if msvcrt.kbhit() else ""


@contextlib.contextmanager
def _unbuffered() -> Iterator[None]:
    """Keys come one by one and are not shown."""
    import termios
    import tty

    before: Any = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _line_wise() -> Iterator[None]:
    """The terminal as it is for questions, within ``_unbuffered``."""
    import termios

    now: Any = termios.tcgetattr(sys.stdin)
    whole = list(now)
    whole[3] |= termios.ICANON | termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, whole)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, now)
