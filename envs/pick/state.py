"""What the terms of picking read."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Ids, Mask
from habilis.envs.parts import (
    Generators,
    Rows,
)
from habilis.envs.pick.control import TipControl
from habilis.envs.pick.latents import Latent
from habilis.envs.pick.lift import LiftJudge
from habilis.envs.pick.picking import Picking


class PickState:
    """World, commands, ledger of the lifting and estimates; a ``Readable``.

    Args:
      control: of the tips.
      monitor: of the lifting.
      latent: estimates of the object.
      step_limit: environment steps of an episode.

    Attributes:
      width: (N,) extent of the object where it was put, in the direction the tips close in, m.
    """

    def __init__(
        self, control: TipControl, monitor: LiftJudge, latent: Latent, step_limit: int
    ) -> None:
        self.world: Picking = control.world
        self.control, self.monitor, self.latent = control, monitor, latent
        self.n, self.step_limit = self.world.n, step_limit
        self.steps, self.width = np.zeros(self.n, int), np.zeros(self.n)
        self._acted = False

    @property
    def diverged(self) -> Mask:
        """(N,) which simulations diverged in the last step."""
        return self.world.diverged

    def reset(self, ids: Ids, rngs: Generators) -> None:
        """See ``Readable``."""
        self.latent.reset(ids, rngs)
        self.width[ids] = self.world.width()[ids]

    def begin(self) -> None:
        """See ``Readable``."""
        self._acted = True

    def refresh(self) -> None:
        """See ``Readable``; the latent looks again after each step."""
        if self._acted:
            self.latent.update(self.steps)
            self._acted = False

    def rows(self) -> Rows:
        """See ``Readable``."""
        latent = {f"latent_{name}": row for name, row in self.latent.rows().items()}
        return {"width": self.width, **latent}
