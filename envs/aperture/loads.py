"""What pulls and pushes at N held tools: gravity, which comes on, and pushes now and then."""

from __future__ import annotations

import numpy as np

from habilis.envs.aperture.cells import directions
from habilis.envs.aperture.fleet import Fleet
from habilis.envs.hand.holding import GRAVITY
from habilis.envs.parts import Rows

RAMP = 10  # steps over which gravity comes on
PUSH_S, PUSH_EVERY_S, PUSHES = 0.2, 1.2, 10  # s, s and the most in an episode


class Loads:
    """Loads on the tools of a fleet.

    Args:
      fleet: hands and tools.
      pushes: least and greatest force of a push, N; (0, 0) for none.

    Attributes:
      age: (N,) steps since the start.
      down: (N, 3) gravity in the hand's frame once it has come on, m/s^2.
      shoves: (N, PUSHES, 4) time in s at which each push begins, and its force, N.
    """

    def __init__(self, fleet: Fleet, pushes: tuple[float, float]) -> None:
        self._fleet, self._pushes = fleet, pushes
        self.age = np.zeros(fleet.n, int)
        self.down, self.shoves = np.zeros((fleet.n, 3)), np.zeros((fleet.n, PUSHES, 4))

    def draw(self, i: int, rng: np.random.Generator) -> None:
        """New loads for episode ``i``, which begins: a direction of gravity and all pushes."""
        self.age[i] = 0
        self.down[i] = GRAVITY * directions(rng, 1)[0]
        time = (np.arange(PUSHES) + rng.random(PUSHES)) * PUSH_EVERY_S + RAMP * self._fleet.dt
        size = rng.uniform(*self._pushes, PUSHES)
        self.shoves[i] = np.column_stack((time, size[:, None] * directions(rng, PUSHES)))

    def apply(self) -> None:
        """Load the tools for the next step."""
        rising = np.flatnonzero(self.age < RAMP)
        if len(rising):
            part = (self.age[rising, None] + 1) / RAMP
            self._fleet.gravity(rising, part * self.down[rising])
        if self._pushes[1] > 0:
            since = self.age[:, None] * self._fleet.dt - self.shoves[..., 0]
            now = (since >= 0) & (since < PUSH_S)
            force = np.sum(now[..., None] * self.shoves[..., 1:], axis=1)
            self._fleet.push(np.arange(self._fleet.n), force)
        self.age += 1

    def rows(self) -> Rows:
        """Live arrays (N, ...) that make up its state, by name."""
        return {"age": self.age, "down": self.down, "shoves": self.shoves}
