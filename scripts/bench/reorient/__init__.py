"""habilis bench reorient: turning objects in a hand, by chance, sampled plans and a policy."""

from __future__ import annotations

import dataclasses
from typing import Any

from habilis.assets.names import check_known
from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import StoredOptions, deliver, say

SEED = 2_000_000


@dataclasses.dataclass(frozen=True)
class BenchReorientOptions(StoredOptions):
    """Objects turned in a hand and let stand still: random actions, sampled plans, a policy."""

    condition: tuple[str, ...] = ()
    """Which conditions; all if left out."""
    shapes: tuple[str, ...] = ("held_out",)
    """Sets of shapes, or shapes; a row for each."""
    agent: tuple[str, ...] = ()
    """Which agents; all if left out."""
    policy: str = ""
    """Name of a shipped bundle of a policy, or its file; without one there is no row of it."""
    runs: int = 24
    """Episodes of each row."""
    seed: int = SEED
    """Seed of the first episode."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchReorientOptions, args, prog="habilis bench reorient")
    at_least(1, runs=o.runs)
    try:
        from habilis.policies.bundles.bundle import Bundle
        from habilis.policies.evaluation.dexterous.reorient import AGENTS, CELLS, TASK, measure
    except ModuleNotFoundError as error:
        raise ImportError(f'{error}; trained policies need: pip install "habilis[rl]"') from error
    for kind, names, known in (("condition", o.condition, CELLS), ("agent", o.agent, AGENTS)):
        for name in names:
            check_known(kind, name, known)

    policy = Bundle.load_policy(o.policy) if o.policy else None
    if policy is not None:
        policy.check_task(TASK)
    rows = measure(o.condition or CELLS, o.shapes, o.agent or AGENTS, policy, o.runs, o.seed, say)
    result: dict[str, Any] = {"kind": "reorient", **provenance(["bench", "reorient", *args])}
    result |= {"runs": o.runs, "seed": o.seed}
    if policy is not None:
        result["trained"] = {k: policy.manifest.get(k) for k in ("steps", "options", "score")}
    deliver(result | {"rows": [dataclasses.asdict(row) for row in rows]}, o)
    return 0
