"""habilis bench curves: learning curves of training runs over seeds, as a picture."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import tyro

from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import store


@dataclasses.dataclass(frozen=True)
class BenchCurvesOptions:
    """Learning curves as a picture: a line for each run, or each folder of several seeds."""

    runs: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Folders that habilis train left."""
    labels: tuple[str, ...] = ()
    """What each run is called; their names if left out."""
    value: str = "eval_success"
    """What is drawn: eval_success, eval_return, episode_success or episode_return."""
    title: str = ""
    """Title above the picture."""
    out: Path = Path("out/curves.png")
    """The picture; the numbers stand beside it as .json."""
    json: bool = False
    """Print where the curves end as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchCurvesOptions, args, prog="habilis bench curves")
    if o.labels and len(o.labels) != len(o.runs):
        raise ValueError(f"--labels must be {len(o.runs)}, one a run, got {len(o.labels)}")
    from habilis.policies.evaluation import curves

    labels = o.labels or ("",) * len(o.runs)
    found = [curves.load(r, o.value, label) for r, label in zip(o.runs, labels, strict=True)]
    curves.save(found, o.value, o.out, o.title)
    rows = [curve.last() for curve in found]
    whole_curves = [curve.plain() for curve in found]
    about = {"kind": "curves", **provenance(["bench", "curves", *args]), "value": o.value}
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
