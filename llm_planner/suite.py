"""The planner on many layouts: success, refusal, rollouts and seconds, with intervals."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

import numpy as np

from habilis.assets.compile import compile_scene
from habilis.assets.scene import Scene
from habilis.envs.layout import Variation, sample
from habilis.envs.robot import SimRobot
from habilis.envs.tasks import load_task
from habilis.envs.world import World
from habilis.llm_planner.execute import execute
from habilis.llm_planner.library import Composed
from habilis.llm_planner.search import Budget, search
from habilis.policies.statistics import wilson

TASKS = tuple(
    f"habilis/{name}{twin}-v0"
    for name in ("ReachMilk", "PressButton", "GraspCan")
    for twin in ("", "NotNeeded", "Broken")
)
SCENES = ("2023", "2024")


@dataclasses.dataclass(frozen=True)
class Case:
    """One layout of one task."""

    task: str
    scene: str
    seed: int
    variation: float


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How the planner did.

    Attributes:
      case: which.
      success: executed, and the task's own success.
      refused: it said that there is no plan.
      tools: objects that the plan uses as tools.
      reason: of a failure or refusal.
      rollouts: candidates tried.
      seconds: wall time of the search.
    """

    case: Case
    success: bool
    refused: bool
    tools: tuple[str, ...]
    reason: str
    rollouts: int
    seconds: float


def solve_case(case: Case, budget: Budget, composed: Sequence[Composed] = ()) -> Outcome:
    """Search for a plan on a layout and, if there is one, execute it in another world."""
    scene: Scene = load_task(case.task, scene=case.scene).scene()
    compiled = compile_scene(scene)
    robot = SimRobot(World(compiled, nthread=1))
    rng = np.random.default_rng(case.seed)
    robot.reset(sample(scene, Variation.scaled(case.variation), rng, 1))
    found = search(compiled, robot.world.save(), budget, composed=composed)
    if found.plan is None:
        return Outcome(case, False, True, (), found.reason, found.rollouts, found.seconds)
    done = execute(robot, found.plan)
    tools = tuple(dict.fromkeys(s.args["tool"] for s in found.plan.steps if "tool" in s.args))
    return Outcome(
        case, done.success, False, tools, done.reason, found.rollouts, found.seconds
    )  # fmt: skip


def run_suite(
    cases: Sequence[Case],
    budget: Budget,
    progress: Callable[[int, int, Outcome], None],
    workers: int | None = None,
    composed: Sequence[Composed] = (),
) -> list[Outcome]:
    """Solve all cases in processes, one a core; the order of the result is that of the cases."""
    count = workers or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    done: dict[Case, Outcome] = {}
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(solve_case, case, budget, composed) for case in cases]
        for job in as_completed(jobs):
            outcome = job.result()
            done[outcome.case] = outcome
            progress(len(done), len(cases), outcome)
    return [done[case] for case in cases]


def cases(
    tasks: Iterable[str], scenes: Iterable[str], layouts: int, seed: int, variation: float
) -> list[Case]:
    """Every task and scene on ``layouts`` seeds."""
    seeds = range(seed, seed + layouts)
    return [Case(t, s, k, variation) for t, s, k in itertools.product(tasks, scenes, seeds)]


def right(outcome: Outcome) -> bool:
    """What is wanted of the planner: success, or in the broken twin a refusal as well."""
    return outcome.success or (outcome.refused and "Broken" in outcome.case.task)


def table(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """A row per task and scene: rates with 95 % intervals, medians."""
    rows = []
    for key in dict.fromkeys((o.case.task, o.case.scene) for o in outcomes):
        group = [o for o in outcomes if (o.case.task, o.case.scene) == key]
        good = sum(map(right, group))
        seconds = [o.seconds for o in group]
        rows.append(
            {
                "task": key[0], "scene": key[1], "layouts": len(group),
                "right": good, "rate": good / len(group), "interval": wilson(good, len(group)),
                "success": sum(o.success for o in group),
                "refused": sum(o.refused for o in group),
                "used_a_tool": sum(bool(o.tools) for o in group),
                "rollouts_median": float(np.median([o.rollouts for o in group])),
                "seconds_median": round(float(np.median(seconds)), 2),
                "seconds_95": round(float(np.quantile(seconds, 0.95)), 2),
            }
        )  # fmt: skip
    return rows
