"""habilis bench design: tools designed for every family that allows for it, on held-out layouts."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import JsonOptions, deliver, journal_of, say, store

SHOWN = (
    "family", "seed", "kind", "parts", "mass", "judged", "refused", "rollouts", "first_score",
    "score", "first_held_out", "best_held_out", "seconds",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class BenchDesignOptions(JsonOptions):
    """The design track: tools ordered for families whose own are taken away.

    Each is proposed, criticised and optimised within a budget of rollouts, see habilis design, and
    then tried on layouts on which it was not designed.
    """

    families: tuple[str, ...] = ()
    """Families; all whose tools may be ordered if left out."""
    seeds: tuple[int, ...] = (0,)
    """Seeds, of the layouts and of the optimiser; each is a row."""
    budget: int = 60
    """Rollouts for each."""
    held_out: int = 20
    """Layouts on which each result is tried."""
    out: Path | None = None
    """Store the result here as JSON. Until then finished rows are kept beside it: after an
    interruption the same command goes on from there."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchDesignOptions, args, prog="habilis bench design")
    at_least(1, budget=o.budget, held_out=o.held_out)
    from habilis.llm_planner.design.report import design_row
    from habilis.llm_planner.design.track import families, find_family
    from habilis.policies.spread.journal import resumed

    names = [find_family(n).name for n in o.families] or list(families())
    made, journal = provenance(["bench", "design", *args]), journal_of(o.out, o)
    pieces = {
        f"{name} {seed}": (name, seed, o.budget, o.held_out) for name in names for seed in o.seeds
    }
    found = {}
    for name, row in resumed(design_row, pieces, journal):
        found[name] = row
        held = row["best_held_out"]
        say(f"{name}: {row['kind']}, held out {held['count']}/{held['episodes']}")
    rows = [found[name] for name in pieces]
    result = {"kind": "design", **made, "rows": rows}
    if o.out is not None:
        store(o.out, result)
    shown = [{key: row[key] for key in SHOWN} for row in rows]
    deliver({**result, "rows": rows if o.json else shown}, dataclasses.replace(o, out=None))
    journal.forget()
    return 0
