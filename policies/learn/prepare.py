"""What a model is given before it learns by itself: weights, demonstrations, a filled replay."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.logger import Logger

from habilis.policies.agents.base import Random, make_agent
from habilis.policies.agents.learned import Learned, Normaliser, running
from habilis.policies.bundles.bundle import NORMALISER, WEIGHTS, Bundle
from habilis.policies.data import folder
from habilis.policies.data.episodes import Trajectory, each, gather, join
from habilis.policies.learn.clone import clone, take_in
from habilis.policies.learn.config import Config, dump
from habilis.policies.vector import Vector

Say = Callable[[str], None]
EXPERT, CHANCE, SHOWN = range(3)
"""Uses of seeds, see ``Config.shown_seed``."""
ROUND = 10_000  # seeds between the first episodes of two rounds


def prepare(config: Config, model: BaseAlgorithm, env: Vector, say: Say) -> dict[str, float]:
    """Do what ``start_from``, ``demonstrations`` and ``seeding`` ask for, in this order.

    Args:
      config: of the run.
      model: with fresh weights; changed.
      env: of the same task, to show episodes in.
      say: told what was done.

    Returns:
      Numbers for the log; empty if nothing was asked for.
    """
    found: dict[str, float] = {}
    if config.start_from:
        start_from(config, model, env)
        say(f"starting from {config.start_from}")
        found["start_from"] = 1.0
    if config.demonstrations is not None:
        losses = imitate(config, model, env, say)
        found |= {f"demonstrations/{key}": value for key, value in losses.items()}
    if config.seeding is not None:
        mine, all_of_them = seed_replay(config, model, env)
        found["seeding/fraction"] = mine / all_of_them
        whose = f"{mine:,} of them from {config.seeding.agent}"
        say(f"replay seeded with {all_of_them:,} transitions, {whose}")
        if config.seeding.warm_up:
            warm_up(model, config.seeding.warm_up)
            say(f"critics warmed up by {config.seeding.warm_up:,} updates")
    return found


def start_from(config: Config, model: BaseAlgorithm, env: Vector) -> None:
    """Take weights and normalisation from a bundle; the task may be another one.

    Raises:
      ValueError: spaces, observation terms, algorithm, network or normalisation differ; says how.
    """
    bundle = Bundle.load_policy(config.start_from)
    lines = bundle.differences(env, same_task=False)
    mine, theirs = dump(config), bundle.manifest["config"]
    pairs = [("algorithm", mine["algorithm"], theirs["algorithm"])]
    pairs += [(f"network.{k}", mine["network"][k], theirs["network"][k])
              for k in ("hidden", "activation")]  # fmt: skip
    pairs.append(("normalise.observation",
                  *(c["normalise"]["observation"] for c in (mine, theirs))))  # fmt: skip
    lines += [f"{key}: trained with {b}, configured {a}" for key, a, b in pairs if a != b]
    if lines:
        raise ValueError(f"cannot start from {config.start_from}:\n  " + "\n  ".join(lines))
    given = torch.load(bundle.tensors(WEIGHTS), map_location="cpu", weights_only=True)
    model.policy.load_state_dict(given, strict=False)  # of SAC the critics are not in a bundle
    normaliser = Normaliser.parse(bundle.files[NORMALISER])
    vec = model.get_vec_normalize_env()
    assert vec is not None
    for key, rms in running(vec).items():
        rms.mean, rms.var = normaliser.mean[key].copy(), normaliser.var[key].copy()
        rms.count = float(bundle.manifest["steps"])


def seed_replay(config: Config, model: BaseAlgorithm, env: Vector) -> tuple[int, int]:
    """Fill the replay buffer as ``seeding`` says, through its own ``add``.

    Episodes of agent and chance are shuffled and laid end to end, one stretch for each of the
    buffer's columns. Where a stretch ends within an episode, that counts as its time limit.

    Returns:
      Transitions of the agent, and all.

    Raises:
      ValueError: they do not fit into the buffer, or the agent hardly ever succeeds.
    """
    of, buffer, columns = config.seeding, model.replay_buffer, model.n_envs  # type: ignore[attr-defined]
    assert of is not None
    rows = of.transitions // columns
    if not 0 < rows <= buffer.buffer_size:
        most = buffer.buffer_size * columns
        raise ValueError(
            f"seeding.transitions must be in {columns} to {most} (buffer_size), got"
            f" {of.transitions}"
        )
    expert = round(of.fraction * rows * columns)
    episodes: list[Trajectory] = []
    if expert:
        agent = make_agent(of.agent, env, config.task, config.shown_seed(EXPERT))
        rng = _rng(config, EXPERT)
        shown = gather(env, agent, config.shown_seed(EXPERT), rng, of.noise, only=True)
        episodes += _first(shown, expert)
    if left := rows * columns - expert:
        rng = _rng(config, CHANCE)
        random = gather(env, Random(env, rng), config.shown_seed(CHANCE), rng, 0.0, only=False)
        episodes += _first(random, left)
    order = _rng(config, EXPERT).permutation(len(episodes))
    _add(model, [episodes[i] for i in order], rows)
    return expert, rows * columns


class _Still:
    """An optimiser that changes nothing."""

    param_groups: Sequence[dict[str, float]] = ()

    def zero_grad(self) -> None:
        """Nothing to forget."""

    def step(self) -> None:
        """Nothing changes."""


def warm_up(model: BaseAlgorithm, updates: int) -> None:
    """Fit SAC's critics to the replay buffer; actor and entropy coefficient stay as they are."""
    sac: Any = model
    sac.set_logger(Logger(None, []))
    kept = sac.actor.optimizer, sac.ent_coef_optimizer
    sac.actor.optimizer = _Still()
    if sac.ent_coef_optimizer is not None:
        sac.ent_coef_optimizer = _Still()
    sac.train(updates, sac.batch_size)
    sac.actor.optimizer, sac.ent_coef_optimizer = kept
    sac.actor.optimizer.zero_grad()


