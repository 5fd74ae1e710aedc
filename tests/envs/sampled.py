"""Tasks for a test of every environment: twins run the same code, so most of them wait."""

import pytest
from _pytest.mark.structures import ParameterSet

from habilis.envs.tasks import tasks
from habilis.envs.tasks.base.family import FAMILIES
from habilis.envs.tasks.base.tool_task import ToolTask


def every_task(turn: int = 0, *, arm: bool = False) -> list[ParameterSet]:
    """Every id; of families with twins one is tried at once, the others with the slow tests.

    Args:
      turn: tests that differ in it try other twins at once.
      arm: only those in which an arm handles the things of a scene.
    """
    twins = [[t.id for t in f.tasks()] for f in FAMILIES.values() if isinstance(f, ToolTask)]
    slow = {
        id for i, ids in enumerate(twins) for k, id in enumerate(ids) if k != (i + turn) % len(ids)
    }
    return [
        pytest.param(id, marks=[pytest.mark.slow] if id in slow else [])
        for id, task in tasks().items()
        if task.family.arm or not arm
    ]
