"""habilis ros jog: move one joint a little and back: the first motion."""

from __future__ import annotations

import dataclasses

import tyro

from habilis.scripts.ros.first_motion import JointMotionOptions, beside, go, move


@dataclasses.dataclass(frozen=True)
class RosJogOptions(JointMotionOptions):
    """Move one joint of a robot a little, slowly, and back; any key stops it.

    Exit code: 0 done, 1 stopped or not arrived, 2 bad input or no connection, 130 interrupted.
    """


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = tyro.cli(RosJogOptions, args=args, prog="habilis ros jog")
    return move(
        options,
        lambda profile, here: [beside(options, profile, here), here.copy()],
        lambda joints, goals: go(joints, goals, options.speed),
    )
