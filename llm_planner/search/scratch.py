"""Copies of the world, in which candidates are tried before anything real moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from habilis.assets.scene.goal import Goal
from habilis.assets.scene.model.compile import Compiled
from habilis.envs.control.arm import TICK
from habilis.envs.robot.moment import go_on_from, present_state
from habilis.envs.robot.robot import SimRobot
from habilis.envs.robot.simulated import simulated
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World
from habilis.llm_planner.search.misses import Miss, miss
from habilis.policies.skills.attempt import Attempt, Program
from habilis.policies.skills.executor import Watch, run, run_all
from habilis.policies.skills.senses import Senses

STILL, TURNED = 0.004, 0.1  # m, rad: a state in which nothing moved farther is no news
Show = Callable[[SimRobot], Watch]
"""Given the robot of a rehearsal in its copy of the world, e.g. to film it."""


class Scratch:
    """Copies of a scene's world for trying things out, judged as the world itself is.

    Args:
      compiled: the scene.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._judges: dict[int, tuple[SimRobot, Monitor]] = {}

    def robot(self, n: int) -> SimRobot:
        """n simulated robots, made once."""
        return self._copies(n)[0]

    def senses(self, state: Snapshot) -> Senses:
        """What a robot would know in a state."""
        robot = self._at(state)
        senses = Senses(self._compiled.scene, robot.bodies)
        senses.update(robot.observe())
        return senses

    def world(self, state: Snapshot) -> World:
        """A world of one simulation in a state, to be looked at before the next call."""
        return self._at(state).world

    def moved(self, before: Snapshot, after: Snapshot) -> bool:
        """Whether something but the robot has moved, or turned, between two states."""
        (pos, quat), (now, turned) = (self.senses(s).all_poses()[1:] for s in (before, after))
        same = float(np.abs(np.vecdot(quat, turned)).min())
        return bool(np.abs(now - pos).max() > STILL or same < np.cos(TURNED / 2))

    def holds(self, state: Snapshot, goal: Goal | None = None) -> bool:
        """Whether the scene's goal, or another, holds in a state, before anything is done."""
        return bool(evaluate(goal or self._compiled.scene.goal, self._at(state).world)[0])

    def miss(self, state: Snapshot) -> Miss | None:
        """How far a state is from the scene's goal; None if only negations are left of it."""
        return miss(self._at(state).world, self._compiled.scene.goal)

    def rehearse(self, state: Snapshot, program: Program, show: Show | None = None) -> Attempt:
        """Run a program in a copy of the world, exactly as a robot in that state would.

        Args:
          state: one simulation, as of ``present_state`` where a run has begun; it is not touched.
          program: what to run.
          show: see ``Show``.
        """
        robot, judge = self._copies(1)
        go_on_from(robot, judge, state)
        watch = show(robot) if show is not None else None
        return run(robot, program, judge, watch=watch, contacts=True)

    def rollout(
        self, states: Sequence[Snapshot], programs: Sequence[Program]
    ) -> tuple[list[Attempt], list[Snapshot]]:
        """Run a program from each state side by side: what came of it, and the states reached."""
        robot, judge = self._copies(len(programs))
        for i, state in enumerate(states):
            go_on_from(robot, judge, state, [i])
        reached: dict[int, Snapshot] = {}

        def keep(i: int) -> None:
            reached[i] = present_state(robot, judge, [i])

        attempts = run_all(robot, programs, judge, over=keep)
        return attempts, [reached[i] for i in range(len(programs))]

    def _at(self, state: Snapshot) -> SimRobot:
        """A robot in a state. What touches is found by a step where none was made since a reset."""
        robot, judge = self._copies(1)
        judge.restore(state)
        ledger = robot.world.ledger
        if not np.isfinite(ledger.last).any():
            go_on_from(robot, judge, state)
            robot.hold(TICK)
            touching = ledger.now.copy()
            judge.restore(state)
            ledger.now[:] = touching
        return robot

    def _copies(self, n: int) -> tuple[SimRobot, Monitor]:
        if n not in self._judges:
            robot = simulated(World(self._compiled, n))
            self._judges[n] = robot, Monitor(robot.world)
        return self._judges[n]
