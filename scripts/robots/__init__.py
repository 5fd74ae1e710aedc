"""habilis robots: list, show and check robots: arms, grippers and hands, and your own."""

from __future__ import annotations

from habilis.scripts.shared.commands import run_one_of


def command(args: list[str]) -> int:
    """Entry of the command."""
    more = "A robot is an arm, a hand, ARM+EFFECTOR, menagerie:... or file:...: docs/robots.md"
    return run_one_of(__name__, args, more)
