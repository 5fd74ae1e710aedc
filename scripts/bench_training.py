"""habilis bench training and curves: how fast training goes, and how runs went."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated

import tyro

from habilis.scripts.bench_output import deliver
from habilis.scripts.provenance import at_least, changes, provenance, store


@dataclasses.dataclass(frozen=True)
class TrainingOptions:
    """PPO over the batch environment against the same PPO over processes, in one run.

    Medians over rounds with intervals, and their ratio.
    """

    task: Annotated[str, tyro.conf.Positional] = "habilis/Scene-v0"
    """Id of the task."""
    option: tuple[str, ...] = ()
    """Options of the task as key=value; scene=training/push for habilis/Scene-v0."""
    num_envs: int = 64
    """Episodes in the batch."""
    processes: tuple[int, ...] = ()
    """Of each SubprocVecEnv; all cores, and 8, if left out."""
    rounds: int = 7
    """Rounds; each visits every kind once."""
    updates: int = 2
    """Of PPO in a visit, 2048 steps each."""
    out: Path | None = None
    """Store the result here as JSON."""
    json: bool = False
    """Print the result as JSON."""


@dataclasses.dataclass(frozen=True)
class CurvesOptions:
    """Learning curves as a picture: a line for each run, or each folder of several seeds."""

    runs: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Folders that habilis train left."""
    labels: tuple[str, ...] = ()
    """What each is; their names if left out."""
    value: str = "eval_success"
    """eval_success, eval_return, episode_success or episode_return."""
    title: str = ""
    """Above the picture."""
    out: Path = Path("out/curves.png")
    """The picture; the numbers stand beside it as .json."""
    json: bool = False
    """Print where the curves end as JSON."""


def training(args: list[str], whole: list[str]) -> int:
    """habilis bench training."""
    o = tyro.cli(TrainingOptions, args=args, prog="habilis bench training")
    at_least(1, rounds=o.rounds, updates=o.updates)
    try:
        from habilis.policies.throughput import training as training_throughput
    except ModuleNotFoundError as error:
        raise ImportError(f'{error}; training needs: pip install "habilis[rl]"') from error
    options = changes("--option", o.option)
    if o.task == "habilis/Scene-v0":
        options = {"scene": "training/push"} | options
    processes = o.processes or tuple(sorted({training_throughput.cores(), 8}))

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    result = training_throughput.measure(
        o.task, options, o.num_envs, processes, o.rounds, o.updates, say
    )
    about = {"task": o.task, "options": options, "rounds": o.rounds, "updates": o.updates}
    deliver({"kind": "training", **provenance(whole), **about, **result}, o)
    return 0


def curves(args: list[str], whole: list[str]) -> int:
    """habilis bench curves."""
    o = tyro.cli(CurvesOptions, args=args, prog="habilis bench curves")
    if o.labels and len(o.labels) != len(o.runs):
        raise ValueError(f"--labels must be {len(o.runs)}, one a run, got {len(o.labels)}")
    from habilis.policies.evaluation import curves

    labels = o.labels or ("",) * len(o.runs)
    found = [curves.load(r, o.value, label) for r, label in zip(o.runs, labels, strict=True)]
    curves.save(found, o.value, o.out, o.title)
    rows = [curve.last() for curve in found]
    whole_curves = [curve.plain() for curve in found]
    about = {"kind": "curves", **provenance(whole), "value": o.value}
    store(o.out.with_suffix(".json"), about | {"curves": whole_curves})
    if o.json:
        print(json.dumps(rows, indent=1))
        return 0
    width = max(len(row["label"]) for row in rows)
    for row in rows:
        low, high = row["interval"]
        said = f"{row['value']:.2f} ({low:.2f}-{high:.2f}), seeds: {row['seeds']}"
        print(f"{row['label']:<{width}}  {said} at {row['steps']:,} steps")
    print(f"curves {o.out}; numbers {o.out.with_suffix('.json')}")
    return 0
