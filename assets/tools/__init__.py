"""Articulated tools: parametric families, and how to add one to a model."""

from habilis.assets.tools.build import CollisionBits, ToolNames, build_tool
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
    "CollisionBits",
    "Frame",
    "GripPatch",
    "ToolJoint",
    "ToolNames",
    "ToolPart",
    "build_tool",
    "make_tool",
]
