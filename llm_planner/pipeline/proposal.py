"""A proposal: what the stages of a mode make of a task, up to a plan or a program."""

from __future__ import annotations

import ast
import dataclasses
import json
import time
from collections.abc import Collection, Mapping
from typing import Any

from habilis.assets.names import look_up
from habilis.llm_planner.language import stages
from habilis.llm_planner.language.faults import StageError
from habilis.llm_planner.language.outputs import Analysis, Program, Sketch, Targets
from habilis.llm_planner.language.stages import Brief, Composition
from habilis.llm_planner.model.client import (
    Client,
    ClientError,
    Reply,
    Request,
)
from habilis.llm_planner.report.narration import Say, spent, stage_lines
from habilis.llm_planner.run.plan import Plan
from habilis.policies.skills import SKILLS

MODES: Mapping[str, tuple[str, ...]] = {
    "full": ("analyzer", "planner", "calculator", "coder"),
    "no-analyzer": ("planner", "calculator", "coder"),
    "no-calculator": ("analyzer", "planner", "coder"),
    "planner-coder": ("planner", "coder"),
    "coder": ("coder",),
    "plan": ("plan",),
}
"""Stages of each mode, in order."""


@dataclasses.dataclass(frozen=True)
class Exchange:
    """One question to the model and its answer.

    Attributes:
      stage: that asked.
      request: the question.
      reply: the answer; what was spent on it, with such text as came, if it is of no use.
      waited: wall time, s; that of a replay, where ``reply.seconds`` is as recorded.
      error: why there is no usable answer, or ''.
    """

    stage: str
    request: Request
    reply: Reply
    waited: float = 0.0
    error: str = ""


class ListeningClient:
    """A client that keeps what passes through it, answered or not.

    Args:
      client: that answers.
      say: told a line before each question and after each answer.
    """

    def __init__(self, client: Client, say: Say = lambda _: None) -> None:
        self._client, self._say = client, say
        self.name = client.name
        self.exchanges: list[Exchange] = []

    @property
    def waited(self) -> float:
        """Wall time spent waiting for answers, s."""
        return sum(x.waited for x in self.exchanges)

    def complete(self, request: Request) -> Reply:
        """See ``Client``."""
        self._say(
            f"{request.stage}: asked, {sum(len(m.content) for m in request.messages)} letters"
        )
        began, reply, error = (
            time.perf_counter(),
            Reply("", None, "", 0, 0, None, 0.0),
            "broken off",
        )
        try:
            reply, error = self._client.complete(request), ""
        except ClientError as failed:
            reply, error = failed.spent or reply, str(failed)
            raise
        finally:
            waited = time.perf_counter() - began
            self.exchanges.append(Exchange(request.stage, request, reply, waited, error))
        self._say(f"{request.stage}: answered, {spent(reply)}")
        return reply


