"""habilis bench function: whether held tools cut, hold, stay clipped on and dose."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from habilis.assets.names import check_known
from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import StoredOptions, deliver, say

if TYPE_CHECKING:
    from habilis.envs.function import FunctionResult

SHOWN = 4


@dataclasses.dataclass(frozen=True)
class BenchFunctionOptions(StoredOptions):
    """Scissors sever a strip, pliers hold a rod against 5 N, a clothespin stays on, a syringe gives
    its dose: in physics, in a fixed hand, by PI on the opening through one grasp synergy.

    Runs take the stored grasps in turn; gravity has any direction; mass, spring and dry friction of
    the joint vary by x0.5-2, friction by x0.7-1.2, the hand's gains by x0.8-1.2. What a run has to
    show is in the docstrings of habilis.envs.function. About 0.1 s of two cores a run.
    """

    tool: tuple[str, ...] = ()
    """Kinds of tool; all that have a test if left out."""
    size: tuple[str, ...] = ("medium",)
    """Sizes: small, medium, large."""
    runs: int = 100
    """Runs of each tool and size."""
    seed: int = 0
    """Seed of what is drawn at random."""
    hand: str = "leap"
    """The hand whose grasps are taken."""
    picture: Path | None = None
    """Folder for a picture of four runs a tool: a row for the start of each stage, and the end."""
    film: Path | None = None
    """Folder for a film of the same four."""


def measure(o: BenchFunctionOptions, args: list[str]) -> dict[str, Any]:
    """Run the tests; a row for each tool and size."""
    from habilis.envs.function import FUNCTIONS

    at_least(1, runs=o.runs)
    at_least(0, seed=o.seed)
    for tool in o.tool:
        check_known("tool with a function test", tool, FUNCTIONS)
    rows = []
    for tool in o.tool or tuple(FUNCTIONS):
        for size in o.size:
            result = _run(o, tool, size)
            rows.append(_row(result))
            say(f"{tool} {size}: {rows[-1]['success']}/{o.runs}")
    return {
        "kind": "function",
        **provenance(["bench", "function", *args]),
        "seed": o.seed,
        "hand": o.hand,
        "rows": rows,
    }


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchFunctionOptions, args, prog="habilis bench function")
    result = measure(o, args)
    deliver(result, o, [_printed(row) for row in result["rows"]])
    return 0


def _run(o: BenchFunctionOptions, tool: str, size: str) -> FunctionResult:
    from habilis.envs.function import FUNCTIONS
    from habilis.envs.function.filming import Onlooker
    from habilis.policies.agents.hand_control import SynergyControl

    rng = np.random.default_rng(o.seed)
    name = f"{tool}_{size}"
    looker = None
    if o.picture or o.film:
        looker = Onlooker(range(min(SHOWN, o.runs)), o.film / f"{name}.mp4" if o.film else None)
    result = FUNCTIONS[tool](size, o.runs, SynergyControl, rng, o.hand, looker)
    if looker:
        looker.close(o.picture / f"{name}.png" if o.picture else None)
    return result


def _row(result: FunctionResult) -> dict[str, Any]:
    from habilis.policies.evaluation.statistics import wilson

    good, runs = int(result.success.sum()), len(result.success)
    return {
        "tool": result.tool, "size": result.size, "function": result.function,
        "controller": "PI", "runs": runs, "success": good, "rate": good / runs,
        "interval": wilson(good, runs), "failures": result.failures(),
        "median": {name: round(float(np.median(v)), 4) for name, v in result.measures.items()},
    }  # fmt: skip


def _printed(row: dict[str, Any]) -> dict[str, Any]:
    failures = ", ".join(f"{count} {reason}" for reason, count in row["failures"].items())
    median = ", ".join(f"{name} {value:.3g}" for name, value in row["median"].items())
    return row | {"failures": failures, "median": median}
