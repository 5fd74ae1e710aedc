"""habilis encoder eval: errors in mm on sizes, grasps and shapes held out, with intervals."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import tyro

from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.encoder.text import as_text, need_torch
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import JsonOptions, store


@dataclasses.dataclass(frozen=True)
class EncoderEvalOptions(JsonOptions):
    """Measure the errors of an encoder on what it was not trained on."""

    bundle: Annotated[str, tyro.conf.Positional] = ""
    """File of an encoder; the shipped one if left out."""
    each: int = 200
    """Clouds of each kind of tool and of each object."""
    seed: int = 1000
    """Seed of the clouds and the noise; training uses others below 1000."""
    out: Path = Path("out/encoder/eval.json")
    """Where the numbers are stored."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(EncoderEvalOptions, args, prog="habilis encoder eval")
    at_least(1, each=o.each)
    at_least(0, seed=o.seed)
    need_torch()
    from habilis.policies.encoder import evaluate as judge
    from habilis.policies.encoder.affordance import SHIPPED, Affordance
    from habilis.policies.encoder.tool_data import KINDS

    encoder = Affordance.load(o.bundle or SHIPPED)
    plan = encoder.manifest["plan"]
    sets = judge.make_sets(o.each, o.seed, tuple(plan.get("kinds", KINDS)))
    rows = judge.evaluate(encoder, sets, o.seed)
    result = {
        "kind": "encoder",
        **provenance(["encoder", "eval", *args]),
        "seed": o.seed,
        "each": o.each,
    }
    result |= {"plan": plan, "sha256": encoder.manifest["sha256"], "rows": rows}
    store(o.out, result)
    print(json.dumps(result, indent=1) if o.json else f"{as_text(rows)}\nnumbers {o.out}")
    return 0
