"""habilis ros home: move to the profile's rest pose, slowly."""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.scripts.ros.motions.joints import FirstMotionOptions, go, move
from habilis.scripts.shared.options import read_options


@dataclasses.dataclass(frozen=True)
class RosHomeOptions(FirstMotionOptions):
    """Move a robot to the rest pose of its profile, slowly; any key stops it.

    Exit code: 0 done, 1 stopped or not arrived, 2 bad input or no connection, 130 interrupted.
    """


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(RosHomeOptions, args, prog="habilis ros home")
    return move(
        options,
        lambda profile, _: [np.array(profile.home)],
        lambda joints, goals: go(joints, goals, options.speed),
    )
