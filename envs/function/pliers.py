"""Pliers hold a rod against a pull."""

from __future__ import annotations

import numpy as np

from habilis.assets.tools.family import TIP_INSET
from habilis.assets.workpieces import add_rod
from habilis.envs.function.stage import OPEN_S, FunctionResult, Maker, Stage, Watch, reasons
from habilis.envs.world.poses import matrices

OPENED = 0.05  # of the stroke
GRIP_S, RAMP_S, PULL_S = 1.5, 0.2, 1.0
PULL = 5.0  # N
SLIP = 0.003  # m


def run(
    size: str, n: int, make: Maker, rng: np.random.Generator, hand: str = "leap",
    watch: Watch | None = None,
) -> FunctionResult:  # fmt: skip
    """Open, have a 6 mm rod put between the jaws, close, and hold it while it is pulled.

    Once the jaws have closed on the rod it is free; then ``PULL`` newtons along the tool's tip axis
    for ``PULL_S``. Success: it stays between both jaws, slips less than ``SLIP`` in the tool, and
    the hand keeps the tool.

    Args:
      size: of the pliers; n: number of runs; grasps are taken in turn.
      make: makes the controller of openings; rng: draws what ``Variation`` has.
      hand: that holds them.
      watch: is told the stage (open, grip, pull) and shown the world after every step.
    """
    stage = Stage("pliers", size, hand, n, make, rng, add_rod, watch)
    stage.control("open", OPENED * stage.stroke, OPEN_S)
    tip = stage.tool.edge[1][0] - TIP_INSET
    stage.put(stage.between(tip))
    stage.control("grip", stage.stroke, stage.world.dt)
    early = stage.touched
    stage.control("grip", stage.stroke, GRIP_S)
    stage.release(np.ones(n, bool))
    stage.control("grip", stage.stroke, RAMP_S)
    start = stage.rod
    steps, ramp = (round(s / stage.world.dt) for s in (RAMP_S + PULL_S, RAMP_S))
    slip = np.zeros(n)
    for k in range(steps):
        axis = matrices(stage.world.tool_pose[:, 3:])[..., 0]
        holds = (slip <= SLIP) & ~stage.world.dropped
        force = np.where(holds, PULL * min(1.0, (k + 1) / ramp), 0.0)
        stage.pull("rod", force[:, None] * axis)
        stage.control("pull", stage.stroke, stage.world.dt)
        slip = np.maximum(slip, np.linalg.norm(stage.rod - start, axis=1))
    stage.lost |= stage.world.dropped
    grip = np.minimum(stage.force("base"), stage.force("moving"))
    why = reasons(
        (stage.lost, "tool dropped"), (early, "not opened wide enough"),
        (slip > SLIP, "rod slipped"), (grip <= 0, "rod not between both jaws"),
    )  # fmt: skip
    drift = 1e3 * stage.world.drift[0]
    return FunctionResult(
        "hold against 5 N", "pliers", size, why, {"slip_mm": 1e3 * slip, "tool_drift_mm": drift}
    )
