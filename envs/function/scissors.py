"""Scissors sever a strip that is stretched between their blades."""

from __future__ import annotations

import numpy as np

from habilis.assets.workpieces import add_strip
from habilis.envs.function.stage import OPEN_S, FunctionResult, Maker, Stage, Watch, reasons

OPENED = 0.05  # of the stroke: the goal when the strip is put in
ALONG = 0.55  # of the blades, from the hinge, that the strip lies at
TOUGHNESS = 4.0  # N, on each side, that shear the strip
CUT_S = 4.0
CROSSED = 0.9  # of the stroke: the blades have passed each other along the strip's whole width


def run(
    size: str, n: int, make: Maker, rng: np.random.Generator, hand: str = "leap",
    watch: Watch | None = None,
) -> FunctionResult:  # fmt: skip
    """Open, have a strip put between the blades, and close.

    The strip comes apart when each blade presses on its own side of it with ``TOUGHNESS``: a
    finger, or one blade alone, does not sever it. Success: severed, the blades crossed, the tool
    held.

    Args:
      size: of the scissors; n: number of runs; grasps are taken in turn.
      make: makes the controller of openings; rng: draws what ``Variation`` has.
      hand: that holds them.
      watch: is told the stage (open, cut) and shown the world after every step.
    """
    stage = Stage("scissors", size, hand, n, make, rng, add_strip, watch)
    stage.control("open", OPENED * stage.stroke, OPEN_S)
    start, end = stage.tool.edge[0][0], stage.tool.edge[1][0]
    stage.put(stage.between(start + ALONG * (end - start)))
    most = np.zeros(n)
    early, first = np.zeros(n, bool), True
    for _ in range(round(CUT_S / stage.world.dt)):
        stage.control("cut", stage.stroke, stage.world.dt)
        shear = np.minimum(stage.force("base"), stage.force("moving"))
        if first:
            early, first = stage.touched, False
        most = np.where(stage.joined, np.maximum(most, shear), most)
        stage.release(stage.joined & (shear >= TOUGHNESS))
    stage.lost |= stage.world.dropped
    q = stage.world.opening / stage.stroke
    why = reasons(
        (stage.lost, "tool dropped"), (early, "not opened wide enough"),
        (stage.joined, "not severed"), (q < CROSSED, "blades did not cross"),
    )  # fmt: skip
    return FunctionResult(
        "sever a strip", "scissors", size, why, {"force_N": most, "closed_share": q}
    )
