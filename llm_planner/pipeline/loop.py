"""A language model solves a task: it proposes, a copy of the world verifies, the robot carries out,
and what goes wrong goes back to the stage that owns it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from habilis.assets.scene.model.compile import Compiled
from habilis.envs.control.limiter import StoppedError
from habilis.envs.media.film import png
from habilis.envs.robot.moment import present_state
from habilis.envs.robot.robot import WorldRobot
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.seeing.views import marked_views
from habilis.llm_planner.language import prompts
from habilis.llm_planner.language.describe import describe
from habilis.llm_planner.language.faults import Fault
from habilis.llm_planner.language.repair import classify, feedback_text, from_error, strayed
from habilis.llm_planner.language.stages import Brief
from habilis.llm_planner.library.store import Library
from habilis.llm_planner.model.client import Client, ClientError, ShownPicture
from habilis.llm_planner.pipeline.best_first import best_first
from habilis.llm_planner.pipeline.episode import Episode, Settings, Thought, Try, concluded
from habilis.llm_planner.pipeline.memory import Lesson, LessonMemory, lessons_text
from habilis.llm_planner.pipeline.proposal import (
    MODES,
    ListeningClient,
    Proposal,
    propose,
)
from habilis.llm_planner.report.narration import Say, action_lines
from habilis.llm_planner.run.plan import Plan
from habilis.llm_planner.run.program import Code, make_sandbox
from habilis.llm_planner.run.sandbox import Sandbox
from habilis.llm_planner.search.scratch import Scratch, Show
from habilis.policies.skills.attempt import Attempt, Program
from habilis.policies.skills.executor import Approve, Watch, run
from habilis.policies.skills.senses import Senses

Keep = Callable[[Episode], None]


class Thinker:
    """Proposes and verifies from a state; keeps count of repairs. Use it as a context manager.

    Args:
      compiled: the scene.
      client: the model.
      settings: see ``Settings``.
      say: told a line for each thing that happens.
      memory: experience to recall; None for none.
      library: composed skills that plans may use; None for none.
      show: see ``Show``; called before each rehearsal.

    Attributes:
      tries: of the present thought, as they come.
      rolled: wall time spent in copies of the world, s.
    """

    def __init__(
        self,
        compiled: Compiled,
        client: Client,
        settings: Settings,
        say: Say = lambda _: None,
        memory: LessonMemory | None = None,
        library: Library | None = None,
        show: Show | None = None,
    ) -> None:
        self.settings, self.say, self.memory = settings, say, memory
        self.client = (
            client if isinstance(client, ListeningClient) else ListeningClient(client, say)
        )
        self.repairs, self.rolled, self._show = 0, 0.0, show
        self.tries: list[Try] = []
        self.composed = tuple(library.usable()) if library is not None else ()
        self._scratch, self._scene = Scratch(compiled), compiled.scene
        self._sandbox: Sandbox | None = None
        self._seen: tuple[Snapshot, tuple[ShownPicture, ...]] | None = None

    def __enter__(self) -> Thinker:
        if self.settings.mode != "plan":
            self._sandbox = make_sandbox(composed=self.composed).__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._sandbox is not None:
            self._sandbox.__exit__(None, None, None)

    def program(self, action: Plan | str) -> Program:
        """What carries out a plan, or the text of a program, in any world."""
        if isinstance(action, Plan):
            return action
        assert self._sandbox is not None
        return Code(action, self._sandbox, self.composed)

    @property
    def may_repair(self) -> bool:
        """Whether a fault may go back once more."""
        return self.settings.strategy != "single" and self.repairs < self.settings.repairs

    def think(self, state: Snapshot, before: Try | None = None) -> Thought:
        """Find a proposal that works in a copy of the world.

        Args:
          state: one simulation to start from; it is not touched.
          before: what was carried out before and ended with a fault; None at the start.
        """
        self.tries = []
        if self.settings.strategy == "best-first":
            return best_first(self, state, before)
        last = before
        while True:
            last = self.attempt(state, last)
            if last.ok or last.proposal.refusal or not self.may_repair:
                return concluded(self.tries)
            self.repairs += 1

    def attempt(self, state: Snapshot, before: Try | None, variant: str = "") -> Try:
        """One proposal, made or mended, and tried in a copy."""
        return self.rehearse(state, self.ask(state, before, variant))

    def ask(self, state: Snapshot, before: Try | None, variant: str = "") -> Proposal:
        """A proposal from a state, or the mending of an earlier one."""
        brief = self.brief(state, before, variant)
        fault = before.fault if before is not None else None
        if before is None or fault is None:
            return propose(self.client, self.settings.mode, brief, say=self.say)
        count = f"repair {self.repairs} of {self.settings.repairs}"
        self.say(f"{count}: a {fault.kind} fault goes back to the {fault.owner} stage")
        return propose(
            self.client, self.settings.mode, brief, before.proposal, fault.owner, self.say
        )

    def brief(self, state: Snapshot, before: Try | None, variant: str) -> Brief:
        """What the stages are told of a state."""
        senses = self._scratch.senses(state)
        lessons = self.memory.recall(self._scene) if self.memory is not None else []
        feedback = ""
        if before is not None and before.fault is not None:
            answer = before.proposal.answer(before.fault.owner)
            feedback = feedback_text(before.fault, answer, before.rehearsal)
        text = describe(senses, self.settings.style).text
        warm = self.settings.spread if variant else 0.0
        return Brief(
            senses, text, self.composed, lessons_text(lessons), feedback, variant, warm,
            self.settings.max_tokens, self._pictures(state) if self.settings.see else (),
        )  # fmt: skip

    def _pictures(self, state: Snapshot) -> tuple[ShownPicture, ...]:
        """The scene as a model sees it; drawn once for the questions that one state brings."""
        if self._seen is None or self._seen[0] is not state:
            shown = marked_views(self._scratch.world(state))
            self._seen = state, tuple(ShownPicture(k, png(v)) for k, v in shown.items())
        return self._seen[1]

    def rehearse(self, state: Snapshot, proposal: Proposal) -> Try:
        """Carry a proposal out in a copy of the world."""
        if self.settings.strategy == "best-first":  # which asks for several before it tries one
            self.say(f"trying {' > '.join(proposal.skills) or 'the next proposal'}")
        found = self._rehearse(state, proposal)
        found = dataclasses.replace(found, after=len(self.client.exchanges))
        self.tries.append(found)
        return found

    def _rehearse(self, state: Snapshot, proposal: Proposal) -> Try:
        stages, action = MODES[self.settings.mode], proposal.action
        if proposal.error is not None:
            self.say(f"of no use: {proposal.error}")
            return Try(proposal, None, from_error(proposal.error, stages))
        if proposal.refusal or action is None:
            self.say(f"refused: {proposal.refusal}")
            return Try(proposal)
        senses = self._scratch.senses(state)
        found = self._scratch.rehearse(self._believed(state), self.program(action), self._show)
        self.rolled += found.wall_seconds
        fault = classify(found, senses, stages, "static" if found.ended == "static" else "copy")
        fault = _by_writer(fault, proposal, found)
        where = "the check" if found.ended == "static" else "in a copy of the world"
        works = f"works {where} ({found.wall_seconds:.1f} s)"
        self.say(works if found.ok else f"fails {where}: {found.reason}")
        return Try(proposal, found, fault)

    def _believed(self, state: Snapshot) -> Snapshot:
        belief = self.settings.belief
        return state if belief is None else belief.of(state, self._scratch.robot(1))


def solve_with_model(
    compiled: Compiled,
    robot: WorldRobot,
    client: Client,
    settings: Settings,
    say: Say = lambda _: None,
    approve: Approve | None = None,
    watch: Watch | None = None,
    memory: LessonMemory | None = None,
    library: Library | None = None,
    consent: Approve | None = None,
    show: Show | None = None,
    keep: Keep = lambda _: None,
) -> Episode:
    """Think, verify, carry out, compare, and mend, until success, refusal or the end of repairs.

    Args:
      compiled: the scene as the planner believes it to be.
      robot: armed, n = 1; its world may differ from what is believed.
      client: the model; a ``ListeningClient`` around it keeps the exchanges even after an error.
      settings: see ``Settings``.
      say: told a line for each thing that happens.
      approve: asked before each skill of the robot, with its text; a refusal ends the episode.
      watch: called after every control period of the robot with the skill that runs.
      memory: experience to recall and to add to.
      library: composed skills to use and to keep count of.
      consent: asked before each plan or program that worked in the copy, with its text; a refusal
        ends the episode.
      show: see ``Show``; called before each rehearsal.
      keep: given what there was of an episode that breaks off, before the error is raised.

    Raises:
      ClientError: the model gives no answer.
    """
    with Thinker(compiled, client, settings, say, memory, library, show) as thinker:
        course = _Course(thinker, robot)
        try:
            course.run(approve, consent, watch)
        except (ClientError, KeyboardInterrupt, StoppedError) as error:
            keep(course.broken_off(str(error) or "interrupted"))
            raise
        episode = course.episode()
    _learn(episode, compiled, memory, library)
    return episode


class _Course:
    """An episode under way."""

    def __init__(self, thinker: Thinker, robot: WorldRobot) -> None:
        self._thinker, self._robot = thinker, robot
        self._judge = Monitor(robot.world)
        self._began, self._start = time.perf_counter(), float(robot.world.time[0])
        self._thoughts: list[Thought] = []
        self._executions: list[Try] = []
        self._paused, self._declined = 0.0, ""

    def run(self, approve: Approve | None, consent: Approve | None, watch: Watch | None) -> None:
        """To its end."""
        thinker, judge = self._thinker, self._judge
        before: Try | None = None
        while True:
            thought = thinker.think(present_state(self._robot, judge), before)
            self._thoughts.append(thought)
            thinker.tries = []
            if thought.chosen is None or not self._agreed(thought.chosen, consent):
                return
            before = self._carry_out(thought.chosen, approve, watch)
            self._executions.append(before)
            if before.fault is None or judge.failure[0] or not thinker.may_repair:
                return
            thinker.repairs += 1
            self._robot.release()  # thinking takes longer than a robot waits for commands

    def _agreed(self, chosen: Try, consent: Approve | None) -> bool:
        if consent is None:
            return True
        began, action = time.perf_counter(), chosen.proposal.action
        what = "plan" if isinstance(action, Plan) else "program"
        yes = consent("\n".join([f"the verified {what}:", *action_lines(action)]))
        self._paused += time.perf_counter() - began
        self._declined = "" if yes else f"the {what} was refused by the operator"
        return yes

    def _carry_out(self, chosen: Try, approve: Approve | None, watch: Watch | None) -> Try:
        """Do what worked in the copy; the try that results has the real trace and its fault."""
        thinker, robot, action = self._thinker, self._robot, chosen.proposal.action
        assert action is not None
        thinker.say("executing")
        robot.ready()
        senses = Senses(robot.scene, robot.bodies)
        senses.update(robot.observe())
        found = run(
            robot, thinker.program(action), self._judge, approve, watch,
            expected=chosen.predicted, contacts=True,
        )  # fmt: skip
        fault = classify(found, senses, MODES[thinker.settings.mode], "execution")
        fault = _by_writer(fault, chosen.proposal, found)
        return Try(chosen.proposal, found, fault, after=len(thinker.client.exchanges))

    def broken_off(self, why: str) -> Episode:
        """What there was of it, with the tries of the thought that was not finished."""
        self._thoughts.append(Thought(None, "", why, tuple(self._thinker.tries)))
        return self.episode(why)

    def episode(self, why: str = "") -> Episode:
        """All of it; ``why`` it broke off, if it did."""
        thinker, thoughts = self._thinker, self._thoughts
        executions, settings = self._executions, thinker.settings
        refused = bool(thoughts[-1].refusal or self._declined) and not executions
        success = bool(self._judge.success[0])
        reason = why or self._declined or ("" if success else _reason(thoughts, executions))
        return Episode(
            success, refused, reason, tuple(thoughts), tuple(executions), thinker.repairs,
            tuple(thinker.client.exchanges),
            prompts.digest(prompts_used(settings.mode, settings.see)),
            thinker.client.name, float(self._robot.world.time[0]) - self._start,
            time.perf_counter() - self._began, thinker.client.waited, thinker.rolled, self._paused,
        )  # fmt: skip


def _by_writer(fault: Fault | None, proposal: Proposal, found: Attempt) -> Fault | None:
    """The fault, given to the coder where the program did not do what was planned."""
    sketch = proposal.sketch
    if fault is None or sketch is None or fault.owner == "coder":
        return fault
    targets = proposal.targets.targets if proposal.targets is not None else ()
    numbers = [(t.step, t.name, t.value) for t in targets if t.value is not None]
    if not strayed(found, [(s.skill, s.object, s.tool) for s in sketch.steps], numbers):
        return fault
    return dataclasses.replace(fault, owner="coder")


def prompts_used(mode: str, see: bool = False) -> tuple[str, ...]:
    """Names of the prompts that a mode may use, with pictures or without."""
    return ("system", "feedback", "retry", *MODES[mode], *(("pictures",) if see else ()))


def _reason(thoughts: list[Thought], executions: list[Try]) -> str:
    if thoughts[-1].chosen is None:
        return thoughts[-1].reason
    last = executions[-1].rehearsal
    assert last is not None
    return last.reason


def _learn(
    episode: Episode, compiled: Compiled, memory: LessonMemory | None, library: Library | None
) -> None:
    """Keep what failed with what mended it, what worked, and count the composed skills used."""
    scene = compiled.scene
    names = tuple(e.name for e in scene.entities)
    done = [t.chosen for t in episode.thoughts if t.chosen is not None]
    worked = done[-1].proposal.skills if done and episode.success else ()
    if memory is not None:
        tries = [t for x in episode.thoughts for t in x.tries] + list(episode.executions)
        for found in (t for t in tries if t.fault is not None):
            assert found.fault is not None
            skills = found.rehearsal.steps if found.rehearsal is not None else ()
            memory.add(
                Lesson(
                    scene.name, scene.instruction, names, False, found.fault.kind,
                    tuple(s.skill for s in skills), found.fault.reason, " > ".join(worked),
                )
            )  # fmt: skip
        if worked:
            memory.add(Lesson(scene.name, scene.instruction, names, True, "", worked, ""))
    if library is not None and episode.executions:
        last = episode.executions[-1]
        if last.rehearsal is not None and last.rehearsal.ended != "refused":
            known = [s.name for s in library.usable()]
            library.count(last.proposal.uses(known), episode.success)
