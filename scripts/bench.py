"""habilis bench: numbers with intervals, stored with the command that made them."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import tyro

from habilis.assets.names import did_you_mean
from habilis.scripts import (
    bench_aperture,
    bench_creative,
    bench_function,
    bench_pick,
    bench_training,
)
from habilis.scripts.bench_output import deliver
from habilis.scripts.provenance import at_least, provenance

KINDS = {
    "throughput": "steps per second of each kind of environment against raw MuJoCo, interleaved",
    "training": "PPO over the batch environment against PPO over processes, steps per second",
    "aperture": "learned control of tools in the hand beside PI, on the same episodes",
    "pick": "picking twenty objects with held tools: knowing all, by depth only, learned",
    "curves": "learning curves of runs over seeds, as a picture",
    "creative": "a planner on random layouts of every task and twin: rates, errors, discrimination",
    "compare": "results of creative side by side",
    "oracle": "the scripted solution of each task on random layouts",
    "function": "whether held tools cut, hold, stay clipped on and dose",
}


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
        raise ValueError(did_you_mean("bench", kind, KINDS))
    runner = {
        "throughput": _throughput,
        "training": bench_training.training,
        "aperture": bench_aperture.aperture,
        "pick": bench_pick.pick,
        "curves": bench_training.curves,
        "creative": bench_creative.creative,
        "compare": bench_creative.compare,
        "oracle": _oracle,
        "function": bench_function.function,
    }[kind]
    return runner(rest, ["bench", *args])


def _oracle(args: list[str], whole: list[str]) -> int:
    o = tyro.cli(OracleOptions, args=args, prog="habilis bench oracle")
    at_least(1, episodes=o.episodes)
    at_least(0, seed=o.seed)
    from habilis.envs.tasks.reach_milk import GENERATIONS
    from habilis.envs.vector_env import ToolVectorEnv
    from habilis.policies.agents.base import make_agent
    from habilis.policies.agents.oracles import ORACLES
    from habilis.policies.evaluation.evaluate import evaluate
    from habilis.policies.evaluation.statistics import wilson

    rows = []
    for task in o.tasks or tuple(ORACLES):
        for scene in GENERATIONS:
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
    deliver({"kind": "oracle", **provenance(whole), "rows": rows}, o)
    return 0


def _throughput(args: list[str], whole: list[str]) -> int:
    o = tyro.cli(ThroughputOptions, args=args, prog="habilis bench throughput")
    at_least(1, rounds=o.rounds)
    if not 0 < o.seconds < float("inf"):
        raise ValueError(f"--seconds must be positive, got {o.seconds}")
    from habilis.policies.throughput import measure as throughput

    result = throughput.measure(o.rounds, o.seconds, lambda s: print(s, file=sys.stderr))
    result = {"kind": "throughput", **provenance(whole), **result}
    if o.compare is not None:
        earlier = json.loads(o.compare.read_text(encoding="utf-8"))
        result["against"] = throughput.compare(result, earlier, str(o.compare))
    deliver(result, o)
    return 0
