"""Runs a verified plan on a robot and keeps what a person would want to know of it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from habilis.envs.robot import WorldRobot
from habilis.envs.world.ledger import Interval, Timeline
from habilis.llm_planner.run.plan import Plan
from habilis.policies.skills.runner import Program, StepTrace
from habilis.policies.skills.trial import Watch, attempt


@dataclasses.dataclass(frozen=True)
class Execution:
    """What happened.

    Attributes:
      success: the goal held for as long as it must, by fair means and with the required tool.
      reason: why not, or ''.
      steps: each skill as it ran.
      contacts: every uninterrupted contact, by start.
      simulated_seconds: s, of the world's time.
      wall_seconds: s.
    """

    success: bool
    reason: str
    steps: tuple[StepTrace, ...]
    contacts: tuple[Interval, ...]
    simulated_seconds: float
    wall_seconds: float


def execute(
    robot: WorldRobot,
    plan: Plan,
    watch: Watch | None = None,
    approve: Callable[[str], bool] | None = None,
) -> Execution:
    """Run a plan on one robot, from where it stands.

    Args:
      robot: armed, n = 1.
      plan: what to do.
      watch: called after every control period with the running program.
      approve: asked before each skill, with its text; a refusal ends it.
    """
    began, start = time.perf_counter(), float(robot.world.time[0])
    timeline = Timeline(robot.world.ledger)

    def after(program: Program) -> None:
        timeline.update(float(robot.world.time[0]))
        if watch is not None:
            watch(program)

    ask = None if approve is None else (lambda k: approve(str(plan.steps[k])))
    done = attempt(robot, plan.build(), after, ask)
    end = float(robot.world.time[0])
    return Execution(
        done.success, done.reason, done.steps,
        tuple(timeline.finish(end)), end - start, time.perf_counter() - began,
    )  # fmt: skip
