"""Everything a run needs to go on as if it had never stopped, in one file written at once.

A checkpoint is taken between updates, when the rollout has been used up: parameters, optimisers,
replay buffer, normalisation, episode statistics, the simulations with their generators, and the
global generators that Stable-Baselines3 draws from. It holds plain values only, and reading one
runs no code that stands in it.
"""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecNormalize

from habilis.assets import foreign
from habilis.envs.sim.snapshot import Snapshot
from habilis.policies.learn.plain_state import from_plain, to_plain
from habilis.policies.vector import Vector

FORMAT = 2  # of the file; 1 was a pickle

_MODEL = ("num_timesteps", "_n_updates", "_episode_num", "_current_progress_remaining", "_last_obs",
          "_last_episode_starts", "_last_original_obs", "ep_info_buffer",
          "ep_success_buffer")  # fmt: skip
_BUFFER = ("pos", "full", "_current_ep_start")
_NORMALISE = ("obs_rms", "ret_rms", "returns")
_MONITOR = ("episode_returns", "episode_lengths", "episode_count")


def name(steps: int) -> str:
    """Return the file name of the checkpoint that is written after this many environment steps."""
    return f"step_{steps:010d}.ckpt"


def latest(folder: Path) -> Path:
    """Return the newest checkpoint in a folder.

    Raises:
      ValueError: the folder has none.
    """
    found = sorted(folder.glob("step_*.ckpt"))
    if not found:
        raise ValueError(f"no checkpoint in {folder}: the run ended before its first")
    return found[-1]


