"""Model-written code as a program of skills: every call is checked, run to its end and recorded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import Any

from habilis.llm_planner.language.faults import StageError
from habilis.llm_planner.language.plan_schema import composed_function, read_plan
from habilis.llm_planner.library.store import Composed
from habilis.llm_planner.run.arguments import ArgumentError, check_arguments
from habilis.llm_planner.run.lines import program_lines
from habilis.llm_planner.run.sandbox import (
    Call,
    Halt,
    Raised,
    Ran,
    Sandbox,
    SandboxLimits,
)
from habilis.llm_planner.run.skill_api import Queries, api, host_names, prelude, stubs
from habilis.policies.skills import SKILLS, make_skill
from habilis.policies.skills.attempt import Ask, CallTrace, Cut, Ended, Ending, Steps, StepTrace
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Result, call_text

Answering = Generator[Ask, StepTrace, Any]
"""Answers a call of the program, running skills for it."""


def make_sandbox(limits: SandboxLimits | None = None, composed: Sequence[Composed] = ()) -> Sandbox:
    """A sandbox that knows the skill API; enter it once and run many programs in it.

    Args:
      limits: see ``SandboxLimits``.
      composed: skills of a library that programs may call as well.
    """
    names = (*host_names(), *(c.name for c in composed))
    more = "\n".join(composed_function(c).stub for c in composed)
    return Sandbox(names, stubs() + more, prelude(), limits)


@dataclasses.dataclass(frozen=True)
class Code:
    """A written program that the executor runs, see ``Program``; each skill call blocks it until
    the skill has ended. It is type-checked before anything moves.

    Attributes:
      text: Python over the functions of ``skill_api``.
      sandbox: of ``make_sandbox``, entered.
      composed: skills of a library that it may call, those the sandbox was made with.
    """

    text: str
    sandbox: Sandbox
    composed: Sequence[Composed] = ()

    def __call__(self, senses: Senses) -> Steps:
        """Its steps."""
        return _Session(self, senses).steps()


class _Session:
    """One run of one program: answers its calls and writes them down."""

    def __init__(self, code: Code, senses: Senses) -> None:
        self._code, self._senses = code, senses
        self._lines = program_lines(code.text)
        self._composed, self._by = {c.name: c for c in code.composed}, ""
        self._queries = Queries(senses, lambda: self._numbers)
        self._numbers: Mapping[str, float] = {}
        self._calls: list[CallTrace] = []
        self._cut: Ending | None = None
        self._moves = 0

    def steps(self) -> Steps:
        """Ask for a skill whenever the program calls one; return how it ended."""
        asked = self._code.sandbox.start(self._code.text)
        resume: Callable[[], Call] = partial(next, asked)
        try:
            while True:
                call = resume()
                try:
                    resume = partial(asked.send, (yield from self._answer(call)))
                except Raised as raised:
                    resume = partial(asked.throw, raised)
                except Cut as cut:
                    self._cut = cut.ending
                    resume = partial(asked.throw, Halt(cut.ending.reason))
        except StopIteration as stop:
            return self._ending(stop.value)
        except Cut:
            raise
        except Exception as error:  # whatever a program has come up with is how it ended
            why = f"the answer to a call failed: {type(error).__name__}: {error}"
            return Ending("crash", why, self._calls[-1].line if self._calls else 0, (*self._calls,))
        finally:
            asked.close()

    def _ending(self, ran: Ran) -> Ending:
        ended = self._ended(ran)
        reason = ran.message if self._cut is None else self._cut.reason
        if ran.line and ended not in ("done", "static"):
            reason = f"line {ran.line}: {reason}"
        return Ending(ended, reason, ran.line, tuple(self._calls), ran.output)

    def _ended(self, ran: Ran) -> Ended:
        if self._cut is not None:
            return self._cut.ended
        if ran.ending in ("syntax", "type"):
            return "static"
        failed = [c for c in self._calls if c.result is not None and not c.result.ok]
        if ran.ending == "runtime":
            over = failed and ran.message == f"RuntimeError: {failed[-1].error}"
            return "skill" if over else "runtime"
        return "limit" if ran.ending in ("limit", "halted") else _SAME[ran.ending]

    def _answer(self, call: Call) -> Answering:
        if call.name in self._composed:
            return (yield from self._several(call, self._composed[call.name]))
        function = api(SKILLS)[call.name]
        args: Mapping[str, Any] = {}
        try:
            args = function.bind(call.args, call.kwargs)
            check_arguments(call.name, args, self._senses.scene)
        except ArgumentError as error:
            self._note(call, args, error=str(error))
            raise Raised("ValueError", str(error)) from error
        if function.kind == "query":
            value = getattr(self._queries, call.name)(**args)
            self._note(call, args, value=value)
            return value
        return (yield from self._move(call, args))

    def _several(self, call: Call, skill: Composed) -> Answering:
        """The skills that a composed one stands for, with numbers worked out from here."""
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
            for step in plan.steps:
                part = dataclasses.replace(call, name=step.skill)
                numbers = yield from self._move(part, step.args)
        finally:
            self._by = ""
        return numbers

    def _move(self, call: Call, args: Mapping[str, Any]) -> Answering:
        self._moves += 1
        most = self._code.sandbox.limits.moves
        if self._moves > most:
            raise Cut("limit", f"more than {most} calls that move the robot")
        ask = Ask(make_skill(call.name, args), call.line, call_text(call.name, args))
        began = self._senses.time
        try:
            done = yield ask
        except Cut as cut:
            over = Result("preempted", cut.ending.reason)
            self._note(call, args, began, error=over.reason, result=over)
            raise
        result, numbers = done.result, dict(done.result.numbers)
        error = "" if result.ok else f"{call.name}: {result.reason}"
        value = numbers if result.ok else None
        self._note(call, args, done.start, value=value, error=error, result=result)
        if error:
            self._numbers = numbers
            raise Raised("RuntimeError", error)
        return numbers

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


_SAME: Mapping[str, Ended] = {"done": "done", "crash": "crash"}
