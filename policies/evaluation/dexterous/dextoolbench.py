"""DexToolBench without learning: a grasp is chosen for a whole sequence, and the arm follows it.

Progress is the share of goals that are reached in order, by the published rule: every keypoint
within 0.015 m for 0.167 s, 10 s for a goal. Episodes begin with the tool in the hand, which the
benchmark's own do not: there a policy takes it up from the table first.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.dextool.scans import dressing, scanned_tool
from habilis.assets.dextool.scene import pose_scene
from habilis.assets.dextool.sequences import GoalSequence
from habilis.assets.dextool.work import Work, work_of
from habilis.assets.scene.model.compile import Compiled
from habilis.envs.dextool.effects.make import make_effect
from habilis.envs.dextool.following import DT, Following, Motion, Spread, TurnAt, in_hand, repeated
from habilis.envs.dextool.holding.grasping import (
    Grasps,
    close_grasps,
    draw_grasps,
    find_grasps,
    joined,
    vary_grasps,
)
from habilis.envs.dextool.reach import ReachPlan, key_goals, paths, plan_grasps
from habilis.policies.evaluation.dexterous.turned import Chain, TurnSearch
from habilis.policies.evaluation.statistics import bootstrap, wilson

LIBRARY = 192
"""Hands that are closed at random on each tool."""
DRAWN, PARENTS, VARIED, CLOSED = 500, 8, 120, 28
"""Where none of these goes all the way: hands that are drawn; how many of the grasps that go
farthest are varied, and how often in all; and how many of what goes farthest of either kind are
closed in physics."""
REHEARSED, TIMES = 3, 2
"""With how many grasps the sequence is rehearsed, and how often, with other masses and frictions
than those that count."""
CHAINS, TURNS = 10, 3
"""Where that does not go all the way either: of how many grasps it is looked whether the tool can
be turned in the hand, and how often at most."""
_HURRY = 300  # steps for a goal in a rehearsal

Watch = Callable[[Following, int], None]
"""What looks at episodes after each of their steps."""


@dataclasses.dataclass(frozen=True, eq=False)
class Chosen:
    """A grasp for a sequence.

    Attributes:
      compiled: the scene.
      grasps: those that hold.
      plan: of the chosen one; None if none holds and reaches the first goal.
      rehearsed: goals that grasps reached in their rehearsals, in the mean.
      turns: of the tool in the hand, on the way.
    """

    compiled: Compiled
    grasps: Grasps
    plan: ReachPlan | None
    rehearsed: tuple[float, ...] = ()
    turns: tuple[TurnAt, ...] = ()


def choose(root: Path, sequence: GoalSequence, robot: str, rng: np.random.Generator) -> Chosen:
    """The grasp that follows most of a sequence: by reach, held in physics, and rehearsed.

    Args:
      root: of a copy of the benchmark's data.
      sequence: of goals.
      robot: a key of ``habilis.assets.dextool.scene.STANCES``.
      rng: of what is tried.
    """
    tool, inertial = scanned_tool(root, sequence.category, sequence.tool)
    hand, goals = robot.partition("+")[2], sequence.goals
    stands = dressing(root, sequence)
    compiled = pose_scene(robot, tool, stands, inertial)
    scene = pose_scene(robot, tool, stands, inertial, work_of(sequence, tool, stands))
    grasps = tool_grasps(root, sequence.category, sequence.tool, hand)
    plans = plan_grasps(compiled, grasps, goals, rng) if len(grasps) else []
    best = Chosen(compiled, grasps, None)
    if plans and plans[0].prefix == len(goals):
        best = _better(best, scene, plans, goals, rng)
    if max(best.rehearsed, default=0.0) < len(goals):
        more, further = _more(root, sequence, hand, best, plans, rng)
        best = dataclasses.replace(best, grasps=more)
        best = _better(best, scene, further, goals, rng)
        plans = further
    if 0 < max(best.rehearsed, default=0.0) < len(goals):
        turning = TurnSearch(compiled, tool, inertial, goals, rng)
        best = _turned(best, scene, turning, plans, goals, rng)
    return best


def _turned(
    best: Chosen, scene: Compiled, turning: TurnSearch, plans: list[ReachPlan], goals: Array,
    rng: np.random.Generator,
) -> Chosen:  # fmt: skip
    """The same with the tool turned in the hand on the way, as often as that leads further."""
    likely = [plan for plan in plans[:CHAINS] if plan.prefix]
    chains = [Chain(plan, (), best.grasps.take([plan.grasp])) for plan in likely]
    reached = _rehearse(scene, best.grasps, chains, goals, rng)
    for _ in range(TURNS):
        able = [
            chain.until(int(end)) for chain, end in zip(chains, reached, strict=True)
            if end >= 1 and all(turn.at < int(end) for turn in chain.turns)
        ]  # fmt: skip
        chains = turning.further(sorted(able, key=lambda one: -one.plan.prefix))[:CHAINS]
        if not chains:
            break
        reached = _rehearse(scene, best.grasps, chains, goals, rng)
        if reached.max() <= max(best.rehearsed):
            break
        one = chains[int(np.argmax(reached))]
        best = dataclasses.replace(
            best, plan=one.plan, turns=one.turns, rehearsed=tuple(reached.tolist())
        )
        if reached.max() == len(goals):
            break
    return best


def _better(
    best: Chosen, scene: Compiled, plans: list[ReachPlan], goals: Array, rng: np.random.Generator
) -> Chosen:
    """What rehearsals of the plans that go farthest show to be best, or what was."""
    likely = [plan for plan in plans[:REHEARSED] if plan.prefix]
    if not likely:
        return best
    chains = [Chain(plan, (), best.grasps.take([plan.grasp])) for plan in likely]
    reached = _rehearse(scene, best.grasps, chains, goals, rng)
    if best.plan is not None and reached.max() <= max(best.rehearsed):
        return best
    plan, told = likely[int(np.argmax(reached))], tuple(reached.tolist())
    return dataclasses.replace(best, plan=plan, rehearsed=told)


def _more(
    root: Path, sequence: GoalSequence, hand: str, best: Chosen, plans: list[ReachPlan],
    rng: np.random.Generator,
) -> tuple[Grasps, list[ReachPlan]]:  # fmt: skip
    """More grasps of a hand on a tool: near those that go farthest, and others; and all plans."""
    tool, inertial = scanned_tool(root, sequence.category, sequence.tool)
    goals, grasps = sequence.goals, best.grasps
    lots = [draw_grasps(hand, tool, rng, DRAWN, inertial)]
    if near := [plan.grasp for plan in plans[:PARENTS]]:
        lots.append(vary_grasps(hand, tool, grasps.take(near), rng, VARIED, inertial))
    ranked = [plan_grasps(best.compiled, lot, key_goals(goals), rng) for lot in lots]
    opened = joined([
        lot.take([plan.grasp for plan in of[:CLOSED]])
        for lot, of in zip(lots, ranked, strict=True)
    ])  # fmt: skip
    new = close_grasps(hand, tool, opened, rng, inertial)
    found = [
        dataclasses.replace(plan, grasp=plan.grasp + len(grasps))
        for plan in (plan_grasps(best.compiled, new, goals, rng) if len(new) else [])
    ]  # fmt: skip
    both = joined((grasps, new))
    return both, sorted(plans + found, key=lambda p: (-p.prefix, float(both.drift[p.grasp])))


@functools.lru_cache(maxsize=16)
def tool_grasps(root: Path, category: str, tool: str, hand: str) -> Grasps:
    """Grasps of a scanned tool, found at random, always the same."""
    thing, inertial = scanned_tool(root, category, tool)
    return find_grasps(hand, thing, np.random.default_rng(0), LIBRARY, inertial)


def _rehearse(
    compiled: Compiled, grasps: Grasps, chains: list[Chain], goals: Array,
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    """Goals (len(chains),) that are reached with each, in the mean."""
    chains = [chain for chain in chains for _ in range(TIMES)]
    plans = [chain.plan for chain in chains]
    layout = Spread().draw(compiled, rng, len(plans))
    path = paths(plans)
    motion = in_hand(
        compiled, grasps.take([plan.grasp for plan in plans]), path[:, 0], goals[0], layout
    )
    run = Following(motion, goals, _HURRY, path, [chain.turns for chain in chains])
    for _ in run.run():
        pass
    out: Array = run.reached.reshape(-1, TIMES).mean(axis=1)
    return out


def measure(
    root: Path, sequence: GoalSequence, robot: str, episodes: int, seed: int,
    watch: Watch | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A row of results; mass and friction of the tool differ by a tenth between episodes."""
    rng = np.random.default_rng(seed)
    chosen = choose(root, sequence, robot, rng)
    goals, plan = len(sequence.goals), chosen.plan
    row: dict[str, Any] = {
        "sequence": sequence.name, "robot": robot, "start": "hand", "goals": goals,
        "episodes": episodes, "seed": seed, "held": len(chosen.grasps),
        "closed": chosen.grasps.tried,
        "planned": plan.prefix if plan else 0, "rehearsed": list(chosen.rehearsed),
        "turns": [turn.at for turn in chosen.turns], "buried": sequence.buried,
    }  # fmt: skip
    tool, inertial = scanned_tool(root, sequence.category, sequence.tool)
    stands = dressing(root, sequence)
    work = work_of(sequence, tool, stands)
    if plan is None:
        if work is not None:
            none = {"score": [0.0] * episodes, "reached": [0] * episodes}
            row["effect"] = {"deed": work.deed, "recorded": none}
        return row | {
            "reached": [0] * episodes, "complete": 0, "dropped": 0, "seconds": 0.0,
        }  # fmt: skip
    compiled = pose_scene(robot, tool, stands, inertial, work)
    layout = Spread().draw(compiled, rng, episodes)
    path = paths([plan] * episodes)
    motion = in_hand(
        compiled, repeated(chosen.grasps, plan.grasp, episodes), path[:, 0], sequence.goals[0],
        layout,
    )  # fmt: skip
    turns = [chosen.turns] * episodes
    run, done = follow(motion, sequence.goals, work, watch, path=path, turns=turns)
    if work is not None:
        row["effect"] = {"deed": work.deed, "recorded": done}
    return row | {
        "reached": run.reached.tolist(), "complete": int(run.complete.sum()),
        "dropped": int(run.dropped.sum()), "seconds": round(float(run.steps.mean() * DT), 1),
    }  # fmt: skip


