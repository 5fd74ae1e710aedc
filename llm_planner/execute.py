"""Runs a verified plan on a robot and keeps what a person would want to know of it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence

from habilis.envs.control import TICK
from habilis.envs.ledger import Interval, Timeline
from habilis.envs.monitor import Monitor
from habilis.envs.robot import SimRobot
from habilis.llm_planner.plan import Plan
from habilis.policies.runner import OnStep, Program, StepTrace, Trace, run
from habilis.policies.skill import Result


@dataclasses.dataclass(frozen=True)
class Execution:
    """What happened.

    Attributes:
      success: the goal held for as long as it must, by fair means and with the required tool.
      reason: why not, or ''.
      steps: each skill as it ran.
      contacts: every uninterrupted contact, by start.
      simulated_seconds: s.
      wall_seconds: s.
    """

    success: bool
    reason: str
    steps: tuple[StepTrace, ...]
    contacts: tuple[Interval, ...]
    simulated_seconds: float
    wall_seconds: float


Watch = Callable[[Program], None]


def execute(
    robot: SimRobot,
    plan: Plan,
    watch: Watch | None = None,
    approve: Callable[[str], bool] | None = None,
) -> Execution:
    """Run a plan on one simulated robot, from where it stands.

    Args:
      robot: armed, n = 1.
      plan: what to do.
      watch: called after every control period with the running program.
      approve: asked before each skill, with its text; a refusal ends it.
    """
    began, start = time.perf_counter(), float(robot.world.time[0])
    monitor, timeline = Monitor(robot.world), Timeline(robot.world.ledger)

    def after(runs: Sequence[Program]) -> bool:
        monitor.update(TICK)
        timeline.update(float(robot.world.time[0]))
        if watch is not None:
            watch(runs[0])
        return bool(monitor.failure[0])

    if approve is None:
        trace = run(robot, [plan.build()], after)[0]
    else:
        trace = _asking(robot, plan, after, approve)
    for _ in range(round(robot.scene.hold / TICK)):
        if not monitor.success[0] and monitor.failure[0] == "":
            robot.hold(TICK)
            monitor.update(TICK)
    end = float(robot.world.time[0])
    return Execution(
        bool(monitor.success[0]), _reason(monitor, trace.failure), tuple(trace.steps),
        tuple(timeline.finish(end)), end - start, time.perf_counter() - began,
    )  # fmt: skip


def _asking(robot: SimRobot, plan: Plan, after: OnStep, approve: Callable[[str], bool]) -> Trace:
    """Skill by skill, as long as somebody agrees."""
    whole = Trace()
    for step in plan.steps:
        if approve(str(step)):
            whole.steps += run(robot, [[step.build()]], after)[0].steps
        else:
            now, no = float(robot.world.time[0]), Result("preempted", "refused by the operator")
            whole.steps.append(StepTrace(step.skill, dict(step.args), now, now, no))
        if not whole.ok:
            break
    return whole


def _reason(monitor: Monitor, failure: StepTrace | None) -> str:
    if monitor.success[0]:
        return ""
    if monitor.failure[0]:
        return str(monitor.failure[0])
    if failure is not None:
        return f"{failure.skill}: {failure.result.reason}"
    if monitor.held[0] > 0 and not monitor.caused()[0]:
        tool = monitor.scene.tool
        assert tool is not None or monitor.targets
        how = f"the tool {tool.name} is {tool.use}" if tool else "something moved it from outside"
        return f"the goal holds, but not by fair means: {how}"
    return f"the goal does not hold at the end: {monitor.scene.goal}"
