"""Runs programs of skills on n robots in lockstep, and keeps what happened."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from habilis.envs.robot import Robot
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Command, Result, Skill, fail


@dataclasses.dataclass(frozen=True)
class StepTrace:
    """One skill as it ran.

    Attributes:
      skill: name.
      args: parameters.
      start: s of simulated or robot time.
      end: s.
      result: how it ended.
    """

    skill: str
    args: dict[str, Any]
    start: float
    end: float
    result: Result


@dataclasses.dataclass
class Trace:
    """What one program did: its steps, up to the first that failed."""

    steps: list[StepTrace] = dataclasses.field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every skill succeeded."""
        return all(s.result.ok for s in self.steps)

    @property
    def failure(self) -> StepTrace | None:
        """The step that failed, if any."""
        return next((s for s in self.steps if not s.result.ok), None)


class Program:
    """Runs a sequence of skills on robot ``i``; stops at the first failure."""

    def __init__(self, skills: Sequence[Skill], senses: Senses) -> None:
        self._queue, self.senses, self.trace = list(skills), senses, Trace()
        self._skill: Skill | None = None
        self._began = 0.0
        self.done = not self._queue

    def step(self, last: Command) -> Command:
        """The next command; the last one again when all is done."""
        while not self.done:
            if self._skill is None:
                self._skill, self._began = self._queue.pop(0), self.senses.time
                # A copy: callers keep commands in arrays that the motion itself overwrites.
                own = Command(last.pos.copy(), last.aperture)
                refused = self._skill.start(self.senses, own)
                if refused is not None:
                    self._finish(refused)
                    continue
            out = self._skill.step()
            if isinstance(out, Command):
                return out
            self._finish(out)
        return last

    @property
    def running(self) -> str:
        """Name of the running skill and what it is about; '' between skills."""
        if self._skill is None:
            return ""
        words = (
            self._skill.name,
            *(str(self._skill.args().get(k, "")) for k in ("object", "tool")),
        )
        return " ".join(w for w in words if w)

    def preempt(self, reason: str) -> None:
        """End the running skill from outside; before the first one, nothing is noted."""
        if self._skill is not None:
            self._finish(Result("preempted", reason))
        self.done = True

    def _finish(self, result: Result) -> None:
        assert self._skill is not None
        step = StepTrace(
            self._skill.name, self._skill.args(), self._began, self.senses.time, result
        )
        self.trace.steps.append(step)
        self._skill = None
        self.done = not result.ok or not self._queue


OnStep = Callable[[Sequence[Program]], bool | None]


def run(
    robot: Robot,
    programs: Sequence[Sequence[Skill]],
    on_step: OnStep | None = None,
    time_limit: float = 120.0,
) -> list[Trace]:
    """Run one program a robot until all are done.

    Args:
      robot: n robots, armed.
      programs: n sequences of skills.
      on_step: called after each control period; True preempts what still runs.
      time_limit: s, after which what still runs is preempted.

    Returns:
      n traces.
    """
    if len(programs) != robot.n:
        raise ValueError(f"{len(programs)} programs for {robot.n} robots")
    runs = [Program(p, Senses(robot.scene, robot.bodies, i)) for i, p in enumerate(programs)]
    obs = robot.observe()
    pos, aperture = obs.tcp.copy(), obs.aperture.copy()
    if robot.scene.hand == "gripper":  # one that holds something was told to close
        aperture[aperture < 0.07] = 0.0
    began = float(obs.time.min())
    while True:
        for i, program in enumerate(runs):
            program.senses.update(obs)
            command = program.step(Command(pos[i].copy(), float(aperture[i])))
            pos[i], aperture[i] = command.pos, command.aperture
        if all(p.done for p in runs):
            return [p.trace for p in runs]
        robot.command(pos, aperture)
        obs = robot.observe()
        ended = on_step(runs) if on_step else False
        if ended or float(obs.time.max()) - began > time_limit:
            for program in runs:
                program.senses.update(obs)
                program.preempt("stopped" if ended else f"time limit of {time_limit} s")
            return [p.trace for p in runs]


__all__ = ["Program", "StepTrace", "Trace", "fail", "run"]
