"""habilis encoder train: render clouds, train the networks, score them and write a bundle."""

from __future__ import annotations

import dataclasses
import sys
import time
from pathlib import Path
from typing import Literal

from habilis.assets.names import check_known
from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.encoder.text import as_text, need_torch
from habilis.scripts.shared.options import at_least, read_options


@dataclasses.dataclass(frozen=True)
class EncoderTrainOptions:
    """Train the affordance encoder; the same options give the same weights.

    Rendering is by ray casting in the physics engine, on one thread; so is the training.
    """

    out: Path = Path("out/encoder/affordance.zip")
    """File to write."""
    part: Literal["both", "tool", "object"] = "both"
    """Which network to train."""
    kinds: tuple[str, ...] = ()
    """Kinds of tools to train on; all if left out."""
    frame: Literal["palm", "camera"] = "palm"
    """Frame of the clouds of tools; camera shows what it costs to know neither hand nor camera."""
    tool_clouds: int = 2400
    """Clouds rendered of each kind and size of tool."""
    tool_steps: int = 10_000
    """Steps of the optimiser for tools."""
    object_clouds: int = 9000
    """Clouds of objects rendered in all."""
    object_steps: int = 2000
    """Steps of the optimiser for objects."""
    seed: int = 0
    """Seed of everything random."""
    each: int = 60
    """Clouds of each kind of tool and object that the result is scored on."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(EncoderTrainOptions, args, prog="habilis encoder train")
    at_least(1, tool_clouds=o.tool_clouds, tool_steps=o.tool_steps, each=o.each)
    at_least(1, object_clouds=o.object_clouds, object_steps=o.object_steps)
    at_least(0, seed=o.seed)
    need_torch()
    from habilis.policies.encoder import evaluate as judge
    from habilis.policies.encoder.affordance import Affordance
    from habilis.policies.encoder.problem import PROBLEMS
    from habilis.policies.encoder.tool_data import KINDS
    from habilis.policies.encoder.train import EncoderTraining, train

    for kind in o.kinds:
        check_known("tool", kind, KINDS)
    kinds = o.kinds or KINDS
    plan = EncoderTraining(
        kinds, o.tool_clouds, o.tool_steps, o.object_clouds, o.object_steps, frame=o.frame,
        seed=o.seed,
    )  # fmt: skip
    began, cpu = time.perf_counter(), time.process_time()
    parts = tuple(PROBLEMS) if o.part == "both" else (o.part,)
    networks = train(plan, parts, lambda line: print(line, file=sys.stderr, flush=True))
    cost = {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
    }
    made = provenance(["encoder", "train", *args])
    machine = f"1 thread of {made['cores']} CPU cores ({made['platform'].split()[-1]})"
    manifest = {**made, **cost, "machine": machine, "plan": dataclasses.asdict(plan)}
    Affordance(networks, {**manifest, "score": {}}).save(o.out)  # kept, whatever happens now
    rows = judge.evaluate(Affordance(networks, manifest), judge.make_sets(o.each, 900, kinds), 900)
    Affordance(networks, {**manifest, "score": judge.score(rows)}).save(o.out)
    print(as_text(rows))
    print(f"{o.out} ({o.out.stat().st_size / 1000:.0f} kB), {cost['cpu_seconds']:.0f} s of CPU")
    return 0
