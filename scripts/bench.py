"""habilis bench: numbers with intervals, stored with the command that made them."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import tyro

from habilis.assets.names import pick
from habilis.scripts.provenance import at_least, provenance, store

KINDS = {
    "throughput": "steps per second of each kind of environment against raw MuJoCo, interleaved",
    "search": "the offline planner on random layouts of every task and twin",
    "oracle": "the scripted solution of each task on random layouts",
}


@dataclasses.dataclass(frozen=True)
class SearchOptions:
    """The offline planner on random layouts: right answers, rollouts, seconds."""

    layouts: int = 100
    """How many a task and scene."""
    seed: int = 0
    """Of the first layout."""
    variation: float = 1.0
    """How far layouts stray from the published one, see habilis solve --help."""
    rollouts: int = 40
    """Budget of each search."""
    seconds: float = 60.0
    """Budget of each search."""
    tasks: tuple[str, ...] = ()
    """Ids; the whole suite if left out."""
    library: Path | None = None
    """Try the skills of this file (see habilis library) first."""
    out: Path | None = None
    """Store the result here as JSON."""
    json: bool = False
    """Print the result as JSON."""


@dataclasses.dataclass(frozen=True)
class OracleOptions:
    """The scripted solution of each task on random layouts, through the environment's actions."""

    episodes: int = 100
    """How many a task and scene."""
    tasks: tuple[str, ...] = ()
    """Ids; all that have an oracle if left out."""
    seed: int = 0
    """Of the first layout."""
    variation: float = 1.0
    """See habilis solve --help."""
    out: Path | None = None
    """Store the result here as JSON."""
    json: bool = False
    """Print the result as JSON."""


@dataclasses.dataclass(frozen=True)
class ThroughputOptions:
    """Environments against raw MuJoCo stepping, interleaved in one run; medians and spread."""

    rounds: int = 7
    """Rounds; each visits every kind once."""
    seconds: float = 1.0
    """Roughly how long each kind is stepped in a round."""
    compare: Path | None = None
    """An earlier result to compare with."""
    out: Path | None = None
    """Store the result here as JSON."""
    json: bool = False
    """Print the result as JSON."""


Which = Annotated[str, tyro.conf.Positional]


def command(args: list[str]) -> int:
    """Entry of the command."""
    if not args or args[0] in ("-h", "--help"):
        lines = [f"  {name:<11} {what}" for name, what in KINDS.items()]
        print("\n".join(["usage: habilis bench KIND ...", "", *lines]))
        return 0 if args else 2
    kind, rest = args[0], args[1:]
    if kind not in KINDS:
        raise ValueError(pick("bench", kind, KINDS))
    runner = {"throughput": _throughput, "search": _search, "oracle": _oracle}[kind]
    return runner(rest, ["bench", *args])


def _search(args: list[str], whole: list[str]) -> int:
    o = tyro.cli(SearchOptions, args=args, prog="habilis bench search")
    at_least(1, layouts=o.layouts)
    at_least(0, seed=o.seed)
    from habilis.llm_planner import suite
    from habilis.llm_planner.library import load_library
    from habilis.llm_planner.search import Budget

    cases = suite.cases(o.tasks or suite.TASKS, suite.SCENES, o.layouts, o.seed, o.variation)

    def progress(done: int, total: int, outcome: suite.Outcome) -> None:
        word = "right" if suite.right(outcome) else f"WRONG {outcome.case}: {outcome.reason}"
        print(f"\r{done}/{total} {word:<60}", end="", file=sys.stderr, flush=True)

    composed = () if o.library is None else load_library(o.library).usable()
    budget = Budget(o.rollouts, o.seconds)
    outcomes = suite.run_suite(cases, budget, progress, composed=composed)
    print(file=sys.stderr)
    rows = suite.table(outcomes)
    episodes = [dataclasses.asdict(x) for x in outcomes]
    _deliver({"kind": "search", **provenance(whole), "rows": rows, "episodes": episodes}, o)
    return 0


def _oracle(args: list[str], whole: list[str]) -> int:
    o = tyro.cli(OracleOptions, args=args, prog="habilis bench oracle")
    at_least(1, episodes=o.episodes)
    at_least(0, seed=o.seed)
    from habilis.envs.vector_env import ToolVectorEnv
    from habilis.llm_planner.suite import SCENES
    from habilis.policies.agents import make_agent
    from habilis.policies.evaluate import evaluate
    from habilis.policies.oracles import ORACLES
    from habilis.policies.statistics import wilson

    rows = []
    for task in o.tasks or tuple(ORACLES):
        for scene in SCENES:
            env = ToolVectorEnv(task, min(o.episodes, 64), scene=scene, variation=o.variation)
            agent = make_agent("oracle", env.core, task, o.seed)
            episodes = evaluate(env, agent, o.episodes, o.seed)
            good = sum(e.success for e in episodes)
            rows.append(
                {
                    "task": task, "scene": scene, "episodes": o.episodes, "seed": o.seed,
                    "success": good, "rate": good / o.episodes,
                    "interval": wilson(good, o.episodes),
                    "failed_seeds": [e.seed for e in episodes if not e.success],
                }
            )  # fmt: skip
            print(f"{task} {scene}: {good}/{o.episodes}", file=sys.stderr, flush=True)
    _deliver({"kind": "oracle", **provenance(whole), "rows": rows}, o)
    return 0


def _throughput(args: list[str], whole: list[str]) -> int:
    o = tyro.cli(ThroughputOptions, args=args, prog="habilis bench throughput")
    at_least(1, rounds=o.rounds)
    if not 0 < o.seconds < float("inf"):
        raise ValueError(f"--seconds must be positive, got {o.seconds}")
    from habilis.policies import throughput

    result = throughput.measure(o.rounds, o.seconds, lambda s: print(s, file=sys.stderr))
    result = {"kind": "throughput", **provenance(whole), **result}
    if o.compare is not None:
        earlier = json.loads(o.compare.read_text(encoding="utf-8"))
        result["against"] = throughput.compare(result, earlier, str(o.compare))
    _deliver(result, o)
    return 0


def _deliver(result: dict[str, Any], options: Any) -> None:
    if options.out is not None:
        store(options.out, result)
    if options.json:
        print(json.dumps(result, indent=1))
        return
    print(markdown(result["rows"]))
    for note in (*result.get("summary", ()), *result.get("against", ())):
        print(note)
    if options.out is not None:
        print(f"stored in {options.out}")


def markdown(rows: list[dict[str, Any]]) -> str:
    """Rows as a Markdown table; intervals as low-high."""
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for row in rows:
        lines.append("| " + " | ".join(_cell(row[name]) for name in names) + " |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, (tuple, list)):
        return "-".join(_cell(v) for v in value) if len(value) == 2 else str(value)
    return str(value)
