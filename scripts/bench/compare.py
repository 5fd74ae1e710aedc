"""habilis bench compare: results of habilis bench creative side by side."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import tyro

from habilis.assets import foreign
from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import show


@dataclasses.dataclass(frozen=True)
class BenchCompareOptions:
    """Results of habilis bench creative side by side, a row each, as a Markdown table."""

    results: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """result.json files, or the folders they are in."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchCompareOptions, args, prog="habilis bench compare")
    from habilis.llm_planner.bench import table as creative_table

    if not o.results:
        raise ValueError("nothing to compare: name result.json files of habilis bench creative")
    results = [_load(path) for path in o.results]
    for path, result in zip(o.results, results, strict=True):
        with foreign.understood(path, "no whole result of habilis bench creative"):
            creative_table.compare([result])
    show(creative_table.compare(results))
    return 0


def _load(path: Path) -> dict[str, Any]:
    file = path / "result.json" if path.is_dir() else path
    try:
        found = foreign.parse(foreign.read_text(file), str(file))
    except ValueError as error:
        raise ValueError(f"{file}: not JSON: {error}") from error
    kind = found.get("kind") if isinstance(found, dict) else None
    if kind != "creative":
        raise ValueError(f"{file}: not a result of habilis bench creative, its kind is {kind!r}")
    result: dict[str, Any] = found
    return result
