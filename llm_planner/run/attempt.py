"""One attempt at a task, in a copy of the world or for real: a plan or a program, skill by skill,
each time compared with what was predicted."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import numpy as np

from habilis.envs.control.arm import TICK
from habilis.envs.robot import WorldRobot
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.ledger import Interval, Timeline
from habilis.envs.world.monitor import Monitor
from habilis.llm_planner.library.store import Composed
from habilis.llm_planner.run.plan import Plan
from habilis.llm_planner.run.program import CallTrace, ProgramTrace, run_program
from habilis.llm_planner.run.sandbox import Sandbox
from habilis.policies.skills.runner import Program, StepTrace, run
from habilis.policies.skills.senses import Senses

SURPRISING = 0.02  # m between where a thing was predicted to be and where it is

Positions = Mapping[str, tuple[float, float, float]]
"""Centre of every object that can move, m."""
Approve = Callable[[str], bool]
"""Asked before each skill, with its text."""
Watch = Callable[[Program], None]
"""Called after every control period with the skill that runs."""
Ended = Literal["done", "static", "failed", "surprise", "refused", "lost", "limit"]


@dataclasses.dataclass(frozen=True)
class Move:
    """One skill as it ran.

    Attributes:
      step: skill, parameters, times, result.
      line: of the program, 0 in a plan.
      after: where things were when it had ended.
    """

    step: StepTrace
    line: int
    after: Positions


@dataclasses.dataclass(frozen=True)
class Surprise:
    """A thing that is not where it was predicted to be.

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


@dataclasses.dataclass(frozen=True)
class Attempt:
    """What came of it.

    Attributes:
      ended: how; ``done`` is to the last skill, ``static`` before the first one.
      goal: whether the goal then held for as long as it must.
      reason: why it is no success, or ''.
      moves: the skills, in order.
      surprise: what ended it, if it was one.
      broken: parts that came off.
      program: the trace of the program, if it was one.
      seconds: wall time, s.
    """

    ended: Ended
    goal: bool
    reason: str
    moves: tuple[Move, ...]
    surprise: Surprise | None = None
    broken: tuple[str, ...] = ()
    program: ProgramTrace | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """It ran to its end and the goal held."""
        return self.ended == "done" and self.goal

    @property
    def steps(self) -> tuple[StepTrace, ...]:
        """The skills as they ran."""
        return tuple(m.step for m in self.moves)

    @property
    def failed(self) -> StepTrace | None:
        """The last skill, if it failed."""
        last = self.moves[-1].step if self.moves else None
        return last if last is not None and not last.result.ok else None


