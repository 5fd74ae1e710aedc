"""What the terms of the reorientation environment read."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.parts import Generators, Rows
from habilis.envs.reorient.control import FingerTargets
from habilis.envs.reorient.goals import TurnGoals
from habilis.envs.reorient.noise import Noise
from habilis.envs.reorient.turning import Turning


class ReorientState:
    """Hands, objects and goals, as they are and as they are seen; a ``Readable``.

    Args:
      world: physics.
      control: of the fingers.
      goals: that are wanted.
      noise: of what is seen.
      limit: steps of an episode.

    Attributes:
      tips: (N, F, 3) centres of the finger pads, m.
      seen_q: (N, j) rad; seen_pos: (N, 3) m; seen_lacking: (N, 3) rad: with noise.
    """

    def __init__(
        self, world: Turning, control: FingerTargets, goals: TurnGoals, noise: Noise, limit: int
    ) -> None:
        self.world, self.control, self.goals, self.limit = world, control, goals, limit
        self.n, self._noise = world.n, noise
        self.steps: Ids = np.zeros(world.n, int)
        self.refresh()

    @property
    def diverged(self) -> Mask:
        """(N,) which simulations diverged in the last step."""
        return self.world.diverged

    def reset(self, ids: Ids, rngs: Generators) -> None:
        """See ``Readable``."""

    def begin(self) -> None:
        """See ``Readable``."""

    def refresh(self) -> None:
        """See ``Readable``."""
        world, steps = self.world, self.steps
        self.tips: Array = world.tips
        pose = self._noise.of_pose(steps)
        self.seen_q: Array = world.q + self._noise.of_joints(steps)
        self.seen_pos: Array = world.pos + pose[:, :3]
        self.seen_lacking: Array = self.goals.lacking + pose[:, 3:]

    def rows(self) -> Rows:
        """See ``Readable``."""
        return {f"noise_{name}": row for name, row in self._noise.rows().items()}
