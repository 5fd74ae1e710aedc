"""habilis bench walking: what robots on legs can do, in numbers."""

from __future__ import annotations

import dataclasses
from typing import Any

from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import StoredOptions, deliver, say


@dataclasses.dataclass(frozen=True)
class BenchWalkingOptions(StoredOptions):
    """A robot walks to places, goes up steps and pushes boxes, each many times, by its skills.

    Every run has a layout of its own at the standard variation: places, turns, masses and
    frictions; robots start up to 0.1 m off, those that walk with any heading.

    With ``--told`` it is measured instead how well the model-based trot, and a policy if one is
    named, walk as they are told on the same episodes: on flat ground and over obstacles, loaded and
    pushed.
    """

    runs: int = 100
    """Runs of each."""
    seed: int = 0
    """Seed of what is drawn at random."""
    robot: str = "go1"
    """Which robot."""
    told: bool = False
    """Measure how well a velocity is followed."""
    policy: str = ""
    """With --told: name of a shipped bundle of a policy that walks, or its file."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchWalkingOptions, args, prog="habilis bench walking")
    at_least(1, runs=o.runs)
    at_least(0, seed=o.seed)
    if o.policy and not o.told:
        raise ValueError("a policy follows velocities: --policy needs --told")
    rows = _told(o) if o.told else _done(o)
    result = {"kind": "walking", **provenance(["bench", "walking", *args]), "rows": rows}
    left_out = ("robot", "runs", "seed", "interval", "fell_interval", "failures", "fell_seeds")
    deliver(result, o, [{k: v for k, v in row.items() if k not in left_out} for row in rows])
    return 0


def _done(o: BenchWalkingOptions) -> list[dict[str, Any]]:
    from habilis.policies.evaluation.walking import TRIALS, measure

    rows = []
    for name in TRIALS:
        rows.append(measure(name, o.runs, o.seed, o.robot))
        say(f"{name}: {rows[-1]['success']}/{o.runs}")
    return rows


def _told(o: BenchWalkingOptions) -> list[dict[str, Any]]:
    from habilis.policies.bundles.bundle import Bundle
    from habilis.policies.evaluation.gait import CONDITIONS, TASK, measure_gait

    bundle, rows = Bundle.load_policy(o.policy) if o.policy else None, list[dict[str, Any]]()
    if bundle is not None:
        bundle.check_task(TASK)
    for name in CONDITIONS:
        new = measure_gait(name, bundle, o.runs, o.seed, o.robot)
        rows += new
        said = ", ".join(f"{row['agent']} fell {row['fell']}/{o.runs}" for row in new)
        say(f"{name}: {said}")
    return rows
