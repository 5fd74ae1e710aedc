"""What an action does: it moves the targets of the fingers' servos."""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium
import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.envs.parts import Rows
from habilis.envs.reorient.noise import Noise
from habilis.envs.reorient.turning import Turning

RATE = 0.15  # rad a step, of each joint, at an action of 1
SMOOTH = 0.8  # of an action that counts at once; the rest is of those before (published)
LAG = 0.3  # rad that a target may be ahead of its joint: the servos' force is spent before


class FingerTargets:
    """Actions (N, j) are added to the joints' targets; 0 keeps the hand as it is.

    Args:
      world: physics.
      noise: of actions.
      delay: steps by which they come late.

    Attributes:
      action: (N, j) of the last step, as it was given; smooth: (N, j) as it counted.
    """

    def __init__(self, world: Turning, noise: Noise, delay: int) -> None:
        self._world, self._noise, self.dt = world, noise, world.dt
        joints = len(world.hand.joints)
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (joints,), np.float32)
        self.action, self.smooth = np.zeros((2, world.n, joints))
        self._late = np.zeros((world.n, delay, joints))
        self._steps: Ids = np.zeros(world.n, int)

    def reset(self, ids: Ids) -> None:
        """See ``Control``."""
        self.action[ids], self.smooth[ids], self._late[ids] = 0.0, 0.0, 0.0
        self._steps[ids] = 0

    def act(self, action: Array) -> Iterator[float]:
        """See ``Control``."""
        world, now = self._world, action
        self.action[:] = action
        if self._late.shape[1]:
            now = self._late[:, 0].copy()
            self._late[:] = np.concatenate((self._late[:, 1:], action[:, None]), axis=1)
        now = now + self._noise.of_action(self._steps)
        self.smooth += SMOOTH * (now - self.smooth)
        self._steps += 1
        q = world.q
        world.step(np.clip(world.ctrl + RATE * self.smooth, q - LAG, q + LAG))
        yield self.dt

    def rows(self) -> Rows:
        """See ``Control``."""
        return {
            "action": self.action, "smooth": self.smooth, "late": self._late, "steps": self._steps
        }  # fmt: skip
