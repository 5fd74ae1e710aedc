"""Which tasks a test of all environments tries, so that its time grows with families only."""

from habilis.envs.tasks import tasks
from habilis.envs.tasks.base.family import FAMILIES
from habilis.envs.tasks.base.tool_task import ToolTask


def a_twin_each(turn: int = 0) -> list[str]:
    """Every id, of the families with twins one, which run the same code on another scene.

    Args:
      turn: tests that differ in it try other twins.
    """
    twins = [[t.id for t in f.tasks()] for f in FAMILIES.values() if isinstance(f, ToolTask)]
    left_out = {
        id for i, ids in enumerate(twins) for k, id in enumerate(ids) if k != (i + turn) % len(ids)
    }
    return [id for id in tasks() if id not in left_out]