@dataclasses.dataclass(frozen=True)
class Proposal:
    """What the stages answered.

    Attributes:
      mode: key of ``MODES``.
      analysis: of the analyzer.
      sketch: of the planner.
      targets: of the calculator, worked out.
      program: of the coder.
      composition: of plan mode.
      error: why it could not be finished; None if it is whole.
    """

    mode: str
    analysis: Analysis | None = None
    sketch: Sketch | None = None
    targets: Targets | None = None
    program: Program | None = None
    composition: Composition | None = None
    error: StageError | None = None

    @property
    def action(self) -> Plan | str | None:
        """What is to be carried out: a plan or the text of a program."""
        if self.composition is not None:
            return self.composition.plan
        return self.program.program if self.program is not None and not self.refusal else None

    @property
    def refusal(self) -> str:
        """Why there is nothing to carry out, if a stage said that nothing can work."""
        answers = (self.analysis, self.sketch, self.program, self.composition)
        return next((a.refusal for a in answers if a is not None and a.refusal), "")

    @property
    def skills(self) -> tuple[str, ...]:
        """Names of the skills in the order in which they are written."""
        action = self.action
        if isinstance(action, Plan):
            return tuple(s.skill for s in action.steps)
        return _called(action or "", SKILLS)

    def uses(self, names: Collection[str]) -> tuple[str, ...]:
        """Those of the named composed skills that its plan or program calls."""
        action = self.action
        if isinstance(action, Plan):
            return tuple(n for n in action.composed if n in names)
        return tuple(dict.fromkeys(_called(action or "", names)))

    def answer(self, stage: str) -> str:
        """What a stage answered, as text."""
        if self.error is not None and self.error.stage == stage:
            return str(self.error.answer)
        if stage == "plan":
            return self.composition.answer if self.composition else ""
        if stage == "coder":
            return self.program.program if self.program else ""
        found = {"analyzer": self.analysis, "planner": self.sketch, "calculator": self.targets}
        output = found.get(stage)
        return json.dumps(dataclasses.asdict(output), indent=1) if output is not None else ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for the record."""
        out: dict[str, Any] = {"mode": self.mode, "refusal": self.refusal}
        for name in ("analysis", "sketch", "targets", "program"):
            value = getattr(self, name)
            out[name] = dataclasses.asdict(value) if value is not None else None
        out["thoughts"] = self.composition.thoughts if self.composition else ""
        out["plan"] = json.loads(self.action.dumps()) if isinstance(self.action, Plan) else None
        out["error"] = str(self.error) if self.error is not None else ""
        return out


def propose(
    client: Client,
    mode: str,
    brief: Brief,
    earlier: Proposal | None = None,
    again: str = "",
    say: Say = lambda _: None,
) -> Proposal:
    """Run the stages of a mode.

    Args:
      client: the model.
      mode: key of ``MODES``.
      brief: what every stage is told.
      earlier: a proposal to mend; what its stages before ``again`` answered is kept.
      again: first stage to be asked again; all of them if ''.
      say: told each answer in short.

    Returns:
      The proposal; it ends early with a refusal, or with ``error`` if an answer is of no use.

    Raises:
      ValueError: unknown mode.
      ClientError: the model gives no answer.
    """
    order = look_up("mode", mode, MODES)
    kept = order[: order.index(again)] if again in order and earlier is not None else ()
    out = Proposal(mode)
    for stage in order:
        if stage in kept and earlier is not None:
            out = _copied(out, earlier, stage)
            continue
        try:
            out = _run(client, brief, out, stage)
        except StageError as error:
            return dataclasses.replace(out, error=error)
        for line in stage_lines(getattr(out, _FIELD[stage])):
            say(line)
        if out.refusal:
            break
    return out


_FIELD = {
    "analyzer": "analysis", "planner": "sketch", "calculator": "targets", "coder": "program",
    "plan": "composition",
}  # fmt: skip


def _copied(out: Proposal, earlier: Proposal, stage: str) -> Proposal:
    field = _FIELD[stage]
    return dataclasses.replace(out, **{field: getattr(earlier, field)})


def _run(client: Client, brief: Brief, so_far: Proposal, stage: str) -> Proposal:
    value: Any
    if stage == "analyzer":
        value = stages.analyze(client, brief)
    elif stage == "planner":
        value = stages.plan(client, brief, so_far.analysis)
    elif stage == "calculator":
        assert so_far.sketch is not None
        value = stages.calculate(client, brief, so_far.sketch)
    elif stage == "coder":
        value = stages.code(client, brief, so_far.analysis, so_far.sketch, so_far.targets)
    else:
        value = stages.compose(client, brief)
    changes: dict[str, Any] = {_FIELD[stage]: value}
    return dataclasses.replace(so_far, **changes)


def _called(code: str, names: Collection[str]) -> tuple[str, ...]:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    calls.sort(key=lambda c: (c.lineno, c.col_offset))
    return tuple(c.func.id for c in calls if isinstance(c.func, ast.Name) and c.func.id in names)
