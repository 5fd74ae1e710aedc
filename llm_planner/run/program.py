"""Runs a program on a robot: code whose every call is checked, run to its end and recorded."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from habilis.envs.control.arm import TICK
from habilis.envs.control.limiter import StoppedError
from habilis.envs.robot import Robot
from habilis.llm_planner.language.faults import StageError
from habilis.llm_planner.language.plan_schema import composed_function, read_plan
from habilis.llm_planner.library.store import Composed
from habilis.llm_planner.run.arguments import ArgumentError, check_arguments
from habilis.llm_planner.run.sandbox import Call, Ending, Halt, Limits, Raised, Ran, Sandbox
from habilis.llm_planner.run.skill_api import Queries, api, host_names, prelude, stubs
from habilis.policies.skills import make_skill, runner
from habilis.policies.skills.runner import StepTrace
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Command, Outcome, Result, Skill, fail

Approve = Callable[[str], bool]
"""Asked before each call that moves the robot, with e.g. ``line 3: grasp(object='hammer')``."""
Watch = Callable[[runner.Program], bool | None]
"""Called after every control period with the skill that runs; True ends the program."""
Kind = Literal["done", "syntax", "type", "runtime", "skill", "limit", "crash", "refused", "stopped"]
SETTLE = 0.5  # s to come to rest after a skill was cut off


@dataclasses.dataclass(frozen=True)
class CallTrace:
    """One call of a program.

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
        return f"line {self.line}: {self.name}({_listed(self.args)})"


@dataclasses.dataclass(frozen=True)
class ProgramTrace:
    """What a program did and how it ended.

    Attributes:
      outcome: success means that it ran to its end, not that the goal is reached.
      kind: why it ended: ``syntax`` and ``type`` before anything moved; ``skill`` for a failed
        skill that it did not catch, ``runtime`` for another exception; ``limit``, ``crash`` of
        the interpreter, ``refused`` by the operator, ``stopped`` from outside.
      reason: one message with the numbers; '' on success.
      line: where it ended, from 1; 0 if nowhere in particular.
      calls: in order, failed ones and queries too.
      output: what it printed.
      seconds: wall time, s.
    """

    outcome: Outcome
    kind: Kind
    reason: str
    line: int
    calls: tuple[CallTrace, ...]
    output: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it ran to its end."""
        return self.outcome == "success"

    @property
    def steps(self) -> tuple[StepTrace, ...]:
        """The skills that were run, as in the trace of a plan."""
        return tuple(
            StepTrace(c.name, dict(c.args), c.start, c.end, c.result)
            for c in self.calls
            if c.result is not None
        )


def make_sandbox(limits: Limits | None = None, composed: Sequence[Composed] = ()) -> Sandbox:
    """A sandbox that knows the skill API; enter it once and run many programs in it.

    Args:
      limits: see ``Limits``.
      composed: skills of a library that programs may call as well.
    """
    names = (*host_names(), *(c.name for c in composed))
    more = "\n".join(composed_function(c).stub for c in composed)
    return Sandbox(names, stubs() + more, prelude(), limits)


def run_program(
    code: str,
    robot: Robot,
    approve: Approve | None = None,
    watch: Watch | None = None,
    limits: Limits | None = None,
    sandbox: Sandbox | None = None,
    composed: Sequence[Composed] = (),
) -> ProgramTrace:
    """Run a program on a robot, simulated, scratch copy or real.

    It is type-checked before anything moves. Each skill call blocks until the skill has ended.

    Args:
      code: Python over the functions of ``skill_api``.
      robot: armed, n = 1. It is left armed, at rest, wherever the program ended.
      approve: see ``Approve``; a refusal ends the program, and nothing of that call is run.
      watch: see ``Watch``.
      limits: see ``Limits``; those of the sandbox if one is given.
      sandbox: of ``make_sandbox``, entered; one of its own if left out.
      composed: skills of a library that it may call, those the sandbox was made with.

    Raises:
      ImportError: the interpreter is not installed. ValueError: not one robot, or both a sandbox
        and limits.
    """
    if robot.n != 1:
        raise ValueError(f"a program runs on one robot, got {robot.n}")
    if sandbox is None:
        with make_sandbox(limits, composed) as own:
            return run_program(code, robot, approve, watch, None, own, composed)
    if limits is not None:
        raise ValueError("give limits to the sandbox or to run_program, not to both")
    return _Session(code, robot, approve, watch, sandbox.limits, composed).run(sandbox)


def check_program(code: str, sandbox: Sandbox | None = None) -> str:
    """What the type checker says of a program, without a robot; '' if it finds nothing wrong.

    The program is run up to its first call.
    """
    if sandbox is None:
        with make_sandbox() as own:
            return check_program(code, own)

    def first(_: Call) -> Any:
        raise Halt("checked")

    ran = sandbox.run(code, first)
    return "" if ran.ending in ("done", "halted") else ran.message


class Cut(Exception):
    """The program ends during a skill: ``kind`` and reason."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind, self.reason = kind, reason