class Watcher:
    """Success, loss and contacts of one robot over all attempts of an episode.

    Args:
      robot: n = 1.
    """

    def __init__(self, robot: WorldRobot) -> None:
        self.robot = robot
        self.monitor = Monitor(robot.world)
        self._timeline = Timeline(robot.world.ledger)
        self._held = 0.0

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Watches every control period within, besides whatever watched before."""
        before = self.robot.on_tick

        def tick() -> None:
            self.update()
            if before is not None:
                before()

        self.robot.on_tick = tick
        try:
            yield
        finally:
            self.robot.on_tick = before

    def update(self) -> None:
        """Take note of the present state."""
        world = self.robot.world
        self.monitor.update(TICK)
        self._timeline.update(float(world.time[0]))
        holds = bool(evaluate(world.scene.goal, world)[0])
        self._held = self._held + TICK if holds else 0.0

    @property
    def goal(self) -> bool:
        """Whether the goal has now held for as long as it must, by whatever means."""
        return self._held >= self.robot.scene.hold - 1e-9

    @property
    def success(self) -> bool:
        """Whether it was reached, by fair means and with the required tool."""
        return bool(self.monitor.success[0])

    @property
    def lost(self) -> str:
        """What makes it impossible now, or ''."""
        return str(self.monitor.failure[0])

    @property
    def broken(self) -> tuple[str, ...]:
        """Parts that came off, as ``object: part``."""
        world = self.robot.world
        came_off = zip(world.compiled.loose, world.broken[0], strict=True)
        return tuple(f"{p.owner}: {p.body}" for p, off in came_off if off)

    def contacts(self) -> tuple[Interval, ...]:
        """Every uninterrupted contact so far."""
        return tuple(self._timeline.finish(float(self.robot.world.time[0])))


def attempt(
    robot: WorldRobot,
    action: Plan | str,
    watcher: Watcher,
    predicted: Sequence[Positions] | None = None,
    approve: Approve | None = None,
    watch: Watch | None = None,
    sandbox: Sandbox | None = None,
    composed: Sequence[Composed] = (),
) -> Attempt:
    """Run a plan or a program from where the robot stands.

    Args:
      robot: armed, n = 1.
      action: the plan, or the text of a program.
      watcher: of this robot; it goes on from what it has seen.
      predicted: where things should be after each skill; no comparison if left out.
      approve: see ``Approve``; a refusal ends the attempt.
      watch: see ``Watch``.
      sandbox: for a program; one of its own if left out.
      composed: skills of a library that a program may call, those the sandbox was made with.
    """
    began = time.perf_counter()
    with watcher.attached():
        run_one = _Attempt(robot, watcher, predicted, approve, watch)
        if isinstance(action, Plan):
            run_one.plan(action)
        else:
            run_one.program(action, sandbox, composed)
        if run_one.ended == "done":
            run_one.settle()
    return run_one.result(time.perf_counter() - began)


class _Attempt:
    def __init__(
        self,
        robot: WorldRobot,
        watcher: Watcher,
        predicted: Sequence[Positions] | None,
        approve: Approve | None,
        watch: Watch | None,
    ) -> None:
        self._robot, self._watcher = robot, watcher
        self._predicted, self._approve, self._watch = predicted, approve, watch
        self._senses = Senses(robot.scene, robot.bodies)
        self._names = [e.name for e in robot.scene.entities if not e.fixed]
        self._after: list[Positions] = []
        self._steps: list[StepTrace] = []
        self._lines: list[int] = []
        self._trace: ProgramTrace | None = None
        self._surprise: Surprise | None = None
        self.ended: Ended = "done"
        self._reason = ""

    def plan(self, plan: Plan) -> None:
        """Skill by skill, up to the first that fails or surprises."""
        for step in plan.steps:
            if self._approve is not None and not self._approve(str(step)):
                self._end("refused", f"{step} was refused by the operator")
                return
            trace = run(self._robot, [[step.build()]], lambda runs: self._tick(runs[0]))[0]
            self._steps += trace.steps
            self._lines.append(0)
            if not trace.ok:
                self._fail(trace.steps[-1])
            if not self._look() or not trace.ok:
                return

    def program(self, code: str, sandbox: Sandbox | None, composed: Sequence[Composed]) -> None:
        """The same for a program, whose next skill is refused after a surprise."""
        begun = 0

        def before(text: str) -> bool:
            nonlocal begun
            if begun and not self._look():
                return False
            begun += 1
            if self._approve is not None and not self._approve(text):
                self._end("refused", f"{text} was refused by the operator")
                return False
            return True

        trace = run_program(
            code, self._robot, before, self._tick, sandbox=sandbox, composed=composed
        )
        self._trace = trace
        moves = [c for c in trace.calls if c.result is not None]
        self._steps = [_step(c) for c in moves]
        self._lines = [c.line for c in moves]
        if len(self._after) < len(moves):
            self._look()
        if self.ended == "done" and not trace.ok:
            self._end(_ending(trace), trace.reason)

    def settle(self) -> None:
        """Wait for the goal to have held as long as it must."""
        for _ in range(round(self._robot.scene.hold / TICK)):
            if not self._watcher.lost:
                self._robot.hold(TICK)

    def result(self, seconds: float) -> Attempt:
        """What came of it."""
        goal = self._watcher.goal
        if self._watcher.lost:
            self._end("lost", self._watcher.lost)
        elif self.ended == "done" and not goal:
            self._reason = f"it ran through, but the goal does not hold: {self._robot.scene.goal}"
        rows = zip(self._steps, self._lines, self._after, strict=False)
        moves = tuple(Move(s, line, after) for s, line, after in rows)
        return Attempt(
            self.ended, goal, self._reason, moves, self._surprise, self._watcher.broken,
            self._trace, seconds,
        )  # fmt: skip

    def _tick(self, program: Program) -> bool:
        if self._watch is not None:
            self._watch(program)
        return bool(self._watcher.lost)

    def _fail(self, step: StepTrace) -> None:
        number = len(self._steps)
        self._end("failed", f"step {number} ({step.skill}) fails: {step.result.reason}")

    def _look(self) -> bool:
        """Note where things are; False if they are not where they should be."""
        self._senses.update(self._robot.observe())
        now: dict[str, tuple[float, float, float]] = {}
        for name in self._names:
            x, y, z = (float(v) for v in self._senses.get_center(name))
            now[name] = (x, y, z)
        k = len(self._after)
        self._after.append(now)
        if self._predicted is None or k >= len(self._predicted):
            return True
        found = [Surprise(k + 1, n, p, now[n]) for n, p in self._predicted[k].items()]
        worst = max(found, key=lambda s: s.gap, default=None)
        if worst is None or worst.gap <= SURPRISING:
            return True
        self._surprise = worst
        if self.ended == "done":
            self._end("surprise", str(worst))
        return False

    def _end(self, ended: Ended, reason: str) -> None:
        self.ended, self._reason = ended, reason


def _step(call: CallTrace) -> StepTrace:
    assert call.result is not None
    return StepTrace(call.name, dict(call.args), call.start, call.end, call.result)


def _ending(trace: ProgramTrace) -> Ended:
    if trace.kind in ("syntax", "type"):
        return "static"
    return "limit" if trace.kind in ("limit", "crash") else "failed"
