"""N episodes of one task: what happens in a step, in order, for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.assets.names import did_you_mean
from habilis.assets.scene.compile import compile_scene
from habilis.envs.control.arm import ArmController, Sent
from habilis.envs.episodes import Pixels, checked
from habilis.envs.observer import Obs, Observer, Row, Scores
from habilis.envs.robot import start_joints
from habilis.envs.sim.make import SimKind
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.task import SCALES, TICKS, TaskSpec, score, step_limit
from habilis.envs.world.layout import Layout, sample
from habilis.envs.world.monitor import Monitor
from habilis.envs.world.state import State
from habilis.envs.world.world import Ids, World

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Core:
    """The environment logic, shared by ``ToolEnv`` (a batch of one) and ``ToolVectorEnv``.

    It resets nothing by itself and owns no generator: both are passed in.

    Args:
      task: what is done.
      n: episodes.
      shown: observation group, or several.
      nthread: threads of the physics, 0 for all cores.
      sim: back end of the physics.

    Attributes:
      action_space, observation_space: of one episode.
      steps (N,): since reset.
      success, failed, terminated, truncated (N,): as of the last step.
      returns (N, T): sum of each weighted reward term since reset.
    """

    def __init__(
        self, task: TaskSpec, n: int, shown: str | Sequence[str] = "state", nthread: int = 0,
        sim: SimKind = "cpu",
    ) -> None:  # fmt: skip
        if task.control not in SCALES:
            raise ValueError(did_you_mean("control mode", task.control, SCALES))
        self.task, self.n, self.scene = task, n, task.scene()
        self.world, self.controller = self._bodies(nthread, sim)
        scene = self.scene
        self.monitor = Monitor(self.world)
        width = (3 if task.control == "ee" else self.world.q.shape[1]) + 1
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (width,), np.float32)
        self.state = State(self.world, self.controller, self.monitor, width)
        self.step_limit = step_limit(scene)
        self._prepare(shown)

    def _bodies(self, nthread: int, sim: SimKind) -> tuple[World, ArmController]:
        """The world that is acted in, and what commands its arms."""
        scene, n = self.scene, self.n
        lone = ArmController(scene.robot, scene.base, scene.workspace, 1)
        self._start = start_joints(lone, scene)
        world = World(compile_scene(scene), n, 1 if n == 1 else nthread, sim=sim)
        return world, ArmController(scene.robot, scene.base, scene.workspace, n)

    def _prepare(self, shown: str | Sequence[str]) -> None:
        n, task = self.n, self.task
        self.observer = Observer(task.observations, shown, self.state)
        self.observation_space = self.observer.space
        self.scores = Scores(task.rewards, self.state)
        for name, term in task.failures.items():
            score(term, name, "failure", self.state, 0)
        self.steps = np.zeros(n, int)
        self.success, self.failed, self.terminated, self.truncated = np.zeros((4, n), bool)
        self.returns: Array = np.zeros((n, len(self.scores.names)))

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
        """Of the terms."""
        return self.scores.names

    # ---- episodes

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Start new episodes ``ids`` (k,), sorted, each drawn from a generator of its own."""
        self._place(ids, rngs)
        self.monitor.reset(ids)
        self.state.action[ids] = 0.0
        self.steps[ids], self.returns[ids] = 0, 0.0
        for flags in (self.success, self.failed, self.terminated, self.truncated):
            flags[ids] = False
        self.state.refresh()

    def _place(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Put everything where it starts, and arm the robots."""
        draws = [sample(self.scene, self.task.variation, rng, 1) for rng in rngs]
        self.world.reset(ids, _stack(draws), self._start)
        self.controller.arm(ids, self.world.q[ids], self.world.aperture[ids])

    def step(self, action: npt.ArrayLike) -> None:
        """One environment step of all episodes. Results are in the attributes and ``scores``."""
        self.state.action = checked(action, (self.n, *(self.action_space.shape or ())))
        sent = self._command(self.state.action)  # limiter, inverse kinematics, interpolation
        self._advance(sent)  # physics and contact ledger; a divergence is undone
        self.steps += 1
        self.state.refresh()
        self.monitor.update(self.task.dt)  # goal held, cause, lost targets
        self._note_failures()
        self.scores.update(self.state)
        self.returns += self.scores.values
        self.success = self.monitor.success & ~self.world.diverged
        self.failed = self.monitor.failure != ""
        self.terminated = self.success | self.failed
        self.truncated = (self.steps >= self.step_limit) & ~self.terminated

    def observe(self) -> Obs:
        """Fresh observation of all episodes."""
        return self.observer.read(self.state)

    def terms(self) -> dict[str, dict[str, int]]:
        """Observation groups that are rows of terms: the width of each term, in order."""
        readers = self.observer.readers.items()
        return {name: reader.widths() for name, reader in readers if isinstance(reader, Row)}

    def told(self) -> dict[str, npt.NDArray[Any]]:
        """Nothing beside success and failure."""
        return {}

    def picture(self, camera: str, size: tuple[int, int], sim: int) -> Pixels:
        """(H, W, 3) picture of one episode."""
        from habilis.envs.world.cameras import render

        return render(self.world, camera, size[0], size[1], sim)

    def close(self) -> None:
        """Free what cameras hold."""
        self.observer.close()

    def _command(self, action: Array) -> Sent:
        low, high = self.world.robot.effector.aperture
        jaw = low + (action[:, -1] + 1) * ((high - low) / 2)
        limiter, by = self.controller.limiter, SCALES[self.task.control] * action[:, :-1]
        if self.task.control == "ee":
            return self.controller.to_position(limiter.pos + by, jaw, TICKS)
        return self.controller.to_joints(limiter.q + by, jaw, TICKS)

    def _advance(self, sent: Sent) -> None:
        self.world.advance(sent.ctrl)

    def _note_failures(self) -> None:
        failure = self.monitor.failure
        for name, term in self.task.failures.items():
            lost = term(self.state)
            if lost.any():
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

    def _rows(self) -> dict[str, npt.NDArray[np.generic]]:
        limiter = self.controller.limiter
        return {
            **{f"limiter/{name}": row for name, row in limiter.rows().items()},
            "controller/aperture": self.controller.aperture,
            **self.monitor.rows(),
            "core/action": self.state.action, "core/steps": self.steps,
            "core/returns": self.returns, "core/success": self.success,
            "core/failed": self.failed, "core/terminated": self.terminated,
            "core/truncated": self.truncated,
        }  # fmt: skip


def _stack(draws: Sequence[Layout]) -> Layout:
    if len(draws) == 1:
        return draws[0]
    return Layout(
        np.concatenate([d.shift for d in draws]), np.concatenate([d.turn for d in draws]),
        np.concatenate([d.friction for d in draws]), np.concatenate([d.mass for d in draws]),
    )  # fmt: skip
