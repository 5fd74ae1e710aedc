"""Copies of the world, in which candidates are tried before anything real moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from habilis.assets.scene.compile import Compiled
from habilis.envs.control.arm import TICK
from habilis.envs.robot import SimRobot
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.world import World
from habilis.llm_planner.run.plan import Step
from habilis.policies.skills.runner import Program, Trace, run
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.trial import Watch

Show = Callable[[SimRobot], Watch]
"""Given the robot of a rehearsal in its copy of the world, e.g. to film it."""


class Scratch:
    """Copies of a scene's world for trying things out.

    Args:
      compiled: the scene.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._robots: dict[int, SimRobot] = {}

    def robot(self, n: int) -> SimRobot:
        """n simulated robots, made once."""
        if n not in self._robots:
            self._robots[n] = SimRobot(World(self._compiled, n))
        return self._robots[n]

    def senses(self, state: Snapshot) -> Senses:
        """What a robot would know in a state."""
        robot = self.robot(1)
        robot.world.restore(state)
        senses = Senses(self._compiled.scene, robot.bodies)
        senses.update(robot.observe())
        return senses

    def rollout(
        self, states: list[Snapshot], programs: list[tuple[Step, ...]], show: Show | None = None
    ) -> tuple[list[Trace], list[bool], list[Snapshot]]:
        """Run a program from each state: traces, whether the goal then held, states reached.

        ``show`` is for one program alone.
        """
        n = len(programs)
        robot = self.robot(n)
        for i, state in enumerate(states):
            robot.world.restore(state, [i])
        robot.arm()
        shown = show(robot) if show is not None else None
        held = np.zeros(n)
        goal = self._compiled.scene.goal

        def watch(runs: Sequence[Program] = ()) -> None:
            nonlocal held
            held = np.where(evaluate(goal, robot.world), held + TICK, 0.0)
            if shown is not None and runs:
                shown(runs[0])

        traces = run(robot, [[s.build() for s in p] for p in programs], watch)
        for _ in range(round(self._compiled.scene.hold / TICK)):
            robot.hold(TICK)
            watch()
        good = held >= self._compiled.scene.hold - 1e-9
        lost = robot.world.diverged
        return (
            traces,
            [bool(g and not x) for g, x in zip(good, lost, strict=True)],
            [robot.world.save([i]) for i in range(n)],
        )
