"""How well robots on legs walk as they are told: the model-based trot, and a policy."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from habilis.policies.agents.base import Agent
from habilis.policies.agents.gait import Exploring, trotting
from habilis.policies.agents.learned import Learned, Normaliser
from habilis.policies.bundles.bundle import NORMALISER, Bundle
from habilis.policies.evaluation.evaluate import EpisodeResult, evaluate
from habilis.policies.evaluation.statistics import wilson
from habilis.policies.vector import Vector, make_vector

TASK = "habilis/Go1Walk-v0"
BATCH = 100  # episodes side by side
FELL = "the robot fell"
PLAIN = "trot, no recovery steps"
_LOADED = {"vary": ["mass", "friction", "gains"]}

CONDITIONS: Mapping[str, Mapping[str, Any]] = {
    "flat": {"terrain": "flat"},
    "flat, other masses, frictions and gains": {"terrain": "flat", **_LOADED},
    "flat, pushed aside at 0.4 m/s": {"terrain": "flat", "pushes": [0.4, 0.4], "aside": True},
    "flat, pushed aside at 0.8 m/s": {"terrain": "flat", "pushes": [0.8, 0.8], "aside": True},
    "flat, pushed aside at 1.2 m/s": {"terrain": "flat", "pushes": [1.2, 1.2], "aside": True},
    "steps up to 0.13 m": {"terrain": "steps"},
    "planks, or gaps up to 0.10 m": {"terrain": ["planks", "gaps"]},
    "steps, planks, gaps, misjudged by up to 4 cm, loaded, pushed at up to 0.8 m/s": {
        "terrain": ["steps", "planks", "gaps"],
        "misjudged": 0.04,
        "pushes": [0.0, 0.8],
        **_LOADED,
    },
}
"""Options of what is measured, by what it is called in results."""


def measure_gait(
    name: str, bundle: Bundle | None, runs: int, seed: int, robot: str = "go1"
) -> list[dict[str, Any]]:
    """Rows of one condition: the trot, with and without recovery steps, the policy's mean and its
    samples, on the same episodes.

    Args:
      name: a key of ``CONDITIONS``.
      bundle: the policy; None for the trot alone.
      runs: episodes of each.
      seed: of the first.

    Raises:
      KeyError: no such condition. ValueError: the policy is one of another task.
    """
    rows = []
    for agent, (options, make) in _agents(bundle, seed).items():
        env = make_vector(TASK, min(BATCH, runs), robot=robot, **CONDITIONS[name], **options)
        rows.append(_row(name, agent, evaluate(env, make(env), runs, seed)))
        env.close()
    return rows


def _agents(
    bundle: Bundle | None, seed: int
) -> Mapping[str, tuple[Mapping[str, Any], Callable[[Vector], Agent]]]:
    """By name, options of the environment, and who acts."""
    walks = functools.partial(trotting, seed=seed)
    trots: dict[str, tuple[Mapping[str, Any], Callable[[Vector], Agent]]] = {
        PLAIN: ({"basis": "trot", "recovers": False}, walks), "trot": ({"basis": "trot"}, walks),
    }  # fmt: skip
    if bundle is None:
        return trots
    policy, seen = bundle.policy(), Normaliser.parse(bundle.files[NORMALISER])
    own = {k: v for k, v in bundle.manifest["options"].items() if k in ("basis", "recovers", "obs")}
    rng = np.random.default_rng(seed)

    def fits(env: Vector, agent: Agent) -> Agent:
        bundle.check(env)
        return agent

    return {
        **trots,
        "policy, mean": (own, lambda env: fits(env, Learned(policy, seen))),
        "policy, sampled": (own, lambda env: fits(env, Exploring(policy, seen, rng))),
    }


def _row(name: str, agent: str, episodes: list[EpisodeResult]) -> dict[str, Any]:
    runs = len(episodes)
    good, fell = sum(e.success for e in episodes), sum(e.failure == FELL for e in episodes)
    speed, turn = (
        float(np.mean([e.extra[key] for e in episodes])) for key in ("speed_error", "turn_error")
    )
    return {
        "condition": name, "agent": agent, "runs": runs, "success": good,
        "interval": wilson(good, runs), "fell": fell, "fell_interval": wilson(fell, runs),
        "speed_error": round(speed, 4), "turn_error": round(turn, 4),
        "fell_seeds": [e.seed for e in episodes if e.failure == FELL],
    }  # fmt: skip
