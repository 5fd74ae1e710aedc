"""What programs of skills ask for while they run, and what is kept of them afterwards."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, Literal

import numpy as np

from habilis.envs.control.command import Command
from habilis.envs.world.judging.ledger import Interval
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Outcome, Result, Skill, call_text

SURPRISING = 0.02  # m between where a thing was expected to be and where it is

Ended = Literal[
    "done", "static", "skill", "runtime", "limit", "crash", "surprise", "refused", "stopped", "lost"
]
"""How a program ended: ``done`` to its last skill; ``static`` before the first one; over a
``skill`` that failed or an error of its own at ``runtime``; by a ``limit`` or a ``crash`` of its
interpreter; over a ``surprise``; ``refused`` by whoever was asked; ``stopped`` from outside; or
because the task was ``lost``."""
Positions = Mapping[str, tuple[float, float, float]]
"""Centre of every object that can move, m."""


@dataclasses.dataclass(frozen=True)
class StepTrace:
    """One skill as it ran.

    Attributes:
      skill: name.
      args: parameters.
      start: s of simulated or robot time.
      end: s.
      result: how it ended.
      line: of the program that called it, from 1; 0 in a plan.
      after: where things were when it had ended.
    """

    skill: str
    args: dict[str, Any]
    start: float
    end: float
    result: Result
    line: int = 0
    after: Positions = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class CallTrace:
    """One call of a written program, of a skill or of a query.

    Attributes:
      line: of the program, from 1.
      text: of that line.
      name: of the function.
      args: by name.
      start: s of the robot's time.
      end: s.
      value: what the program got; None if it got an exception.
      error: the exception's text, '' if there was none.
      result: how the skill ended; None for a query and for a call that was not begun.
      by: composed skill that the line called, of which this is a step; '' else.
    """

    line: int
    text: str
    name: str
    args: Mapping[str, Any]
    start: float
    end: float
    value: Any = None
    error: str = ""
    result: Result | None = None
    by: str = ""

    @property
    def ok(self) -> bool:
        """Whether the program got an answer rather than an exception."""
        return not self.error

    def __str__(self) -> str:
        return f"line {self.line}: {call_text(self.name, self.args)}"


@dataclasses.dataclass(frozen=True)
class Surprise:
    """A thing that is not where it was expected.

    Attributes:
      step: number of the skill after which it was seen, from 1.
      name: of the thing.
      expected: m.
      observed: m.
    """

    step: int
    name: str
    expected: tuple[float, float, float]
    observed: tuple[float, float, float]

    @property
    def gap(self) -> float:
        """Distance between the two, m."""
        return float(np.linalg.norm(np.subtract(self.expected, self.observed)))

    def __str__(self) -> str:
        where = [", ".join(f"{v:.3f}" for v in p) for p in (self.observed, self.expected)]
        return (
            f"after step {self.step} {self.name} is at ({where[0]}), {self.gap:.3f} m from"
            f" ({where[1]}) where the copy of the world had it"
        )


def positions(senses: Senses) -> Positions:
    """Where everything is that can move."""
    found = {}
    for entity in senses.scene.entities:
        if not entity.fixed:
            x, y, z = (float(v) for v in senses.get_center(entity.name))
            found[entity.name] = (x, y, z)
    return found


def surprise(step: int, expected: Positions, seen: Positions) -> Surprise | None:
    """What is farthest from where it was expected after a step, if that is far."""
    found = [Surprise(step, name, at, seen[name]) for name, at in expected.items()]
    worst = max(found, key=lambda s: s.gap, default=None)
    return worst if worst is not None and worst.gap > SURPRISING else None


@dataclasses.dataclass(frozen=True)
class Attempt:
    """What came of a program: of its rehearsal in a copy of the world as of its execution.

    Attributes:
      outcome: success if the goal was reached by fair means (without a judge: if the program ran
        through); preempted if it was refused or stopped; else failure.
      ended: how the program ended.
      reason: why it is no success, with the numbers; '' if it is.
      steps: the skills as they ran, in order.
      goal: whether at the end the goal had held for as long as it must, by whatever means.
      surprise: what ended it, if it was one.
      broken: parts that came off, as ``object: part``.
      contacts: every uninterrupted contact, by start, if they were asked for.
      line: where a written program ended, from 1; 0 if nowhere in particular.
      calls: of a written program, in order, failed ones and queries too.
      output: what a written program printed.
      simulated_seconds: s of simulated or robot time.
      wall_seconds: s.
      last: the command from which to go on.
    """

    outcome: Outcome
    ended: Ended
    reason: str = ""
    steps: tuple[StepTrace, ...] = ()
    goal: bool = False
    surprise: Surprise | None = None
    broken: tuple[str, ...] = ()
    contacts: tuple[Interval, ...] = ()
    line: int = 0
    calls: tuple[CallTrace, ...] = ()
    output: str = ""
    simulated_seconds: float = 0.0
    wall_seconds: float = 0.0
    last: Command | None = None

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return self.outcome == "success"

    @property
    def failed(self) -> StepTrace | None:
        """The last skill, if it did not succeed."""
        last = self.steps[-1] if self.steps else None
        return last if last is not None and not last.result.ok else None


# ---- programs


@dataclasses.dataclass(frozen=True)
class Ask:
    """What a program wants to be run next.

    Attributes:
      skill: fresh.
      line: of the program, from 1; 0 in a plan.
      text: of the call, as it was written; that of the skill with all of its parameters if ''.
    """

    skill: Skill
    line: int = 0
    text: str = ""

    @property
    def call(self) -> str:
        """Skill and parameters, for people."""
        return self.text or str(self.skill)

    def __str__(self) -> str:
        return f"line {self.line}: {self.call}" if self.line else self.call


@dataclasses.dataclass(frozen=True)
class Ending:
    """How a program says that it ended; see ``Attempt`` for the fields."""

    ended: Ended
    reason: str = ""
    line: int = 0
    calls: tuple[CallTrace, ...] = ()
    output: str = ""


class Cut(Exception):
    """Thrown into a program that is ended from outside; it may answer with its own ``Ending``."""

    def __init__(self, ended: Ended, reason: str) -> None:
        super().__init__(reason)
        self.ending = Ending(ended, reason)


Steps = Generator[Ask, StepTrace, Ending]
"""A program under way: it asks for a skill, is told how that ended, and returns how it ended."""
Program = Callable[[Senses], Steps]
"""What can be run: given what the robot senses, kept up to date, the steps."""


def in_turn(skills: Iterable[Skill | Ask]) -> Program:
    """The program of a row of skills, which ends with the first that does not succeed."""

    def steps(senses: Senses) -> Steps:
        for number, skill in enumerate(skills, 1):
            done = yield skill if isinstance(skill, Ask) else Ask(skill)
            if not done.result.ok:
                why = f"step {number} ({done.skill}) fails: {done.result.reason}"
                return Ending("skill", why)
        return Ending("done")

    return steps
