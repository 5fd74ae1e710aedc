"""How often scripted and learned agents pick up each object with a held tool."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from habilis.assets.pick.objects import HELD_OUT, OBJECTS
from habilis.policies.agents.base import make_agent
from habilis.policies.bundles.bundle import Bundle
from habilis.policies.evaluation.evaluate import EpisodeResult, evaluate
from habilis.policies.evaluation.statistics import wilson
from habilis.policies.vector import make_vector

AGENTS: Mapping[str, Mapping[str, Any]] = {
    "oracle": {},
    "scripted": {"obs": "cloud", "latent": "encoder", "layer_one": "seen"},
}
"""Scripted agents, and the options that say what they see: the oracle knows all; the other one sees
object, tips and the tool's opening by the depth camera only."""


@dataclasses.dataclass(frozen=True)
class PickRow:
    """An agent with a tool.

    Attributes:
      tool, gentle: see ``habilis.envs.pick.options.PickOptions``.
      agent: of ``AGENTS``, or the name of a policy.
      episodes, success: counts; rate, interval: of success.
      held_out, held_out_interval: success on objects that nothing was trained on.
      crushed, crushed_interval: rate of objects pressed harder than they bear.
      dropped: episodes that ended with the tool lost.
      force: median of the greatest tip force, N.
      seconds: mean length of a successful episode.
      objects: successes by object.
    """

    tool: str
    agent: str
    gentle: bool
    episodes: int
    success: int
    rate: float
    interval: tuple[float, float]
    held_out: float
    held_out_interval: tuple[float, float]
    crushed: float
    crushed_interval: tuple[float, float]
    dropped: int
    force: float
    seconds: float | None
    objects: Mapping[str, int]


def task_of(tool: str) -> str:
    """Return the id of the environment in which things are picked with this kind of tool."""
    return f"habilis/{tool.capitalize()}Pick-v0"


def measure(
    cells: Iterable[tuple[str, str, bool]],
    policies: Mapping[str, Bundle],
    each: int,
    seed: int,
    nthread: int,
    say: Callable[[str], None],
) -> list[PickRow]:
    """Rows, in order.

    Args:
      cells: tool, agent of ``AGENTS`` or name in ``policies``, whether gentle.
      policies: name to bundle.
      each: episodes of each of the twenty objects.
      seed: of the first; every row has the same.
      nthread: threads of the physics, 0 for all cores.
      say: told each row.
    """
    rows = []
    for tool, agent, gentle in cells:
        bundle = policies.get(agent)
        options = _options(bundle) if bundle else dict(AGENTS[agent])
        options |= {"gentle": gentle, "nthread": nthread}
        done: list[EpisodeResult] = []
        for k, name in enumerate(OBJECTS):
            env = make_vector(task_of(tool), each, **{**options, "objects": (name,)})
            first = seed + k * each
            acting = bundle.agent() if bundle else make_agent(agent, env, task_of(tool), first)
            done += evaluate(env, acting, each, first)
            dt = float(env.unwrapped.core.dt)  # type: ignore[attr-defined]
            env.close()
        rows.append(_row(tool, agent, gentle, done, dt))
        good = f"{rows[-1].success}/{rows[-1].episodes}"
        say(f"{tool}, {agent}{', gentle' if gentle else ''}: {good}")
    return rows


def _options(bundle: Bundle) -> dict[str, Any]:
    """Those it was trained with; what is told by a latent is seen by the camera here."""
    options = dict(bundle.manifest["options"])
    return {**options, **(AGENTS["scripted"] if options.get("obs") == "cloud" else {})}


def _row(tool: str, agent: str, gentle: bool, done: Sequence[EpisodeResult], dt: float) -> PickRow:
    n, good = len(done), [e for e in done if e.success]
    unseen = [e.success for e in done if e.extra["object"] in HELD_OUT]
    crushed = sum(bool(e.extra["crushed"]) for e in done)
    won = Counter(str(e.extra["object"]) for e in good)
    return PickRow(
        tool=tool,
        agent=agent,
        gentle=gentle,
        episodes=n,
        success=len(good),
        rate=len(good) / n,
        interval=wilson(len(good), n),
        held_out=sum(unseen) / len(unseen),
        held_out_interval=wilson(sum(unseen), len(unseen)),
        crushed=crushed / n,
        crushed_interval=wilson(crushed, n),
        dropped=sum(e.failure == "the tool was dropped" for e in done),
        force=float(np.median([e.extra["peak_force"] for e in done])),
        seconds=float(np.mean([e.steps for e in good])) * dt if good else None,
        objects={name: won[name] for name in OBJECTS},
    )
