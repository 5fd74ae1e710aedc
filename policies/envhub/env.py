"""A task as LeRobot wants its environments: names of observations, what is told of success."""

from __future__ import annotations

import functools
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv

import habilis.envs  # noqa: F401  (registers the tasks)
from habilis.policies.data.about import Leaf
from habilis.policies.data.lerobot_table import PICTURES, STATE, observed

PIXELS, AGENT = "pixels", "agent_pos"
"""Names that LeRobot makes ``observation.images.NAME`` and ``observation.state`` of."""
Suites = dict[str, dict[int, VectorEnv[Any, Any, Any]]]


class HubEnv(gymnasium.Wrapper[Any, Any, Any, Any]):
    """One episode of a task at a time, with the conventions of LeRobot.

    Observations are a dict whose parts have the names that an exported dataset has, once LeRobot
    has put ``observation.`` before them. Actions are clipped to their bounds, as policies of
    LeRobot know none. ``info`` has ``is_success``.

    Args:
      task: id of a task.
      episode_length: steps after which an episode ends, if it does not end earlier; 0 for those of
        the task.
      **options: of the task and of its environment, such as ``obs``.
    """

    def __init__(self, task: str, episode_length: int = 0, **options: Any) -> None:
        env = gymnasium.make(task, render_mode="rgb_array", **options)
        super().__init__(env)
        core: Any = getattr(env.unwrapped, "core")  # noqa: B009  (Env declares none)
        if episode_length:
            core.shorten(episode_length)
        self.task, self.task_description = task, core.scene.instruction
        self._max_episode_steps = core.step_limit
        self.metadata = {**env.metadata, "render_fps": round(1 / core.dt)}
        self._parts = parts(env.observation_space)
        self.observation_space = _nested(
            {name: _at(env.observation_space, leaf) for name, leaf in self._parts.items()}
        )

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; the options, which LeRobot has for wrappers of its own, do nothing."""
        observation, info = self.env.reset(seed=seed)
        return self._shown(observation), info | {"is_success": False}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Act for the time of one step."""
        box: Any = self.action_space
        observation, reward, *over, info = self.env.step(np.clip(action, box.low, box.high))
        told = info | {"is_success": info["success"]}
        return self._shown(observation), reward, bool(over[0]), bool(over[1]), told

    def _shown(self, observation: Any) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, leaf in self._parts.items():
            folder, _, last = name.rpartition("/")
            (shown.setdefault(folder, {}) if folder else shown)[last] = _at(observation, leaf)
        return shown


def make_suite(task: str, n_envs: int = 1, use_async_envs: bool = False, **options: Any) -> Suites:
    """What ``make_env`` of an EnvHub repository returns: the task as its own suite.

    Args:
      task: id of a task.
      n_envs: episodes side by side.
      use_async_envs: whether each is in a process of its own.
      **options: of ``HubEnv``.

    Raises:
      ValueError: an unknown task, or one with observations that LeRobot has no place for.
    """
    makers = [functools.partial(HubEnv, task, **options)] * n_envs
    mode = AutoresetMode.SAME_STEP
    if use_async_envs and n_envs > 1:
        return {task: {0: AsyncVectorEnv(makers, autoreset_mode=mode, context="forkserver")}}
    return {task: {0: SyncVectorEnv(makers, autoreset_mode=mode)}}


def parts(space: gymnasium.Space[Any]) -> dict[str, Leaf]:
    """Names of the parts of an observation, ``pixels/NAME`` for pictures, each with its place."""
    return {_name(column): leaf for column, leaf in observed(space).items()}


def _name(column: str) -> str:
    if column.startswith(PICTURES):
        return f"{PIXELS}/{column.removeprefix(PICTURES)}"
    return AGENT if column == STATE else column.removeprefix("observation.")


def _at(whole: Any, leaf: Leaf) -> Any:
    """The part of an observation, or of its space, at a place."""
    return functools.reduce(lambda part, key: part[key], leaf, whole)


def _nested(found: dict[str, Any]) -> spaces.Dict:
    flat = {name: box for name, box in found.items() if "/" not in name}
    pictures = {n.partition("/")[2]: box for n, box in found.items() if "/" in n}
    return spaces.Dict(flat | ({PIXELS: spaces.Dict(pictures)} if pictures else {}))
