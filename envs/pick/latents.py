"""What a policy is told of the object in place of the truth: estimates, such as an encoder's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habilis.envs.pick.world import PickWorld

Array = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int_]

WIDTH = 5
"""Numbers of an estimate: object minus tips x, y, z; opening that fits; gap of the tips; all m."""
LATERAL = 0.002  # m, standard deviation of the error along x and along y
SIZE_ERROR = 0.0007  # m, of the opening and the gap


class Latent(Protocol):
    """Estimates (N, ``WIDTH``) of N simulations."""

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """New episodes have begun in ``ids`` (k,); draw what is random of each from its own."""

    def read(self) -> Array:
        """(N, ``WIDTH``) m, of the present."""

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""


Maker = Callable[[PickWorld], Latent]


class Noisy:
    """The truth, wrong by an amount that stays the same for an episode.

    Args:
      world: the simulations.
      lateral, size: standard deviations, m; see ``LATERAL`` and ``SIZE_ERROR``.
    """

    def __init__(
        self, world: PickWorld, lateral: float = LATERAL, size: float = SIZE_ERROR
    ) -> None:
        self._world = world
        self._deviation = np.array([lateral, lateral, size, size, size])
        self._error = np.zeros((world.n, WIDTH))

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Draw the errors of an episode."""
        self._error[ids] = [self._deviation * rng.normal(size=WIDTH) for rng in rngs]

    def read(self) -> Array:
        """See ``Latent``."""
        return truth(self._world) + self._error

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """The errors."""
        return {"error": self._error}


def truth(world: PickWorld) -> Array:
    """(N, ``WIDTH``) what an estimate without error would be, m."""
    base, moving = world.tips
    gap = np.linalg.norm(moving - base, axis=1)
    away = world.thing[:, :3] - (base + moving) / 2
    return np.column_stack((away, world.width(), gap))
