"""habilis ros: check, move, serve, replay and measure robots that speak ROS 2.

``jog``, ``home`` and ``stop_test`` share ``motions``; ``replay`` is worded in
``shared.replay_text``.
"""

from __future__ import annotations

from habilis.scripts.shared.commands import run_one_of


def command(args: list[str]) -> int:
    """Entry of the command."""
    more = "Plans and policies run on a robot with habilis solve|play --robot ros:PROFILE."
    return run_one_of(__name__, args, more)
