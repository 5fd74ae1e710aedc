"""One creative task from instruction to film: plan, verify in a copy, execute, keep the record."""

from __future__ import annotations

import datetime

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.envs.control.limiter import StoppedError
from habilis.envs.media.gl import why_none
from habilis.envs.robot.moment import present_state
from habilis.envs.robot.robot import SimRobot, WorldRobot
from habilis.envs.robot.simulated import simulated
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World
from habilis.llm_planner.model.client import Client, ClientError
from habilis.llm_planner.pipeline.episode import Episode
from habilis.llm_planner.pipeline.loop import solve_with_model
from habilis.llm_planner.pipeline.proposal import ListeningClient
from habilis.llm_planner.report.filming import Reel
from habilis.llm_planner.report.narration import Narrator, Say, action_lines
from habilis.llm_planner.report.record import Job, Record, save
from habilis.llm_planner.run.letting_go import letting_go
from habilis.llm_planner.run.plan import Plan, Step
from habilis.llm_planner.search.planner import search
from habilis.llm_planner.search.scratch import Scratch
from habilis.policies.skills.attempt import Attempt
from habilis.policies.skills.executor import Runner, Watch, run

__all__ = ["Job", "Record", "Say", "refuse", "save", "solve"]


def solve(
    job: Job,
    say: Say = lambda _: None,
    robot: WorldRobot | None = None,
    watch: Watch = lambda _: None,
) -> Record:
    """Plan (or take the given plan), verify, execute, film; writes ``run.json`` into the folder.

    The record is written also when the run breaks off; its ``error`` then says why. A model that
    gives no answer, and a stop of the robot, are such errors and are not raised.

    Args:
      job: what to do.
      say: told each line of progress.
      robot: in the job's scene, n = 1; planned for from where it is, and armed only when its turn
        comes. A simulated one on the job's layout if left out.
      watch: called after every control period of it with the skill that runs.
    """
    record = Record(job, _now())
    robot = robot or _simulated(job)
    no_film = f"no film: {why}" if job.film and (why := why_none()) else ""
    if no_film:  # before anything that takes time
        say(no_film)
    record.note = "; ".join(filter(None, (robot.about, no_film)))
    compiled = robot.world.compiled
    robot.observe()  # its world is then the present one
    record.places = _places(robot.world)
    job.folder.mkdir(parents=True, exist_ok=True)
    try:
        with Reel(job.folder, robot) as reel:
            _run(record, compiled, robot, reel, say, watch)
            robot.release()  # before films are made, which takes a while
            if job.film and not no_film:
                record.files = reel.develop(say)
    except StoppedError as error:
        record.error = f"stopped: {error}"
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        record.error = "interrupted" if interrupted else f"{type(error).__name__}: {error}"
        raise
    finally:
        save(record)
    return record


def _simulated(job: Job) -> SimRobot:
    robot = simulated(World(compile_scene(job.scene)))
    variation = Variation.scaled(job.variation)
    robot.reset(sample(job.scene, variation, np.random.default_rng(job.seed), 1))
    return robot


def _places(world: World) -> dict[str, tuple[Array, Array]]:
    """Where the things of the first simulation are, (3,) m and wxyz (4,), by name."""
    at = {e.name: world.index(e.name) for e in world.scene.entities}
    return {name: (world.pos[0, i].copy(), world.quat[0, i].copy()) for name, i in at.items()}


def refuse(job: Job, why: str) -> Record:
    """The record of a run that could not be begun, written into its folder."""
    record = Record(job, _now(), error=why)
    job.folder.mkdir(parents=True, exist_ok=True)
    save(record)
    return record


def _now() -> str:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return now.replace("+00:00", "Z")


def _run(
    record: Record, compiled: Compiled, robot: WorldRobot, reel: Reel, say: Say, watch: Watch
) -> None:
    if record.job.model is not None and record.job.plan is None:
        _converse(record, record.job.model, compiled, robot, reel, say, watch)
        return
    judge, scratch = Monitor(robot.world), Scratch(compiled)
    plan = _think(record, compiled, present_state(robot, judge), scratch, reel, say)
    while plan is not None:
        found = _act(record, plan, robot, judge, reel, say, watch)
        worth = found is not None and _worth_another_plan(record, found, robot, judge)
        if found is None or not worth:
            return
        robot.release()  # no robot waits for commands for as long as thinking takes
        record.replanned.append(found.reason)
        record.error = ""
        say(f"{found.reason}; looking again ({len(record.replanned)} of {record.job.replans})")
        robot.ready()
        _empty_hand(record, robot, judge, scratch, say, watch)
        robot.release()
        plan = _think(record, compiled, present_state(robot, judge), scratch, reel, say)


