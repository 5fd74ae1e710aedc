"""habilis bench throughput: steps per second of environments beside raw MuJoCo, interleaved."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

from habilis.assets import foreign
from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import StoredOptions, deliver, say


@dataclasses.dataclass(frozen=True)
class BenchThroughputOptions(StoredOptions):
    """Environments against raw MuJoCo stepping, interleaved in one run; medians and spread."""

    rounds: int = 7
    """Rounds; each visits every kind once."""
    seconds: float = 1.0
    """Roughly how long each kind is stepped in a round."""
    sim: Literal["cpu", "gpu"] = "cpu"
    """gpu: time the vector environment on the first CUDA device, too."""
    compare: Path | None = None
    """An earlier result to compare with."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchThroughputOptions, args, prog="habilis bench throughput")
    at_least(1, rounds=o.rounds)
    if not 0 < o.seconds < float("inf"):
        raise ValueError(f"--seconds must be positive, got {o.seconds}")
    from habilis.policies.throughput import measure as throughput

    result = throughput.measure(o.rounds, o.seconds, say, gpu=o.sim == "gpu")
    result = {"kind": "throughput", **provenance(["bench", "throughput", *args]), **result}
    if o.compare is not None:
        earlier = foreign.parse(foreign.read_text(o.compare), str(o.compare))
        with foreign.understood(o.compare, "no result of habilis bench throughput"):
            result["against"] = throughput.compare(result, earlier, str(o.compare))
    deliver(result, o)
    return 0
