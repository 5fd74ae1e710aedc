"""What a design came to, as rows of tables and as files."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

from habilis.envs.media.captions import Caption
from habilis.envs.media.film import Film, Recorder
from habilis.envs.robot.robot import SimRobot
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.llm_planner.design.search import (
    DesignResult,
    TriedOrder,
    design,
    design_seeds,
    held_out_seeds,
    verify,
)
from habilis.llm_planner.design.track import (
    carry_out,
    design_plan,
    find_family,
    layout,
)
from habilis.llm_planner.run.plan import Plan
from habilis.policies.evaluation.statistics import counted
from habilis.policies.skills.executor import Watch

STILL = 25  # pictures of how it ended


def design_row(piece: tuple[str, int, int, int]) -> dict[str, Any]:
    """Design and verify a tool: a row of a table, as plain data.

    Args:
      piece: name of the family, seed, budget of rollouts, number of held-out layouts.
    """
    name, seed, budget, count = piece
    family = find_family(name)
    return row(family, design(family, seed, budget), count)


def row(family: ToolTask, made: DesignResult, count: int) -> dict[str, Any]:
    """What a design came to, and how it and the best first proposal do on held-out layouts."""
    seeds, best = held_out_seeds(made.seed, count), made.best
    after = verify(family, best, seeds)
    before = after if made.first is best else verify(family, made.first, seeds)
    refused = sum(t.verdict.refused for t in made.tried)
    return {
        "family": made.family, "seed": made.seed, "kind": best.kind, "stage": best.stage,
        "parts": len(best.order.parts), "mass": round(best.order.mass, 4),
        "volume": round(best.order.volume * 1e6, 1),
        "proposed": sum(t.stage == "proposed" for t in made.tried),
        "works_at_once": sum(
            t.stage == "proposed" and t.verdict.score >= 1.0 for t in made.tried
        ),
        "judged": len(made.tried), "refused": refused, "rollouts": made.rollouts,
        "first_score": round(made.first.verdict.score, 3),
        "score": round(best.verdict.score, 3), "solved": made.solved,
        "layouts": list(design_seeds(made.seed)), "held_out": [seeds[0], seeds[-1]],
        "first_held_out": counted(before.wins, count), "best_held_out": counted(after.wins, count),
        "seconds": round(made.seconds, 1), "reason": after.reason,
        "why_not": why_not(made), "order": best.order.as_dict(), "motion": dict(best.motion),
    }  # fmt: skip


def why_not(made: DesignResult) -> dict[str, int]:
    """How often each kind of refusal or failure came, numbers and names left out."""
    found = Counter(_kind(t) for t in made.tried if t.verdict.reason)
    return dict(found.most_common())


def _kind(tried: TriedOrder) -> str:
    text = tried.verdict.reason.split(";")[0]
    word = "refused" if tried.verdict.refused else "tried"
    kinds = {
        "tip": "tips over", "jaw": "grip", "fingers": "grip", "hand that takes": "grip",
        "beyond the workspace": "reach", "out of the workspace": "reach", "hit": "in the way",
        "lie in": "in the way", "inside": "in the way", "did not follow": "no effect",
        "goal does not hold": "no effect", "came up against": "in the way",
        "not in the hand": "slips", "slipped": "slips", "degrees off": "slips",
        "allowed": "budget",
    }  # fmt: skip
    return f"{word}: {next((kind for mark, kind in kinds.items() if mark in text), 'other')}"


def plan_of(family: ToolTask, tried: TriedOrder, seed: int) -> Plan:
    """The plan that has the tool made and uses it on a layout."""
    return design_plan(family, layout(family.name, seed), tried.order, tried.motion)


def film(family: ToolTask, tried: TriedOrder, seed: int, path: Path) -> bool:
    """Film the tool in use on a layout; whether it succeeds.

    Raises:
      RenderingUnavailable: no OpenGL here; the message says what to install.
    """
    kept: list[Recorder] = []
    with Film(path) as reel:

        def show(robot: SimRobot) -> Watch:
            kept.append(Recorder(robot.world, 0, reel))
            return lambda runner: note(runner.running)

        def note(text: str) -> None:
            kept[0].caption = Caption(text)
            kept[0]()

        attempt = carry_out(family, layout(family.name, seed), plan_of(family, tried, seed), show)
        for _ in range(STILL):
            note("done" if attempt.ok else attempt.reason)
        kept[0].develop()
    return attempt.ok


def as_data(tried: TriedOrder) -> dict[str, Any]:
    """An order that was judged, as plain data."""
    return {
        "kind": tried.kind, "stage": tried.stage, **tried.order.as_dict(),
        "motion": dict(tried.motion), "verdict": dataclasses.asdict(tried.verdict),
    }  # fmt: skip
