"""Messages for names that do not exist, and texts of others made safe to show."""

from __future__ import annotations

import difflib
import inspect
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

V = TypeVar("V")

LONGEST = 80  # letters of a name that a message shows
MOST = 60  # names that it lists; of more, only those that are most alike
LIKEST = 10
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))  # Unicode's kinds


def visible(text: object, most: int | None = None) -> str:
    """A text of a model or a file on one line, with every sign that acts or hides written out.

    Line ends of all kinds, escapes of terminals, marks that turn the direction of writing and signs
    without width become escapes such as ``\\x1b``.

    Args:
      text: whatever was written.
      most: letters that are shown; None for all.
    """
    whole = str(text)
    cut = whole if most is None or len(whole) <= most else f"{whole[:most]} ..."
    if cut.isprintable():
        return cut
    hidden = (c != "\t" and unicodedata.category(c) in _HIDDEN for c in cut)
    return "".join(_written(c) if h else c for c, h in zip(cut, hidden, strict=True))


def told(text: str) -> str:
    """A message of several lines, each ``visible``; those after the first are indented, so that
    none of them can be taken for a message of its own."""
    return "\n    ".join(visible(line) for line in text.split("\n"))


def _written(sign: str) -> str:
    return sign.encode("unicode_escape", "backslashreplace").decode("ascii")


def did_you_mean(kind: str, name: object, known: Iterable[str]) -> str:
    """'unknown tool 'hamer'; did you mean 'hammer'? known: ...' for an error."""
    names, text = list(known), str(name)
    close = difflib.get_close_matches(text, names, n=1) if len(text) <= LONGEST else []
    hint = f"; did you mean {close[0]!r}?" if close else ";"
    shown = repr(name if len(text) <= LONGEST else f"{text[:LONGEST]} ... ({len(text)} letters)")
    if len(names) > MOST:
        likest = difflib.get_close_matches(text[:LONGEST], names, n=LIKEST, cutoff=0.0)
        return f"unknown {kind} {shown}{hint} {LIKEST} of {len(names)} known: {', '.join(likest)}"
    return f"unknown {kind} {shown}{hint} known: {', '.join(names) or 'none'}"


def check_known(kind: str, name: object, known: Collection[Any]) -> None:
    """Check that a name is one of the known ones.

    Raises:
      ValueError: it is not; the message names them, see ``did_you_mean``.
    """
    if name not in known:
        raise ValueError(did_you_mean(kind, name, known))


def look_up(kind: str, name: Any, known: Mapping[Any, V]) -> V:
    """What is known by that name; ValueError as ``check_known``."""
    check_known(kind, name, known)
    return known[name]


def made_with(make: Callable[..., V], *args: Any, **options: Any) -> V:
    """``make(*args, **options)``.

    Raises:
      TypeError: it takes no such option; the message names those that it takes.
    """
    known = list(inspect.signature(make).parameters)[len(args) :]
    for name in options:
        if name not in known:
            raise TypeError(did_you_mean("option", name, known))
    return make(*args, **options)
