"""The lines of a program, as the interpreter counts them."""

from __future__ import annotations

import re


def program_lines(code: str) -> list[str]:
    """Split a program where the interpreter does; no other sign ends a line of it."""
    return re.split(r"\r\n|\r|\n", code.removesuffix("\n"))
