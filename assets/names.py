"""Messages for names that do not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(kind: str, name: object, known: Iterable[str]) -> str:
    """'unknown tool 'hamer'; did you mean 'hammer'? known: ...' for an error."""
    names = list(known)
    close = difflib.get_close_matches(str(name), names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ";"
    return f"unknown {kind} {name!r}{hint} known: {', '.join(names) or 'none'}"
