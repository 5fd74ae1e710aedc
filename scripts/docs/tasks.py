"""habilis docs tasks: write a page for each family of tasks, from its docstring."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from habilis.scripts.docs.results.page import load
from habilis.scripts.shared.options import read_options


@dataclasses.dataclass(frozen=True)
class DocsTasksOptions:
    """Write docs/tasks: a page for each family of tasks, and one that lists them."""

    root: Path = Path()
    """The copy of the repository; it holds docs and benchmarks."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(DocsTasksOptions, args, prog="habilis docs tasks")
    from habilis.scripts.docs.families import pages

    folder = o.root / "docs" / "tasks"
    if not folder.parent.is_dir():
        raise ValueError(f"no folder {folder.parent}; run it in a copy of the repository")
    folder.mkdir(exist_ok=True)
    for name, text in pages(oracles(o.root)).items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    print(f"pages {folder}")
    return 0


def oracles(root: Path) -> Iterator[Mapping[str, Any]]:
    """Rows of the scripted solutions that are stored, with the robots of the scenes themselves."""
    for path in sorted((root / "benchmarks").glob("oracle*.json")):
        stored = load(path)
        if "--robots" not in stored["command"]:
            yield from stored["rows"]
