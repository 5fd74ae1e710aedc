"""How the result of a command is stored and printed."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any, TextIO

from habilis.assets.names import visible
from habilis.policies.evaluation.provenance import versions
from habilis.policies.spread.journal import Journal

NOWHERE = ("out", "json", "film", "executor", "workers")
"""Options that no number depends on."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class JsonOptions:
    """How a command says what it found."""

    json: bool = False
    """Print the result as JSON."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class StoredOptions(JsonOptions):
    """Where a command leaves what it found."""

    out: Path | None = None
    """Store the result here as JSON."""


def show(text: object = "", stream: TextIO | None = None) -> None:
    """Print lines in which a file of somebody else may be quoted; nothing in them acts or hides."""
    print("\n".join(visible(line) for line in str(text).split("\n")), file=stream, flush=True)


def say(text: str) -> None:
    """Print progress, apart from the result."""
    show(text, sys.stderr)


def store(path: Path, result: dict[str, Any]) -> None:
    """Write a result as JSON, in a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def journal_of(path: Path | None, options: Any) -> Journal:
    """What is kept of an unfinished command beside the file that it will store; None: nothing."""
    told = {k: v for k, v in dataclasses.asdict(options).items() if k not in NOWHERE}
    setup = json.loads(json.dumps({"options": told, "versions": versions()}, default=str))
    return Journal(path and path.with_suffix(".part.jsonl"), setup)


def deliver(result: dict[str, Any], options: Any, rows: list[dict[str, Any]] | None = None) -> None:
    """Store a result where ``--out`` says, and print it as JSON or as a table.

    Args:
      result: is stored whole.
      options: with ``out`` and ``json``, see ``StoredOptions``.
      rows: of the table, if they are not those of the result.
    """
    if options.out is not None:
        store(options.out, result)
    if options.json:
        print(json.dumps(result, indent=1))
        return
    show(markdown(rows or result["rows"]))
    for note in (*result.get("summary", ()), *result.get("against", ())):
        show(note)
    if options.out is not None:
        print(f"stored in {options.out}")


def markdown(rows: list[dict[str, Any]]) -> str:
    """Format rows as a Markdown table, intervals as low-high."""
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for row in rows:
        lines.append("| " + " | ".join(_cell(row[name]) for name in names) + " |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, (tuple, list)):
        return "-".join(_cell(v) for v in value) if len(value) == 2 else str(value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_cell(inner)}" for key, inner in value.items())
    return str(value)
