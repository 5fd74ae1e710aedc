"""Rows of two results of the same command side by side: which shares of success moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NAMES = (
    *("task", "scene", "generation", "twin", "robot", "cheat", "tool", "size", "function"),
    *("trial", "condition", "goal", "obs", "agent", "controller", "sequence", "start"),
    *("what", "part", "set", "points", "distance_m", "kind", "envs", "threads", "processes"),
)
"""Fields that say which row it is; all others are measured."""

Row = Mapping[str, Any]


def compare(old: Sequence[Row], new: Sequence[Row]) -> dict[str, Any]:
    """Compare rows by their intervals.

    Args:
      old: rows as stored.
      new: rows of the same command, measured again.

    Returns:
      ``same``: how many rows have no interval that is apart from its counterpart. ``moved``: a line
      for each of the others, with both intervals. ``missing``: names of rows that only one has.
    """
    before, after = _named(old), _named(new)
    moved = {name: list(_apart(before[name], after[name])) for name in before if name in after}
    lines = [f"{name}: {'; '.join(what)}" for name, what in moved.items() if what]
    missing = [f"{name} (now)" for name in before if name not in after]
    missing += [f"{name} (before)" for name in after if name not in before]
    return {"same": len(moved) - len(lines), "moved": lines, "missing": missing}


def _named(rows: Sequence[Row]) -> dict[str, Row]:
    """Rows by what they are of; what is there twice is numbered."""
    found: dict[str, Row] = {}
    for row in rows:
        name = " ".join(str(row[key]) for key in NAMES if row.get(key) not in (None, ""))
        number = 2
        while name in found:
            name, number = f"{name.removesuffix(f' ({number - 1})')} ({number})", number + 1
        found[name] = row
    return found


def _apart(old: Row, new: Row) -> Iterator[str]:
    """Intervals of two rows that do not overlap."""
    after = dict(_intervals(new))
    for what, (low, high) in _intervals(old):
        if what in after and (high < after[what][0] or after[what][1] < low):
            now = after[what]
            yield f"{what} was {low:.3g}-{high:.3g} and is {now[0]:.3g}-{now[1]:.3g}"


def _intervals(row: Row, path: str = "") -> Iterator[tuple[str, tuple[float, float]]]:
    """All intervals in a row, by name: ``..._interval: [low, high]``, or ``low`` and ``high``."""
    if isinstance(row.get("low"), (int, float)) and isinstance(row.get("high"), (int, float)):
        yield f"{path}interval", (float(row["low"]), float(row["high"]))
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _intervals(value, f"{path}{key}.")
        elif key.endswith("interval") and isinstance(value, Sequence) and len(value) == 2:
            if all(isinstance(v, (int, float)) for v in value):
                yield f"{path}{key}", (float(value[0]), float(value[1]))
