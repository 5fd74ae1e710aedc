"""What cells of tables hold: rates, ranges, names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from habilis.policies.evaluation.statistics import rate

Row = Mapping[str, Any]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def share(part: float, episodes: int) -> str:
    """A share of episodes with its interval: ``0.97 (0.92-0.99, n = 100)``."""
    return rate(round(part * episodes), episodes)


def within(value: float, low: float, high: float, *, digits: int = 2) -> str:
    """A value with its range: ``0.97 (0.92-0.99)``."""
    return f"{value:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def code(name: str) -> str:
    """A name as code."""
    return f"`{name}`"
