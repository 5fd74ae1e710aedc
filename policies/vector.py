"""Any registered environment, N at a time."""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium.vector import AutoresetMode, VectorEnv

import habilis.envs  # noqa: F401  (registers the tasks)
from habilis.assets.names import pick

Vector = VectorEnv[Any, Any, Any]


def make_vector(id: str, num_envs: int, **options: Any) -> Vector:
    """The vector environment of a Gymnasium id.

    Ids with a vector entry point of their own, as all of habilis, step in one batch; others run one
    after the other.

    Args:
      id: registered with Gymnasium.
      num_envs: N.
      **options: of the environment.

    Raises:
      ValueError: an unknown id, or an environment that does not reset an episode in the step that
        ends it.
      TypeError: an unknown option.
    """
    known = gymnasium.registry
    if id not in known:
        ours = [name for name in known if name.startswith("habilis/")]
        raise ValueError(pick("task", id, ours))
    if known[id].vector_entry_point is None:
        options["vector_kwargs"] = {"autoreset_mode": AutoresetMode.SAME_STEP}
    env = gymnasium.make_vec(id, num_envs=num_envs, **options)
    mode = env.metadata.get("autoreset_mode")
    if mode != AutoresetMode.SAME_STEP:
        raise ValueError(f"{id} resets in mode {mode}; training needs {AutoresetMode.SAME_STEP}")
    return env


def row(batched: Any, i: int) -> Any:
    """Of a batched observation or info, what belongs to episode i; dicts and object arrays too."""
    if isinstance(batched, dict):
        return {key: row(value, i) for key, value in batched.items() if not key.startswith("_")}
    return batched[i]
