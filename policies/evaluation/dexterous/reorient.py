"""Turning objects in a hand: chance, sampled plans and a policy on the same episodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from habilis.policies.agents.base import Agent, make_agent
from habilis.policies.agents.reorient import Stopping
from habilis.policies.bundles.bundle import Bundle
from habilis.policies.evaluation.evaluate import EpisodeResult, evaluate
from habilis.policies.evaluation.statistics import wilson
from habilis.policies.vector import make_vector

TASK = "habilis/Reorient-v0"
CELLS: Mapping[str, Mapping[str, Any]] = {
    "palm up": {"palm": "up"},
    "palm down": {"palm": "down"},
    "palm down, table": {"palm": "down", "table": True},
}
"""Conditions: options of the task."""
AGENTS = ("random", "sampled", "policy")


@dataclasses.dataclass(frozen=True)
class ReorientRow:
    """An agent under one condition, on one set of shapes.

    Attributes:
      condition, shapes: see ``CELLS`` and ``habilis.assets.reorient.shapes``.
      kept: share whose object did not fall; success: share within 0.4 rad and still, of all;
        of_kept: of those that were kept; each with its interval.
      least: median of the least angle of an episode, rad.
      seconds: median length of a successful episode.
      by_shape: name to episodes, kept, successful.
    """

    condition: str
    shapes: str
    agent: str
    episodes: int
    kept: float
    kept_interval: tuple[float, float]
    success: float
    interval: tuple[float, float]
    of_kept: float | None
    of_kept_interval: tuple[float, float] | None
    least: float
    seconds: float | None
    by_shape: Mapping[str, tuple[int, int, int]]


def measure(
    cells: Iterable[str],
    shapes: Iterable[str],
    agents: Iterable[str],
    policy: Bundle | None,
    episodes: int,
    seed: int,
    say: Callable[[str], None],
) -> list[ReorientRow]:
    """Every agent under every condition, on the same seeds.

    Args:
      cells: keys of ``CELLS``.
      shapes: values of the option ``shapes``.
      agents: of ``AGENTS``.
      policy: for ``policy``, which is left out without one; it stops by the same rule as plans.
      episodes: of each row.
      seed: of the first.
      say: told what is done.
    """
    rows: list[ReorientRow] = []
    for cell in cells:
        for names in shapes:
            for name in agents:
                if name == "policy" and policy is None:
                    continue
                # Plans are tried for every episode of a batch until the last of them is over.
                n = 1 if name == "sampled" else min(episodes, 24)
                env = make_vector(TASK, n, shapes=names, **CELLS[cell])
                say(f"{cell}, {names}: {name}")
                done = evaluate(env, _agent(name, env, policy, seed), episodes, seed)
                rows.append(_row(cell, names, name, done, env.unwrapped.core.dt))  # type: ignore[attr-defined]
                say(f"  {rows[-1].kept:.2f} kept, {rows[-1].success:.2f} reached and stopped")
                env.close()
    return rows


def _agent(name: str, env: Any, policy: Bundle | None, seed: int) -> Agent:
    if name == "policy":
        assert policy is not None
        return Stopping(policy.agent(), env.unwrapped.core)
    return make_agent(name, env, TASK, seed)


def _row(cell: str, shapes: str, agent: str, done: list[EpisodeResult], dt: float) -> ReorientRow:
    n, good = len(done), sum(e.success for e in done)
    kept = [e for e in done if not e.failure]
    steps = [e.steps for e in done if e.success]
    names = sorted({str(e.extra["shape"]) for e in done})
    own = {name: [e for e in done if e.extra["shape"] == name] for name in names}
    return ReorientRow(
        condition=cell,
        shapes=shapes,
        agent=agent,
        episodes=n,
        kept=len(kept) / n,
        kept_interval=wilson(len(kept), n),
        success=good / n,
        interval=wilson(good, n),
        of_kept=good / len(kept) if kept else None,
        of_kept_interval=wilson(good, len(kept)) if kept else None,
        least=float(np.median([float(e.extra["least"]) for e in done])),
        seconds=float(np.median(steps)) * dt if steps else None,
        by_shape={
            name: (len(of), sum(not e.failure for e in of), sum(e.success for e in of))
            for name, of in own.items()
        },
    )
