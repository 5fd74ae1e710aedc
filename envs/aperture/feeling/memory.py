"""What was observed a little earlier: hands in motion tell more of a tool than hands at rest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.envs.parts import Readable
from habilis.envs.terms.term import Term

LAGS = (3, 10, 30)
"""Steps back; 0.1, 0.3 and 1 s."""


class Memory:
    """Of N episodes, some terms at each of the last steps.

    Args:
      state: what the terms read.
      terms: that are kept, by name.
      n: episodes.

    Attributes:
      past: (N, L, D) rows; the one at ``age % L`` is the oldest.
      age: (N,) steps since the episode began.
    """

    def __init__(self, state: Readable, terms: Mapping[str, Term], n: int) -> None:
        self._state, self._terms, self.age = state, tuple(terms.values()), np.zeros(n, int)
        self.past = np.zeros((n, LAGS[-1] if terms else 1, self._now().shape[1]), np.float32)

    def begin(self, ids: Ids) -> None:
        """New episodes have begun in ``ids`` (k,)."""
        self.age[ids] = 0

    def note(self) -> None:
        """A step begins; keep what is observed now."""
        rows = np.arange(len(self.age))
        self.past[rows, self.age % self.past.shape[1]] = self._now()
        self.age += 1

    def read(self) -> Array:
        """(N, 3 D) rows of the steps ``LAGS`` back; where there was none yet, the first one."""
        n, length, _ = self.past.shape
        back = np.minimum(LAGS, self.age[:, None])
        rows = self.past[np.arange(n)[:, None], (self.age[:, None] - back) % length]
        if (first := self.age == 0).any():
            rows[first] = self._now()[first, None]
        return rows.reshape(n, -1).astype(float)

    def rows(self) -> dict[str, npt.NDArray[np.generic]]:
        """Live arrays (N, ...) that make up its state, by name."""
        return {"past": self.past, "age": self.age}

    def _now(self) -> Array:
        nothing = np.zeros((len(self.age), 0))
        return np.concatenate([nothing, *(term(self._state) for term in self._terms)], axis=1)
