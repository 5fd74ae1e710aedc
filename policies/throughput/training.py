"""PPO over the batch environment against the same PPO over processes of single environments.

All train the same network with the same samples and gradient steps an update; only how the samples
are made differs. Every kind is visited once a round, in an order that turns round each time, and
ratios are taken within a round, so that a busy neighbour counts on both sides.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import gymnasium
import numpy as np
import torch
from stable_baselines3.common.vec_env import SubprocVecEnv

from habilis.policies.evaluation.statistics import bootstrap
from habilis.policies.learn import build
from habilis.policies.learn.config import Config, Env, load
from habilis.policies.sb3 import make_sb3

Say = Callable[[str], None]
SAMPLES = 2048
"""Environment steps an update, of all kinds: what configuration ``ppo`` has."""


@dataclasses.dataclass
class TrainingKind:
    """A way to train, whose model goes on learning from round to round."""

    name: str
    envs: int
    processes: int
    model: Any
    rates: list[float] = dataclasses.field(default_factory=list)

    def visit(self, updates: int) -> None:
        """Train for a few updates and note the environment steps a second."""
        before, start = self.model.num_timesteps, time.perf_counter()
        self.model.learn(updates * SAMPLES, log_interval=None, reset_num_timesteps=False)
        self.rates.append((self.model.num_timesteps - before) / (time.perf_counter() - start))


def measure(
    task: str,
    options: Mapping[str, Any],
    num_envs: int,
    processes: Sequence[int],
    rounds: int,
    updates: int,
    say: Say,
) -> dict[str, Any]:
    """Train every kind for ``updates`` updates a round.

    Args:
      task: registered id.
      options: of it.
      num_envs: episodes in the batch; it is also measured with as many as there are processes.
      processes: of each ``SubprocVecEnv``, one environment a process.
      rounds: how many, after one to warm up.
      updates: of ``SAMPLES`` steps each.
      say: told what is going on.

    Returns:
      ``rows``, one dict a kind, with ``env_steps_per_s`` (median over rounds), its interval
      ``low``, ``high``; ``ratio``, ``ratio_interval``: of the batch against the faster of the
      process vectors; ``ratio_same_n``: of the batch with as many episodes as processes, by number;
      ``summary``: lines to print. Intervals are 95 % bootstrap intervals of medians.
    """
    for n in (num_envs, *processes):
        if n < 1 or SAMPLES % n:
            raise ValueError(f"numbers of environments must divide {SAMPLES}, got {n}")
    torch.set_num_threads(1)
    vectors = {}
    try:
        for n in processes:  # before there is any thread pool
            say(f"starting {n} processes")
            vectors[n] = SubprocVecEnv([partial(single, task, dict(options))] * n, *_method())
        found = [TrainingKind("SubprocVecEnv", n, n, _model(task, options, n, v))
                 for n, v in vectors.items()]  # fmt: skip
        for n in dict.fromkeys((num_envs, *processes)):
            env = make_sb3(task, n, **options)
            found.append(TrainingKind("batch", n, 1, _model(task, options, n, env)))
        for i in range(-1, rounds):
            say("warm-up" if i < 0 else f"round {i + 1} of {rounds}")
            for kind in found if i % 2 else found[::-1]:
                kind.visit(updates)
    finally:
        for vector in vectors.values():
            vector.close()
    return _result(found, num_envs)


class Alone(gymnasium.Env[Any, Any]):
    """A vector environment of one as a single one, where an id has no other."""

    def __init__(self, task: str, options: dict[str, Any]) -> None:
        from habilis.policies.vector import make_vector

        self._env = make_vector(task, 1, **options)
        self.observation_space = self._env.single_observation_space
        self.action_space = self._env.single_action_space

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode."""
        return _only(self._env.reset(seed=seed)[0]), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act."""
        seen, reward, terminated, truncated, info = self._env.step(np.asarray(action)[None])
        over = bool(terminated[0]), bool(truncated[0])
        last = info["final_obs"][0] if any(over) else _only(seen)
        return last, float(reward[0]), *over, {}


def single(task: str, options: dict[str, Any]) -> gymnasium.Env[Any, Any]:
    """The single environment of an id, in a process of its own."""
    import habilis.envs  # noqa: F401  (registers the tasks)

    torch.set_num_threads(1)
    if gymnasium.spec(task).entry_point is None:
        return Alone(task, options)
    return gymnasium.make(task, disable_env_checker=True, **options)


def _only(observation: Any) -> Any:
    if isinstance(observation, dict):
        return {k: v[0] for k, v in observation.items()}
    return observation[0]


def _method() -> tuple[str, ...]:
    """A start method that imports torch once, and not once in each process, where there is one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return ()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["habilis.policies.throughput.training"])
    return ("forkserver",)


def _model(task: str, options: Mapping[str, Any], n: int, env: Any) -> Any:
    config: Config = load("ppo", [f"hyperparameters.n_steps={SAMPLES // n}"], task=task)
    config = dataclasses.replace(config, env=Env(n, options))
    return build.make_model(config, build.wrapped(config, env), "cpu")


def _result(found: Sequence[TrainingKind], num_envs: int) -> dict[str, Any]:
    rates = {(k.name, k.envs): np.array(k.rates[1:]) for k in found}
    rows = [
        {"kind": k.name, "envs": k.envs, "processes": k.processes} | _median(rates[k.name, k.envs])
        for k in found
    ]
    apart = [n for name, n in rates if name == "SubprocVecEnv"]
    best = max(apart, key=lambda n: float(np.median(rates["SubprocVecEnv", n])))
    ratio = _ratio(rates["batch", num_envs] / rates["SubprocVecEnv", best])
    same = {str(n): _ratio(rates["batch", n] / rates["SubprocVecEnv", n]) for n in apart}
    result = {"rows": rows, "samples": SAMPLES, "ratio": ratio[0], "ratio_interval": ratio[1:]}
    lines = [f"batch of {num_envs} against the fastest SubprocVecEnv ({best}): {_said(ratio)}"]
    lines += [f"batch of {n} against SubprocVecEnv of {n}: {_said(r)}" for n, r in same.items()]
    return result | {"ratio_same_n": same, "summary": lines}


def _median(rates: Any) -> dict[str, Any]:
    low, high = bootstrap(rates, np.random.default_rng(0), of=np.median)
    middle = round(float(np.median(rates)))
    return {"env_steps_per_s": middle, "low": round(low), "high": round(high)}


def _ratio(ratios: Any) -> list[float]:
    low, high = bootstrap(ratios, np.random.default_rng(0), of=np.median)
    return [float(np.median(ratios)), low, high]


def _said(ratio: Sequence[float]) -> str:
    return f"x{ratio[0]:.2f} ({ratio[1]:.2f}-{ratio[2]:.2f})"