def follow(
    motion: Motion, goals: Array, work: Work | None, watch: Watch | None = None,
    over: Mask | None = None, path: Array | None = None,
    turns: Sequence[Sequence[TurnAt]] = (),
) -> tuple[Following, dict[str, list[float]]]:  # fmt: skip
    """Go through goals; returns how that went, and by name what was done.

    Args:
      motion: of arms and hands that hold the tool.
      goals: (G, 7) poses of the tool.
      work: what is to be done, if that is measured.
      watch: what looks at episodes.
      over: (N,) which are over before they begin.
      path: (N, P, 7) joints that are meant for the first goals, rad.
      turns: N times those of the tool in the hand.
    """
    run = Following(motion, goals, path=path, turns=turns)
    if over is not None:
        run.over |= over
    effect = None if work is None else make_effect(run.world, work, DT)
    for step in run.run():
        if effect is not None:
            effect.note(run.tool, run.over)
        if watch is not None:
            watch(run, step)
    scores = {} if effect is None else effect.scores()
    told = {name: np.round(values, 4).tolist() for name, values in scores.items()}
    return run, told | {"reached": run.reached.tolist()}


def summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All sequences together: progress, completion, drops, with 95 % intervals.

    Progress is the mean over sequences, as published; its interval is a bootstrap over them.
    """
    shares = [float(np.mean(row["reached"])) / row["goals"] for row in rows]
    episodes = sum(row["episodes"] for row in rows)
    complete, dropped = (sum(row[key] for row in rows) for key in ("complete", "dropped"))
    tried = sum(sum(row["reached"]) + row["episodes"] - row["complete"] for row in rows)
    pick = {}
    if "taken" in rows[0]:
        taken = sum(row["taken"] for row in rows)
        pick = {
            "taken": taken, "taken_interval": wilson(taken, episodes),
            "taken_sequences": sum(2 * row["taken"] > row["episodes"] for row in rows),
        }  # fmt: skip
    return pick | {
        "sequences": len(rows), "episodes": episodes, "effects": _effects(rows),
        "progress": float(np.mean(shares)),
        "progress_interval": list(bootstrap(shares, np.random.default_rng(0))),
        "goals": sum(float(np.mean(row["reached"])) for row in rows)
        / sum(row["goals"] for row in rows),
        "complete": complete, "complete_interval": wilson(complete, episodes),
        "complete_sequences": sum(2 * row["complete"] > row["episodes"] for row in rows),
        "drops_per_hundred_goals": 100 * dropped / max(tried, 1),
    }  # fmt: skip


def _effects(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What was done on the goals as recorded, by deed: mean scores over sequences."""
    scores: dict[str, list[float]] = {}
    for row in rows:
        if "effect" in row:
            done = float(np.mean(row["effect"]["recorded"]["score"]))
            scores.setdefault(row["effect"]["deed"], []).append(done)
    return {
        deed: {
            "sequences": len(of), "recorded": float(np.mean(of)),
            "recorded_interval": list(bootstrap(of, np.random.default_rng(0))),
        }
        for deed, of in scores.items()
    }  # fmt: skip
