"""The vector environment as Stable-Baselines3 wants it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.envs.task import TaskSpec
from habilis.envs.vector_env import ToolVectorEnv
from habilis.policies.vector import Vector, make_vector, row

INSTALL = 'Stable-Baselines3 is not installed: pip install "habilis[rl]"'


def make_sb3(
    task: TaskSpec | str = "habilis/ReachMilk-v0", num_envs: int = 1, **options: Any
) -> Any:
    """A ``stable_baselines3`` ``VecEnv`` over a vector environment.

    At the end of an episode its info has ``terminal_observation``, ``TimeLimit.truncated``,
    ``is_success``, ``failure`` and ``returns``; else it is empty.

    Args:
      task: a registered id, or a ``TaskSpec``.
      num_envs: N.
      **options: of the environment, see ``make_vector``.

    Raises:
      ImportError: Stable-Baselines3 is missing; says how to install it.
    """
    wrap = adapter()
    if isinstance(task, TaskSpec):
        return wrap(ToolVectorEnv(task, num_envs, **options))
    return wrap(make_vector(task, num_envs, **options))


@functools.cache
def adapter() -> Any:
    """The class that adapts a vector environment, made when first asked for: SB3 loads torch."""
    try:
        from stable_baselines3.common.vec_env import VecEnv
    except ModuleNotFoundError as error:
        raise ImportError(INSTALL) from error
    return type("SB3VecEnv", (_Adapter, VecEnv), {"__doc__": _Adapter.__doc__})


class _Adapter:
    """``VecEnv`` methods over a vector environment; mixed with the base class by ``adapter``."""

    # Set by VecEnv.
    _seeds: list[int | None]
    num_envs: int

    def __init__(self, env: Vector) -> None:
        self.env = env
        self._actions: npt.NDArray[Any] = np.zeros(env.action_space.shape or ())
        init: Any = super().__init__
        init(env.num_envs, env.single_observation_space, env.single_action_space)

    def reset(self) -> Any:
        """Start all episodes, from the seeds given to ``seed`` if there are any."""
        seeds: Any = self._seeds  # one an episode
        obs, _ = self.env.reset(seed=seeds)
        me: Any = self
        me._reset_seeds()
        me._reset_options()
        return obs

    def step_async(self, actions: npt.NDArray[Any]) -> None:
        """Keep the actions for ``step_wait``."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, npt.NDArray[np.float32], npt.NDArray[np.bool_], list[Any]]:
        """Act; returns observation, reward, done, one info an episode."""
        obs, reward, terminated, truncated, info = self.env.step(self._actions)
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        over = terminated | truncated
        for i in np.flatnonzero(over):
            infos[i] = _last(info, int(i), bool(truncated[i]))
        return obs, reward.astype(np.float32), over, infos

    def close(self) -> None:
        """Nothing is held open."""
        self.env.close()

    def get_images(self) -> Sequence[Any]:
        """One picture an episode; None where ``render_mode`` is None."""
        return self.env.render() or [None] * self.num_envs

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The attribute of the one environment, once for each episode asked for."""
        return [getattr(self.env, attr_name)] * len(self._ids(indices))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of the one environment; ValueError if only for some episodes."""
        if len(self._ids(indices)) != self.num_envs:
            raise ValueError("all episodes share one environment: set_attr takes no indices")
        setattr(self.env, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> Any:
        """Call a method of the one environment; its result once for each episode asked for."""
        result = getattr(self.env, method_name)(*args, **kwargs)
        return [result] * len(self._ids(indices))

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        """No episode is wrapped."""
        return [False] * len(self._ids(indices))

    def _ids(self, indices: Any) -> Sequence[int]:
        me: Any = self
        ids: Sequence[int] = list(me._get_indices(indices))
        return ids


def _last(info: dict[str, Any], i: int, truncated: bool) -> dict[str, Any]:
    final = row(info["final_info"], i)
    return {
        "terminal_observation": row(info["final_obs"], i),
        "TimeLimit.truncated": truncated,
        "is_success": bool(final.get("success", False)),
        "failure": final.get("failure", ""),
        "returns": {name: float(value) for name, value in final.get("returns", {}).items()},
    }
