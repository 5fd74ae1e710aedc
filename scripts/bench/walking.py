"""habilis bench walking: what robots on legs can do, in numbers."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import markdown, store


@dataclasses.dataclass(frozen=True)
class BenchWalkingOptions:
    """A robot walks to places, goes up steps and pushes boxes, each many times, by its skills.

    Every run has a layout of its own at the standard variation: places, turns, masses and
    frictions; robots start up to 0.1 m off, those that walk with any heading.
    """

    runs: int = 100
    """Runs of each."""
    seed: int = 0
    """Seed of what is drawn at random."""
    robot: str = "go1"
    """Which robot."""
    out: Path | None = None
    """Store the result here as JSON."""
    json: bool = False
    """Print the result as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    from habilis.policies.evaluation.walking import TRIALS, measure

    o = read_options(BenchWalkingOptions, args, prog="habilis bench walking")
    at_least(1, runs=o.runs)
    at_least(0, seed=o.seed)
    rows = []
    for name in TRIALS:
        rows.append(measure(name, o.runs, o.seed, o.robot))
        print(f"{name}: {rows[-1]['success']}/{o.runs}", file=sys.stderr, flush=True)
    result = {"kind": "walking", **provenance(["bench", "walking", *args]), "rows": rows}
    if o.out is not None:
        store(o.out, result)
    if o.json:
        print(json.dumps(result, indent=1))
        return 0
    shown = ("trial", "success", "fell", "off_median", "off_95", "seconds")
    print(markdown([{key: row[key] for key in shown} for row in rows]))
    if o.out is not None:
        print(f"stored in {o.out}")
    return 0
