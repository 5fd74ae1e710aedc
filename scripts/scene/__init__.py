"""habilis scene: check a scene file, and show what stands in it."""

from __future__ import annotations

from habilis.scripts.shared.commands import run_one_of


def command(args: list[str]) -> int:
    """Entry of the command."""
    return run_one_of(__name__, args, "Scene files: docs/scenes.md")
