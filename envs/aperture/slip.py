"""How a held tool moves in the palm: what a drop begins with."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.envs.world.poses import conjugate, multiply


class Slip:
    """Of N tools, since an episode's start and since the last step.

    Attributes:
      start, last: (N, 7) poses in the palm's frame then, m and wxyz.
    """

    def __init__(self, n: int) -> None:
        self.start, self.last = np.tile([0.0, 0, 0, 1, 0, 0, 0], (2, n, 1))

    def begin(self, ids: Ids, pose: Array) -> None:
        """New episodes ``ids`` (k,) begin with the tool at poses (k, 7)."""
        self.start[ids], self.last[ids] = pose, pose

    def note(self, pose: Array) -> None:
        """A step begins with tools at poses (N, 7)."""
        self.last[:] = pose

    def read(self, pose: Array) -> tuple[Array, Array]:
        """(N, 6), (N, 6) from the start and from the last step to poses (N, 7).

        Each is a shift in the palm's frame, m, and a turn in the tool's, as a rotation vector, rad.
        """
        return _between(self.start, pose), _between(self.last, pose)

    def rows(self) -> dict[str, Array]:
        """Live arrays (N, ...) that make up its state, by name."""
        return {"start": self.start, "last": self.last}


def _between(a: Array, b: Array) -> Array:
    turn = multiply(conjugate(a[:, 3:]), b[:, 3:])
    turn *= np.where(turn[:, :1] < 0, -1.0, 1.0)  # the shorter way round
    sine = np.linalg.norm(turn[:, 1:], axis=1, keepdims=True)
    angle = 2 * np.arctan2(sine, turn[:, :1])
    small = sine < 1e-9
    vector = turn[:, 1:] * np.where(small, 2.0, angle / np.where(small, 1.0, sine))
    return np.concatenate((b[:, :3] - a[:, :3], vector), axis=1)
