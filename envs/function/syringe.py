"""A syringe gives the volume it was told to."""

from __future__ import annotations

import numpy as np

from habilis.envs.function.stage import OPEN_S, FunctionResult, Maker, Stage, Watch, reasons

START = 0.15  # of the stroke: where the plunger is brought before
DOSES = (0.1, 0.2, 0.4, 0.6)  # of the capacity, in turn
DOSE_S = 4.0
TOLERANCE = 0.10


def run(
    size: str, n: int, make: Maker, rng: np.random.Generator, hand: str = "leap",
    watch: Watch | None = None,
) -> FunctionResult:  # fmt: skip
    """Bring the plunger to a start, then press out one of four doses.

    What is out is out: the volume is the bore times the farthest that the plunger has gone, so an
    overshoot is too much even if it is taken back. Success: within ``TOLERANCE`` of the dose,
    the syringe held.

    Args:
      size: of the syringe; n: number of runs; grasps and doses are taken in turn.
      make: makes the controller of openings; rng: draws what ``Variation`` has.
      hand: that holds it.
      watch: is told the stage (start, dose) and shown the world after every step.
    """
    stage = Stage("syringe", size, hand, n, make, rng, None, watch)
    stage.control("start", START * stage.stroke, OPEN_S)
    bore, begin = stage.tool.bore, stage.world.opening
    # Neighbouring runs differ in their grasp; the dose changes once all grasps have had their turn.
    turn = np.arange(n) // max(1, -(-n // len(DOSES)))
    dose = np.array(DOSES)[turn] * bore * stage.stroke
    farthest = begin.copy()
    for _ in range(round(DOSE_S / stage.world.dt)):
        stage.control("dose", begin + dose / bore, stage.world.dt)
        farthest = np.maximum(farthest, stage.world.opening)
    out = bore * (farthest - begin)
    error = (out - dose) / dose
    stage.lost |= stage.world.dropped
    why = reasons(
        (stage.lost, "tool dropped"), (error < -TOLERANCE, "too little"),
        (error > TOLERANCE, "too much"),
    )  # fmt: skip
    return FunctionResult(
        "give a dose", "syringe", size, why,
        {"dose_ml": 1e6 * dose, "out_ml": 1e6 * out, "error_share": error},
    )  # fmt: skip
