"""N episodes side by side: the environment to train on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.error import ResetNeeded
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.core import (
    Core,
    Pixels,
)
from habilis.envs.mixed import MixedCore
from habilis.envs.observer import Obs
from habilis.envs.sim.make import SimKind
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.task import TaskSpec
from habilis.envs.tool_env import (
    TimedSpec,
    WithGoals,
    check_options,
    checked_render_mode,
    resolve,
)

Seed = int | Sequence[int | None] | None


class ToolVectorEnv(
    WithGoals, TimedSpec, VectorEnv[Any, npt.NDArray[np.float32], npt.NDArray[Any]]
):
    """N episodes of a task in one batch, on all cores, behind Gymnasium's vector interface.

    Episode i does exactly what a ``ToolEnv`` seeded with ``seed + i`` does. An episode that ends is
    reset in the same step (``AutoresetMode.SAME_STEP``): the observation returned is that of the
    new one, the last of the old one is ``info["final_obs"][i]``, and ``info["final_info"]`` has
    ``success``, ``failure``, ``returns`` (sum of each weighted reward term) and whatever else the
    task tells of its end. ``info`` is empty while no episode ends. With ``NEXT_STEP`` the last
    observation is returned, ``info`` itself has what is told of the end, and the next step resets
    the episode in place of acting; with ``DISABLED`` only ``reset`` does.

    Args:
      task: a ``TaskSpec``, or the id of a registered task.
      num_envs: N.
      obs: observation group; several give a dict; that of the task by default.
      render_mode: None or ``rgb_array``.
      nthread: threads of the physics, 0 for all cores. It does not change any result.
      camera: of ``render``; that of the task by default.
      size: width and height of ``render``, pixels.
      sim: back end of the physics, see ``SimKind``.
      autoreset_mode: one of Gymnasium's ``AutoresetMode``; its wrappers want ``NEXT_STEP``.
      max_episode_steps: of an episode, as Gymnasium's ``make_vec`` hands it on; the time limit of
        the scene stays where it is less.
      core: episodes that are made already, in place of the task's own.
      mixed: options of the task that episodes do not share; episode i has those of i mod their
        number, e.g. ``[{"scene": "2023"}, {"scene": "2024"}]``: other scenes, in one batch.
      **options: of the task where an id is given, e.g. ``scene``, ``variation``, ``control``.
    """

    metadata: dict[str, Any] = {
        "render_modes": ["rgb_array"],
        "render_fps": 10,
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }

    def __init__(
        self,
        task: TaskSpec | str = "habilis/ReachMilk-v0",
        num_envs: int = 1,
        *,
        obs: str | Sequence[str] | None = None,
        render_mode: str | None = None,
        nthread: int = 0,
        camera: str | None = None,
        size: tuple[int, int] | None = None,
        sim: SimKind = "cpu",
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
        max_episode_steps: int | None = None,
        core: Core | MixedCore | None = None,
        mixed: Sequence[Mapping[str, Any]] = (),
        **options: Any,
    ) -> None:
        self._made_with: dict[str, Any] = {
            "task": task, "num_envs": num_envs, "obs": obs, "render_mode": render_mode,
            "nthread": nthread, "camera": camera, "size": size, "sim": sim,
            "autoreset_mode": autoreset_mode, "max_episode_steps": max_episode_steps,
            "core": core, "mixed": mixed,
        } | options  # fmt: skip
        self._mode = AutoresetMode(autoreset_mode)
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        if core is None and mixed:
            tasks = [resolve(task, {**options, **own}) for own in mixed]
            core = MixedCore(tasks, checked_count(num_envs), obs, nthread, sim)
        if core is None:
            core = Core(resolve(task, options), checked_count(num_envs), obs, nthread, sim)
        if max_episode_steps is not None:
            core.shorten(max_episode_steps)
        self.core: Any = core  # Any: agents and tests of a task know the core of its own
        self.task, self.num_envs = core.task, core.n
        self.metadata = {
            **self.metadata, "render_fps": self.task.view.fps, "autoreset_mode": self._mode
        }  # fmt: skip
        self._camera, self._size = camera or self.task.view.camera, size or self.task.view.size
        self.single_action_space = self.core.action_space
        self.single_observation_space = self.core.observation_space
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self._rngs: list[np.random.Generator] = []
        self._over: Mask = np.zeros(self.num_envs, bool)

    @property
    def agents(self) -> Mapping[str, str]:
        """Scripted agents of the task, see ``TaskSpec``."""
        return self.task.agents

    @property  # type: ignore[misc]
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """One generator an episode."""
        return tuple(self._generators())

    def reset(
        self, *, seed: Seed = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start all episodes; episode i from ``seed + i``, or from ``seed[i]``.

        Args:
          seed: None goes on with the generators there are.
          options: ``reset_mask``, (N,) booleans, restricts it to some episodes.

        Raises:
          ValueError: an unknown option, or the wrong number of seeds or flags.
        """
        check_options(options, ("reset_mask",))
        mask = np.ones(self.num_envs, bool) if not options else _mask(options, self.num_envs)
        ids = np.flatnonzero(mask)
        for i, value in enumerate(_seeds(seed, self.num_envs)):
            if value is not None and mask[i]:
                self._generators()[i] = seeding.np_random(value)[0]
        self._reset(ids)
        return self.core.observe(), {}

    def step(
        self, actions: npt.NDArray[np.float32]
    ) -> tuple[Any, Array, Mask, Mask, dict[str, Any]]:
        """Act for the time of one step in all episodes.

        Raises:
          ValueError: actions of another shape, not finite, or outside [-1, 1].
          gymnasium.error.ResetNeeded: before the first ``reset``.
        """
        if not self._rngs:
            raise ResetNeeded("call reset() before step()")
        core, new = self.core, self._over
        core.step(actions)
        obs, reward = core.observe(), core.reward.copy()  # a reset must not reach what is returned
        terminated, truncated = core.terminated.copy(), core.truncated.copy()
        if self._mode is AutoresetMode.NEXT_STEP and new.any():
            self._reset(np.flatnonzero(new))
            obs, reward[new], terminated[new], truncated[new] = core.observe(), 0.0, False, False
        over = self._over = terminated | truncated
        if not over.any():
            return obs, reward, terminated, truncated, {}
        if self._mode is not AutoresetMode.SAME_STEP:
            return obs, reward, terminated, truncated, self._ends(over)
        info = self._final(obs, over)
        self._reset(np.flatnonzero(over))
        return core.observe(), reward, terminated, truncated, info

    def render(self) -> tuple[Pixels, ...] | None:
        """One (H, W, 3) picture an episode in ``rgb_array`` mode, else None."""
        if self.render_mode is None:
            return None
        ids = range(self.num_envs)
        return tuple(self.core.picture(self._camera, self._size, i) for i in ids)

    def close_extras(self, **kwargs: Any) -> None:
        """Free what cameras hold; called by ``close``."""
        self.core.close()

    def save(self) -> Snapshot:
        """Whole state of all episodes, but for the generators of the next ones."""
        return self.core.save()

    def restore(self, snapshot: Snapshot) -> Obs:
        """Continue saved episodes, bit for bit; returns the observation."""
        self._generators()
        self.core.restore(snapshot)
        return self.core.observe()

    def _generators(self) -> list[np.random.Generator]:
        if not self._rngs:
            self._rngs = [seeding.np_random(None)[0] for _ in range(self.num_envs)]
        return self._rngs

    def _reset(self, ids: Ids) -> None:
        rngs = self._generators()
        self.core.reset(ids, [rngs[i] for i in ids])

    def _final(self, obs: Obs, over: Mask) -> dict[str, Any]:
        last = np.full(self.num_envs, None, dtype=object)
        for i in np.flatnonzero(over):
            last[i] = {k: v[i] for k, v in obs.items()} if isinstance(obs, dict) else obs[i]
        return _masked({"final_obs": last, "final_info": self._ends(over)}, over)

    def _ends(self, over: Mask) -> dict[str, Any]:
        """What is told of the episodes that end."""
        core = self.core
        why = np.full(self.num_envs, None, dtype=object)
        why[over] = core.failure[over]
        returns = np.where(over[:, None], core.returns, 0.0)
        return _masked(
            {
                "success": core.success & over,
                "failure": why,
                "returns": _masked(dict(zip(core.reward_names, returns.T, strict=True)), over),
            }
            | {name: values.copy() for name, values in core.told().items()},
            over,
        )

    def __getstate__(self) -> dict[str, Any]:
        kept = ("_spec", "_rngs", "_over", "_np_random_seed", "closed", "action_space")
        state = {name: getattr(self, name) for name in kept}
        return {"made_with": self._made_with, "state": state, "episodes": self.core.save()}

    def __setstate__(self, pickled: dict[str, Any]) -> None:
        self.__init__(**pickled["made_with"])  # type: ignore[misc]
        self.__dict__.update(pickled["state"])
        self.core.restore(pickled["episodes"])


def checked_count(num_envs: int) -> int:
    """The number of episodes as given; ValueError unless it is at least 1."""
    if num_envs < 1:
        raise ValueError(f"num_envs must be at least 1, got {num_envs}")
    return num_envs


def _masked(values: dict[str, Any], mask: Mask) -> dict[str, Any]:
    """Gymnasium's form of batched infos: beside each key, under ``_key``, whose value is there."""
    return values | {f"_{key}": mask.copy() for key in values}


def _seeds(seed: Seed, n: int) -> Sequence[int | None]:
    if seed is None:
        return [None] * n
    if isinstance(seed, (int, np.integer)):
        return [int(seed) + i for i in range(n)]
    if len(seed) != n:
        raise ValueError(f"seed must be one number or {n} of them, got {len(seed)}")
    return seed


def _mask(options: dict[str, Any], n: int) -> Mask:
    mask = np.asarray(options["reset_mask"])
    if mask.shape != (n,) or mask.dtype != np.bool_ or not mask.any():
        raise ValueError(
            f"reset_mask must be {n} booleans, at least one of them true, got"
            f" shape {mask.shape}, dtype {mask.dtype}"
        )
    return mask
