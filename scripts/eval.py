"""habilis eval: how good a policy is, with intervals and a film."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from habilis.scripts.provenance import at_least, provenance, store

SEED = 2_000_000
"""Where the published scores of bundles begin, away from training and selection."""


@dataclasses.dataclass(frozen=True)
class Options:
    """Success of a trained policy, and of agents to compare, on the same seeded episodes."""

    what: Annotated[str, tyro.conf.Positional]
    """A bundle (habilis list bundles, or a file), or the id of a task, for its shipped bundles."""
    agent: tuple[Literal["zero", "random", "oracle"], ...] = ()
    """Further rows."""
    episodes: int = 200
    """How many an agent."""
    seed: int = SEED
    """Of the first episode; the next ones count on."""
    option: tuple[str, ...] = ()
    """Options of the task as key=value; the bundle's own if left out."""
    num_envs: int = 64
    """Episodes side by side; changes speed only."""
    film: bool = True
    """Film six episodes of the first row."""
    out: Path = Path("out/eval")
    """Film and result go here."""
    json: bool = False
    """Print the result as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = tyro.cli(Options, args=args, prog="habilis eval")
    at_least(1, episodes=o.episodes, num_envs=o.num_envs)
    at_least(0, seed=o.seed)
    from habilis.policies.bundle import task_of
    from habilis.policies.vector import make_vector

    task, options, rows = _rows(o)
    env = make_vector(task, min(o.num_envs, o.episodes), **options)
    found = [_measure(o, env, task, name, bundle) for name, bundle in rows]
    result = {"kind": "eval", **provenance(["eval", *args]), "task": task_of(env)}
    result |= {"options": options, "seed": o.seed, "rows": found}
    label = f"{task.split('/')[-1]}-{Path(rows[0][0]).stem}"
    if o.film:
        result["film"] = _film(o, task, options, rows[0], found[0], o.out / f"{label}.mp4")
    store(o.out / f"{label}.json", result)
    print(json.dumps(result, indent=1) if o.json else _text(o, result, o.out / f"{label}.json"))
    return 0


def _rows(o: Options) -> tuple[str, dict[str, Any], list[tuple[str, Any]]]:
    """Task, its options, and the rows: each a name with its bundle, None for an agent."""
    import gymnasium

    import habilis.envs  # noqa: F401
    from habilis.policies.bundle import Bundle, shipped

    agents: list[tuple[str, Any]] = [(name, None) for name in o.agent]
    if o.what in gymnasium.registry:
        mine = [(name, Bundle.load(name)) for name in shipped()]
        rows = [(name, b) for name, b in mine if b.manifest["task"] == o.what] + agents
        if not rows:
            raise ValueError(f"no bundle for {o.what} is shipped: name agents with --agent")
        task = o.what
    elif "/" in o.what and o.what.startswith("habilis/"):
        from habilis.assets.names import pick

        known = [id for id in gymnasium.registry if id.startswith("habilis/")]
        raise ValueError(pick("task", o.what, known))
    else:
        rows = [(o.what, Bundle.load(o.what)), *agents]
        task = rows[0][1].manifest["task"]
    given = rows[0][1].manifest["options"] if rows[0][1] is not None else {}
    return task, {**given, **_options(o.option)}, rows


def _options(given: Sequence[str]) -> dict[str, Any]:
    import yaml

    out = {}
    for change in given:
        key, equals, text = change.partition("=")
        if not equals:
            raise ValueError(f"--option is written key=value, got {change!r}")
        out[key] = yaml.safe_load(text)
    return out


def _agent(o: Options, env: Any, task: str, name: str, bundle: Any) -> Any:
    from habilis.policies.agents import make_agent

    if bundle is None:
        return make_agent(name, getattr(env, "core", env), task, o.seed)
    bundle.check(env)
    return bundle.agent()


def _measure(o: Options, env: Any, task: str, name: str, bundle: Any) -> dict[str, Any]:
    from habilis.policies.evaluate import evaluate
    from habilis.policies.statistics import summary

    for line in bundle.other_versions() if bundle is not None else ():
        print(f"note: {line}", file=sys.stderr)

    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{name}: {done}/{total} episodes", end="", file=sys.stderr, flush=True)

    episodes = evaluate(env, _agent(o, env, task, name, bundle), o.episodes, o.seed, progress)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    rewards, good = [e.total for e in episodes], [e.success for e in episodes]
    whys = Counter(e.failure or "out of time" for e in episodes if not e.success)
    row = {"agent": name, **summary(good, rewards, o.seed), "failures": dict(whys.most_common())}
    row["steps"] = sum(e.steps for e in episodes) / len(episodes)
    return row


def _film(
    o: Options, task: str, options: dict[str, Any], row: tuple[str, Any], score: Any, path: Path
) -> str | None:
    from habilis.envs.gl import RenderingUnavailable
    from habilis.policies.film_grid import COLUMNS, ROWS, film_grid
    from habilis.policies.statistics import rate
    from habilis.policies.vector import make_vector

    env = make_vector(task, ROWS * COLUMNS, **options)
    title = f"{row[0]} in {task}: success {rate(score['success'], score['episodes'])}"
    try:
        film_grid(env, _agent(o, env, task, *row), path, o.seed, title)
    except RenderingUnavailable as error:
        print(f"no film: {error}", file=sys.stderr)
        return None
    finally:
        env.close()
    return str(path)


def _text(o: Options, result: dict[str, Any], stored: Path) -> str:
    from habilis.policies.statistics import rate

    width = max(len(row["agent"]) for row in result["rows"])
    last = o.seed + o.episodes - 1
    lines = [f"{result['task']} {result['options'] or ''} seeds {o.seed}-{last}"]
    for row in result["rows"]:
        low, high = row["return_interval"]
        said = f"success {rate(row['success'], row['episodes'])}"
        mean = f"return {row['return']:.1f} ({low:.1f}-{high:.1f})"
        lines.append(f"{row['agent']:<{width}}  {said}  {mean}  {row['steps']:.0f} steps")
        lines += [f"{'':<{width}}    {n} x {why}" for why, n in row["failures"].items()]
    film = f"film {result['film']}; " if result.get("film") else ""
    return "\n".join([*lines, f"{film}numbers {stored}"])
