"""Calling commands in the process of the test."""

from typing import Any

import pytest

from habilis.scripts import cli


def call(capsys: pytest.CaptureFixture[str], *args: Any) -> tuple[int, str, str]:
    """A command with its arguments: exit code, what it said, what it complained of."""
    try:
        code = cli.main([str(a) for a in args])
    except SystemExit as stop:
        code = int(stop.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err
