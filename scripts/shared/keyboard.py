"""A key that stops the robot, in every command that can move one."""

from __future__ import annotations

import contextlib
import importlib
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any

HINT = "any key stops the robot"
POLL = 0.02  # s in which the end of a question is noticed
END = b"\0"
WINDOWS = os.name == "nt"


class KeyStop:
    """While it is entered, any key and ctrl-c stop the robot before anything else happens.

    Without a terminal there are no keys; ctrl-c (SIGINT) and SIGTERM always work where it is
    entered from the main thread, which then gets a KeyboardInterrupt.

    Args:
      stop: called with the reason, from a thread of its own.
    """

    def __init__(self, stop: Callable[[str], None]) -> None:
        self._stop, self._quiet = stop, threading.Event()
        self._stack = contextlib.ExitStack()
        self._keys = sys.stdin is not None and sys.stdin.isatty()
        # A handler of signals may have interrupted whoever holds the locks that a stop needs, so
        # that it only writes here; the thread that stops reads.
        self._out, self._in = socket.socketpair()  # Windows waits for sockets, not for pipes
        self._thread = threading.Thread(target=self._listen, daemon=True, name="stop key")

    def __enter__(self) -> KeyStop:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                before = signal.signal(number, self._handle)
                self._stack.callback(signal.signal, number, before)
        if self._keys:
            self._stack.enter_context(contextlib.nullcontext() if WINDOWS else _unbuffered())
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._in.send(END)
        self._thread.join()
        self._stack.close()
        self._in.close()
        self._out.close()

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
        self._in.send(bytes([number]))
        raise KeyboardInterrupt

    def _listen(self) -> None:
        while True:
            # While somebody answers a question the keys are left to whoever asked.
            awake = self._keys and not self._quiet.is_set()
            typed = [sys.stdin] if awake and not WINDOWS else []
            ready, _, _ = select.select([self._out, *typed], [], [], POLL)
            if self._out in ready:
                word = self._out.recv(1)
                if word == END:
                    return
                self._stop(signal.Signals(word[0]).name)
            elif awake and not self._quiet.is_set() and (key := _pressed(bool(ready))):
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
