"""Skills carried out on a robot, and whether they reached the scene's goal."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from habilis.envs.control.arm import TICK
from habilis.envs.robot import WorldRobot
from habilis.envs.world.monitor import Monitor
from habilis.policies.skills.runner import OnStep, Program, StepTrace, Trace, run
from habilis.policies.skills.skill import Result, Skill

Watch = Callable[[Program], None]
Approve = Callable[[int], bool]
"""Whether the skill of that index may be run."""


@dataclasses.dataclass(frozen=True)
class Trial:
    """What happened.

    Attributes:
      success: the goal held for as long as it must, by fair means and with the required tool.
      reason: why not, or ''.
      steps: each skill as it ran.
    """

    success: bool
    reason: str
    steps: tuple[StepTrace, ...]


def attempt(
    robot: WorldRobot,
    skills: Sequence[Skill],
    watch: Watch | None = None,
    approve: Approve | None = None,
) -> Trial:
    """Run skills on one robot, from where it stands, then wait for the goal to hold.

    Args:
      robot: armed, n = 1.
      skills: in order.
      watch: called after every control period with the running program.
      approve: asked before each skill; a refusal ends it.
    """
    monitor = Monitor(robot.world)

    def after(runs: Sequence[Program]) -> bool:
        monitor.update(TICK)
        if watch is not None:
            watch(runs[0])
        return bool(monitor.failure[0])

    if approve is None:
        trace = run(robot, [skills], after)[0]
    else:
        trace = _asking(robot, skills, after, approve)
    for _ in range(round(robot.scene.hold / TICK)):
        if not monitor.success[0] and monitor.failure[0] == "":
            robot.hold(TICK)
            monitor.update(TICK)
    return Trial(bool(monitor.success[0]), unmet(monitor, trace.failure), tuple(trace.steps))


def _asking(robot: WorldRobot, skills: Sequence[Skill], after: OnStep, approve: Approve) -> Trace:
    """Skill by skill, as long as somebody agrees."""
    whole = Trace()
    for k, skill in enumerate(skills):
        if approve(k):
            whole.steps += run(robot, [[skill]], after)[0].steps
        else:
            now, no = float(robot.world.time[0]), Result("preempted", "refused by the operator")
            whole.steps.append(StepTrace(skill.name, skill.args(), now, now, no))
        if not whole.ok:
            break
    return whole


def unmet(monitor: Monitor, failure: StepTrace | None = None) -> str:
    """Why the goal is not reached, with the skill that failed, if one did; '' if it is."""
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
