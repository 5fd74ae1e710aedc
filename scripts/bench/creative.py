"""habilis bench creative: a planner on random layouts of every task and its twins."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from habilis.assets.names import told
from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import JsonOptions, store
from habilis.scripts.shared.spreading import SpreadOptions, executor_of

if TYPE_CHECKING:
    from habilis.llm_planner.bench.creative import Case, Outcome, Setup
    from habilis.llm_planner.bench.log import Log
    from habilis.llm_planner.model.client import Client
    from habilis.policies.spread.executors import Executor

INTERRUPTED = 130
WRONG = 0.3  # share by which masses and frictions may be wrong with --world off
TABLES = ("result.json", "table.md", "table.csv", "episodes.csv", "plot.png")


@dataclasses.dataclass(frozen=True)
class BenchCreativeOptions(SpreadOptions, JsonOptions):
    """A planner on random layouts of every task and its twins: right answers, kinds of errors,
    calls, tokens, cost, seconds, and the discrimination score.

    Right is success where the tool is needed, success without touching it where it is not, and
    refusal or another way where it is broken; discrimination is the mean of the three rates.
    Finished episodes are kept in the folder as they end: after an interruption the same command
    goes on from there. Exit code: 0 done, 1 the model gave out, 2 bad input, 130 interrupted.
    """

    planner: str
    """search, oracle (knows the twin: the ceiling), oracle-needed (always the tool: the control),
    or a model: openai:MODEL, openai:MODEL@URL (any compatible server), anthropic:MODEL,
    file:FOLDER (you are the model), replay:FILE, record:FILE:SPEC. For keys see habilis solve
    --help."""
    tasks: tuple[str, ...] = ()
    """Ids of tasks; each twin has its own. Every task about a tool, with its three twins, if left
    out."""
    generations: tuple[str, ...] = ()
    """Generations of the published scenes, e.g. 2023 2024; a task takes those that it has, and by
    default its newest."""
    level: Literal[1, 2, 3, 4, 5] | None = None
    """Only tasks that take at least: 1 one tool; 2 the choice between it and a look-alike that is
    as unfit as that of the broken twin; 3 two tools in order; 4 a tool that is made first; 5
    several mechanisms with something that is used up. All, without look-alikes, if left out."""
    layouts: int = 20
    """Layouts of each task, twin and generation."""
    seed: int = 0
    """Seed of the first layout; the others follow."""
    variation: float = 1.0
    """How far layouts stray, see habilis solve --help."""
    sizes: float = 0.1
    """Largest relative change of the sizes of things."""
    distractors: tuple[int, int] = (0, 6)
    """Least and greatest number of further things on the table."""
    names: Literal["shuffled", "given"] = "shuffled"
    """Whether the names of things are shuffled."""
    unit: Literal["any", "m", "cm", "mm"] = "any"
    """Unit of the lengths that a model reads; any is drawn for each layout."""
    irrelevant: tuple[int, int] = (0, 3)
    """Least and greatest count of numbers that have nothing to do with the task, of each thing."""
    published: bool = False
    """The layouts as published, in their own words, instead of all these variations."""
    mode: Literal["plan", "full", "no-analyzer", "no-calculator", "planner-coder", "coder"] = "plan"
    """Which stages a model goes through."""
    strategy: Literal["single", "repair", "best-first"] = "repair"
    """single takes one proposal of a model, repair sends back what failed, best-first takes the
    best of several proposals."""
    repairs: int = 3
    """How often a failure may go back to a model in an episode."""
    rollouts: Annotated[int | Literal["unlimited"], tyro.conf.arg(aliases=["--track"])] = 60
    """The track of the search: it gives up, which is no refusal, after this many candidates tried
    in copies of the world; with 0 it carries out the likeliest one untried, and unlimited leaves
    only the limit of --seconds."""
    seconds: float = 1200.0
    """The search gives up after so many seconds of simulated time in all of these together."""
    world: Literal["exact", "off"] = "exact"
    """The copies of the world in which candidates are tried: exact, or off, with masses and
    frictions that are wrong by up to 30 %, anew in each layout."""
    see: bool = False
    """Show a model pictures of the scene too, from the front, the top and the side, with numbered
    marks. Needs OpenGL, and a model that takes pictures."""
    library: Path | None = None
    """Skills of this file (see habilis library) that the search tries first."""
    about: str | None = None
    """Who or what answers behind record: and file:; the result and the recording say it."""
    answer_tokens: int = 4000
    """Most tokens of one answer of a model, its thinking included."""
    max_calls: int | None = None
    """End the run after this many questions to the model."""
    max_tokens: int | None = None
    """End the run after this many tokens, read and written, of all answers together."""
    max_cost: float | None = None
    """End the run after this many US dollars."""
    out: Path | None = None
    """Folder of episodes and tables; out/creative-PLANNER if left out."""

    @property
    def most(self) -> int | None:
        """Rollouts of the search; None without a limit."""
        return None if self.rollouts == "unlimited" else self.rollouts


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchCreativeOptions, args, prog="habilis bench creative")
    at_least(1, layouts=o.layouts)
    at_least(0, seed=o.seed, repairs=o.repairs, rollouts=o.most or 0)
    from habilis.llm_planner.bench import creative as suite
    from habilis.llm_planner.bench.log import Log
    from habilis.llm_planner.model.make import answered_by

    setup = _setup(o)
    if not setup.offline and o.executor != "local":
        raise ValueError("a model's episodes share its budget in one process: leave out --executor")
    executor = executor_of(o, at_once=None if setup.offline else 1)
    cases = suite.cases(o.tasks, o.generations, o.layouts, o.seed, o.level)
    client = None if setup.offline else _client(o)
    folder = o.out or Path("out") / f"creative-{re.sub(r'[^A-Za-z0-9._-]+', '-', o.planner)}"
    log = Log(folder, setup, _say)
    code, note = _run(cases, setup, client, log, executor, o.workers or 1)
    finished = log.finished(cases)
    if finished:
        result = _result(setup, finished, cases, _full(args, o, cases), executor)
        result |= {} if setup.offline else {"answered_by": answered_by(o.planner, o.about)}
        notes = _deliver(result, folder)
        print(json.dumps(result, indent=1) if o.json else "\n".join([_text(result), "", *notes]))
    if note:
        _say(f"{note}; {len(finished)} of {len(cases)} episodes are kept in {folder}")
        _say("the same command goes on from there")
    return code


def _setup(o: BenchCreativeOptions) -> Setup:
    from habilis.envs.media import gl
    from habilis.llm_planner.bench.creative import LOOKALIKES, OFFLINE, Setup
    from habilis.llm_planner.language.wording import Wording
    from habilis.llm_planner.library.store import load_library
    from habilis.llm_planner.pipeline.episode import Settings
    from habilis.llm_planner.search.belief import Belief
    from habilis.llm_planner.search.planner import SearchBudget
    from habilis.policies.layouts.layouts import Recipe

    fields = {f.name: f.default for f in dataclasses.fields(BenchCreativeOptions)}
    varied = ("variation", "sizes", "distractors", "names", "unit", "irrelevant")
    changed = [name for name in varied if getattr(o, name) != fields[name]]
    if o.published and changed:
        raise ValueError(f"--published leaves no room for --{changed[0]}: drop one of them")
    if o.published and o.level == LOOKALIKES:
        raise ValueError("the published layouts have no look-alikes: drop --published or --level")
    if o.library is not None and o.planner != "search":
        raise ValueError("--library is for --planner search")
    if o.see and o.planner in OFFLINE:
        raise ValueError(f"--see is for a model; {o.planner} knows the scene without pictures")
    if o.see:
        gl.check()  # before the model is asked anything
    settings = Settings(o.mode, o.strategy, o.repairs, max_tokens=o.answer_tokens, see=o.see)
    composed = () if o.library is None else tuple(load_library(o.library).usable())
    return Setup(
        o.planner, SearchBudget(o.most, o.seconds), settings,
        None if o.published else Recipe(o.variation, o.sizes, o.distractors, o.level == LOOKALIKES),
        None if o.published else Wording(o.names, o.unit, o.irrelevant), composed,
        Belief(WRONG, WRONG) if o.world == "off" else None,
    )  # fmt: skip


def _client(o: BenchCreativeOptions) -> Client:
    from habilis.llm_planner.model.budget import BudgetedClient, SpendingLimits
    from habilis.llm_planner.model.make import make_client

    return BudgetedClient(
        make_client(o.planner, about=o.about), SpendingLimits(o.max_calls, o.max_tokens, o.max_cost)
    )


def _run(
    cases: Sequence[Case],
    setup: Setup,
    client: Client | None,
    log: Log,
    executor: Executor,
    workers: int,
) -> tuple[int, str]:
    """Run what has not been run; exit code, and what cut it short, or ''."""
    from habilis.llm_planner.bench.run import run_cases
    from habilis.llm_planner.model.client import ClientError

    missing = log.missing(cases)
    done = len(cases) - len(missing)
    if done:
        _say(f"{done} of {len(cases)} episodes were finished before")
    began = time.perf_counter()
    try:
        running = run_cases(missing, setup, client, workers, executor)
        for k, outcome in enumerate(running, 1):
            log.append(outcome)
            left = (time.perf_counter() - began) / k * (len(missing) - k)
            _say(f"{done + k}/{len(cases)} {_line(outcome)} [{left / 60:.0f} min left]")
    except KeyboardInterrupt:
        return INTERRUPTED, "interrupted"
    except ClientError as error:
        return 1, f"the model gave out ({error.kind}): {error}"
    return 0, ""


def _line(outcome: Outcome) -> str:
    if outcome.right:
        return f"{outcome.case}: right, {'refused' if outcome.refused else 'success'}"
    return f"{outcome.case}: WRONG, {outcome.error}: {outcome.reason}"


def _full(args: list[str], o: BenchCreativeOptions, cases: Sequence[Case]) -> list[str]:
    """The arguments with the tasks that they stand for: what is meant by all of them grows."""
    return args if o.tasks else [*args, "--tasks", *dict.fromkeys(c.task for c in cases)]


def _result(
    setup: Setup,
    finished: Sequence[Outcome],
    cases: Sequence[Case],
    args: list[str],
    executor: Executor,
) -> dict[str, Any]:
    from habilis.llm_planner.bench import table as tables
    from habilis.llm_planner.bench.suite import episodes_of, scores

    result = {
        "kind": "creative", **provenance(["bench", "creative", *args]),
        "executor": executor.told(),
        "tasks": list(dict.fromkeys(c.task for c in cases)),
        "seeds": sorted({c.seed for c in cases}),
        "setup": setup.as_dict(), "wanted": len(cases), "complete": len(finished) == len(cases),
        "rows": tables.table(finished), "discrimination": tables.discrimination(finished),
        "total": tables.summary(finished), "episodes": [o.as_dict() for o in finished],
    }  # fmt: skip
    return result | {"scores": scores(episodes_of(result))}


def _deliver(result: dict[str, Any], folder: Path) -> list[str]:
    """Write the tables and the plot; what to say of them."""
    from habilis.llm_planner.bench.plot import save_plot
    from habilis.llm_planner.bench.table import as_csv

    store(folder / "result.json", result)
    texts = {
        "table.md": _text(result) + "\n",
        "table.csv": as_csv(result["rows"]),
        "episodes.csv": as_csv(result["episodes"]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    try:
        save_plot(result, folder / "plot.png")
    except ImportError as error:
        return [str(error), f"stored in {folder}: {', '.join(TABLES[:-1])}"]
    return [f"stored in {folder}: {', '.join(TABLES)}"]


def _text(result: dict[str, Any]) -> str:
    from habilis.llm_planner.bench.table import markdown

    return markdown(result)


def _say(line: str) -> None:
    print(told(line), file=sys.stderr, flush=True)
