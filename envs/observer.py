"""Evaluates the named terms of a task: observation groups, rewards, failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.assets.names import did_you_mean
from habilis.envs.task import Batched, Group, SensorReader, Term, score
from habilis.envs.world.state import State

Array = npt.NDArray[np.float64]
Obs = npt.NDArray[Any] | dict[str, npt.NDArray[Any]]


class Row:
    """An observation group of terms: one float32 row a simulation.

    Attributes:
      space: of one simulation.
      columns: term name to its slice of the row.
      terms: by name, in order.
    """

    def __init__(self, name: str, terms: Mapping[str, Term], state: Batched) -> None:
        self.columns: dict[str, slice] = {}
        self.terms = dict(terms)
        limits: list[Array] = []
        end = 0
        for key, term in terms.items():
            width = score(term, f"{name}/{key}", "observation", state, None).shape[1]
            self.columns[key] = slice(end, end + width)
            limits.append(np.full(width, term.limit))
            end += width
        high = np.concatenate(limits or [np.zeros(0)]).astype(np.float32)
        self.space = gymnasium.spaces.Box(-high, high, dtype=np.float32)
        self._low, self._high = -high.astype(float), high.astype(float)
        self._slices = tuple(self.columns.values())
        self._buffer = np.zeros((state.n, end))

    def read(self, state: Batched) -> npt.NDArray[np.float32]:
        """(N, k) fresh; finite and inside ``space`` whatever the simulation did."""
        row = self._buffer
        for term, columns in zip(self.terms.values(), self._slices, strict=True):
            row[:, columns] = term(state)
        if state.diverged:
            np.nan_to_num(row, copy=False)
        np.maximum(row, self._low, out=row)
        np.minimum(row, self._high, out=row)
        return row.astype(np.float32)

    def widths(self) -> dict[str, int]:
        """Term name to its number of columns, in order."""
        return {name: columns.stop - columns.start for name, columns in self.columns.items()}

    def close(self) -> None:
        """Nothing is held open."""


class Observer:
    """Shows the chosen groups of a task: one group as an array, several as a dict.

    Args:
      groups: all groups there are.
      shown: the name of one, or names of several.
      state: read from.

    Raises:
      ValueError: an unknown group, or a term of the wrong shape; names it.
    """

    def __init__(
        self, groups: Mapping[str, Group], shown: str | Sequence[str], state: State
    ) -> None:
        names = (shown,) if isinstance(shown, str) else tuple(shown)
        if not names:
            raise ValueError(f"no observation group asked for; known: {', '.join(groups)}")
        for name in names:
            if name not in groups:
                raise ValueError(did_you_mean("observation group", name, groups))
        self._single = isinstance(shown, str)
        self.readers = {name: _reader(name, groups[name], state) for name in names}
        spaces: dict[str, gymnasium.Space[Any]] = {k: r.space for k, r in self.readers.items()}
        self.space: gymnasium.Space[Any] = (
            spaces[names[0]] if self._single else gymnasium.spaces.Dict(spaces)
        )

    def read(self, state: State) -> Obs:
        """Fresh observation of all simulations."""
        if self._single:
            (reader,) = self.readers.values()
            return reader.read(state)
        return {name: reader.read(state) for name, reader in self.readers.items()}

    def close(self) -> None:
        """Let go of what the sensors hold open; may be called twice."""
        for reader in self.readers.values():
            reader.close()


class Scores:
    """Reward terms of a task.

    Attributes:
      names: of the terms.
      weights: (T,).
      values: (N, T) weighted values of the last ``update``.
      total: (N,) their sum, the reward.
    """

    def __init__(self, terms: Mapping[str, Term], state: State) -> None:
        for name, term in terms.items():
            score(term, name, "reward", state, 0)
        self.names, self._terms = tuple(terms), tuple(terms.values())
        self.weights = np.array([t.weight for t in self._terms])
        self.values: Array = np.zeros((state.n, len(self._terms)))
        self.total: Array = np.zeros(state.n)

    def update(self, state: State) -> None:
        """Evaluate all terms; a diverged simulation gets zero."""
        values = self.values
        for i, term in enumerate(self._terms):
            values[:, i] = term(state)
        values *= self.weights
        if state.diverged:
            values[state.world.diverged] = 0.0
        self.total = np.add.reduce(values, axis=1)


def _reader(name: str, group: Group, state: State) -> Row | SensorReader:
    return Row(name, group, state) if isinstance(group, Mapping) else group.build(state.world)
