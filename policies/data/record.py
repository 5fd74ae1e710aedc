"""The recorder: plays an agent over seeded layouts and says what the episodes are of."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from habilis.assets.robots.registry import full_name
from habilis.envs.core import Core
from habilis.envs.observer import Row
from habilis.policies.agents.base import Agent
from habilis.policies.bundles.bundle import task_of
from habilis.policies.data.about import About, Dataset, leaves
from habilis.policies.data.episodes import gather
from habilis.policies.vector import Vector, seconds

SIDE_BY_SIDE = 16
"""Episodes at once, at most: all that they showed is held until the last of them has ended."""


def recorded(
    env: Vector,
    agent: Agent,
    name: str,
    episodes: int,
    seed: int,
    noise: float = 0.0,
    options: Mapping[str, Any] | None = None,
    made: Mapping[str, Any] | None = None,
) -> Dataset:
    """Episodes that are played while they are iterated over; those that fail are among them.

    Args:
      env: that the agent acts in, ``at_once(episodes)`` episodes at a time.
      agent: who acts.
      name: of the agent.
      episodes: how many, of the seeds from ``seed`` on.
      seed: of the first episode, and of the noise.
      noise: standard deviation of what is added to the agent's actions.
      options: of the task.
      made: provenance.

    Raises:
      ValueError: observations or actions are no rows, pictures, or dicts of them.
    """
    leaves(env.single_observation_space)
    core = getattr(env, "core", None)
    said = described(core) if isinstance(core, Core) else {}
    about = About(
        task_of(env), dict(options or {}), name, seconds=seconds(env), noise=noise,
        made=dict(made or {}), **said,
    )  # fmt: skip
    shown = gather(env, agent, seed, np.random.default_rng(seed), noise, only=False)
    spaces = env.single_observation_space, env.single_action_space
    return Dataset(about, *spaces, episodes, itertools.islice(shown, episodes))


def at_once(episodes: int) -> int:
    """How many of them to play side by side, so that none is played in vain."""
    rounds = -(-episodes // SIDE_BY_SIDE)
    return -(-episodes // rounds)


def described(core: Core) -> dict[str, Any]:
    """What ``About`` says of an environment: the instruction, the robot, the names of numbers."""
    scene = core.scene
    return {
        "instruction": scene.instruction, "robot": full_name(scene.robot), "names": _names(core),
    }  # fmt: skip


def _names(core: Core) -> dict[str, tuple[str, ...]]:
    """Of the numbers in each group that is a row of terms: the term's, counted if it has more."""
    rows = {k: r for k, r in core.observer.readers.items() if isinstance(r, Row)}
    return {
        group: tuple(
            term if width == 1 else f"{term}.{i}"
            for term, width in row.widths().items()
            for i in range(width)
        )
        for group, row in rows.items()
    }
