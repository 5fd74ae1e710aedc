"""habilis grasps: search for grasps of tools in a hand, show what is stored, measure it again."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import tyro

from habilis.assets.names import look_up
from habilis.scripts.shared.options import at_least, read_options

if TYPE_CHECKING:
    from habilis.assets.grasps import GraspScore, GraspSet
    from habilis.envs.hand.grasp_search import Found

DOES = {
    "find": "search for grasps of a tool and store them",
    "show": "what is stored, with its scores; with --picture, see it",
    "check": "hold and sweep what is stored again, in six directions of gravity",
}
PICTURED = 6


@dataclasses.dataclass(frozen=True)
class GraspsFindOptions:
    """Search for grasps of a tool, and store the best.

    The tool is held while the fingers close, then let go. Kept is what holds for 5 s in each of
    six directions of gravity, creeps no more than 0.5 mm/s, and can be swept through 80 % of the
    joint's range. The same seed gives the same grasps. Takes about half a second of one core a
    candidate. Exit code: 0 grasps were found, 1 none, 2 bad input.
    """

    tool: Annotated[str, tyro.conf.Positional]
    """Kind of tool, e.g. tweezers."""
    size: str = "medium"
    """small, medium or large."""
    hand: str = "leap"
    """Which hand."""
    candidates: int = 96
    """Grasps that the fingers can reach, to be tried in physics."""
    keep: int = 24
    """The most that are kept."""
    seed: int = 0
    """Seed of everything random."""
    threads: int = 0
    """0 for all cores."""
    out: Path | None = None
    """Folder to store them in; that of the package if left out."""
    json: bool = False
    """Print the result as JSON; progress goes to standard error."""


@dataclasses.dataclass(frozen=True)
class GraspsShowOptions:
    """Show what is stored: a line for each tool, or for each grasp of one tool."""

    tool: Annotated[str, tyro.conf.Positional] = ""
    """Kind of tool; all if left out."""
    size: str = "medium"
    """small, medium or large."""
    hand: str = "leap"
    """Which hand."""
    picture: Path | None = None
    """Write a picture of the tool's best six, from two sides."""
    out: Path | None = None
    """Folder they are stored in; that of the package if left out."""
    json: bool = False
    """Print as JSON."""


