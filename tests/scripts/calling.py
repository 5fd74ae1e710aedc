"""Calling commands in the process of the test, or in one of their own."""

import os
import subprocess
import sys
from typing import Any

import pytest

from habilis.scripts import cli

EASY = ["solve", "Pick up the tea tin", "--no-film"]
"""What is solved within a second."""


def call(capsys: pytest.CaptureFixture[str], *args: Any) -> tuple[int, str, str]:
    """A command with its arguments: exit code, what it said, what it complained of."""
    try:
        code = cli.main([str(a) for a in args])
    except SystemExit as stop:
        code = int(stop.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def habilis(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "habilis.scripts.cli", *args],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
