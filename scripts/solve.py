"""habilis solve: plan a creative tool task, check the plan in a copy of the world, run it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import tyro

from habilis.assets.fresh import fresh_folder
from habilis.assets.names import told
from habilis.assets.scene.things import Scene
from habilis.scripts.shared.confirm import Operator
from habilis.scripts.shared.live_robot import Wanted, live
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.scenes import contradiction, with_robot, written_scene

if TYPE_CHECKING:
    from habilis.llm_planner.model.client import Client
    from habilis.llm_planner.solve import Job, Record


@dataclasses.dataclass(frozen=True)
class SolveOptions:
    """Plan a task, check the plan in a copy of the world, execute it in physics, film it.

    The planner works offline: it finds tool uses from the geometry of the scene and tries them
    in copies of the world. It goes by the goal predicate of the scene file; the instruction
    chooses among the shipped scenes and stands in the report. With --model a language model
    plans instead; its key is read from the environment. Exit code: 0 success, 1 failure,
    refusal or no answer of the model, 2 bad input, 130 interrupted.
    """

    instruction: Annotated[str, tyro.conf.Positional] = ""
    """What to do, in words, e.g. "Reach the milk"."""
    scene: str = ""
    """A scene file (see docs/scenes.md), the name of a shipped scene, or the id of a task, e.g.
    habilis/ReachMilkBroken-v0; chosen by the words of the instruction if left out."""
    plan: Path | None = None
    """Run this plan (JSON, as a run leaves it in plan.json) instead of searching for one."""
    out: Path = Path("out")
    """Folder in which the run's folder is made."""
    seed: int = 0
    """Seed of the layout and of everything random."""
    variation: float = 0.0
    """How far the layout strays from the scene as given: 0 not at all, 1 is 2 cm, 3 degrees,
    20 % friction and mass."""
    model: str = ""
    """A language model that plans instead of the search: openai:MODEL, openai:MODEL@URL (any
    compatible server), anthropic:MODEL, file:FOLDER (you are the model), replay:FILE,
    record:FILE:SPEC. Its key is read from OPENAI_API_KEY or ANTHROPIC_API_KEY; that of a server
    given by its URL, if it wants one, from HABILIS_LLM_API_KEY. See docs/models.md."""
    mode: Literal["plan", "full", "no-analyzer", "no-calculator", "planner-coder", "coder"] = "plan"
    """Which stages the model goes through; plan asks for a plan as data, the others for code."""
    strategy: Literal["single", "repair", "best-first"] = "repair"
    """single takes one proposal, repair sends back what failed with its numbers, best-first takes
    the best of several proposals."""
    repairs: int = 3
    """How often a failure may go back to the model."""
    see: bool = False
    """Show the model pictures of the scene too, from the front, the top and the side, with numbered
    marks. Needs OpenGL, and a model that takes pictures."""
    timeout: float | None = None
    """Seconds that one answer of the model may take; 120 from an endpoint and 3600 from files if
    left out."""
    retries: int = 4
    """How often a question is sent again after a failure that may pass."""
    answer_tokens: int = 4000
    """Most tokens of one answer, its thinking included; a model that reasons may need 16000 or
    more. It is not sent to a server that refuses such a limit."""
    max_calls: int | None = None
    """Stop after so many questions to the model."""
    max_tokens: int | None = None
    """Stop after so many tokens, read and written, of all answers together; they are estimated
    where the server does not count them. See --answer-tokens for one answer."""
    max_cost: float | None = None
    """Stop after so many US dollars."""
    prices: tuple[float, float] | None = None
    """US dollars per million tokens in and out, where the price of the model is not known."""
    memory: Path | None = None
    """A file of experience: the model is shown what is like the task, and the run adds to it."""
    library: Path | None = None
    """A file of composed skills (see habilis library): the search tries them first, the plans of a
    model may use them, and each use counts for or against them."""
    about: str | None = None
    """Who or what answers behind record: and file:, for the provenance of the recording."""
    confirm: Literal["no", "plan", "each"] = "no"
    """Ask on the terminal before the verified plan or program is executed, or before each of its
    skills. Only a yes is one: with nobody there to ask nothing is executed."""
    rollouts: int = 60
    """The search gives up, which is no refusal, after this many candidates tried in copies of the
    world."""
    seconds: float = 1200.0
    """The search gives up after so many seconds of simulated time in all of these together."""
    replans: int = 3
    """How often the search may look and plan anew, from where things are, after a skill failed or
    left a thing more than 2 cm from where the copy of the world has it."""
    robot: str = ""
    """Another simulated robot than the scene's, e.g. ur5e+robotiq_2f85, see habilis robots list; or
    ros:PROFILE[@TRANSPORT], one that speaks ROS 2, planned for from where things are there, see
    habilis ros. Any key stops it."""
    dry_run: bool = False
    """With --robot ros:PROFILE: read the state of the robot, then run in simulation from there and
    print what would be sent."""
    record: Path | None = None
    """With --robot ros:PROFILE: keep states, requested and sent commands and skills in this MCAP
    file."""
    tags: Path | None = None
    """With --robot ros:PROFILE: a file of the tags on things (see docs/ros.md), which the cameras
    of the profile look for, instead of poses on /tf."""
    film: bool = True
    """Whether to make the film."""
    json: bool = False
    """Print the record as JSON on standard output; progress goes to standard error."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(SolveOptions, args, prog="habilis solve")
    at_least(0, seed=options.seed, replans=options.replans)
    at_least(1, rollouts=options.rollouts, **{"answer-tokens": options.answer_tokens})
    typed = shlex.join(["habilis", "solve", *args])
    real = options.robot if options.robot.startswith("ros:") else ""
    wanted = Wanted(real, options.dry_run, options.record, typed, options.tags)
    wanted.check()
    from habilis.envs.media import gl
    from habilis.llm_planner.report.page import write_report

    _needs_model(options)
    if options.see:
        gl.check()  # before the model is asked anything
    stream = sys.stderr if options.json else sys.stdout
    operator = Operator(stream)
    scene = written_scene(options.scene, options.instruction)
    job = _job(options, scene, typed, operator)
    doubt = contradiction(scene, options.instruction)
    try:
        record = _solved(options, job, doubt, wanted, operator, stream)
    except BaseException:
        if (job.folder / "run.json").exists():
            _say_where(job.folder, None, write_report(job.folder), stream)
        for empty in (job.folder, job.folder.parent):  # bad input leaves nothing behind
            with contextlib.suppress(OSError):
                empty.rmdir()
        raise
    report = write_report(job.folder)
    if options.json:
        print(json.dumps(record.as_dict(), indent=1))
    print(told(_verdict(record)), file=stream)
    _say_where(job.folder, record.files.film, report, stream)
    return 0 if record.success else 1


def _solved(
    options: SolveOptions,
    job: Job,
    doubt: str,
    wanted: Wanted,
    operator: Operator,
    stream: TextIO,
) -> Record:
    """What came of a job, of asking for its model, or of a doubt that its goal is meant."""
    from habilis.llm_planner.model.client import ClientError
    from habilis.llm_planner.solve import refuse, solve

    why = ""
    try:
        job = dataclasses.replace(job, model=_client(options))
    except ClientError as error:
        why = f"the model cannot be asked ({error.kind}): {error}"
    if not why and doubt and not operator.goal(doubt):
        why = f"{doubt}; nobody said that it is meant"
    if why:
        return refuse(job, why)
    with live(wanted, job.scene, operator, stream) as on:

        def say(line: str) -> None:
            print(told(line), file=stream, flush=True)

        record = solve(job, say, on.robot, on.watch)
        on.outcome(record.success, "" if record.success else _verdict(record))
    return record


def _needs_model(options: SolveOptions) -> None:
    names = ("max_calls", "max_tokens", "max_cost", "prices", "memory", "about")
    given = [n for n in names if getattr(options, n) is not None] + ["see"] * options.see
    if given and not options.model:
        raise ValueError(
            f"--{given[0].replace('_', '-')} concerns a model, and --model is not given"
        )
    if options.library is not None and not options.library.is_file():
        raise ValueError(f"--library {options.library}: no such file")


def _job(options: SolveOptions, scene: Scene, typed: str, operator: Operator) -> Job:
    """All of the job but its model."""
    from habilis.llm_planner.library.store import load_library
    from habilis.llm_planner.pipeline.episode import Settings
    from habilis.llm_planner.pipeline.memory import load_memory
    from habilis.llm_planner.run.plan import load_plan
    from habilis.llm_planner.search.planner import SearchBudget
    from habilis.llm_planner.solve import Job

    scene = dataclasses.replace(scene, instruction=options.instruction or scene.instruction)
    scene = with_robot(scene, options.robot, lambda line: print(line, file=sys.stderr))
    job = Job(
        scene,
        options.out,
        None if options.plan is None else load_plan(options.plan),
        options.seed,
        options.variation,
        SearchBudget(options.rollouts, options.seconds),
        options.film,
        typed,
        None,
        Settings(
            options.mode,
            options.strategy,
            options.repairs,
            max_tokens=options.answer_tokens,
            see=options.see,
        ),
        operator.skill if options.confirm == "each" else None,
        operator.whole if options.confirm == "plan" else None,
        None if options.memory is None else load_memory(options.memory),
        None if options.library is None else load_library(options.library),
        options.replans,
    )
    return dataclasses.replace(job, folder=_folder(options.out, scene.name))


def _client(options: SolveOptions) -> Client | None:
    """The model within its budget; None if none is asked for."""
    from habilis.llm_planner.model.budget import BudgetedClient, SpendingLimits
    from habilis.llm_planner.model.make import make_client

    if not options.model:
        return None
    waits: dict[str, float] = {}
    if options.timeout is not None:
        waits = {"timeout": options.timeout, "deadline": max(600.0, options.timeout)}
    client = make_client(
        options.model, retries=options.retries, prices=options.prices, about=options.about, **waits
    )
    return BudgetedClient(
        client, SpendingLimits(options.max_calls, options.max_tokens, options.max_cost)
    )


def _say_where(folder: Path, film: str | None, report: Path, stream: TextIO) -> None:
    for what, path in (("film", film and folder / film), ("report", report)):
        if path:
            print(f"  {what:<7}{path}", file=stream)
    print(f"  {'record':<7}{folder / 'run.json'}", file=stream)


def _folder(out: Path, name: str) -> Path:
    return fresh_folder(out / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}")


def _verdict(record: Record) -> str:
    """The last line: how it ended, and why if not well."""
    if record.success:
        return "SUCCESS"
    if record.error:
        check = record.verification
        ready = record.execution is None and check is not None and check.ok
        word = "NOT EXECUTED" if ready else "FAILED"
        return f"{word}: {record.error}"
    known = record.as_dict()
    if record.episode is not None and record.execution is None:
        word = "GAVE UP" if known["planner"]["spent"] else "REFUSED"
        return f"{word}: {known['planner']['reason']}"
    for part in ("execution", "verification", "planner"):
        found = known[part]
        if isinstance(found, dict) and found.get("reason"):
            word = "FAILED"
            if part == "planner":
                word = "GAVE UP" if found.get("spent") else "REFUSED"
            return f"{word}: {found['reason']}"
    return "FAILED"
