"""A key stops the robot, with the terminals of every system."""

from __future__ import annotations

import os
import sys
import threading
import types
from typing import Any

import pytest

from habilis.scripts.shared import keyboard


def test_a_key_of_windows_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, stopped, reasons = ["q"], threading.Event(), list[str]()
    console: Any = types.ModuleType("msvcrt")
    console.kbhit, console.getwch = lambda: bool(keys), keys.pop
    monkeypatch.setitem(sys.modules, "msvcrt", console)
    monkeypatch.setattr(keyboard, "WINDOWS", True)
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(isatty=lambda: True))

    def stop(why: str) -> None:
        reasons.append(why)
        stopped.set()

    with keyboard.KeyStop(stop) as stopper:
        assert stopped.wait(10) and reasons == ["the key 'q'"]
        with stopper.paused():
            keys.append("y")  # an answer, which is left to whoever asked
            assert not stopped.wait(3 * keyboard.POLL) or reasons == ["the key 'q'"]
            keys.clear()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_a_key_of_a_terminal_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = os.openpty()
    stopped = threading.Event()
    with os.fdopen(slave, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        with keyboard.KeyStop(lambda _: stopped.set()):
            os.write(master, b"x")
            assert stopped.wait(10)
    os.close(master)
