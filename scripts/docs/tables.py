"""habilis docs tables: write the tables of results into the pages of docs/, from stored results."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from habilis.scripts.docs.results.page import filled
from habilis.scripts.shared.options import read_options


@dataclasses.dataclass(frozen=True)
class DocsTablesOptions:
    """Write each table of results between its markers, from what the benchmarks stored."""

    root: Path = Path()
    """The copy of the repository; it holds docs and benchmarks."""
    check: bool = False
    """Write nothing; the exit code is 1 if a page is out of date."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(DocsTablesOptions, args, prog="habilis docs tables")
    pages = sorted((o.root / "docs").rglob("*.md"))
    if not pages:
        raise ValueError(f"no pages in {o.root / 'docs'}; run it in a copy of the repository")
    stale = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        new = filled(text, o.root)
        if new != text:
            stale.append(page)
            if not o.check:
                page.write_text(new, encoding="utf-8")
    for page in stale:
        print(f"{page}: {'out of date' if o.check else 'written'}")
    return 1 if o.check and stale else 0