def _worth_another_plan(record: Record, found: Attempt, robot: WorldRobot, judge: Monitor) -> bool:
    """Whether what went wrong may be mended by planning from where things are now."""
    job = record.job
    unlike = found.ended in ("skill", "surprise", "done") or robot.late
    unlike = unlike and not found.ok
    more = job.plan is None and len(record.replanned) < job.replans
    return unlike and more and not judge.failure[0]


def _empty_hand(
    record: Record,
    robot: WorldRobot,
    judge: Monitor,
    scratch: Scratch,
    say: Say,
    watch: Watch,
) -> None:
    """Let go of what is held, since plans begin with an empty hand."""
    plan = letting_go(robot.world, present_state(robot, judge), scratch)
    if plan is not None:
        say(f"first, {plan.instruction}: {', '.join(str(s) for s in plan.steps)}")
        run(robot, plan, judge, record.job.approve, watch)


def _think(
    record: Record, compiled: Compiled, state: Snapshot, scratch: Scratch, reel: Reel, say: Say
) -> Plan | None:
    """The plan that holds in a copy of the world; None if there is none, or the given one fails."""
    job = record.job
    plan = job.plan
    if plan is None:
        say(f"planning: {job.scene.instruction} [{job.scene.goal}]")
        say("the search pursues the goal in brackets; it does not read the words")
        known = job.library.usable() if job.library is not None else ()
        record.planner = search(compiled, state, job.budget, say, known)
        plan = record.planner.plan
        if record.planner.plan is not None:  # else it is the reason of the whole run
            say(record.planner.reason)
    if plan is None:
        return None
    record.plan = plan
    for line in action_lines(plan):
        say(line)
    record.verification = check = scratch.rehearse(state, plan, reel.show)
    if check.ok:  # else its reason is that of the whole run
        say(f"verified in a copy of the world in {check.wall_seconds:.1f} s")
    return plan if check.ok else None


def _converse(
    record: Record,
    model: Client,
    compiled: Compiled,
    robot: WorldRobot,
    reel: Reel,
    say: Say,
    watch: Watch,
) -> None:
    """Let a language model think, and carry out what holds in a copy of the world."""
    job, narrator = record.job, Narrator(say)
    record.ledger = ListeningClient(model, say)

    def watch_all(runner: Runner) -> str | None:
        narrator(runner)
        reel.execution(runner.running)
        return watch(runner)

    def keep(episode: Episode) -> None:
        record.episode, record.plan = episode, episode.plan
        record.verification, record.execution = episode.verification, episode.execution

    settings = job.settings
    say(f"planning: {job.scene.instruction} [{job.scene.goal}]")
    say(f"with {model.name}, mode {settings.mode}, strategy {settings.strategy}")
    try:
        episode = solve_with_model(
            compiled, robot, record.ledger, settings, say, job.approve, watch_all, job.memory,
            job.library, job.consent, reel.show, keep,
        )  # fmt: skip
    except ClientError as error:
        record.error = f"the model gave no answer ({error.kind}): {error}"
        return
    keep(episode)
    narrator.finish()
    if episode.execution is None and episode.thoughts[-1].chosen is not None:
        record.error = episode.reason  # a person did not want it
    if episode.execution is not None:
        _note_stop(record, episode.execution)
        reel.end("goal reached" if episode.success else episode.reason)


def _act(
    record: Record,
    plan: Plan,
    robot: WorldRobot,
    judge: Monitor,
    reel: Reel,
    say: Say,
    watch: Watch,
) -> Attempt | None:
    """Carry a verified plan out; None if a person does not want that."""
    job, narrator = record.job, Narrator(say)
    text = "\n".join(["the verified plan:", *action_lines(plan)])
    if job.consent is not None and not job.consent(text):
        record.error = "the plan was refused by the operator"
        return None

    def watch_all(runner: Runner) -> str | None:
        narrator(runner)
        step = plan.steps[min(narrator.count, len(plan.steps) - 1)]
        reel.execution(f"{narrator.count + 1}/{len(plan.steps)}  {_title(step)}")
        return watch(runner)

    say("executing")
    robot.ready()
    check = record.verification
    expected = () if check is None or job.plan is not None else [s.after for s in check.steps]
    execution = run(robot, plan, judge, job.approve, watch_all, expected=expected, contacts=True)
    record.execution = execution
    narrator.finish()
    _note_stop(record, execution)
    reel.end("goal reached" if execution.ok else execution.reason)
    if job.library is not None:
        job.library.count(plan.composed, execution.ok)
    return execution


def _note_stop(record: Record, execution: Attempt) -> None:
    if execution.ended == "stopped":
        record.error = f"stopped: {execution.reason}"


def _title(step: Step) -> str:
    words = [step.skill, str(step.args.get("object", ""))]
    if step.args.get("tool"):
        words += ["with", str(step.args["tool"])]
    return " ".join(w for w in words if w)
