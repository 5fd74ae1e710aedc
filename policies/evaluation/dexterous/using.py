"""What tools of DexToolBench do where the work is aimed at, not the recorded poses.

The end of the tool that works is taken from the recording, and from then on only the nail, the
strokes on the board or the beads count. Grasp, turn of the tool and posture of the arm are chosen
together: by reach, by holding in physics, and by what rehearsals get done. Episodes begin with
the tool in the hand before the work.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.assets.dextool.scans import dressing, scanned_tool
from habilis.assets.dextool.scene import pose_scene
from habilis.assets.dextool.sequences import GoalSequence
from habilis.assets.dextool.work import Work, work_of
from habilis.assets.scene.model.compile import Compiled
from habilis.envs.dextool.effects.make import make_effect
from habilis.envs.dextool.following import DT, Spread, in_hand
from habilis.envs.dextool.holding.grasping import Grasps, close_grasps, draw_grasps
from habilis.envs.dextool.reach import plan_grasps
from habilis.envs.dextool.use.doing import do_work, first_way
from habilis.envs.dextool.use.edges import Edge, draw_turns, edges_of
from habilis.envs.dextool.use.guiding import Guiding
from habilis.envs.world.poses import matrices
from habilis.envs.world.varying.layout import Layout
from habilis.policies.evaluation.statistics import bootstrap

DRAWN, CLOSED, TURNS, REHEARSED, TIMES = 200, 48, 4, 4, 2
"""Hands before a tool whose reach is looked at; how many of these are closed in physics; turns of
the tool that are looked at for each; how many of what is in reach is rehearsed, and how often,
with other masses and frictions."""
_KNOTS = 7  # of a way whose reach is looked at

Watch = Callable[[Guiding, int], None]
"""What looks at episodes after each of their steps."""


@dataclasses.dataclass(frozen=True, eq=False)
class Holds:
    """K ways to hold a tool for a work.

    Attributes:
      grasps: in the hand.
      quats: (K, 4) how the tool is turned.
      path: (K, 7) joints of the arm before the work, rad.
      held: how many grasps held in physics; those that can do the work are here, each once.
    """

    grasps: Grasps
    quats: Array
    path: Array
    held: int

    def take(self, rows: Ids) -> Holds:
        """Some of them."""
        return dataclasses.replace(
            self, grasps=self.grasps.take(rows), quats=self.quats[rows], path=self.path[rows]
        )


def find_holds(
    root: Path, sequence: GoalSequence, robot: str, work: Work, edge: Edge,
    rng: np.random.Generator,
) -> Holds:  # fmt: skip
    """Ways to hold a tool with which the arm is clear of everything all along the work."""
    tool, inertial = scanned_tool(root, sequence.category, sequence.tool)
    hand = robot.partition("+")[2]
    bare = pose_scene(robot, tool, dressing(root, sequence), inertial)
    points = first_way(work).points[0]
    points = points[np.unique(np.linspace(0, len(points) - 1, _KNOTS).round().astype(int))]
    drawn = draw_grasps(hand, tool, rng, DRAWN, inertial)
    likely = plan_grasps(bare, drawn, _poses(edge, points, draw_turns(edge, work, rng, DRAWN)), rng)
    grasps = close_grasps(
        hand, tool, drawn.take([plan.grasp for plan in likely[:CLOSED]]), rng, inertial
    )
    quats = draw_turns(edge, work, rng, TURNS * len(grasps)) if len(grasps) else np.zeros((0, 4))
    many = grasps.take(np.repeat(np.arange(len(grasps)), TURNS))
    plans = plan_grasps(bare, many, _poses(edge, points, quats), rng) if len(grasps) else []
    plans = [plan for plan in plans if plan.prefix == len(points)]
    plans = list({plan.grasp // TURNS: plan for plan in reversed(plans)}.values())[::-1]
    rows = np.array([plan.grasp for plan in plans], int)
    path = np.array([plan.path[0] for plan in plans] or np.zeros((0, 7)))
    return Holds(many.take(rows), quats[rows], path, len(grasps))


def _poses(edge: Edge, points: Array, quats: Array) -> Array:
    """(K, P, 7) tools turned so (K, 4) whose edges are at points (P, 3)."""
    lever = (matrices(quats) @ edge.at(quats)[..., None])[:, None, :, 0]
    turns = np.broadcast_to(quats[:, None], (len(quats), len(points), 4))
    return np.concatenate((points - lever, turns), axis=2)


def use(
    compiled: Compiled, holds: Holds, edge: Edge, work: Work, layout: Layout,
    watch: Watch | None = None,
) -> tuple[Guiding, dict[str, Array]]:  # fmt: skip
    """Do a work with each way to hold the tool; returns how that went, and what was done."""
    start = _poses(edge, first_way(work).points[0, :1], holds.quats)[:, 0]
    motion = in_hand(compiled, holds.grasps, holds.path, start, layout, 0.0)
    guiding = Guiding(motion, holds.quats, edge.at(holds.quats))
    effect = make_effect(guiding.world, work, DT)
    for step in do_work(guiding, work):
        effect.note(motion.tool, guiding.over)
        if watch is not None:
            watch(guiding, step)
    return guiding, effect.scores()


def measure_use(
    root: Path, sequence: GoalSequence, robot: str, episodes: int, seed: int,
    watch: Watch | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A row of results; mass and friction of the tool differ by a tenth between episodes.

    Empty where what the tool does is not measured.
    """
    rng = np.random.default_rng(seed)
    tool, inertial = scanned_tool(root, sequence.category, sequence.tool)
    stands = dressing(root, sequence)
    work = work_of(sequence, tool, stands)
    if work is None:
        return {}
    compiled = pose_scene(robot, tool, stands, inertial, work)
    for edge in edges_of(tool, work, sequence):
        holds = find_holds(root, sequence, robot, work, edge, rng)
        if len(holds.path):
            break
    row: dict[str, Any] = {
        "sequence": sequence.name, "robot": robot, "start": "work", "deed": work.deed,
        "episodes": episodes, "seed": seed, "held": holds.held, "reach": len(holds.path),
        "buried": sequence.buried,
    }  # fmt: skip
    if not len(holds.path):
        return row | {"rehearsed": [], "done": {"score": [0.0] * episodes}, "dropped": 0}

    rows = np.repeat(np.arange(min(REHEARSED, len(holds.path))), TIMES)
    layout = Spread().draw(compiled, rng, len(rows))
    tried = use(compiled, holds.take(rows), edge, work, layout)[1]["score"]
    tried = tried.reshape(-1, TIMES).mean(axis=1)
    layout = Spread().draw(compiled, rng, episodes)
    chosen = holds.take(np.full(episodes, int(np.argmax(tried))))
    run, scores = use(compiled, chosen, edge, work, layout, watch)
    return row | {
        "rehearsed": np.round(tried, 3).tolist(),
        "done": {name: np.round(values, 4).tolist() for name, values in scores.items()},
        "dropped": int(run.over.sum()), "seconds": round(run.steps * DT, 1),
    }  # fmt: skip


def use_summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """By deed: the mean of all episodes' scores over sequences, with a 95 % interval over them."""
    effects: dict[str, Any] = {}
    for deed in dict.fromkeys(row["deed"] for row in rows):
        scores = [float(np.mean(r["done"]["score"])) for r in rows if r["deed"] == deed]
        interval = list(bootstrap(scores, np.random.default_rng(0)))
        effects[deed] = {"sequences": len(scores), "done": float(np.mean(scores)),
                         "done_interval": interval}  # fmt: skip
    return {"sequences": len(rows), "episodes": sum(row["episodes"] for row in rows),
            "effects": effects}  # fmt: skip
