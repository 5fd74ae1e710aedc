"""From where a trunk is to go to the velocity that a gait is told."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.envs.legged.trot import Trunk, wrapped

SPEED, TURNING = 0.5, 1.0  # m/s, rad/s at the most
NEAR = 0.25  # m from the goal within which it turns to its last heading, and goes sideways too
FACING = 0.5  # rad off the way, beyond which it turns on the spot
CREEP = 0.25  # m/s within ``NEAR``
THERE, FACED = 0.012, 0.03  # m, rad at which it stands still
AWAY = 0.03  # m from where it stands at which it sets out again
_CLOSING, _SWINGING = 1.5, 2.0  # 1/s
_CALM = np.array([SPEED, 0.1, 0.4])  # m/s, m/s, rad/s of who pushes something, at the most


class Steering:
    """What N robots remember on their way: who has arrived.

    Args:
      n: how many.
    """

    def __init__(self, n: int) -> None:
        self.arrived = np.zeros(n, bool)

    def velocity(
        self, trunk: Trunk, goal: Array, heading: Array, speed: Array, pushing: Mask
    ) -> Array:
        """(N, 3) forward and to the left, m/s, and turning, rad/s; 0 of those who are there.

        Args:
          trunk: where the robots are.
          goal: (N, 2) of their trunks, m.
          heading: (N,) at the goal, rad.
          speed: (N,) at the most, m/s.
          pushing: (N,) who pushes something: straight on, and hardly sideways.
        """
        way, yaw = goal - trunk.pos[:, :2], trunk.yaw
        far = np.sqrt(np.vecdot(way, way))
        aside = wrapped(np.arctan2(way[:, 1], way[:, 0]) - yaw)
        askew = wrapped(heading - yaw)
        self.arrived |= (far < THERE) & (np.abs(askew) < FACED)
        self.arrived &= (far < AWAY) & (np.abs(askew) < 3 * FACED)
        near = far < NEAR
        ahead = np.where(np.abs(aside) < FACING, np.minimum(_CLOSING * far, speed), 0.0)
        close = np.minimum(_CLOSING * far, np.minimum(speed, CREEP))
        out = np.stack((
            np.where(near, close * np.cos(aside), ahead * np.cos(aside)),
            np.where(near, close * np.sin(aside), 0.0),
            np.clip(_SWINGING * np.where(near, askew, aside), -TURNING, TURNING),
        ), axis=-1)  # fmt: skip
        calm = np.stack((out[:, 0], out[:, 1] / _CLOSING, out[:, 2] * (_CLOSING / _SWINGING)), -1)
        out = np.where(pushing[:, None], np.clip(calm, -_CALM, _CALM), out)
        out[self.arrived] = 0.0
        return out
