"""N episodes of one task: what happens in a step, in order, for all of them at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.scene.things import Scene
from habilis.envs.arm.episodes import arm_parts
from habilis.envs.observer import Obs, Observer, Row, Scores
from habilis.envs.parts import Generators, Parts
from habilis.envs.sim.make import SimKind
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.task import TaskSpec, score

Pixels = npt.NDArray[np.uint8]

_TOLERANCE = 1e-6  # beyond [-1, 1]: rounding of an action that was clipped in another precision


class Core:
    """The environment logic of every task, shared by ``ToolEnv`` and ``ToolVectorEnv``.

    It resets nothing by itself and owns no generator: both are passed in. The task says what the
    episodes are made of, see ``habilis.envs.parts``.

    Args:
      task: what is done.
      n: episodes.
      shown: observation group, or several; that of the task by default.
      nthread: threads of the physics, 0 for all cores.
      sim: back end of the physics.
      parts: made already, in place of the task's own.

    Attributes:
      world, control, monitor, state: parts of the task at work.
      dt: length of an environment step, s; step_limit: steps until an episode is truncated.
      action_space, observation_space: of one episode.
      action_shape: of the actions of all, (N, A).
      steps (N,): since reset.
      success, failed, terminated, truncated (N,): as of the last step.
      returns (N, T): sum of each weighted reward term since reset.
    """

    def __init__(
        self,
        task: TaskSpec,
        n: int,
        shown: str | Sequence[str] | None = None,
        nthread: int = 0,
        sim: SimKind = "cpu",
        parts: Parts | None = None,
    ) -> None:
        if shown is not None:
            task = dataclasses.replace(task, shown=shown)
        self.task, self.n = task, n
        if parts is None:
            parts = (task.build or arm_parts)(task, n, 1 if n == 1 else nthread, sim)
        # Any: agents and tests of a task know the classes of its own parts.
        self.world: Any = parts.world
        self.control: Any = parts.control
        self.monitor: Any = parts.monitor
        self._start, self.state, self._pictures = parts.start, parts.state, parts.pictures
        self._endless = parts.endless
        self.dt, self.action_space = self.control.dt, self.control.action_space
        self.action_shape = (n, *(self.action_space.shape or ()))
        self.step_limit = max(1, round(parts.time_limit / self.dt))
        self.observer = Observer(task, task.shown, self.state)
        self.observation_space: gymnasium.Space[Any] = self.observer.space
        self.scores = Scores(task.rewards, self.state)
        for name, term in task.failures.items():
            score(term, name, "failure", self.state, 0)
        self.success, self.failed, self.terminated, self.truncated = np.zeros((4, n), bool)
        self.returns: Array = np.zeros((n, len(self.scores.names)))

    @property
    def scene(self) -> Scene:
        """What the task takes place in."""
        scene: Scene = self.world.scene
        return scene

    @property
    def steps(self) -> Ids:
        """(N,) environment steps since reset."""
        steps: Ids = self.state.steps
        return steps

    @property
    def failure(self) -> npt.NDArray[Any]:
        """(N,) reasons, '' while nothing is lost."""
        return self.monitor.failure

    @property
    def reward(self) -> Array:
        """(N,) of the last step."""
        return self.scores.total

    @property
    def rewards(self) -> Array:
        """(N, T) weighted terms of the last step."""
        return self.scores.values

    @property
    def reward_names(self) -> Sequence[str]:
        """Names (T,) of the reward terms."""
        return self.scores.names

    # ---- episodes

    def reset(self, ids: Ids, rngs: Generators) -> None:
        """Start new episodes ``ids`` (k,), sorted, each drawn from a generator of its own."""
        self._start.place(ids, rngs)
        self.steps[ids], self.returns[ids] = 0, 0.0
        self.state.reset(ids, rngs)
        self.control.reset(ids)
        self.monitor.reset(ids)
        for flags in (self.success, self.failed, self.terminated, self.truncated):
            flags[ids] = False
        self.state.refresh()

    def step(self, action: npt.ArrayLike) -> None:
        """One environment step of all episodes. Results are in the attributes and ``scores``."""
        act = checked(action, self.action_shape)
        self.state.begin()
        self.monitor.begin()
        lost = np.zeros(self.n, bool)
        for seconds in self.control.act(act):  # limits, inverse kinematics, physics, ledger
            lost |= self.world.diverged  # one that is put back goes on till the end of the step
            self.monitor.update(seconds)  # goal held, cause, lost targets
        self.world.diverged[:] = lost
        self.state.steps += 1
        self.state.refresh()
        self._note_failures()
        self.scores.update(self.state)
        self.returns += self.scores.values
        self.success = self.monitor.success & ~self.state.diverged
        self.failed = self.monitor.failure.astype(bool)
        late = self.steps >= self.step_limit
        if self._endless:
            self.success &= late & ~self.failed
        self.terminated = self.failed if self._endless else self.success | self.failed
        self.truncated = late & ~self.terminated

    def shorten(self, steps: int) -> None:
        """Truncate episodes after so many steps, if they are not truncated earlier.

        Raises:
          ValueError: fewer than one.
        """
        if steps < 1:
            raise ValueError(f"an episode has at least one step, got {steps}")
        self.step_limit = min(self.step_limit, steps)

    def observe(self) -> Obs:
        """Fresh observation of all episodes."""
        return self.observer.read(self.state)

    def terms(self) -> dict[str, dict[str, int]]:
        """Observation groups that are rows of terms: the width of each term, in order."""
        readers = self.observer.readers.items()
        return {name: reader.widths() for name, reader in readers if isinstance(reader, Row)}

    def told(self) -> Mapping[str, npt.NDArray[Any]]:
        """(N,) arrays by name: what else there is to tell of an episode at its end."""
        return self.monitor.told()

    def picture(self, camera: str, size: tuple[int, int], sim: int) -> Pixels:
        """(H, W, 3) picture of one episode, from a camera; ``size`` is width, height."""
        return self._pictures.take(camera, size, sim)

    def close(self) -> None:
        """Free what cameras hold."""
        self.observer.close()
        self._pictures.close()

    def _note_failures(self) -> None:
        failure = self.monitor.failure
        for name, term in self.task.failures.items():
            lost = term(self.state)
            if np.count_nonzero(lost):
                failure[lost & ~self.monitor.success & (failure == "")] = name

    # ---- state

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """Whole state of episodes ``ids`` (all by default), but for generators.

        Restored into any core of the same task, whatever its n, it continues bit for bit.
        """
        rows = self.world.save().rows | {k: v.copy() for k, v in self._rows().items()}
        snapshot = Snapshot(rows)
        return snapshot if ids is None else snapshot.take(ids)

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """Write a snapshot of k episodes into ``ids`` (k,), sorted; all by default.

        Raises:
          ValueError: of another scene, or of another number of episodes.
        """
        index = np.arange(self.n) if ids is None else np.asarray(ids, int)
        self.world.restore(snapshot, index)
        for name, values in self._rows().items():
            values[index] = snapshot.rows[name]
        self.state.refresh()

    def _rows(self) -> dict[str, npt.NDArray[Any]]:
        named = {
            "control": self.control, "start": self._start, "monitor": self.monitor,
            "state": self.state,
        }  # fmt: skip
        rows = {
            f"{k}/{name}": row for k, part in named.items() for name, row in part.rows().items()
        }
        return rows | {
            "core/steps": self.steps, "core/returns": self.returns, "core/success": self.success,
            "core/failed": self.failed, "core/terminated": self.terminated,
            "core/truncated": self.truncated,
        }  # fmt: skip


def checked(action: npt.ArrayLike, want: tuple[int, ...]) -> Array:
    """Actions (N, A) as floats of their own.

    Raises:
      ValueError: wrong shape, not finite, or outside [-1, 1]; names the first such number.
    """
    out = np.array(action, dtype=float)
    if out.shape != want:
        raise ValueError(f"action must have shape {want} (episodes, numbers), got {out.shape}")
    if not np.maximum.reduce(np.abs(out), axis=None) <= 1 + _TOLERANCE:
        i, k = np.argwhere(~(np.abs(out) <= 1 + _TOLERANCE))[0]
        raise ValueError(
            f"action[{k}] of episode {i} is {out[i, k]:.6g}; actions are finite and in [-1, 1]:"
            " clip them, e.g. with gymnasium.wrappers.ClipAction"
        )
    return out