def _first(shown: Any, transitions: int) -> list[Trajectory]:
    """So many transitions; the last episode is cut."""
    out: list[Trajectory] = []
    left = transitions
    while left:
        out.append(next(shown).cut(left))
        left -= len(out[-1])
    return out


def _add(model: BaseAlgorithm, episodes: Sequence[Trajectory], rows: int) -> None:
    columns, buffer = model.n_envs, model.replay_buffer  # type: ignore[attr-defined]
    before = join([each(e.observations, lambda a: a[:-1]) for e in episodes])
    after = join([each(e.observations, lambda a: a[1:]) for e in episodes])
    actions = model.policy.scale_action(np.concatenate([e.actions for e in episodes]))
    rewards = np.concatenate([e.rewards for e in episodes])
    last = np.cumsum([len(e) for e in episodes]) - 1
    done, limit = np.zeros((2, rows * columns), bool)
    done[last], limit[last] = True, [not e.terminated for e in episodes]
    ends = np.arange(rows - 1, rows * columns, rows)
    limit[ends] |= ~done[ends]
    done[ends] = True
    infos = [{"TimeLimit.truncated": bool(flag)} for flag in limit]
    for step in range(rows):
        at = np.arange(step, rows * columns, rows)
        obs, then = (each(o, lambda a: a[at]) for o in (before, after))  # noqa: B023
        buffer.add(obs, then, actions[at], rewards[at], done[at], [infos[i] for i in at])
    vec = model.get_vec_normalize_env()
    assert vec is not None
    take_in(vec, before)


def imitate(config: Config, model: BaseAlgorithm, env: Vector, say: Say) -> dict[str, float]:
    """Fit the actor to demonstrations as configured; returns the last round's losses."""
    of, seed = config.demonstrations, config.shown_seed(SHOWN)
    assert of is not None
    rng = _rng(config, SHOWN)
    if of.dataset:
        shown = kept(config, env)
        losses = clone(model, shown, shown, of, rng)
        _say_cloned(say, len(shown), of.dataset, losses)
        return losses
    agent = make_agent(of.agent, env, config.task, seed)
    episodes = gather(env, agent, seed, rng, of.noise, of.successful_only)
    shown = list(itertools.islice(episodes, of.episodes))
    losses = clone(model, shown, shown, of, rng)
    _say_cloned(say, len(shown), of.agent, losses)
    for i in range(1, of.rounds):
        learner = Learned(model.policy, Normaliser.of(model.get_vec_normalize_env()))
        first = seed + ROUND * i
        own = gather(env, agent, first, rng, of.noise, only=False, learner=learner)
        more = list(itertools.islice(own, of.episodes))
        shown += more
        losses = clone(model, shown, more, of, rng)
        solved = sum(one.success for one in more) / len(more)
        say(f"round {i + 1}: the learner solved {solved:.2f} of its episodes")
        _say_cloned(say, len(shown), of.agent, losses)
    return losses


def kept(config: Config, env: Vector) -> list[Trajectory]:
    """The episodes of a dataset that the actor is fitted to.

    Raises:
      ValueError: they do not fit the environment, there are none, or some are of evaluation.
    """
    of = config.demonstrations
    assert of is not None
    dataset = folder.read(Path(of.dataset))
    dataset.check(env.single_observation_space, env.single_action_space)
    good = (e for e in dataset.episodes if e.success or not of.successful_only)
    shown = list(itertools.islice(good, of.episodes))
    if not shown:
        raise ValueError(f"{of.dataset}: none of {dataset.count} episodes is a success")
    config.check_fresh({e.result.seed for e in shown})
    return shown


def _say_cloned(say: Say, episodes: int, agent: str, losses: dict[str, float]) -> None:
    told = ", ".join(f"{key} {value:.4g}" for key, value in losses.items())
    say(f"cloned {episodes} episodes of {agent}: {told}")


def _rng(config: Config, part: int) -> np.random.Generator:
    return np.random.default_rng([config.seed, part])
