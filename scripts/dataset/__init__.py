"""habilis dataset: show, export and import recorded episodes, in the formats of Minari and LeRobot.

habilis record makes datasets. A dataset is a folder.
"""

from __future__ import annotations

from habilis.scripts.shared.commands import run_one_of


def command(args: list[str]) -> int:
    """Entry of the command."""
    return run_one_of(__name__, args)
