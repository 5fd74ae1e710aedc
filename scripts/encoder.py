"""habilis encoder: train or measure what tells a tool's opening and an object from point clouds."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from habilis.assets.names import did_you_mean
from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import store

DOES = {
    "train": "render clouds, train the networks, score them and write a bundle",
    "eval": "errors in mm on sizes, grasps and shapes held out, with intervals",
}


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


@dataclasses.dataclass(frozen=True)
class EncoderEvalOptions:
    """Measure the errors of an encoder on what it was not trained on."""

    bundle: Annotated[str, tyro.conf.Positional] = ""
    """File of an encoder; the shipped one if left out."""
    each: int = 200
    """Clouds of each kind of tool and of each object."""
    seed: int = 1000
    """Seed of the clouds and the noise; training uses others below 1000."""
    out: Path = Path("out/encoder/eval.json")
    """Where the numbers are stored."""
    json: bool = False
    """Print the result as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    if not args or args[0] in ("-h", "--help"):
        lines = [f"  {name:<6} {what}" for name, what in DOES.items()]
        more = "habilis encoder ACTION --help says more."
        print("\n".join(["usage: habilis encoder ACTION ...", "", *lines, "", more]))
        return 0 if args else 2
    actions: dict[str, tuple[Any, Callable[[Any, list[str]], int]]] = {
        "train": (EncoderTrainOptions, train), "eval": (EncoderEvalOptions, evaluate),
    }  # fmt: skip
    if args[0] not in actions:
        raise ValueError(did_you_mean("action", args[0], actions))
    options, run = actions[args[0]]
    prog = f"habilis encoder {args[0]}"
    return run(read_options(options, args[1:], prog=prog), ["encoder", *args])


def train(o: EncoderTrainOptions, args: list[str]) -> int:
    """Train the networks, score them, and write the encoder's file."""
    at_least(1, tool_clouds=o.tool_clouds, tool_steps=o.tool_steps, each=o.each)
    at_least(1, object_clouds=o.object_clouds, object_steps=o.object_steps)
    at_least(0, seed=o.seed)
    _needs_torch()
    from habilis.policies.encoder import evaluate as judge
    from habilis.policies.encoder.affordance import Affordance
    from habilis.policies.encoder.problem import PROBLEMS
    from habilis.policies.encoder.tool_data import KINDS
    from habilis.policies.encoder.train import EncoderTraining, train

    for kind in o.kinds:
        if kind not in KINDS:
            raise ValueError(did_you_mean("tool", kind, KINDS))
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
    made = provenance(args)
    machine = f"1 thread of {made['cores']} CPU cores ({made['platform'].split()[-1]})"
    manifest = {**made, **cost, "machine": machine, "plan": dataclasses.asdict(plan)}
    Affordance(networks, {**manifest, "score": {}}).save(o.out)  # kept, whatever happens now
    rows = judge.evaluate(Affordance(networks, manifest), judge.make_sets(o.each, 900, kinds), 900)
    Affordance(networks, {**manifest, "score": judge.score(rows)}).save(o.out)
    print(_text(rows))
    print(f"{o.out} ({o.out.stat().st_size / 1000:.0f} kB), {cost['cpu_seconds']:.0f} s of CPU")
    return 0


def evaluate(o: EncoderEvalOptions, args: list[str]) -> int:
    """Measure the errors of an encoder and print them."""
    at_least(1, each=o.each)
    at_least(0, seed=o.seed)
    _needs_torch()
    from habilis.policies.encoder import evaluate as judge
    from habilis.policies.encoder.affordance import SHIPPED, Affordance
    from habilis.policies.encoder.tool_data import KINDS

    encoder = Affordance.load(o.bundle or SHIPPED)
    plan = encoder.manifest["plan"]
    sets = judge.make_sets(o.each, o.seed, tuple(plan.get("kinds", KINDS)))
    rows = judge.evaluate(encoder, sets, o.seed)
    result = {"kind": "encoder", **provenance(args), "seed": o.seed, "each": o.each}
    result |= {"plan": plan, "sha256": encoder.manifest["sha256"], "rows": rows}
    store(o.out, result)
    print(json.dumps(result, indent=1) if o.json else f"{_text(rows)}\nnumbers {o.out}")
    return 0


def _needs_torch() -> None:
    try:
        import habilis.policies.encoder.affordance  # noqa: F401
    except ModuleNotFoundError as error:
        raise ImportError(f'{error}; the encoder needs: pip install "habilis[rl]"') from error


HEADS = {
    ("tool", "size"): "tools of the size held out: tip gap, mm; share, %",
    ("tool", "grasps"): "grasps held out, of the sizes trained on: tip gap, mm; share, %",
    ("object", "shapes"): "shapes held out: lateral, mm",
    ("object", "known"): "shapes trained on: lateral, mm",
}


def _text(rows: list[dict[str, Any]]) -> str:
    """Median/p90 by kind and condition over the number of points."""
    lines = []
    for (part, name), head in HEADS.items():
        mine = [row for row in rows if (row["part"], row["set"]) == (part, name)]
        if not mine:
            continue
        counts = sorted({row["points"] for row in mine})
        lines += ["", f"{head}: median/90th percentile at {', '.join(map(str, counts))} points"]
        for key in dict.fromkeys((row["condition"], row["what"]) for row in mine):
            cells = [row for row in mine if (row["condition"], row["what"]) == key]
            lines.append(_line(*key, cells))
    return "\n".join(lines[1:])


def _line(condition: str, what: str, cells: list[dict[str, Any]]) -> str:
    main = "gap" if "gap" in cells[0] else "lateral"
    text = f"  {condition:<9} {what:<14} n={cells[0]['n']:<5}"
    text += "".join(f" {c[main]['median']:5.2f}/{c[main]['p90']:<5.2f}" for c in cells)
    low, high = cells[0][main]["median_interval"]
    text += f"  median {low:.2f}-{high:.2f} at {cells[0]['points']}"
    others = [k for k in ("share", "tips", "height", "width", "across") if k in cells[0]]
    more = [f"{k} {cells[0][k]['median']:.1f}/{cells[0][k]['p90']:.1f}" for k in others]
    return f"{text}; {', '.join(more)}"