class Motion:
    """One robot's skills, one after the other, each going on from the command before it."""

    def __init__(self, robot: Robot, watch: Watch | None) -> None:
        self.robot, self._watch = robot, watch
        self.senses = Senses(robot.scene, robot.bodies)
        obs = robot.observe()
        self.senses.update(obs)
        opening = float(obs.aperture[0])
        self._last = Command(obs.tcp[0].copy(), opening if opening >= 0.07 else 0.0)

    def run(self, skill: Skill, late: Callable[[], str]) -> tuple[StepTrace, Cut | None]:
        """Run a skill to its result.

        Args:
          skill: fresh.
          late: a reason once the program's time is over; asked after every period.

        Returns:
          How it went, and what cut it off, if anything did.
        """
        program = runner.Program([skill], self.senses)
        cut = None
        while not program.done:
            try:
                command = program.step(self._last)
            except (ArithmeticError, LookupError, TypeError, ValueError) as error:
                now = self.senses.time
                return StepTrace(skill.name, skill.args(), now, now, uncarried(error)), None
            if program.done:
                break
            cut = self._send(command) or self._after(program, late)
            if cut is not None:
                program.preempt(cut.reason)
                self._rest(cut)
        return program.trace.steps[0], cut

    def _send(self, command: Command) -> Cut | None:
        try:
            self.robot.command(command.pos[None], np.array([command.aperture]))
        except StoppedError as error:
            return Cut("stopped", str(error))
        self._last = command
        self.senses.update(self.robot.observe())
        return None

    def _after(self, program: runner.Program, late: Callable[[], str]) -> Cut | None:
        if self._watch is not None and self._watch(program):
            return Cut("stopped", "stopped from outside")
        reason = late()
        return Cut("limit", reason) if reason else None

    def _rest(self, cut: Cut) -> None:
        """Hold the last command until the arm has come to it, unless the robot is stopped."""
        if cut.kind == "stopped":
            return
        for _ in range(round(SETTLE / TICK)):
            if self._send(self._last) is not None:
                return


def uncarried(error: Exception) -> Result:
    """How a skill ends whose own code cannot cope with its arguments."""
    return fail(f"it cannot be carried out: {type(error).__name__}: {error}")


