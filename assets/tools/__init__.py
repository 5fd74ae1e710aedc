"""Articulated tools: parametric families, as things and in a model with a hand."""

from habilis.assets.tools.build import ToolNames, build_tool, tool_thing
from habilis.assets.tools.registry import SIZES, TOOLS, make_tool
from habilis.assets.tools.spec import (
    ArticulatedTool,
    Frame,
    GripPatch,
    ToolJoint,
    ToolPart,
)

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
    "tool_thing",
]
