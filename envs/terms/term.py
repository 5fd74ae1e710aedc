"""A term: a named quantity of the state, from which observations, rewards and failures are made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy.typing as npt

from habilis.envs.parts import Readable


@dataclasses.dataclass(frozen=True)
class Term:
    """A named quantity of the state: a pure function of its batched arrays, and parameters.

    Attributes:
      fn: ``fn(state, **params)``, returning (N, k) as an observation, (N,) in [0, 1] as a reward,
        (N,) booleans as a failure.
      params: keyword arguments.
      weight: factor of a reward.
      limit: an observation is clipped to +-limit, which is also its space.
      diverged: what a reward is where the simulation diverged, before the weight.
    """

    fn: Callable[..., npt.NDArray[Any]]
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    weight: float = 1.0
    limit: float = 10.0
    diverged: float = 0.0

    def __call__(self, state: Readable) -> npt.NDArray[Any]:
        """Evaluate."""
        return self.fn(state, **self.params)