class _Session:
    """One run of one program: answers its calls and writes them down."""

    def __init__(
        self,
        code: str,
        robot: Robot,
        approve: Approve | None,
        watch: Watch | None,
        limits: Limits,
        composed: Sequence[Composed],
    ) -> None:
        self._composed, self._by = {c.name: c for c in composed}, ""
        self._code, self._lines, self._limits = code, code.splitlines(), limits
        self._approve = approve
        self._motion = Motion(robot, watch)
        self._senses = self._motion.senses
        self._queries = Queries(self._senses, lambda: self._numbers)
        self._numbers: Mapping[str, float] = {}
        self._calls: list[CallTrace] = []
        self._cut: Cut | None = None
        self._moves, self._began, self._start = 0, time.perf_counter(), self._senses.time

    def run(self, sandbox: Sandbox) -> ProgramTrace:
        ran = sandbox.run(self._code, self._answer)
        kind = self._kind(ran)
        outcome: Outcome = "failure"
        if kind == "done":
            outcome = "success"
        elif kind in ("refused", "stopped"):
            outcome = "preempted"
        reason = ran.message if self._cut is None else self._cut.reason
        if ran.line and kind not in ("done", "type"):
            reason = f"line {ran.line}: {reason}"
        calls = tuple(self._calls)
        return ProgramTrace(outcome, kind, reason, ran.line, calls, ran.output, ran.seconds)

    def _kind(self, ran: Ran) -> Kind:
        if self._cut is not None:
            return self._cut.kind
        ending: Ending = ran.ending
        if ending == "halted":
            return "limit"
        failed = [c for c in self._calls if c.result is not None and not c.result.ok]
        if ending == "runtime" and failed and ran.message == f"RuntimeError: {failed[-1].error}":
            return "skill"
        return ending

    def _answer(self, call: Call) -> Any:
        if late := self._late():
            self._halt(Cut("limit", late))
        if call.name in self._composed:
            return self._several(call, self._composed[call.name])
        function = api()[call.name]
        args: Mapping[str, Any] = {}
        try:
            args = function.bind(call.args, call.kwargs)
            check_arguments(call.name, args, self._senses.scene)
        except ArgumentError as error:
            self._note(call, args, error=str(error))
            raise Raised("ValueError", str(error)) from error
        if function.kind == "query":
            self._senses.update(self._motion.robot.observe())
            value = getattr(self._queries, call.name)(**args)
            self._note(call, args, value=value)
            return value
        return self._move(call, args)

    def _several(self, call: Call, skill: Composed) -> dict[str, float]:
        """The skills that a composed one stands for, with numbers worked out from here."""
        self._senses.update(self._motion.robot.observe())
        args: Mapping[str, Any] = {}
        try:
            args = composed_function(skill).bind(call.args, call.kwargs)
            plan = read_plan(
                {"steps": [{"skill": skill.name, "args": args}]}, self._senses, (skill,)
            )
        except (ArgumentError, StageError) as error:
            self._note(call, args, error=str(error))
            raise Raised("ValueError", str(error)) from error
        self._by = skill.name
        try:
            numbers = [
                self._move(dataclasses.replace(call, name=s.skill), s.args) for s in plan.steps
            ]
        finally:
            self._by = ""
        return numbers[-1]

    def _move(self, call: Call, args: Mapping[str, Any]) -> dict[str, float]:
        self._moves += 1
        if self._moves > self._limits.moves:
            self._halt(Cut("limit", f"more than {self._limits.moves} calls that move the robot"))
        what = f"{call.name}({_listed(args)})"
        if self._approve is not None and not self._approve(f"line {call.line}: {what}"):
            self._note(call, args, error="refused by the operator")
            self._halt(Cut("refused", f"{what} was refused by the operator"))
        self._senses.update(self._motion.robot.observe())
        step, cut = self._motion.run(make_skill(call.name, args), self._late)
        result, numbers = step.result, dict(step.result.numbers)
        error = "" if result.ok else f"{call.name}: {result.reason}"
        value = numbers if result.ok else None
        self._note(call, args, step.start, value=value, error=error, result=result)
        if cut is not None:
            self._halt(Cut(cut.kind, f"{what}: {cut.reason}"))
        if error:
            self._numbers = numbers
            raise Raised("RuntimeError", error)
        return numbers

    def _halt(self, cut: Cut) -> None:
        self._cut = cut
        raise Halt(cut.reason)

    def _late(self) -> str:
        """Why there is no more time, or ''."""
        limits = self._limits
        if self._senses.time - self._start > limits.robot_seconds:
            return f"the program moved the robot for more than {limits.robot_seconds:g} s"
        if time.perf_counter() - self._began > limits.wall_seconds:
            return f"the program took more than {limits.wall_seconds:g} s"
        return ""

    def _note(
        self, call: Call, args: Mapping[str, Any], start: float | None = None, **rest: Any
    ) -> None:
        now = self._senses.time
        known = 0 < call.line <= len(self._lines)
        text = self._lines[call.line - 1].strip()[:200] if known else ""
        begun = now if start is None else start
        self._calls.append(
            CallTrace(call.line, text, call.name, args, begun, now, by=self._by, **rest)
        )


def _listed(args: Mapping[str, Any]) -> str:
    return ", ".join(f"{k}={_brief(v)}" for k, v in args.items())


def _brief(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(_brief, value))})"
    return repr(value)
