"""Checks of options, and results stored with what makes them repeatable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from habilis.policies.evaluation.provenance import PACKAGES, provenance

__all__ = ["PACKAGES", "at_least", "changes", "provenance", "store"]


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


def store(path: Path, result: dict[str, Any]) -> None:
    """Write a result as JSON; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
