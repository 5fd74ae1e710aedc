"""habilis layouts: draw layouts of a creative task, with distractors, each proven solvable."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from habilis.scripts.shared.options import at_least, read_options

if TYPE_CHECKING:
    from habilis.policies.layouts.layouts import Challenge


@dataclasses.dataclass(frozen=True)
class LayoutsOptions:
    """Draw layouts of a creative task: other sizes, poses, masses, friction, and distractors.

    Each is proven before it is printed: the task's scripted solution, run in physics on that very
    scene, succeeds (and fails in the broken twin). The same seed gives the same layouts.
    """

    task: Annotated[str, tyro.conf.Positional]
    """Id of a task, e.g. habilis/ReachMilk-v0; habilis list tasks shows them."""
    generation: str = ""
    """Generation of the published scene, e.g. 2023; the newest one if left out."""
    count: int = 5
    """How many layouts, of the seeds from --seed on."""
    seed: int = 0
    """Seed of the first layout."""
    variation: float = 1.0
    """How far poses, friction and masses vary: 1 is 2 cm, 3 degrees, 20 % and 20 %."""
    sizes: float = 0.1
    """Largest relative change of the sizes of things."""
    distractors: tuple[int, int] = (0, 6)
    """Least and greatest number of distractors."""
    lookalike: bool = False
    """Add a second tool that is as unfit as that of the broken twin."""
    out: Path | None = None
    """Write each as a scene file into this folder, to be run at variation 0."""
    json: bool = False
    """Print the rows as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(LayoutsOptions, args, prog="habilis layouts")
    at_least(1, count=o.count)
    at_least(0, seed=o.seed)
    from habilis.policies.layouts.layouts import Recipe, serve

    recipe = Recipe(o.variation, o.sizes, o.distractors, o.lookalike)
    rows = []
    for seed in range(o.seed, o.seed + o.count):
        began = time.perf_counter()
        challenge = serve(o.task, o.generation, seed, recipe)
        path = None if o.out is None else _write(o.out, challenge)
        rows.append(_row(challenge, time.perf_counter() - began, path))
        if not o.json:
            print(_line(rows[-1]), flush=True)
    if o.json:
        print(json.dumps(rows, indent=1))
    elif o.out is None:
        print("--out FOLDER writes them as scene files", file=sys.stderr)
    return 0


def _write(folder: Path, challenge: Challenge) -> Path:
    from habilis.assets.scene.format.file import dump_scene

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{challenge.scene.name}.yaml"
    path.write_text(dump_scene(challenge.scene), encoding="utf-8")
    return path


def _row(challenge: Challenge, seconds: float, path: Path | None) -> dict[str, Any]:
    from habilis.envs.world.judging.monitor import targets

    scene = challenge.scene
    assert scene.tool is not None
    sizes = {
        name: [round(float(s), 4) for s in scene.entity(name).size()]
        for name in (scene.tool.name, targets(scene)[0])
    }
    return {
        "task": challenge.task, "generation": challenge.generation, "seed": challenge.seed,
        "draws": challenge.draws, "seconds": round(seconds, 2), "sizes_m": sizes,
        "distractors": list(challenge.distractors), "file": None if path is None else str(path),
    }  # fmt: skip


def _line(row: dict[str, Any]) -> str:
    sizes = ", ".join(
        f"{name} {' x '.join(f'{s * 1e3:.0f}' for s in size)} mm"
        for name, size in row["sizes_m"].items()
    )
    drawn = f"{row['draws']} draw{'s' if row['draws'] > 1 else ''}"
    others = ", ".join(row["distractors"]) or "none"
    where = f"\n        {row['file']}" if row["file"] else ""
    return f"seed {row['seed']:<3} {drawn}; {sizes}; distractors: {others}{where}"