@dataclasses.dataclass(frozen=True)
class GraspsCheckOptions:
    """Measure what is stored again: six holds of 5 s and a sweep for each grasp.

    Exit code: 0 all of them still pass, 1 some do not, 2 bad input or another model.
    """

    tool: Annotated[str, tyro.conf.Positional]
    """Kind of tool."""
    size: str = "medium"
    """small, medium or large."""
    hand: str = "leap"
    """Which hand."""
    best: int = 0
    """Only so many of the best; 0 for all."""
    threads: int = 0
    """0 for all cores."""
    out: Path | None = None
    """Folder they are stored in; that of the package if left out."""
    json: bool = False
    """Print the result as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    if not args or args[0] in ("-h", "--help"):
        lines = [f"  {name:<6} {what}" for name, what in DOES.items()]
        print("\n".join(["usage: habilis grasps ACTION ...", "", *lines]))
        return 0 if args else 2
    actions: dict[str, tuple[Any, Callable[[Any], int]]] = {
        "find": (GraspsFindOptions, find),
        "show": (GraspsShowOptions, show),
        "check": (GraspsCheckOptions, check),
    }
    options, run = look_up("action", args[0], actions)
    return run(read_options(options, args[1:], prog=f"habilis grasps {args[0]}"))


def find(o: GraspsFindOptions) -> int:
    """Search for grasps and store those that hold."""
    from habilis.assets.grasps import FOLDER, grasp_path, save_grasps
    from habilis.envs.hand.grasp_search import find_grasps

    at_least(1, candidates=o.candidates, keep=o.keep)
    at_least(0, seed=o.seed, threads=o.threads)
    grasp_path(o.hand, o.tool, o.size)
    began = time.perf_counter()

    def report(found: Found) -> None:
        print(f"{_funnel(found)}  {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)

    grasps = find_grasps(
        o.hand, o.tool, o.size, o.seed, o.candidates, o.keep, nthread=o.threads, progress=report
    )
    path = str(save_grasps(grasps, o.out or FOLDER)) if grasps else None
    row = _set_row(grasps) | {"file": path, "seconds": round(time.perf_counter() - began, 1)}
    print(json.dumps(row, indent=1) if o.json else f"{_set_line(grasps)}\n{path or 'not stored'}")
    return 0 if grasps else 1


def show(o: GraspsShowOptions) -> int:
    """Print what is stored, and draw it if a picture is asked for."""
    from habilis.assets.grasps import FOLDER, load_grasps, stored

    folder = o.out or FOLDER
    if not o.tool:
        if o.picture:
            raise ValueError("--picture needs a tool")
        sets = [load_grasps(o.hand, t, s, folder) for t, s in stored(o.hand, folder)]
        rows = [_set_row(each) for each in sets]
        lines = [_set_line(each) for each in sets] or [f"no grasps of hand {o.hand!r} are stored"]
        print(json.dumps(rows, indent=1) if o.json else "\n".join(lines))
        return 0
    grasps = load_grasps(o.hand, o.tool, o.size, folder)
    if o.picture:
        _draw(grasps, o.picture)
    rows = [_grasp_row(grasps, i) for i in range(len(grasps))]
    if o.json:
        print(json.dumps(rows, indent=1))
    else:
        print("\n".join([_set_line(grasps), *map(_grasp_line, rows)]))
    return 0


def check(o: GraspsCheckOptions) -> int:
    """Measure stored grasps again, and compare with what is stored."""
    from habilis.assets.grasps import FOLDER, load_grasps
    from habilis.assets.hand_scene import compile_hand
    from habilis.assets.tools import make_tool
    from habilis.envs.hand.grasp_search import Limits, score_grasps

    at_least(0, best=o.best, threads=o.threads)
    grasps = load_grasps(o.hand, o.tool, o.size, o.out or FOLDER)
    compiled = compile_hand(o.hand, make_tool(o.tool, o.size))
    grasps.check(compiled.model)
    some = grasps.grasps[: o.best or None]
    scores = score_grasps(compiled, some, o.threads)
    limits = Limits(**grasps.made["limits"])
    passed = [score is not None and limits.passed(score) for score in scores]
    rows = [
        _grasp_row(grasps, i) | {"passed": ok, "score": _scores(score)}
        for i, (score, ok) in enumerate(zip(scores, passed, strict=True))
    ]
    if o.json:
        print(json.dumps(rows, indent=1))
    else:
        for row in rows:
            print(f"{_grasp_line(row)}  {'ok' if row['passed'] else 'FAILS'}")
        print(f"{sum(passed)} of {len(passed)} pass")
    return 0 if all(passed) else 1


def _draw(grasps: GraspSet, path: Path) -> None:
    from habilis.assets.hand_scene import compile_hand
    from habilis.assets.tools import make_tool
    from habilis.envs.hand.holding import Holding
    from habilis.envs.hand.picture import picture
    from habilis.envs.media.film import save_picture

    compiled = compile_hand(grasps.hand, make_tool(grasps.tool, grasps.size))
    grasps.check(compiled.model)
    best = grasps.grasps[:PICTURED]
    world = Holding(compiled, len(best))
    sims = np.arange(len(best))
    world.reset(sims, best)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_picture(path, picture(world, sims))


def _funnel(found: Found) -> str:
    return (
        f"{found.reached} in reach, {found.held} held at once, {found.swept} kept through sweep"
        f" and six holds, {found.kept} within limits"
    )


def _scores(score: GraspScore | None) -> dict[str, float] | None:
    if score is None:
        return None
    return {name: round(value, 3) for name, value in dataclasses.asdict(score).items()}


def _set_row(grasps: GraspSet) -> dict[str, Any]:
    scores = [g.score for g in grasps.grasps if g.score]
    row: dict[str, Any] = {
        "hand": grasps.hand, "tool": grasps.tool, "size": grasps.size, "grasps": len(grasps),
        "model": grasps.digest, "made": dict(grasps.made),
    }  # fmt: skip
    if scores:
        row["worst"] = {
            "creep": max(s.creep for s in scores), "range": min(s.range for s in scores),
            "hysteresis": max(s.hysteresis for s in scores),
            "sweep_turn": max(s.sweep_turn for s in scores),
        }  # fmt: skip
    return row


def _set_line(grasps: GraspSet) -> str:
    name, made = f"{grasps.tool} {grasps.size}", grasps.made
    head = f"{name:<18} {len(grasps):>3} grasps, {made['passed']} of {made['candidates']} passed"
    if not grasps:
        return head
    worst = _set_row(grasps)["worst"]
    return (
        f"{head}; worst: creep {worst['creep']:.2f} mm/s, range {worst['range']:.0%},"
        f" hysteresis {worst['hysteresis']:.0%}, turn {worst['sweep_turn']:.0f} deg"
    )


def _grasp_row(grasps: GraspSet, index: int) -> dict[str, Any]:
    grasp = grasps.grasps[index]
    return {
        "index": index, "fingers": list(grasp.fingers), "hold": grasp.hold,
        "limits": list(grasp.limits), "score": _scores(grasp.score),
    }  # fmt: skip


def _grasp_line(row: dict[str, Any]) -> str:
    s = row["score"]
    if s is None:
        return f"{row['index']:>3}  the tool was lost"
    return (
        f"{row['index']:>3}  {len(row['fingers'])} fingers  creep {s['creep']:.2f} mm/s"
        f"  drift {s['drift']:.1f} mm  range {s['low']:.2f}..{s['high']:.2f}"
        f"  hysteresis {s['hysteresis']:.2f}  sweep {s['sweep_drift']:.0f} mm"
        f" {s['sweep_turn']:.0f} deg"
    )
