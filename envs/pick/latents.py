"""What a policy is told of the object in place of the truth: estimates, such as an encoder's."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.names import check_known
from habilis.envs.pick.picking import Picking

WIDTH = 6
"""Numbers of an estimate: object minus tips x, y, z; opening that fits; gap of the tips; height of
the object; all m."""
FITS, GAP, HEIGHT = 3, 4, 5
"""Of those, by place."""
LATERAL = 0.002  # m, standard deviation of the error along x and along y
SIZE_ERROR = 0.0007  # m, of the others


class Latent(Protocol):
    """Estimates (N, ``WIDTH``) of N simulations."""

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """New episodes have begun in ``ids`` (k,); draw what is random of each from its own."""

    def update(self, steps: npt.NDArray[np.int_]) -> None:
        """A step is over, the ``steps``-th (N,) of each episode: look again."""

    def read(self) -> Array:
        """(N, ``WIDTH``) m, of the present."""

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""


class Truth:
    """No error, or one that stays the same for an episode.

    Args:
      world: the simulations.
      lateral, size: standard deviations of the error, m; see ``LATERAL`` and ``SIZE_ERROR``.
    """

    def __init__(self, world: Picking, lateral: float = 0.0, size: float = 0.0) -> None:
        self._world = world
        self._deviation = np.array([lateral] * 2 + [size] * 4)
        self._error = np.zeros((world.n, WIDTH))

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Draw the errors of an episode."""
        self._error[ids] = [self._deviation * rng.normal(size=WIDTH) for rng in rngs]

    def update(self, steps: npt.NDArray[np.int_]) -> None:
        """Nothing to look at."""

    def read(self) -> Array:
        """See ``Latent``."""
        return truth(self._world) + self._error

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """The errors."""
        return {"error": self._error}


def noisy(world: Picking) -> Truth:
    """The truth with errors such as the encoder's."""
    return Truth(world, LATERAL, SIZE_ERROR)


LATENTS: Mapping[str, str] = {
    "noisy": "habilis.envs.pick.latents:noisy",
    "truth": "habilis.envs.pick.latents:Truth",
    "encoder": "habilis.policies.encoder.pick_latent:PickLatent",
}
"""Name to what makes it from a ``Picking``: the truth with errors, fast enough to train on; the
truth; or the point-cloud encoder, which looks through the scene's depth camera."""


def make_latent(name: str, world: Picking) -> Latent:
    """Estimates by name; ValueError for an unknown one."""
    check_known("latent", name, LATENTS)
    # By name, as networks live above environments.
    out: Latent = pkgutil.resolve_name(LATENTS[name])(world)
    return out


def truth(world: Picking) -> Array:
    """(N, ``WIDTH``) what an estimate without error would be, m."""
    base, moving = world.tips
    gap = np.linalg.norm(moving - base, axis=1)
    away = world.thing[:, :3] - (base + moving) / 2
    return np.column_stack((away, world.width(), gap, world.height))
