"""Any registered environment, N at a time."""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec, load_env_creator
from gymnasium.vector import AutoresetMode, VectorEnv

import habilis.envs  # noqa: F401  (registers the tasks)
from habilis.assets.names import did_you_mean
from habilis.envs.media.gl import RenderingUnavailable

Vector = VectorEnv[Any, Any, Any]


def make_vector(id: str, num_envs: int, **options: Any) -> Vector:
    """The vector environment of a Gymnasium id.

    Ids with a vector entry point of their own, as all of habilis, step in one batch; others run one
    after the other, and so do those whose own batch resets an episode a step after its end.

    Args:
      id: registered with Gymnasium.
      num_envs: N.
      **options: of the environment.

    Raises:
      ValueError: an unknown id, or one that there is only as a batch that does not reset an episode
        in the step that ends it.
      TypeError: an unknown option.
    """
    if _one_by_one(known_task(id)):
        options["vectorization_mode"] = "sync"
        options["vector_kwargs"] = {"autoreset_mode": AutoresetMode.SAME_STEP}
    env = gymnasium.make_vec(id, num_envs=num_envs, **options)
    mode = env.metadata.get("autoreset_mode")
    if mode != AutoresetMode.SAME_STEP:
        raise ValueError(f"{id} resets in mode {mode}; training needs {AutoresetMode.SAME_STEP}")
    return env


def known_task(id: str) -> EnvSpec:
    """What Gymnasium knows of an id; ValueError names those there are."""
    known = gymnasium.registry
    if id not in known:
        ours = sorted(known, key=lambda name: not name.startswith("habilis/"))  # these first
        raise ValueError(did_you_mean("task", id, ours))
    return known[id]


def make_drawable(id: str, num_envs: int, **options: Any) -> Vector:
    """As ``make_vector``, with a ``render`` that gives a picture of each episode.

    Raises:
      RenderingUnavailable: the environment draws no pictures.
    """
    spec = gymnasium.registry.get(id)
    if spec is not None and "rgb_array" not in _about(spec, _one_by_one(spec))["render_modes"]:
        raise RenderingUnavailable(f"{id} has no render mode 'rgb_array'")
    return make_vector(id, num_envs, **{**options, "render_mode": "rgb_array"})


def seconds(env: Vector) -> float:
    """Length of an environment step."""
    core = getattr(env, "core", None)
    return float(core.dt) if core is not None else 1 / float(env.metadata.get("render_fps", 10))


def _one_by_one(spec: EnvSpec) -> bool:
    """Whether episodes run one after the other: there is no batch that resets in the same step."""
    if spec.vector_entry_point is None or spec.entry_point is None:
        return spec.vector_entry_point is None
    return _about(spec, single=False).get("autoreset_mode") != AutoresetMode.SAME_STEP


def _about(spec: EnvSpec, single: bool) -> dict[str, Any]:
    """What the class of an environment tells of it."""
    entry = spec.entry_point if single else spec.vector_entry_point
    creator = load_env_creator(entry) if isinstance(entry, str) else entry
    return {"render_modes": (), **getattr(creator, "metadata", {})}


def row(batched: Any, i: int) -> Any:
    """Of a batched observation or info, what belongs to episode i; dicts and object arrays too."""
    if isinstance(batched, dict):
        return {key: row(value, i) for key, value in batched.items() if not key.startswith("_")}
    return batched[i]
