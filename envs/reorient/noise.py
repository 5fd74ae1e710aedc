"""What is wrong with sensors and actions: drawn once an episode, so that it can be repeated."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.envs.parts import Generators, Rows

SEEN, ACTED = 0.002, 0.05  # published: rad and m of what is observed; of an action of 1
TURNED = 0.02  # rad, of the orientation that is observed (ours)


class Noise:
    """Normal noise of every step of N episodes.

    Args:
      n: episodes.
      steps: of the longest.
      joints: of the hand.
      scale: factor of all of it; with 0 nothing is drawn.
    """

    def __init__(self, n: int, steps: int, joints: int, scale: float) -> None:
        self._scale, self._joints = scale, joints
        width = 2 * joints + 6 if scale else 0
        self._drawn = np.zeros((n, steps + 1, width), np.float32)
        self._each = np.arange(n)

    def draw(self, ids: Ids, rngs: Generators) -> None:
        """New noise for episodes ``ids`` (k,)."""
        if self._scale:
            for i, rng in zip(ids, rngs, strict=True):
                self._drawn[i] = rng.standard_normal(self._drawn.shape[1:], np.float32)

    def of_joints(self, steps: Ids) -> Array:
        """(N, j) rad."""
        return SEEN * self._read(steps, 0, self._joints)

    def of_action(self, steps: Ids) -> Array:
        """(N, j)."""
        return ACTED * self._read(steps, self._joints, self._joints)

    def of_pose(self, steps: Ids) -> Array:
        """(N, 6) m, and rotation vector, rad."""
        return self._read(steps, 2 * self._joints, 6) * np.repeat([SEEN, TURNED], 3)

    def rows(self) -> Rows:
        """Live arrays (N, ...) that make up its state, by name."""
        return {"drawn": self._drawn}

    def _read(self, steps: Ids, first: int, width: int) -> Array:
        if not self._scale:
            return np.zeros((len(steps), width))
        at = np.minimum(steps, self._drawn.shape[1] - 1)
        out: Array = self._scale * self._drawn[self._each, at, first : first + width].astype(float)
        return out
