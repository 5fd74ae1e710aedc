"""DexToolBench from the table: an approach is chosen that takes the tool up and then goes far.

What cannot be taken is told with the reason: no hand has room where the tool lies and is in reach,
or all that were closed on it lost it.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.dextool.scans import dressing, scanned_tool
from habilis.assets.dextool.scene import pose_scene
from habilis.assets.dextool.sequences import GoalSequence
from habilis.assets.dextool.work import work_of
from habilis.assets.scene.model.compile import Compiled
from habilis.envs.dextool.following import DT, Spread
from habilis.envs.dextool.pickup import Approach, Taken, draw_lag, find_approaches, lying, take
from habilis.envs.dextool.reach import ReachPlan, paths, plan_grasps
from habilis.policies.evaluation.dexterous.dextoolbench import Watch, follow

DRAWN, TRIED, AGAIN, TIMES = 400, 48, 6, 4
"""Hands of each kind that are drawn; how many of those that fit are tried in physics; how many of
those that lift are tried again; and how often, with other masses and frictions."""
_STIRRED = 0.02  # m that a tool rises at least where it was lost on the way


@dataclasses.dataclass(frozen=True, eq=False)
class TakenHand:
    """How a tool is to be taken up.

    Attributes:
      approach: the one that was chosen, (1,); None where nothing lifts the tool.
      lag: (1,) how hard the hand presses, rad.
      fit: how many have room and are in reach.
      lifted: how many of those that were tried lift it.
      plan: what is in reach with the chosen one, from where it is lifted.
      why: why there is none; '' where there is one.
    """

    approach: Approach | None
    lag: Array
    fit: int
    lifted: int = 0
    plan: ReachPlan | None = None
    why: str = ""


def choose_taking(
    compiled: Compiled, start: Array, goals: Array, approach: Approach, rng: np.random.Generator
) -> TakenHand:
    """Of approaches, the one that lifts the tool most reliably, weighed with how far it goes.

    Args:
      compiled: scene with the robot and the tool.
      start: (7,) where the tool lies.
      goals: (G, 7) where it is to go.
      approach: (K,) of them.
      rng: of what is tried.
    """
    count = len(approach.path)
    if not count:
        return TakenHand(
            None, np.zeros(0), 0, why="no hand that was drawn has room and is in reach"
        )
    lag = draw_lag(rng, count)
    first = take(compiled, approach, start, lag)
    up = np.flatnonzero(first.up)
    if not len(up):
        return TakenHand(None, lag[:0], count, why=_why(first))
    held, lifted = first.grasps().take(up), first.motion.q[up]
    plans = plan_grasps(compiled, held, goals, rng, lifted)[:AGAIN]
    rows = np.repeat(up[[plan.grasp for plan in plans]], TIMES)
    layout = Spread().draw(compiled, rng, len(rows))
    again = take(compiled, approach.take(rows), start, lag[rows], layout)
    sure = again.up.reshape(-1, TIMES).mean(axis=1)
    worth = [share * (plan.prefix + 1) for share, plan in zip(sure, plans, strict=True)]
    best = int(np.argmax(worth))
    row = rows[[best * TIMES]]
    return TakenHand(approach.take(row), lag[row], count, len(up), plans[best])


def _why(taken: Taken) -> str:
    lost = int((taken.rose > _STIRRED).sum())
    return f"of {len(taken.rose)} hands {len(taken.rose) - lost} leave it lying, {lost} lose it"


def measure_from_table(
    root: Path, sequence: GoalSequence, robot: str, episodes: int, seed: int,
    watch: Watch | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A row of results; mass and friction of the tool differ by a tenth between episodes."""
    rng = np.random.default_rng(seed)
    tool, inertial = scanned_tool(root, sequence.category, sequence.tool)
    stands, goals = dressing(root, sequence), sequence.goals
    work = work_of(sequence, tool, stands)
    bare = pose_scene(robot, tool, stands, inertial)
    start = lying(bare, sequence.start)
    found = find_approaches(bare, tool, start, goals, rng, DRAWN, TRIED, inertial)
    chosen = choose_taking(bare, start, goals, found, rng)
    row: dict[str, Any] = {
        "sequence": sequence.name, "robot": robot, "start": "table", "goals": len(goals),
        "episodes": episodes, "seed": seed, "drawn": found.drawn, "fit": chosen.fit,
        "lifted": chosen.lifted, "planned": chosen.plan.prefix if chosen.plan else 0,
        "buried": sequence.buried, "why": chosen.why,
    }  # fmt: skip
    if chosen.approach is None:
        none = [0] * episodes
        return row | {"taken": 0, "reached": none, "complete": 0, "dropped": 0, "seconds": 0.0}
    compiled = pose_scene(robot, tool, stands, inertial, work)
    layout = Spread().draw(compiled, rng, episodes)
    rows = np.zeros(episodes, int)
    taken = take(compiled, chosen.approach.take(rows), start, chosen.lag[rows], layout)
    path = paths([chosen.plan] * episodes) if chosen.plan and chosen.plan.prefix else None
    run, done = follow(taken.motion, goals, work, watch, ~taken.up, path)
    if work is not None:
        row["effect"] = {"deed": work.deed, "recorded": done}
    return row | {
        "taken": int(taken.up.sum()), "reached": run.reached.tolist(),
        "complete": int(run.complete.sum()), "dropped": int(run.dropped.sum()),
        "seconds": round(float(run.steps.mean() * DT), 1),
    }  # fmt: skip
