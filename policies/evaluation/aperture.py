"""Policies that move the joint of a tool in the hand, beside PI on the same episodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from habilis.envs.tasks import find_task
from habilis.policies.agents.base import Agent, make_agent
from habilis.policies.bundles.bundle import Bundle
from habilis.policies.evaluation.evaluate import EpisodeResult, evaluate
from habilis.policies.evaluation.statistics import mcnemar, wilson
from habilis.policies.vector import make_vector

TASK = "habilis/ToolsAperture-v0"
CELLS: Mapping[str, Mapping[str, Any]] = {
    "held out": {"split": "held_out"},
    "held out, pushed": {"split": "held_out", "pushes": (1.0, 3.0)},
    "scissors without a spring": {"split": "held_out", "tools": ("scissors",), "springless": 1.0},
}
"""Conditions: options of the task. Sizes, grasps and springs are those of the held-out split."""
SEEN = ("goal", "obs")
"""ApertureOptions in which policies differ: what the goal is about, and what is observed of it."""


@dataclasses.dataclass(frozen=True)
class ApertureRow:
    """A policy, or PI, under one condition.

    Attributes:
      condition, goal, obs: see ``CELLS`` and ``habilis.envs.aperture.options``.
      agent: ``pi``, or the name of the policy.
      seed: of the training; None for PI.
      success, dropped: rates, each with its interval.
      p: of McNemar's exact test against PI; only_pi, only_this: episodes that only one solved.
      seconds: mean length of a successful episode.
      tools: success by tool.
    """

    condition: str
    goal: str
    obs: str
    agent: str
    seed: int | None
    episodes: int
    success: float
    interval: tuple[float, float]
    dropped: float
    drop_interval: tuple[float, float]
    seconds: float | None
    only_pi: int | None
    only_this: int | None
    p: float | None
    tools: Mapping[str, float]


def measure(
    policies: Mapping[str, Bundle],
    cells: Iterable[str],
    episodes: int,
    seed: int,
    num_envs: int,
    say: Callable[[str], None],
) -> list[ApertureRow]:
    """PI and the policies of each kind, on the same seeds.

    Policies of fewer tools than a condition has are left out of it.

    Args:
      policies: name to bundle, all of this family.
      cells: keys of ``CELLS``.
      episodes: of each row.
      seed: of the first.
      num_envs: side by side; changes speed only.
      say: told what is done.
    """
    rows: list[ApertureRow] = []
    kinds = sorted({_seen(bundle) for bundle in policies.values()})
    for cell in cells:
        for goal, obs in kinds:
            options = {**CELLS[cell], "goal": goal, "obs": obs}
            if obs == "cloud":
                options["estimate"] = "encoder"
            env = make_vector(TASK, min(num_envs, episodes), **options)
            core: Any = env.unwrapped.core  # type: ignore[attr-defined]
            agents: dict[str, tuple[Agent, int | None]] = {
                "pi": (make_agent("pi", env, TASK, seed), None)
            }
            for name, bundle in policies.items():
                if _seen(bundle) == (goal, obs) and _tools(options) <= _trained(bundle):
                    agents[name] = (bundle.agent(), bundle.manifest["config"].get("seed"))
            first: list[EpisodeResult] = []
            for name, (agent, trained) in agents.items():
                say(f"{cell}, {goal}, {obs}: {name}")
                done = evaluate(env, agent, episodes, seed)
                rows.append(_row(cell, (goal, obs), (name, trained), done, first, core.dt))
                first = first or done
            env.close()
    return rows


def _seen(bundle: Bundle) -> tuple[str, str]:
    options = bundle.manifest["options"]
    return options.get("goal", "opening"), options.get("obs", "privileged")


def _tools(options: Mapping[str, Any], task: str = TASK) -> set[str]:
    """That episodes of a task draw from."""
    named = options.get("tools", find_task(task).options["tools"])
    return {named} if isinstance(named, str) else set(named)


def _trained(bundle: Bundle) -> set[str]:
    return _tools(bundle.manifest["options"], bundle.manifest["task"])


def _row(
    condition: str,
    seen: tuple[str, str],
    agent: tuple[str, int | None],
    done: list[EpisodeResult],
    first: list[EpisodeResult],
    dt: float,
) -> ApertureRow:
    n, good = len(done), [e.success for e in done]
    fell = sum(e.failure == "dropped" for e in done)
    steps = [e.steps for e in done if e.success]
    pair = mcnemar([e.success for e in first], good) if first else None
    tools = sorted({str(e.extra["tool"]) for e in done})
    return ApertureRow(
        condition=condition,
        goal=seen[0],
        obs=seen[1],
        agent=agent[0],
        seed=agent[1],
        episodes=n,
        success=sum(good) / n,
        interval=wilson(sum(good), n),
        dropped=fell / n,
        drop_interval=wilson(fell, n),
        seconds=float(np.mean(steps)) * dt if steps else None,
        only_pi=pair[0] if pair else None,
        only_this=pair[1] if pair else None,
        p=pair[2] if pair else None,
        tools={t: float(np.mean([e.success for e in done if e.extra["tool"] == t])) for t in tools},
    )
