"""habilis bench training: PPO over the batch beside PPO over processes, steps per second."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import tyro

from habilis.policies.evaluation.provenance import cores, provenance
from habilis.scripts.shared.options import at_least, changes, read_options
from habilis.scripts.shared.results import StoredOptions, deliver, say


@dataclasses.dataclass(frozen=True)
class BenchTrainingOptions(StoredOptions):
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
    """Processes of each SubprocVecEnv; one a core, and 8, if left out."""
    rounds: int = 7
    """Rounds; each visits every kind once."""
    updates: int = 2
    """Updates of PPO in a visit, 2048 steps each."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchTrainingOptions, args, prog="habilis bench training")
    at_least(1, rounds=o.rounds, updates=o.updates)
    try:
        from habilis.policies.throughput import training as training_throughput
    except ModuleNotFoundError as error:
        raise ImportError(f'{error}; training needs: pip install "habilis[rl]"') from error
    options = changes("--option", o.option)
    if o.task == "habilis/Scene-v0":
        options = {"scene": "training/push"} | options
    processes = o.processes or tuple(sorted({cores(), 8}))

    result = training_throughput.measure(
        o.task, options, o.num_envs, processes, o.rounds, o.updates, say
    )
    about = {"task": o.task, "options": options, "rounds": o.rounds, "updates": o.updates}
    deliver({"kind": "training", **provenance(["bench", "training", *args]), **about, **result}, o)
    return 0
