"""Table of the trained policies that are in the package."""

from __future__ import annotations

from typing import Any

from habilis.policies.evaluation.statistics import rate
from habilis.scripts.docs.results.cells import code, table


def shipped(*manifests: dict[str, Any]) -> str:
    """Score of each on its own task, and the run that it came from."""
    rows = [
        [
            code(one["name"]), code(one["task"]),
            rate(one["score"]["success"], one["score"]["episodes"]),
            f"{one['run']['steps']:,}", f"{one['run']['seconds'] / 60:.0f} min", code(one["command"]),
        ]
        for one in manifests
    ]  # fmt: skip
    return table(["bundle", "task", "score", "steps", "time", "command"], rows)
