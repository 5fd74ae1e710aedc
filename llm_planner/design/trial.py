"""Trials of ordered tools in physics: judged rollouts that are counted, with a dense score."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.world.judging.monitor import Monitor
from habilis.llm_planner.design.budget import Objection, faults
from habilis.llm_planner.design.critic import criticise
from habilis.llm_planner.design.order import ToolOrder
from habilis.llm_planner.design.track import layout, ordered_scene, robot_of
from habilis.llm_planner.search.misses import nearness
from habilis.policies.agents.oracles import skills
from habilis.policies.skills.attempt import Attempt
from habilis.policies.skills.executor import run
from habilis.policies.skills.geometry.effector import widest
from habilis.policies.skills.senses import Senses

GOAL, STEPS = 0.6, 0.3  # shares of the score of a failure: of the goal, and of the program
FOUL = 0.3  # the most that counts where the goal holds by other means than the tool


@dataclasses.dataclass(frozen=True)
class ToolVerdict:
    """What came of an order.

    Attributes:
      score: 1 where it succeeds on every layout asked for, else less; below 0 where it was refused
        before anything moved, the more so the farther over its limits.
      reason: why it is no success, with the number; '' if it is one.
      rollouts: that it took.
      wins: layouts on which it succeeded.
    """

    score: float
    reason: str
    rollouts: int
    wins: int

    @property
    def refused(self) -> bool:
        """Whether nothing was rolled out."""
        return self.score < 0


class ToolTrial:
    """Tries orders of one family; every rollout counts.

    Args:
      family: that allows for orders.
    """

    def __init__(self, family: ToolTask) -> None:
        self.family = family
        self.rollouts = 0

    def judge(
        self, order: ToolOrder, motion: Mapping[str, float], seeds: Sequence[int],
        every: bool = False,
    ) -> ToolVerdict:  # fmt: skip
        """Try an order on layouts, one after the other until one fails.

        Args:
          order: of the tool.
          motion: numbers of its use.
          seeds: of the layouts, at least one.
          every: go on after a failure.
        """
        total, wins, rollouts, reason = 0.0, 0, 0, ""
        for seed in seeds:
            verdict = self._once(order, motion, seed)
            rollouts += verdict.rollouts
            wins += verdict.wins
            total += max(verdict.score, 0.0)
            reason = reason or verdict.reason
            if not every and verdict.refused and not rollouts:
                return verdict
            if not every and not verdict.wins:
                break
        return ToolVerdict(total / len(seeds), reason, rollouts, wins)

    def _once(self, order: ToolOrder, motion: Mapping[str, float], seed: int) -> ToolVerdict:
        given = layout(self.family.name, seed)
        if wrong := faults(order, widest(given.robot)):
            return _refusal(wrong)
        scene = ordered_scene(self.family, given, order)
        robot = robot_of(compile_scene(scene))
        senses = Senses(scene, robot.bodies)
        senses.update(robot.observe())
        calls = self.family.with_ordered(scene, motion)
        if wrong := criticise(senses, skills(calls)):
            return _refusal(wrong)
        self.rollouts += 1
        judge = Monitor(robot.world)
        attempt = run(robot, skills(calls), judge)
        if attempt.ok:
            return ToolVerdict(1.0, "", 1, 1)
        near = FOUL if attempt.goal else nearness(robot.world, scene.goal)
        score = GOAL * near + STEPS * _progress(attempt, len(calls))
        return ToolVerdict(score, attempt.reason, 1, 0)


def _refusal(wrong: Sequence[Objection]) -> ToolVerdict:
    return ToolVerdict(-sum(f.excess for f in wrong) - 1e-6, "; ".join(f.text for f in wrong), 0, 0)


def _progress(attempt: Attempt, steps: int) -> float:
    """Share of the program that was carried out; of a way that ended early the share covered."""
    done = sum(step.result.ok for step in attempt.steps)
    part = 0.0
    if attempt.failed is not None:
        numbers = attempt.failed.result.numbers
        if "moved" in numbers and numbers.get("distance", 0.0) > 0:
            part = min(max(numbers["moved"] / numbers["distance"], 0.0), 0.9)
    return (done + part) / steps
