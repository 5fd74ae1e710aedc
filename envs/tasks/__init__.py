"""The families of tasks, one file each, and every task by its Gymnasium id.

A folder holds the families of one mechanism. Whatever module lies here or in such a folder is
imported for the families that it declares, see ``habilis.envs.tasks.base.family``, and so is what
other packages name, see ``habilis.assets.extensions``. Such modules are light: they load neither
MuJoCo nor a scene.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from habilis.assets.extensions import extensions
from habilis.assets.names import look_up
from habilis.envs.tasks.base.family import FAMILIES, Task, Twin
from habilis.envs.tasks.base.tool_task import ToolTask

if TYPE_CHECKING:
    from habilis.envs.task import TaskSpec

for _found in pkgutil.walk_packages(__path__, f"{__name__}."):
    if not _found.name.startswith(f"{__name__}.base"):
        importlib.import_module(_found.name)
extensions("tasks")


def tasks() -> Mapping[str, Task]:
    """Every task by its Gymnasium id."""
    return {task.id: task for _, family in sorted(FAMILIES.items()) for task in family.tasks()}


def arm_tasks() -> Mapping[str, Task]:
    """Of these, the ones in which an arm handles the things of a scene."""
    return {id: task for id, task in tasks().items() if task.family.arm}


def tool_tasks() -> Mapping[str, Task]:
    """Of these, the ones with twins, an oracle and layouts."""
    return {id: task for id, task in tasks().items() if isinstance(task.family, ToolTask)}


def find_task(id: str) -> Task:
    """The task of that id; ValueError names the known ones."""
    known = tasks()
    return look_up("task", id, known)


def find_twin(id: str) -> tuple[ToolTask, Twin]:
    """Family and twin of an id; ValueError names the known ids, or the families with twins."""
    task = find_task(id)
    if not isinstance(task.family, ToolTask) or task.twin is None:
        have = ", ".join(dict.fromkeys(known.family.name for known in tool_tasks().values()))
        raise ValueError(f"{id} has no twins, no layouts and no oracle; families that have: {have}")
    return task.family, task.twin


def load_task(id: str, **options: Any) -> TaskSpec:
    """What an environment is made from.

    Args:
      id: of a task.
      **options: of its family, e.g. ``scene``, ``variation``, ``control``.

    Raises:
      ValueError: an unknown id, or an unknown value of an option; names the known ones.
      TypeError: an unknown option.
    """
    return find_task(id).spec(**options)
