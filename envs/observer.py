"""Evaluates the named terms of a task: observation groups, rewards, failures."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.names import check_known
from habilis.envs.parts import Readable
from habilis.envs.task import Group, SensorReader, TaskSpec, score
from habilis.envs.terms.term import Term

Obs = npt.NDArray[Any] | dict[str, npt.NDArray[Any]]


class Row:
    """An observation group of terms: one float32 row a simulation.

    Attributes:
      space: of one simulation.
      columns: term name to its slice of the row.
      terms: by name, in order.
    """

    def __init__(self, name: str, terms: Mapping[str, Term], state: Readable) -> None:
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
        self._buffer = np.zeros((state.n, end))
        self._bound = [functools.partial(term.fn, **term.params) for term in terms.values()]

    def read(self, state: Readable) -> npt.NDArray[np.float32]:
        """(N, k) fresh; finite and inside ``space`` whatever the simulation did."""
        row = self._buffer
        if self._bound:
            np.concatenate([term(state) for term in self._bound], axis=1, out=row)
        if np.count_nonzero(state.diverged):
            np.nan_to_num(row, copy=False)
        np.maximum(row, self._low, out=row)
        return np.minimum(row, self._high, out=row).astype(np.float32)

    def widths(self) -> dict[str, int]:
        """Term name to its number of columns, in order."""
        return {name: columns.stop - columns.start for name, columns in self.columns.items()}

    def close(self) -> None:
        """Nothing is held open."""


class Observer:
    """Shows the chosen groups of a task: one group as an array, several as a dict.

    With goals, what is shown is a dict of ``observation``, ``achieved_goal`` (unless the task hides
    it beside a group that is shown) and ``desired_goal``.

    Args:
      task: groups and goals.
      shown: the name of one, or names of several.
      state: read from.

    Raises:
      ValueError: an unknown group, or a term of the wrong shape; names it.
    """

    def __init__(self, task: TaskSpec, shown: str | Sequence[str], state: Any) -> None:
        names, groups = (shown,) if isinstance(shown, str) else tuple(shown), task.observations
        if not names:
            raise ValueError(f"no observation group asked for; known: {', '.join(groups)}")
        for name in names:
            check_known("observation group", name, groups)
        self._single = isinstance(shown, str)
        self.readers = {name: _reader(name, groups[name], state) for name in names}
        self._goals = _goal_rows(task, names, state)
        space = _space(self.readers, self._single)
        if self._goals:
            rows = {name: row.space for name, row in self._goals.items()}
            space = gymnasium.spaces.Dict({"observation": space, **rows})
        self.space: gymnasium.Space[Any] = space

    def read(self, state: Any) -> Obs:
        """Fresh observation of all simulations."""
        if self._single:
            (reader,) = self.readers.values()
            seen: Any = reader.read(state)
        else:
            seen = {name: reader.read(state) for name, reader in self.readers.items()}
        if not self._goals:
            return seen
        goals = {name: row.read(state) for name, row in self._goals.items()}
        return {"observation": seen, **goals}

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

    def __init__(self, terms: Mapping[str, Term], state: Readable) -> None:
        for name, term in terms.items():
            score(term, name, "reward", state, 0)
        self.names = tuple(terms)
        self.weights = np.array([t.weight for t in terms.values()])
        self._diverged = np.array([t.diverged for t in terms.values()])
        self._bound = [functools.partial(t.fn, **t.params) for t in terms.values()]
        self.values: Array = np.zeros((state.n, len(terms)))
        self.total: Array = np.zeros(state.n)

    def update(self, state: Readable) -> None:
        """Evaluate all terms; a diverged simulation gets what each term says of that."""
        values = self.values
        for i, term in enumerate(self._bound):
            values[:, i] = term(state)
        if np.count_nonzero(lost := state.diverged):
            values[lost] = self._diverged
        values *= self.weights
        self.total = np.add.reduce(values, axis=1)


def _space(readers: Mapping[str, Row | SensorReader], single: bool) -> gymnasium.Space[Any]:
    spaces: dict[str, gymnasium.Space[Any]] = {k: r.space for k, r in readers.items()}
    return next(iter(spaces.values())) if single else gymnasium.spaces.Dict(spaces)


def _goal_rows(task: TaskSpec, shown: Sequence[str], state: Any) -> dict[str, Row]:
    goals = task.goals
    if goals is None:
        return {}
    terms = {"achieved_goal": goals.achieved, "desired_goal": goals.desired}
    if any(name in goals.hidden for name in shown):
        del terms["achieved_goal"]
    return {name: Row(name, {name: term}, state) for name, term in terms.items()}


def _reader(name: str, group: Group, state: Any) -> Row | SensorReader:
    return Row(name, group, state) if isinstance(group, Mapping) else group.build(state.world)
