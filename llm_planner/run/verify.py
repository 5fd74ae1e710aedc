"""Before anything moves: static checks, then the whole plan in a copy of the world."""

from __future__ import annotations

import dataclasses
import time

from habilis.assets.scene.compile import Compiled
from habilis.envs.sim.snapshot import Snapshot
from habilis.llm_planner.run.plan import Plan, PlanError
from habilis.llm_planner.search.scratch import Scratch, Show
from habilis.policies.skills.runner import StepTrace


@dataclasses.dataclass(frozen=True)
class Verification:
    """What the copy of the world said of a plan.

    Attributes:
      ok: the plan ran through and the goal held.
      reason: why not, or ''.
      steps: each skill as it ran in the copy.
      seconds: wall time.
    """

    ok: bool
    reason: str
    steps: tuple[StepTrace, ...]
    seconds: float


def verify(
    compiled: Compiled, state: Snapshot, plan: Plan, show: Show | None = None
) -> Verification:
    """Check a plan against the scene, then run it in a copy of the world.

    Args:
      compiled: the scene.
      state: one simulation to start from; it is not touched.
      plan: what to check.
      show: see ``Show``.
    """
    began = time.perf_counter()
    try:
        plan.check(compiled.scene)
    except PlanError as error:
        return Verification(False, str(error), (), time.perf_counter() - began)
    traces, reached, _ = Scratch(compiled).rollout([state], [plan.steps], show)
    failure = traces[0].failure
    reason = ""
    if failure is not None:
        number = len(traces[0].steps)
        reason = f"step {number} ({failure.skill}) fails in the copy: {failure.result.reason}"
    elif not reached[0]:
        reason = f"the plan runs through, but then the goal does not hold: {compiled.scene.goal}"
    ok = failure is None and reached[0]
    return Verification(ok, reason, tuple(traces[0].steps), time.perf_counter() - began)
