"""In every family of tasks about a tool: what must not count, and what the solution must earn."""

from __future__ import annotations

import numpy as np
import pytest

from habilis.envs.core import Core
from habilis.envs.tasks import find_task, find_twin, load_task, tool_tasks
from habilis.envs.tool_env import ToolEnv
from habilis.policies.agents.base import Scripted
from habilis.policies.evaluation.cheats import CHEATS, cheat, cheats_of

TRIED = [(task, name) for task in tool_tasks() for name in cheats_of(task)]
SAMPLE, FEW = 12, 3  # layouts; few where a hand takes up a tool, which takes as long as ten others
FIRST = 1000  # seed of the layouts here, none of which are among the stored ones


@pytest.mark.slow
@pytest.mark.parametrize(("task", "name"), TRIED)
def test_no_cheat_counts(task: str, name: str) -> None:
    """A hundred layouts of each are stored, see ``benchmarks/cheats.json``."""
    found = cheat(name, task, "", FEW if load_task(task).control == "tool" else SAMPLE, FIRST)
    assert not found.success.any()
    if name == "goal written":
        assert found.reached.mean() > 0.9, "the cheat must reach the goal, else this tests nothing"


def test_what_counts_is_told() -> None:
    """The hand alone, where no tool is needed, reaches the goal by fair means."""
    task = find_task("habilis/ReachMilkNotNeeded-v0")
    assert CHEATS["by hand"](Core(load_task(task.id), 2), task, 0).success.all()


@pytest.mark.parametrize(
    "task",
    [
        pytest.param(task, marks=[pytest.mark.slow] if find_twin(task)[1] == "not needed" else [])
        for task in tool_tasks()
        if find_twin(task)[1] != "broken"
    ],
)
def test_the_solution_earns_every_dense_term_and_ends_richer_than_it_began(task: str) -> None:
    """Of the published layout: each term comes near its most at some time, none is worth less."""
    env = ToolEnv(task, variation=0.0)
    core, agent = env.core, Scripted(env.core, task)
    observation, _ = env.reset(seed=0)
    agent.reset([0])
    dense = [i for i, name in enumerate(core.reward_names) if name != "success"]
    seen = []
    while not core.success[0]:
        observation, *_ = env.step(agent.act(observation)[0])
        seen.append(core.scores.values[0, dense].copy())
        assert len(seen) < core.step_limit and not core.failed[0], core.failure
    weights = core.scores.weights[dense]
    assert (np.max(seen, axis=0) > 0.8 * weights).all(), np.max(seen, axis=0) / weights
    assert seen[-1].sum() > seen[0].sum()
