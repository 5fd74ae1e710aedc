"""habilis encoder: train or measure what tells a tool's opening and an object from point clouds."""

from __future__ import annotations

from habilis.scripts.shared.commands import run_one_of


def command(args: list[str]) -> int:
    """Entry of the command."""
    return run_one_of(__name__, args, "habilis encoder KIND --help says more.")
