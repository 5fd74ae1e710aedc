"""habilis eval: measure the success of trained policies, with intervals and a film."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from habilis.assets.fresh import fresh_file
from habilis.envs.sim.make import SimKind
from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, changes, read_options
from habilis.scripts.shared.results import JsonOptions, journal_of, show, store
from habilis.scripts.shared.spreading import SpreadOptions, executor_of

if TYPE_CHECKING:
    from habilis.policies.spread.executors import Executor
    from habilis.policies.spread.journal import Journal

SEED = 2_000_000
"""Where the published scores of bundles begin, away from training and selection."""


@dataclasses.dataclass(frozen=True)
class EvalOptions(SpreadOptions, JsonOptions):
    """Success of trained policies, and of agents to compare, on the same seeded episodes.

    Each further row is held against the first one, episode by episode (McNemar's exact test).
    """

    what: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Bundles (habilis list bundles, or files). With the id of a task they act in that task; alone
    the id stands for its shipped bundles."""
    agent: tuple[str, ...] = ()
    """Further rows: zero, random, oracle, or a scripted agent of the task, such as pi."""
    episodes: int = 200
    """Episodes of each row."""
    seed: int = SEED
    """Seed of the first episode; the next ones count up from it."""
    by: tuple[str, ...] = ()
    """Count successes for each value of these, too; what an episode tells at its end, e.g. tool."""
    option: tuple[str, ...] = ()
    """Options of the task as key=value; a bundle's own, or the first one's, if left out."""
    num_envs: int = 64
    """Episodes side by side, which are a piece of work."""
    sim: SimKind = "cpu"
    """Where the physics runs."""
    film: bool = True
    """Film six episodes of the first row."""
    out: Path = Path("out/eval")
    """Folder for film and result. Finished episodes are kept in it until there is a result: after
    an interruption the same command goes on from there."""


@dataclasses.dataclass(frozen=True)
class EvalRow:
    """An agent and where it acts.

    Attributes:
      name: of the agent, or of the bundle.
      bundle: None for an agent.
      options: of the task.
      foreign: the task is not the one that the bundle was trained on, as was asked for.
    """

    name: str
    bundle: Any
    options: dict[str, Any]
    foreign: bool = False

    def agent(self, env: Any, task: str, seed: int) -> Any:
        from habilis.policies.agents.base import make_agent

        if self.bundle is None:
            return make_agent(self.name, env, task, seed)
        self.bundle.check(env, same_task=not self.foreign)
        return self.bundle.agent()


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(EvalOptions, args, prog="habilis eval")
    at_least(1, episodes=o.episodes, num_envs=o.num_envs)
    at_least(0, seed=o.seed)
    from habilis.envs.media.gl import why_none
    from habilis.policies.evaluation import scorecard

    task, rows = _rows(o)
    no_film = why_none() if o.film else ""
    if no_film:  # before anything that takes time
        print(f"no film: {no_film}", file=sys.stderr)
    found: list[dict[str, Any]] = []
    first: list[Any] = []
    label = f"{task.split('/')[-1]}-{Path(rows[0].name).stem}"
    journal = journal_of(o.out / f"{label}.json", o)
    executor = executor_of(o, gpu=o.sim == "gpu")
    for number, row in enumerate(rows):
        episodes = _play(o, task, row, number, journal, executor)
        try:
            score = scorecard.score(row.name, episodes, o.by, first)
        except ValueError:  # what is asked of the episodes is not in them
            journal.forget()
            raise
        found.append(score if row.options == rows[0].options else score | {"options": row.options})
        first = first or episodes
    result = {"kind": "eval", **provenance(["eval", *args]), "executor": executor.told()}
    result |= {"task": task, "options": rows[0].options, "seed": o.seed, "rows": found}
    stored = fresh_file(o.out / f"{label}.json")
    store(stored, result)
    if o.film:
        result["film"] = (
            None if no_film else _film(o, task, rows[0], found[0], stored.with_suffix(".mp4"))
        )
        store(stored, result)
    journal.forget()
    show(json.dumps(result, indent=1) if o.json else _text(o, result, stored))
    return 0


def _rows(o: EvalOptions) -> tuple[str, list[EvalRow]]:
    """Task, and who is to act in it."""
    import gymnasium

    import habilis.envs  # noqa: F401
    from habilis.policies.bundles.bundle import Bundle, shipped

    ids = [name for name in o.what if name in gymnasium.registry or name.startswith("habilis/")]
    if len(ids) > 1:
        raise ValueError(f"one task at a time, got {', '.join(ids)}")
    bundles = [(name, Bundle.load_policy(name)) for name in o.what if name not in ids]
    task = ids[0] if ids else bundles[0][1].manifest["task"]
    if task not in gymnasium.registry:
        from habilis.assets.names import did_you_mean

        known = [id for id in gymnasium.registry if id.startswith("habilis/")]
        raise ValueError(did_you_mean("task", task, known))
    foreign = bool(ids and bundles)
    given = changes("--option", o.option)
    if not bundles:
        mine = [(name, Bundle.load(name)) for name in shipped()]
        mine = [(name, b) for name, b in mine if b.manifest["task"] == task]
        bundles = [(name, b) for name, b in mine if not given or _fits(task, name, b, given)]
    rows = [EvalRow(name, b, {**b.manifest["options"], **given}, foreign) for name, b in bundles]
    for row in rows if not foreign else ():
        row.bundle.check_task(task)
    for row in rows:  # before an episode of the first is played, which takes long
        if lines := _misfits(task, row):
            raise ValueError(f"{row.name} does not fit:\n  " + "\n  ".join(lines))
    rows += [EvalRow(name, None, rows[0].options if rows else given) for name in o.agent]
    if not rows:
        raise ValueError(f"no bundle for {task} is shipped: name agents with --agent")
    return task, rows


def _fits(task: str, name: str, bundle: Any, given: dict[str, Any]) -> bool:
    """Whether a bundle that nobody named can act with these options; says so if it cannot."""
    row = EvalRow(name, bundle, {**bundle.manifest["options"], **given})
    if lines := _misfits(task, row):
        print(f"left out {name}, which does not fit: {lines[0]}", file=sys.stderr)
    return not lines


def _misfits(task: str, row: EvalRow) -> list[str]:
    """What keeps a bundle from acting in one episode of the task, a line each."""
    from habilis.policies.vector import make_vector

    try:
        env = make_vector(task, 1, **row.options)
    except (TypeError, ValueError) as error:  # its own options may not go with those given
        return [f"with the options {row.options}: {error}"]
    try:
        lines: list[str] = row.bundle.differences(env, same_task=not row.foreign)
    finally:
        env.close()
    return lines


@dataclasses.dataclass(frozen=True)
class EvalRound:
    """Episodes that are played side by side: what becomes of one may depend on how many there are.

    Attributes:
      task: where.
      row: who acts.
      envs: how many.
      sim: where the physics runs.
      seed: of the first.
    """

    task: str
    row: EvalRow
    envs: int
    sim: SimKind
    seed: int


def play_round(of: EvalRound) -> list[dict[str, Any]]:
    """The results of its episodes, as plain data."""
    from habilis.policies.evaluation.evaluate import evaluate
    from habilis.policies.vector import make_vector

    where: dict[str, Any] = {} if of.sim == "cpu" else {"sim": of.sim}
    env = make_vector(of.task, of.envs, **of.row.options, **where)
    try:
        played = evaluate(env, of.row.agent(env, of.task, of.seed), of.envs, of.seed)
    finally:
        env.close()
    return [dataclasses.asdict(episode) for episode in played]


def _play(
    o: EvalOptions, task: str, row: EvalRow, number: int, journal: Journal, executor: Executor
) -> list[Any]:
    from habilis.policies.evaluation.evaluate import EpisodeResult
    from habilis.policies.spread.journal import resumed

    for line in row.bundle.other_versions() if row.bundle is not None else ():
        print(f"note: {line}", file=sys.stderr)
    envs = min(o.num_envs, o.episodes)
    version = row.bundle.manifest["sha256"] if row.bundle is not None else ""
    pieces = {
        f"{number} {row.name} {version} {first}": EvalRound(task, row, envs, o.sim, first)
        for first in range(o.seed, o.seed + o.episodes, envs)
    }
    found: dict[str, Any] = {}
    for name, played in resumed(play_round, pieces, journal, executor):
        found[name] = played
        if sys.stderr.isatty():
            done = min(envs * len(found), o.episodes)
            print(
                f"\r{row.name}: {done}/{o.episodes} episodes", end="", file=sys.stderr, flush=True
            )
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return [EpisodeResult(**e) for name in pieces for e in found[name]][: o.episodes]


def _film(o: EvalOptions, task: str, row: EvalRow, score: dict[str, Any], path: Path) -> str | None:
    from gymnasium.error import DependencyNotInstalled

    from habilis.envs.media.gl import RenderingUnavailable
    from habilis.policies.evaluation.film_grid import COLUMNS, ROWS, film_grid
    from habilis.policies.evaluation.statistics import rate
    from habilis.policies.vector import make_drawable

    title = f"{row.name} in {task}: success {rate(score['success'], score['episodes'])}"
    try:
        env = make_drawable(task, ROWS * COLUMNS, **row.options)
        film_grid(env, row.agent(env, task, o.seed), path, o.seed, title)
        env.close()
    except (RenderingUnavailable, DependencyNotInstalled) as error:
        print(f"no film: {error}", file=sys.stderr)
        return None
    return str(path)


def _text(o: EvalOptions, result: dict[str, Any], stored: Path) -> str:
    from habilis.policies.evaluation import scorecard

    rows = result["rows"]
    width, last = max(len(row["agent"]) for row in rows), o.seed + o.episodes - 1
    lines = [f"{result['task']} {result['options'] or ''} seeds {o.seed}-{last}"]
    for row in rows:
        lines += scorecard.lines(row, width, rows[0]["agent"])
        if "options" in row:
            lines.append(f"{'':<{width}}    with other options: {row['options']}")
    film = f"film {result['film']}; " if result.get("film") else ""
    return "\n".join([*lines, f"{film}numbers {stored}"])
