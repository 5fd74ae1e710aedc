"""Checks of what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def at_least(low: int, **options: int) -> None:
    """Check that options are not too small.

    Raises:
      ValueError: one is below ``low``; the message names it as it is typed.
    """
    for name, value in options.items():
        if value < low:
            raise ValueError(f"--{name} must be at least {low}, got {value}")


def changes(what: str, given: Sequence[str]) -> dict[str, Any]:
    """Read options that are typed as ``key=value``.

    Args:
      what: what error messages call the option, e.g. ``--option``.
      given: as typed; values are read as YAML.

    Raises:
      ValueError: one of them has no ``=``.
    """
    from habilis.assets.yaml_values import yaml_values

    out = {}
    for change in given:
        key, equals, text = change.partition("=")
        if not equals:
            raise ValueError(f"{what} is written key=value, got {change!r}")
        out[key] = yaml_values(text, f"{what} {change}")
    return out
