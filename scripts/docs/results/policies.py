"""Table of the trained policies that are in the package."""

from __future__ import annotations

from typing import Any

from habilis.policies.evaluation.statistics import rate
from habilis.scripts.docs.results.cells import code, table


def shipped(*manifests: dict[str, Any]) -> str:
    """Score of each on its own task, and the run that it came from."""
    rows = []
    for one in manifests:
        score, run = one["score"], one["run"]
        success = rate(score["success"], score["episodes"])
        took = f"{run['seconds'] / 60:.0f} min"
        name, task, command = code(one["name"]), code(one["task"]), code(one["command"])
        rows.append([name, task, success, f"{run['steps']:,}", took, command])
    return table(["bundle", "task", "score", "steps", "time", "command"], rows)
