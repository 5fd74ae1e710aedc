"""One episode at a time: ``gymnasium.Env`` over a batch of one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.envs.registration import EnvSpec

from habilis.assets.names import check_known, did_you_mean
from habilis.envs.core import Core, Pixels
from habilis.envs.sim.make import SimKind
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.task import TaskSpec
from habilis.envs.tasks import load_task


class WithGoals:
    """An environment whose reward follows from goals alone, if its task has goals."""

    task: TaskSpec

    @property
    def compute_reward(self) -> Callable[[Any, Any, Any], Any]:
        """Of goals (..., k), achieved and desired, and of info, which does not matter: (...).

        Raises:
          AttributeError: the task has no goals; who looks for it finds none, and takes the task for
            what it is.
        """
        goals = self.task.goals
        if goals is None:
            raise AttributeError(f"{self.task.id} has no goals: its reward depends on more")
        reward = goals.reward
        return lambda achieved, desired, info: reward(
            np.asarray(achieved, float), np.asarray(desired, float)
        )


class TimedSpec:
    """An environment that is made says how many steps an episode has at most.

    What is registered does not: it depends on the scene.
    """

    core: Core
    _spec: EnvSpec | None = None

    @property
    def spec(self) -> EnvSpec | None:
        """As registered, with the steps after which an episode of this scene is truncated."""
        return self._spec

    @spec.setter
    def spec(self, given: EnvSpec | None) -> None:
        self._spec = copy.copy(given)
        if self._spec is not None:
            self._spec.max_episode_steps = self.core.step_limit


class ToolEnv(WithGoals, TimedSpec, gymnasium.Env[Any, npt.NDArray[np.float32]]):
    """One episode of a registered task, or of a ``TaskSpec``, behind Gymnasium's interface.

    ``info`` holds ``success``, ``failure`` (reason, '' if none), ``rewards`` (each weighted term
    of this step) and, at the end of an episode, ``returns`` (their sums over the episode) and
    whatever else the task tells of its end. The page of a task is the docstring of its module.

    Args:
      task: a ``TaskSpec``, or the id of a registered task.
      obs: observation group; several give a dict; that of the task by default.
      render_mode: None or ``rgb_array``.
      camera: of ``render``; that of the task by default.
      size: width and height of ``render``, pixels.
      sim: back end of the physics, see ``SimKind``.
      **options: of the task where an id is given, e.g. ``scene``, ``variation``, ``control``.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(
        self,
        task: TaskSpec | str = "habilis/ReachMilk-v0",
        *,
        obs: str | Sequence[str] | None = None,
        render_mode: str | None = None,
        camera: str | None = None,
        size: tuple[int, int] | None = None,
        sim: SimKind = "cpu",
        **options: Any,
    ) -> None:
        self._made_with: dict[str, Any] = {
            "task": task, "obs": obs, "render_mode": render_mode, "camera": camera, "size": size,
            "sim": sim,
        } | options  # fmt: skip
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        self.core = Core(resolve(task, options), 1, obs, sim=sim)
        self.task = self.core.task
        self.metadata = {**self.metadata, "render_fps": self.task.view.fps}
        self._camera, self._size = camera or self.task.view.camera, size or self.task.view.size
        self.action_space = self.core.action_space
        self.observation_space = self.core.observation_space
        self._started = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode drawn from ``np_random``; there are no options."""
        super().reset(seed=seed)
        check_options(options, ())
        self.core.reset(np.zeros(1, int), [self.np_random])
        self._started = True
        return self._observation(), {"success": False, "failure": ""}

    def step(
        self, action: npt.NDArray[np.float32]
    ) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act for the time of one step.

        Raises:
          ValueError: an action of another shape, not finite, or outside [-1, 1].
          gymnasium.error.ResetNeeded: before the first ``reset``.
        """
        if not self._started:
            raise gymnasium.error.ResetNeeded("call reset() before step()")
        core = self.core
        given = np.asarray(action)
        if given.shape != core.action_shape[1:]:
            raise ValueError(f"action must have shape {core.action_shape[1:]}, got {given.shape}")
        core.step(given[None])
        over = bool(core.terminated[0]), bool(core.truncated[0])
        return self._observation(), float(core.reward[0]), *over, self._info(any(over))

    def render(self) -> Pixels | None:
        """(H, W, 3) picture of the present in ``rgb_array`` mode, else None."""
        if self.render_mode is None:
            return None
        return self.core.picture(self._camera, self._size, 0)

    def close(self) -> None:
        """Free what cameras hold."""
        self.core.close()

    def save(self) -> Snapshot:
        """Whole state of the episode, but for the generator of the next ones."""
        return self.core.save()

    def restore(self, snapshot: Snapshot) -> Any:
        """Continue a saved episode, bit for bit; returns the observation."""
        self.core.restore(snapshot)
        self._started = True
        return self._observation()

    def _observation(self) -> Any:
        got = self.core.observe()
        return {k: v[0] for k, v in got.items()} if isinstance(got, dict) else got[0]

    def _info(self, over: bool) -> dict[str, Any]:
        core, names = self.core, self.core.reward_names
        info: dict[str, Any] = {
            "success": bool(core.success[0]),
            "failure": core.failure[0],
            "rewards": dict(zip(names, core.rewards[0].tolist(), strict=True)),
        }
        if over:
            info["returns"] = dict(zip(names, core.returns[0].tolist(), strict=True))
            info |= {name: values[0] for name, values in core.told().items()}
        return info

    def __getstate__(self) -> dict[str, Any]:
        kept = ("_spec", "_np_random", "_np_random_seed", "_started", "action_space")
        state = {name: getattr(self, name) for name in kept}
        return {"made_with": self._made_with, "state": state, "episode": self.core.save()}

    def __setstate__(self, pickled: dict[str, Any]) -> None:
        self.__init__(**pickled["made_with"])  # type: ignore[misc]
        self.__dict__.update(pickled["state"])
        self.core.restore(pickled["episode"])


def resolve(task: TaskSpec | str, options: dict[str, Any]) -> TaskSpec:
    """The task that was asked for; TypeError if options are given for a finished ``TaskSpec``."""
    if isinstance(task, str):
        return load_task(task, **options)
    if options:
        raise TypeError(f"unknown arguments {sorted(options)}: options go with the id of a task")
    return task


def checked_render_mode(mode: str | None, known: Sequence[str]) -> str | None:
    """The mode; ValueError names the known ones."""
    if mode is not None and mode not in known:
        raise ValueError(did_you_mean("render mode", mode, known))
    return mode


def check_options(options: dict[str, Any] | None, known: Sequence[str]) -> None:
    """ValueError for options of ``reset`` that do not exist; names those that do."""
    for name in options or {}:
        check_known("reset option", name, known)
