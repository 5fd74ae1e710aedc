"""Environments by the id's first part: ``many("TongsPick", 3, objects="all")``."""

from typing import Any

from habilis.envs.tool_env import ToolEnv
from habilis.envs.vector_env import ToolVectorEnv


def one(name: str, **options: Any) -> ToolEnv:
    """One episode of ``habilis/<name>-v0``."""
    return ToolEnv(f"habilis/{name}-v0", **options)


def many(name: str, n: int, **options: Any) -> ToolVectorEnv:
    """N episodes of ``habilis/<name>-v0``."""
    return ToolVectorEnv(f"habilis/{name}-v0", n, **options)
