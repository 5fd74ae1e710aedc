"""Who may act in a session: a plan, the oracle, the search or a model that plans, a policy."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from habilis.assets.fresh import fresh_folder
from habilis.envs.tasks import find_task, find_twin, tool_tasks
from habilis.envs.vector_env import ToolVectorEnv
from habilis.envs.world.judging.monitor import Monitor
from habilis.llm_planner.model.client import Client
from habilis.llm_planner.pipeline.episode import Settings
from habilis.llm_planner.report.narration import Narrator
from habilis.llm_planner.run.plan import Plan, Step
from habilis.llm_planner.solve import Job, solve
from habilis.llm_planner.studio.session import PlanRow, Session
from habilis.policies.agents.base import make_agent
from habilis.policies.bundles.bundle import Bundle
from habilis.policies.skills.attempt import StepTrace
from habilis.policies.skills.executor import Runner, run


@dataclasses.dataclass(frozen=True)
class FollowPlan:
    """Carries out a plan, from one of its steps on.

    Attributes:
      plan: to follow.
      first: the step to begin with, from 0.
    """

    plan: Plan
    first: int = 0

    def __call__(self, session: Session) -> None:
        """See ``Actor``."""
        whole = self.plan.steps
        kept = session.rows[: self.first] if session.plan == self.plan else ()
        before = [*kept, *(PlanRow(str(s)) for s in whole[len(kept) : self.first])]
        session.plan = self.plan
        plan = dataclasses.replace(self.plan, steps=whole[self.first :])
        progress = _Progress(session, before, [str(s) for s in plan.steps])
        narrator = Narrator(session.say)

        def watch(runner: Runner) -> None:
            progress(runner)
            narrator(runner)

        session.settle()
        stage = session.stage
        done = run(stage.robot, plan, Monitor(stage.world), watch=watch, contacts=True)
        progress.finish(done.steps)
        narrator.finish()
        session.say("goal reached" if done.ok else f"not reached: {done.reason}")


@dataclasses.dataclass(frozen=True)
class Solve:
    """Plans for the scene's goal, verifies the plan in a copy, and carries it out.

    Attributes:
      instruction: in words; only a model reads them.
      model: makes a language model that plans in place of the search.
      ask: called with the verified plan before anything moves; only what it agrees to is done.
      answer_tokens: most of one answer of the model.
    """

    instruction: str
    model: Callable[[], Client] | None = None
    ask: Callable[[str], bool] | None = None
    answer_tokens: int = 4000

    def __call__(self, session: Session) -> None:
        """See ``Actor``."""
        session.show(())
        session.settle()
        stage = session.stage
        progress = _Progress(session, [], [])

        def agreed(text: str) -> bool:
            """Shows the plan; it is told only here before it is carried out."""
            progress.begin([_unnumbered(line) for line in text.splitlines()[1:]])
            return self.ask is None or self.ask(text)

        scene = dataclasses.replace(
            stage.scene, instruction=self.instruction or stage.scene.instruction
        )
        folder = session.out / f"{time.strftime('%Y%m%d-%H%M%S')}-{scene.name}"
        job = Job(
            scene, fresh_folder(folder), seed=session.seed, film=False, command="habilis studio",
            model=self.model() if self.model is not None else None, consent=agreed,
            settings=Settings(max_tokens=self.answer_tokens),
        )  # fmt: skip
        record = solve(job, session.say, stage.robot, progress)
        session.plan = record.plan
        if record.execution is not None:
            progress.finish(record.execution.steps)
        session.say(f"record: {job.folder / 'run.json'}")
        if record.error:
            session.say(record.error)
        elif record.execution is not None:
            session.say("goal reached" if record.success else record.execution.reason)


@dataclasses.dataclass(frozen=True)
class Play:
    """Lets an agent act by the actions of the task, at 10 Hz, until the episode ends.

    Attributes:
      agent: zero, random, policy, or one of the task's own.
      policy: of the agent ``policy``, see ``trained``.
      seed: of what it draws.
    """

    agent: str
    policy: str | None = None
    seed: int = 0

    def __call__(self, session: Session) -> None:
        """See ``Actor``."""
        core = session.stage.core
        env = ToolVectorEnv(core=core)
        if self.policy is not None:
            Bundle.load_policy(self.policy).check(env)
        agent = make_agent(self.agent, env, core.task.id, self.seed, self.policy)
        session.show(())
        agent.reset([0])
        core.steps[:], core.returns[:], core.truncated[:] = 0, 0.0, False
        already = bool(core.monitor.success[0])
        while not (core.failed[0] or core.truncated[0] or (core.success[0] and not already)):
            core.step(agent.act(core.observe()))
        why = "success" if core.success[0] else str(core.failure[0]) or "out of time"
        session.say(f"{self.agent}: {why}, return {core.returns[0].sum():.2f}")


def oracle_plan(task: str, session: Session) -> Plan:
    """The scripted solution of a task.

    Raises:
      ValueError: it has none.
    """
    family, twin = find_twin(task)
    scene = session.stage.scene
    steps = tuple(Step(call.skill, call.args) for call in family.oracle(scene, twin))
    return Plan(scene.name, scene.instruction, steps, "oracle")


def has_oracle(task: str) -> bool:
    """Whether a task has a scripted solution."""
    return task in tool_tasks() and find_task(task).twin is not None


class _Progress:
    """Lights up the steps of a plan as they are carried out; fits ``Watch``."""

    def __init__(self, session: Session, before: list[PlanRow], steps: list[str]) -> None:
        self._session, self._before, self._steps = session, before, steps
        self._seen: tuple[int, bool] | None = None
        self._draw((), False)

    def begin(self, steps: list[str]) -> None:
        """These are the steps."""
        self._steps = steps
        self._draw((), False)

    def __call__(self, runner: Runner) -> None:
        seen = len(runner.steps), runner.ending is None
        if seen != self._seen:
            self._seen = seen
            self._session.keep()
            self._draw(tuple(runner.steps), runner.ending is None)

    def finish(self, steps: tuple[StepTrace, ...]) -> None:
        """Nothing more is to come."""
        self._draw(steps, False)

    def _draw(self, done: tuple[StepTrace, ...], running: bool) -> None:
        """A program that was written has lines, which may call several skills or none."""
        by_line = any(trace.line for trace in done)
        rows = list(self._before)
        for k, text in enumerate(self._steps):
            own = [t for t in done if t.line == k + 1] if by_line else list(done[k : k + 1])
            if own:
                rows.append(_row(text, own[-1]))
            elif running and not by_line and k == len(done):
                rows.append(PlanRow(text, "running", start=self._session.stage.time))
            else:
                rows.append(PlanRow(text))
        self._session.show(rows)


def _row(text: str, trace: StepTrace) -> PlanRow:
    result, seconds = trace.result, trace.end - trace.start
    numbers = ", ".join(f"{name} {value:.4g}" for name, value in result.numbers.items())
    told = "; ".join(
        filter(None, (f"{result.outcome} after {seconds:.1f} s", result.reason, numbers))
    )
    return PlanRow(text, "success" if result.ok else "failure", told, trace.start)


def _unnumbered(line: str) -> str:
    """A step or a line of a program without its number."""
    head, mark, rest = line.strip().partition(". " if "|" not in line else "| ")
    return rest if mark and head.strip().isdigit() else line.strip()
