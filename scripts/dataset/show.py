"""habilis dataset show: say what a dataset is of, and how its episodes ended."""

from __future__ import annotations

import collections
import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import tyro

from habilis.assets.names import visible
from habilis.scripts.shared.options import read_options


@dataclasses.dataclass(frozen=True)
class DatasetShowOptions:
    """Say what a dataset of Minari or LeRobot is of, and how its episodes ended."""

    dataset: Annotated[Path, tyro.conf.Positional]
    """Folder of the dataset."""
    json: bool = False
    """Print it as JSON, with every episode."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(DatasetShowOptions, args, prog="habilis dataset show")
    from habilis.policies.data import folder

    kind, dataset = folder.kind_of(o.dataset), folder.read(o.dataset)
    ended = [episode.result for episode in dataset.episodes]
    if o.json:
        episodes = [dataclasses.asdict(result) for result in ended]
        about = dataset.about.plain()
        print(json.dumps({"format": kind, "about": about, "episodes": episodes}, indent=1))
        return 0
    print("\n".join(visible(line, 2000) for line in _lines(kind, dataset, ended)))
    return 0


def _lines(kind: str, dataset: Any, ended: list[Any]) -> list[str]:
    from habilis.policies.data.about import shapes
    from habilis.policies.evaluation.statistics import rate

    about, seeds = dataset.about, [e.seed for e in ended]
    steps = sum(e.steps for e in ended)
    spaces = {"observation": dataset.observation_space, "action": dataset.action_space}
    told = {
        what: ", ".join(
            f"{'/'.join(at) or 'row'} {'x'.join(map(str, shape))} {dtype}"
            for at, (shape, dtype) in shapes(space).items()
        )
        for what, space in spaces.items()
    }
    lines = {
        "format": kind,
        "task": f"{about.task or 'unknown'} {dict(about.options) or ''}",
        "asked for": about.instruction,
        "robot": about.robot,
        "agent": about.agent + (f", noise {about.noise}" if about.noise else ""),
        "episodes": f"{len(ended)}, {steps:,} steps of {about.seconds:g} s",
        "seeds": f"{min(seeds)} to {max(seeds)}" if ended and min(seeds) >= 0 else "unknown",
        **told,
        "made by": str(about.made.get("command", "")),
        "versions": ", ".join(f"{k} {v}" for k, v in about.made.get("versions", {}).items() if v),
    }  # fmt: skip
    failed = collections.Counter(e.failure or "out of time" for e in ended if not e.success)
    if ended:
        lines["success"] = rate(sum(e.success for e in ended), len(ended))
    lines["failed"] = ", ".join(f"{count} x {why}" for why, count in failed.most_common())
    return [f"{name + ':':<13} {text}" for name, text in lines.items() if text]