def write(path: Path, state: dict[str, Any], keep: int) -> None:
    """Write a checkpoint and delete all but the last ``keep``.

    The file appears under its name only when it is whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        torch.save({"format": FORMAT, "state": to_plain(state)}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    for old in sorted(path.parent.glob("step_*.ckpt"))[:-keep]:
        old.unlink()


def read(path: Path) -> dict[str, Any]:
    """Read a checkpoint from a file.

    Raises:
      ValueError: the file is not a checkpoint, or one that could only be read by running code in
        it, as earlier versions wrote them.
    """
    try:
        foreign.check_ordinary(path)
        with zipfile.ZipFile(path) as archive:
            packed = [m.filename for m in archive.infolist() if m.compress_type]
        if packed:
            raise ValueError(f"{packed[0]!r} is compressed, and torch compresses nothing")
        found = torch.load(path, map_location="cpu", weights_only=True)
        if found["format"] != FORMAT:
            raise ValueError(f"its format is {found['format']!r}, this reads {FORMAT}")
        state: dict[str, Any] = from_plain(found["state"])
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"{path} cannot be read as a checkpoint: it holds more than plain values, as those of"
            " earlier versions do, and reading it could run code; train anew"
        ) from error
    except Exception as error:  # noqa: BLE001  (torch raises many kinds)
        raise ValueError(f"{path} cannot be read as a checkpoint: {error}") from error
    return state


def take(model: BaseAlgorithm) -> dict[str, Any]:
    """Return the whole state of a model and its environment, for ``write`` or ``put``."""
    env = _wrapped(model)
    buffer = getattr(model, "replay_buffer", None)
    return {
        "parameters": model.get_parameters(),
        "variables": {v: getattr(model, v).detach() for v in _variables(model)},
        "model": {key: getattr(model, key) for key in _MODEL},
        "buffer": None if buffer is None else _filled(buffer),
        "normalise": {key: getattr(env, key, None) for key in _NORMALISE},
        "monitor": {key: getattr(env.venv, key) for key in _MONITOR},
        "episodes": _episodes(env.unwrapped.env),  # type: ignore[attr-defined]
        "generators": _generators(model),
    }


def put(model: BaseAlgorithm, state: dict[str, Any]) -> bool:
    """Make a new model of the same configuration continue; ``put_generators`` does the rest.

    Returns:
      Whether the continuation is exact. It is not where the environment cannot be saved: there,
      new episodes begin.
    """
    env = _wrapped(model)
    model.set_parameters(state["parameters"], exact_match=True, device=model.device)
    for key in _variables(model):
        getattr(model, key).data.copy_(state["variables"][key])
    parts = (
        ("model", _MODEL, model),
        ("normalise", _NORMALISE, env),
        ("monitor", _MONITOR, env.venv),
    )
    for part, keys, target in parts:
        for key in keys:
            setattr(target, key, state[part][key])
    if state["buffer"] is not None:
        _refill(model.replay_buffer, state["buffer"])  # type: ignore[attr-defined]
    vector = env.unwrapped.env  # type: ignore[attr-defined]
    if state["episodes"] is None:
        _begin_anew(model)
        return False
    vector.restore(Snapshot(state["episodes"]["rows"]))
    for rng, at in zip(vector.np_random, state["episodes"]["generators"], strict=True):
        rng.bit_generator.state = at
    return True


def put_generators(model: BaseAlgorithm, state: dict[str, Any]) -> None:
    """Put the global generators back where they were when the state was taken.

    Do it last: making a model seeds and uses them.
    """
    saved = state["generators"]
    torch.set_rng_state(saved["torch"])
    np.random.set_state(saved["numpy"])  # noqa: NPY002
    model.action_space.np_random.bit_generator.state = saved["actions"]
    if saved["cuda"] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(saved["cuda"])


def _generators(model: BaseAlgorithm) -> dict[str, Any]:
    cuda = torch.cuda.get_rng_state_all() if model.device.type == "cuda" else None
    return {
        "torch": torch.get_rng_state(),
        "numpy": np.random.get_state(),  # noqa: NPY002
        "actions": model.action_space.np_random.bit_generator.state,
        "cuda": cuda,
    }


def _wrapped(model: BaseAlgorithm) -> VecNormalize:
    env = model.get_vec_normalize_env()
    assert env is not None
    return env


def _variables(model: BaseAlgorithm) -> list[str]:
    return [v for v in model._get_torch_save_params()[1] if hasattr(model, v)]


def _episodes(vector: Vector) -> dict[str, Any] | None:
    if not (hasattr(vector, "save") and hasattr(vector, "restore")):
        return None
    each: Any = vector.np_random
    generators = [rng.bit_generator.state for rng in each]
    return {"rows": vector.save().rows, "generators": generators}


def _begin_anew(model: BaseAlgorithm) -> None:
    """Episodes other than those already trained on; the half ones in the replay are closed."""
    model._last_obs = None
    assert model.env is not None
    model.env.seed((model.seed or 0) + model.num_timesteps)
    buffer: Any = getattr(model, "replay_buffer", None)
    if hasattr(buffer, "truncate_last_trajectory"):
        buffer.truncate_last_trajectory()


def _filled(buffer: Any) -> dict[str, Any]:
    """The used rows of a replay buffer."""
    used = buffer.buffer_size if buffer.full else buffer.pos
    state = {key: getattr(buffer, key) for key in _BUFFER if hasattr(buffer, key)}
    return state | {"rows": {key: _map(value, lambda a: a[:used]) for key, value in _rows(buffer)}}


def _refill(buffer: Any, state: dict[str, Any]) -> None:
    for key in _BUFFER:
        if key in state:
            setattr(buffer, key, state[key])
    for key, value in _rows(buffer):
        saved = state["rows"][key]
        for to, given in _pairs(value, saved):
            to[: len(given)] = given


def _rows(buffer: Any) -> list[tuple[str, Any]]:
    """Arrays, or dicts of arrays, with one row a vector step; the infos of HER are not kept."""
    found = []
    for key, value in vars(buffer).items():
        arrays = list(value.values()) if isinstance(value, dict) else [value]
        if arrays and all(isinstance(a, np.ndarray) and a.dtype != object for a in arrays):
            if all(a.ndim and len(a) == buffer.buffer_size for a in arrays):
                found.append((key, value))
    return [(key, value) for key, value in found if key not in _BUFFER]


def _map(value: Any, fn: Any) -> Any:
    return {k: fn(v) for k, v in value.items()} if isinstance(value, dict) else fn(value)


def _pairs(to: Any, given: Any) -> list[tuple[Any, Any]]:
    return [(to[k], given[k]) for k in to] if isinstance(to, dict) else [(to, given)]
