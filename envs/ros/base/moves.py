"""A short motion of a base: so far forward, to the left, or round; at rest at the end."""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.envs.control.joint_limiter import StoppedError
from habilis.envs.ros.base.driver import RosBase
from habilis.envs.world.poses import matrices

WAYS = ("forward", "left", "turning")
UNITS = ("m", "m", "rad")
TICK = 0.02  # s between two commands
THERE = 0.02  # m or rad off the goal that count as there
_CLOSING = 1.5  # 1/s
_LONGER = 4.0  # s more, and how many times as long as the way at the speed asked for, it may take


@dataclasses.dataclass(frozen=True)
class ShiftResult:
    """How a motion ended.

    Attributes:
      ok: the base is there.
      reason: why not, or ''.
      left: m or rad off the goal.
      seconds: it took.
    """

    ok: bool
    reason: str
    left: float
    seconds: float


def shift(base: RosBase, way: str, by: float, speed: float) -> ShiftResult:
    """Move an armed base; returns when it is over.

    Args:
      base: armed.
      way: one of ``WAYS``, as the base faces at the start.
      by: m or rad, either way.
      speed: share of the speed limit, above 0 to 1.

    Raises:
      ValueError: it cannot go that way.
    """
    k = WAYS.index(way)
    fastest = speed * float(base.profile.limits.speeds[k])
    if fastest == 0:
        raise ValueError(
            f"profile {base.profile.name!r} does not move to the {way}: its limit is 0"
        )
    start = base.state()
    turn = matrices(start.quat)
    facing = np.arctan2(turn[1, 0], turn[0, 0])
    axis = np.array([[np.cos(facing), np.sin(facing)], [-np.sin(facing), np.cos(facing)]])
    began, left = base.now, by
    longest = _LONGER * (1 + abs(by) / fastest)
    try:
        while base.now - began < longest:
            now = base.state()
            went = now.heading - start.heading if k == 2 else axis[k] @ (now.pos - start.pos)[:2]
            left = by - float(went)
            velocity = np.zeros(3)
            if abs(left) > THERE:
                velocity[k] = np.clip(_CLOSING * left, -fastest, fastest)
            elif not base.velocity.any():
                return ShiftResult(True, "", left, base.now - began)
            base.drive(velocity, now.age)
            base.pace(TICK)
    except StoppedError as error:
        return ShiftResult(False, str(error), left, base.now - began)
    except BaseException as error:
        base.stop(f"interrupted: {error!r}")
        raise
    reason = f"it is {left:+.2f} {UNITS[k]} off after {longest:.0f} s: it does not follow"
    base.stop(reason)
    return ShiftResult(False, reason, left, base.now - began)
