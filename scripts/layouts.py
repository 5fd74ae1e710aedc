"""habilis layouts: draw layouts of a creative task, with distractors, each proven solvable."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from habilis.assets import foreign
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import journal_of, show
from habilis.scripts.shared.spreading import SpreadOptions, executor_of

if TYPE_CHECKING:
    from habilis.policies.layouts.layouts import Challenge, Recipe


@dataclasses.dataclass(frozen=True)
class LayoutsOptions(SpreadOptions):
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
    """Write each as a scene file into this folder, to be run at variation 0; after an interruption
    the same command goes on from there."""
    json: bool = False
    """Print the rows as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(LayoutsOptions, args, prog="habilis layouts")
    at_least(1, count=o.count)
    at_least(0, seed=o.seed)
    from habilis.policies.layouts.layouts import Recipe
    from habilis.policies.spread.journal import resumed

    recipe = Recipe(o.variation, o.sizes, o.distractors, o.lookalike)
    pieces = {
        f"seed {seed}": (o.task, o.generation, seed, recipe)
        for seed in range(o.seed, o.seed + o.count)
    }
    journal, found = journal_of(o.out and o.out / "layouts", o), {}
    for name, drawn in resumed(draw, pieces, journal, executor_of(o)):
        with foreign.understood(journal.path or name, "no layouts"):
            found[name] = _kept(o.out, *drawn)
            line = _line(found[name])
        if not o.json:
            show(line)
    journal.forget()
    if o.json:
        print(json.dumps([found[name] for name in pieces], indent=1))
    elif o.out is None:
        print("--out FOLDER writes them as scene files", file=sys.stderr)
    return 0


def draw(of: tuple[str, str, int, Recipe]) -> tuple[dict[str, Any], str]:
    """Draw a layout of task, generation, seed and recipe: its row, and its scene file."""
    from habilis.assets.scene.format.file import dump_scene
    from habilis.policies.layouts.layouts import serve

    began = time.perf_counter()
    challenge = serve(*of)
    return _row(challenge, time.perf_counter() - began), dump_scene(challenge.scene)


def _kept(folder: Path | None, row: dict[str, Any], text: str) -> dict[str, Any]:
    """The row of a layout, which is written into the folder under its name.

    An unfinished command may have been left there by somebody else: the name is checked, and what
    a link of that name leads to is left alone.
    """
    if folder is None:
        return row | {"file": None}
    if not re.fullmatch(r"[\w-]{1,200}", row["name"]):
        raise ValueError(f"{row['name'][:80]!r} is no name of a layout")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{row['name']}.yaml"
    half = folder / f".{row['name']}.{os.getpid()}"
    with half.open("x", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)
    return row | {"file": str(path)}


def _row(challenge: Challenge, seconds: float) -> dict[str, Any]:
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
        "distractors": list(challenge.distractors), "name": scene.name,
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
