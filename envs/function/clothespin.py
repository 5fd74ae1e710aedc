"""A clothespin stays where it was clipped, by its own spring."""

from __future__ import annotations

import numpy as np

from habilis.assets.tools.family import TIP_INSET
from habilis.assets.workpieces import add_sheet
from habilis.envs.function.stage import OPEN_S, FunctionResult, Maker, Stage, Watch, reasons

OPENED = 0.85  # of the stroke
CLOSE_S, LEAVE_S, HANG_S = 1.5, 0.6, 1.0
AWAY = 0.4  # times as far again as the fingers' own pre-grasp is from the tool
SAG = 0.005  # m, that it may move while it hangs


def run(
    size: str, n: int, make: Maker, rng: np.random.Generator, hand: str = "leap",
    watch: Watch | None = None,
) -> FunctionResult:  # fmt: skip
    """Squeeze open, have the edge of a sheet put between the jaws, let go, and take the hand away.

    Success: it hangs for ``HANG_S`` under gravity without touching the hand, both jaws on the
    sheet, and moves less than ``SAG``.

    Args:
      size: of the clothespin; n: number of runs; grasps are taken in turn.
      make: makes the controller of openings; rng: draws what ``Variation`` has.
      hand: that holds it.
      watch: is told the stage (open, close, leave, hang) and shown the world after every step.
    """
    stage = Stage("clothespin", size, hand, n, make, rng, add_sheet, watch)
    stage.control("open", OPENED * stage.stroke, OPEN_S)
    dropped = stage.world.dropped
    stage.put(stage.between(stage.tool.edge[1][0] - TIP_INSET))
    stage.control("close", OPENED * stage.stroke, stage.world.dt)
    early = stage.touched
    stage.control("close", 0.0, CLOSE_S)
    pre = np.array([grasp.pre for grasp in stage.grasps])
    touch = np.array([grasp.table[0] for grasp in stage.grasps])
    stage.glide("leave", pre, LEAVE_S)
    stage.glide("leave", pre + AWAY * (pre - touch), LEAVE_S)
    start = stage.world.tool_pose[:, :3].copy()
    held, sag = np.zeros(n, bool), np.zeros(n)
    for _ in range(round(HANG_S / stage.world.dt)):
        stage.step("hang", stage.world.ctrl.copy())
        held |= stage.in_hand
        sag = np.maximum(sag, np.linalg.norm(stage.world.tool_pose[:, :3] - start, axis=1))
    clip = np.minimum(stage.force("base"), stage.force("moving"))
    why = reasons(
        (stage.lost, "diverged"), (dropped, "tool dropped"), (early, "not opened wide enough"),
        (clip <= 0, "fell off"), (held, "touches the hand"), (sag > SAG, "slides"),
    )  # fmt: skip
    return FunctionResult(
        "stay clipped on", "clothespin", size, why, {"clip_N": clip, "sag_mm": 1e3 * sag}
    )
