"""Worlds, tasks and environments. Importing it registers the tasks with Gymnasium.

import gymnasium, habilis.envs

env = gymnasium.make("habilis/ReachMilk-v0")
envs = gymnasium.make_vec("habilis/ReachMilk-v0", num_envs=64)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from habilis.envs.registration import register, register_with_gymnasium

if TYPE_CHECKING:
    from habilis.envs.core import Core
    from habilis.envs.task import TaskSpec
    from habilis.envs.tasks import load_task
    from habilis.envs.terms.term import Term
    from habilis.envs.tool_env import ToolEnv
    from habilis.envs.vector_env import ToolVectorEnv
    from habilis.envs.world.world import World

__all__ = [
    "Core",
    "TaskSpec",
    "Term",
    "ToolEnv",
    "ToolVectorEnv",
    "World",
    "load_task",
    "register",
]

_WHERE = {
    "Core": "core",
    "TaskSpec": "task",
    "Term": "terms.term",
    "ToolEnv": "tool_env",
    "ToolVectorEnv": "vector_env",
    "World": "world.world",
    "load_task": "tasks",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)


register_with_gymnasium()
