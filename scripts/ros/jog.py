"""habilis ros jog: move one joint, or a base, a little and back: the first motion."""

from __future__ import annotations

import dataclasses

from habilis.envs.ros.profiles.spec import BaseAddress, parse_any
from habilis.scripts.ros.motions.base import jog_base
from habilis.scripts.ros.motions.joints import JointMotionOptions, beside, go, move
from habilis.scripts.shared.options import read_options


@dataclasses.dataclass(frozen=True)
class RosJogOptions(JointMotionOptions):
    """Move one joint of a robot, or a base, a little, slowly, and back; any key stops it.

    Exit code: 0 done, 1 stopped or not arrived, 2 bad input or no connection, 130 interrupted.
    """


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(RosJogOptions, args, prog="habilis ros jog")
    spec = parse_any(options.robot)
    if isinstance(spec, BaseAddress):
        return jog_base(options, spec)
    return move(
        options,
        lambda profile, here: [beside(options, profile, here), here.copy()],
        lambda joints, goals: go(joints, goals, options.speed),
    )
