"""habilis policies: hand trained policies on to other programs."""

from __future__ import annotations

from habilis.scripts.shared.commands import run_one_of


def command(args: list[str]) -> int:
    """Entry of the command."""
    return run_one_of(__name__, args, "habilis list bundles names the policies that are shipped.")
