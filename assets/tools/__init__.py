"""Articulated tools: parametric families, as things and in a model with a hand.

What builds models is loaded when it is first asked for, so that the kinds of tools can be known
without MuJoCo.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from habilis.assets.tools.registry import SIZES, TOOLS, make_tool
from habilis.assets.tools.spec import (
    ArticulatedTool,
    Frame,
    GripPatch,
    ToolJoint,
    ToolPart,
)

if TYPE_CHECKING:
    from habilis.assets.tools.build import ToolNames, build_tool, tool_names, tool_thing

__all__ = [
    "SIZES",
    "TOOLS",
    "ArticulatedTool",
    "Frame",
    "GripPatch",
    "ToolJoint",
    "ToolNames",
    "ToolPart",
    "build_tool",
    "make_tool",
    "tool_names",
    "tool_thing",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.build"), name)
