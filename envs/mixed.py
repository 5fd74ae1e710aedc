"""Episodes of several tasks as one batch: scenes with other sizes, tools or objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.core import (
    Core,
    Pixels,
)
from habilis.envs.observer import Obs
from habilis.envs.parts import (
    Generators,
)
from habilis.envs.sim.groups import Groups, Member
from habilis.envs.sim.make import SimKind
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.task import TaskSpec


class MixedCore:
    """N episodes, of M tasks in turn: episode i is of task i mod M; otherwise a ``Core``.

    The episodes of one task are one ``Core``; each step goes through the tasks, not the episodes.

    Args:
      tasks: what is done; they must act, observe and reward alike.
      n: episodes, at least one a task.
      shown: observation group, or several; that of the tasks by default.
      nthread: threads of the physics, 0 for all cores.
      sim: back end of the physics.

    Attributes:
      cores: one a task.
      task: the first of them.

    Raises:
      ValueError: fewer episodes than tasks, or tasks that differ in spaces or reward terms.
    """

    def __init__(
        self,
        tasks: Sequence[TaskSpec],
        n: int,
        shown: str | Sequence[str] | None = None,
        nthread: int = 0,
        sim: SimKind = "cpu",
    ) -> None:
        if not 1 <= len(tasks) <= n:
            raise ValueError(f"{n} episodes of {len(tasks)} tasks: each task needs one at least")
        self.task, self.n = tasks[0], n
        counts = [len(range(first, n, len(tasks))) for first in range(len(tasks))]
        made = zip(tasks, counts, strict=True)
        self.cores = tuple(Core(task, count, shown, nthread, sim) for task, count in made)
        every: Ids = np.arange(n)
        self._groups = Groups(self.cores, every % len(tasks), every // len(tasks))
        first = self.cores[0]
        for core in self.cores[1:]:
            _check_alike(first, core)
        self.action_space, self.observation_space = first.action_space, first.observation_space
        self.reward_names, self.dt = first.reward_names, first.dt

    # ---- reading

    @property
    def success(self) -> Mask:
        """(N,) as of the last step."""
        return self._read("success")

    @property
    def failed(self) -> Mask:
        """(N,) as of the last step."""
        return self._read("failed")

    @property
    def terminated(self) -> Mask:
        """(N,) as of the last step."""
        return self._read("terminated")

    @property
    def truncated(self) -> Mask:
        """(N,) as of the last step."""
        return self._read("truncated")

    @property
    def step_limit(self) -> int:
        """Steps of the longest episode."""
        return max(core.step_limit for core in self.cores)

    def shorten(self, steps: int) -> None:
        """See ``Core.shorten``."""
        for core in self.cores:
            core.shorten(steps)

    @property
    def steps(self) -> Ids:
        """(N,) environment steps since reset."""
        return self._read("steps")

    @property
    def failure(self) -> npt.NDArray[Any]:
        """(N,) reasons, '' while nothing is lost."""
        return self._read("failure")

    @property
    def reward(self) -> Array:
        """(N,) of the last step."""
        return self._read("reward")

    @property
    def rewards(self) -> Array:
        """(N, T) weighted terms of the last step."""
        return self._read("rewards")

    @property
    def returns(self) -> Array:
        """(N, T) sum of each weighted reward term since reset."""
        return self._read("returns")

    def observe(self) -> Obs:
        """Fresh observation of all episodes."""
        seen = [core.observe() for core in self.cores]
        if isinstance(seen[0], dict):
            return {name: self._join([obs[name] for obs in seen]) for name in seen[0]}
        return self._join(seen)  # type: ignore[arg-type]

    def terms(self) -> dict[str, dict[str, int]]:
        """Observation groups that are rows of terms: the width of each term, in order."""
        return self.cores[0].terms()

    def told(self) -> Mapping[str, npt.NDArray[Any]]:
        """(N,) arrays by name: what else there is to tell of an episode at its end."""
        told = [core.told() for core in self.cores]
        return {name: self._join([part[name] for part in told]) for name in told[0]}

    def picture(self, camera: str, size: tuple[int, int], sim: int) -> Pixels:
        """(H, W, 3) picture of one episode, from a camera; ``size`` is width, height."""
        (part,) = self._parts(np.array([sim]))
        return part.member.picture(camera, size, int(part.inside[0]))

    # ---- episodes

    def reset(self, ids: Ids, rngs: Generators) -> None:
        """Start new episodes ``ids`` (k,), sorted, each drawn from a generator of its own."""
        for part in self._parts(ids):
            part.member.reset(part.inside, [rngs[row] for row in part.rows])

    def step(self, action: npt.ArrayLike) -> None:
        """One environment step of all episodes."""
        given = np.asarray(action)
        for part in self._parts():
            part.member.step(given[part.rows] if len(given) == self.n else given)

    def close(self) -> None:
        """Free what cameras hold."""
        for core in self.cores:
            core.close()

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """Whole state of episodes ``ids`` (all by default), but for generators."""
        return self._groups.save(None if ids is None else np.asarray(ids, int))

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """Write a snapshot of k episodes into ``ids`` (k,), sorted, of the same tasks.

        Raises:
          ValueError: of other scenes, or of another number of episodes.
        """
        self._groups.restore(snapshot, np.arange(self.n) if ids is None else np.asarray(ids, int))

    def _parts(self, ids: Ids | None = None) -> Iterator[Member[Core]]:
        return self._groups.parts(ids)

    def _read(self, name: str) -> npt.NDArray[Any]:
        return self._join([getattr(core, name) for core in self.cores])

    def _join(self, of_each: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """(N, ...) from what each core has (n, ...)."""
        out = np.empty((self.n, *of_each[0].shape[1:]), of_each[0].dtype)
        for part in self._parts():
            out[part.rows] = of_each[part.index]
        return out


def _check_alike(first: Core, other: Core) -> None:
    for what in ("action_space", "observation_space", "reward_names", "dt"):
        mine, theirs = getattr(first, what), getattr(other, what)
        if mine != theirs:
            raise ValueError(
                f"{first.scene.name} and {other.scene.name} cannot be mixed: their {what} differ,"
                f" {mine} and {theirs}"
            )
