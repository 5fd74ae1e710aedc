"""Checks of what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def at_least(low: int, **options: int) -> None:
    """ValueError names an option, as typed, whose value is too small."""
    for name, value in options.items():
        if value < low:
            raise ValueError(f"--{name} must be at least {low}, got {value}")


def changes(what: str, given: Sequence[str]) -> dict[str, Any]:
    """Keys and values of options typed as ``key=value``; ValueError names ``what`` is not."""
    import yaml

    out = {}
    for change in given:
        key, equals, text = change.partition("=")
        if not equals:
            raise ValueError(f"{what} is written key=value, got {change!r}")
        out[key] = yaml.safe_load(text)
    return out
