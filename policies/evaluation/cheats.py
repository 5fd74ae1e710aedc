"""What tries to reach the goal of a task about a tool without the tool, and must not count."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Ids, Mask
from habilis.envs.core import Core
from habilis.envs.tasks import find_task, load_task
from habilis.envs.tasks.base.family import Task
from habilis.policies.agents.base import Agent, Random, Scripted

TRY, STAY = 20.0, 1.2  # s for which is acted, and for which what was written is looked at


@dataclasses.dataclass(frozen=True)
class Attempts:
    """What became of N attempts to cheat.

    Attributes:
      reached: (N,) where the goal held for a while, whether or not it counted.
      success: (N,) which of them the task took for a success.
    """

    reached: Mask
    success: Mask


Cheat = Callable[[Core, Task, int], Attempts]
"""From a new core of a task, the task and the seed of the first layout, what became of it."""


def cheat(name: str, task: str, scene: str, n: int, seed: int) -> Attempts:
    """Try to cheat in the layouts of seeds ``seed`` to ``seed + n - 1``.

    Args:
      name: key of ``CHEATS``.
      task: id.
      scene: generation of its scene; its first if ''.
      n: how many layouts.
      seed: of the first.
    """
    options = {"scene": scene} if scene else {}
    return CHEATS[name](Core(load_task(task, **options), n), find_task(task), seed)


def cheats_of(task: str) -> list[str]:
    """Names of those that a task must not fall for; what needs no tool may happen by chance."""
    return {"needed": list(CHEATS), "broken": ["random actions"]}.get(str(find_task(task).twin), [])


def random_actions(core: Core, task: Task, seed: int) -> Attempts:
    """Actions that are uniformly random."""
    _begin(core, seed)
    return _watch(core, Random(core, np.random.default_rng(seed)), TRY)


def by_hand(core: Core, task: Task, seed: int) -> Attempts:
    """The solution of the twin that does not need the tool."""
    twin = next(t.id for t in task.family.tasks() if t.twin == "not needed")
    _begin(core, seed)
    return _watch(core, Scripted(core, twin), TRY)


def written(core: Core, task: Task, seed: int) -> Attempts:
    """The end of the solution, written into the physics of a fresh episode of the same layout."""
    _begin(core, seed)
    solved, ending = _ending(core, Scripted(core, task.id))
    _begin(core, seed)
    for live, rows in zip(_placed(core), ending, strict=True):
        live[solved] = rows[solved]
    core.world.sim.bind("qvel")[:] = 0.0
    core.control.reset(np.arange(core.n))  # the robot stays where it was put
    return _watch(core, _Still(core), STAY)


CHEATS: Mapping[str, Cheat] = {
    "random actions": random_actions, "by hand": by_hand, "goal written": written,
}  # fmt: skip
"""By name; all but the first are of tasks that need their tool."""


class _Still:
    """Keeps the robot where it is, and a gripper shut."""

    def __init__(self, core: Core) -> None:
        self._action = core.control.still().astype(np.float32)

    def reset(self, ids: Any) -> None:
        """Nothing to forget."""

    def act(self, observation: Any) -> Any:
        """The same at all times."""
        return self._action


def _begin(core: Core, seed: int) -> None:
    core.reset(np.arange(core.n), [np.random.default_rng(seed + i) for i in range(core.n)])


def _watch(core: Core, agent: Agent, seconds: float) -> Attempts:
    """Let an agent act, in every episode until its end; what comes after an end counts no more."""
    agent.reset(range(core.n))
    reached, success, over = np.zeros((3, core.n), bool)
    for _ in range(min(core.step_limit, round(seconds / core.dt))):
        core.step(agent.act(core.observe()))
        reached |= ~over & (core.monitor.held > 0)
        success |= ~over & core.success
        over |= core.terminated
        if over.all():
            break
    return Attempts(reached, success)


def _ending(core: Core, agent: Scripted) -> tuple[Ids, list[npt.NDArray[Any]]]:
    """Which episodes a solution solves, and where everything is in the moment in which it does."""
    agent.reset(range(core.n))
    solved, ending = np.zeros(core.n, bool), [rows.copy() for rows in _placed(core)]
    for _ in range(core.step_limit):
        core.step(agent.act(core.observe()))
        new = np.flatnonzero(core.success & ~solved)
        for live, rows in zip(_placed(core), ending, strict=True):
            rows[new] = live[new]
        solved[new] = True
        if (solved | core.terminated).all():
            break
    return np.flatnonzero(solved), ending


def _placed(core: Core) -> list[npt.NDArray[Any]]:
    """Live arrays (N, ...) of where everything is, and of what holds together."""
    sim = core.world.sim
    joins = [sim.expand("eq_data")] if sim.varies("eq_data") else []
    return [sim.bind("qpos"), sim.bind("eq_active"), *joins]
