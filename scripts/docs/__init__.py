"""habilis docs: write what the pages in docs/ show: tables of results, pages of tasks, pictures.

``tables`` fills the tables of results from what benchmarks stored (``results`` renders them),
``tasks`` writes a page for each family of tasks, and ``montage`` joins films into one picture in
motion. They are for work on a copy of the repository.
"""

from __future__ import annotations

from habilis.scripts.shared.commands import run_one_of


def command(args: list[str]) -> int:
    """Entry of the command."""
    return run_one_of(__name__, args)
