"""habilis bench: measure throughput, and the success of oracles, planners and policies.

Each benchmark is a file that measures, stores the result with the command that made it, and prints
a table.
"""

from __future__ import annotations

from habilis.scripts.shared.commands import run_one_of


def command(args: list[str]) -> int:
    """Entry of the command."""
    return run_one_of(__name__, args)
