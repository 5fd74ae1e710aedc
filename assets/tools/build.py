"""An articulated tool as a thing, and what it is called in a model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import mujoco
import numpy as np

from habilis.assets.scene.links import Joint, Link
from habilis.assets.scene.model.bodies import CollisionBits, add_thing, joints_of
from habilis.assets.scene.solids.parts import (
    Part,
    Vec3,
    angles_of,
)
from habilis.assets.scene.things import Thing
from habilis.assets.tools.shapes import MATERIALS
from habilis.assets.tools.spec import ArticulatedTool, Half, Use

Quat = tuple[float, float, float, float]

IN_HAND = CollisionBits(2, 0)
"""Meets fingers (1, 2), a thumb (1, 3), objects and the table (2, 3), and never the tool itself."""
MOVING = "moving"
"""The link that is the moving half; its opening is the joint value."""


@dataclasses.dataclass(frozen=True)
class ToolNames:
    """Names of what a tool added to a model.

    Attributes:
      bodies: of each half; that of the base is the tool's own name, and that of its free joint.
      joints: whose positions add up to the joint value: the tool joint, then that of the backlash
        in series with it, if there is any.
      geoms: names of the geoms by half and use.
      frames: name of the site of each frame.
      patches: name of the site of each role's patch.
    """

    bodies: Mapping[Half, str]
    joints: tuple[str, ...]
    geoms: Mapping[tuple[Half, Use], tuple[str, ...]]
    frames: Mapping[str, str]
    patches: Mapping[str, str]


def tool_thing(
    tool: ArticulatedTool, name: str = "", pos: Vec3 = (0.0, 0.0, 0.0), yaw: float = 0.0
) -> Thing:
    """The tool as a thing: the base half is its root, the moving half the link ``MOVING``.

    Its frames are those of the tool, the two ends of its working edge, a point a finger under the
    finger's name, and ``grip``. Lying on a table it has
    its z axis, along the width of the handles, upwards.

    Args:
      tool: which.
      name: in the scene; by default its own.
      pos: of the pivot, m.
      yaw: about z, rad.
    """
    return Thing(
        name or tool.name, _parts(tool, "base"), pos, yaw, mass=tool.mass, friction=tool.friction,
        frames=_points(tool, "base"), tool=True, surface="tool", links=(_moving(tool),),
        hand_tool=tool,
    )  # fmt: skip


def build_tool(
    spec: mujoco.MjSpec,
    tool: ArticulatedTool,
    *,
    pos: Vec3 = (0.0, 0.0, 0.0),
    quat: Quat = (1.0, 0.0, 0.0, 0.0),
    free: bool = True,
    bits: CollisionBits = IN_HAND,
) -> ToolNames:
    """Add a tool to a model with a hand; at ``qpos0`` it is at rest, its joint value 0.

    Args:
      spec: to add to.
      tool: what to add, under its name.
      pos: of the tool frame in the world, m.
      quat: of the tool frame in the world.
      free: whether it can move; else it is fixed to the world.
      bits: what it collides with.
    """
    thing = dataclasses.replace(tool_thing(tool, pos=pos), fixed=not free)
    add_thing(spec, thing, bits, quat)
    return tool_names(tool)


def tool_names(tool: ArticulatedTool) -> ToolNames:
    """What the bodies, joints, geoms and sites of the tool's thing are called in a model."""
    bodies: dict[Half, str] = {"base": tool.name, "moving": f"{tool.name}/{MOVING}"}
    geoms: dict[tuple[Half, Use], tuple[str, ...]] = {}
    for p in tool.parts:
        name = f"{bodies[p.half]}/{p.part.name}"
        geoms[p.half, p.use] = (*geoms.get((p.half, p.use), ()), name)
    return ToolNames(
        bodies,
        joints_of(bodies["moving"], _moving(tool).joint),
        geoms,
        {name: f"{bodies[frame.half]}/{name}" for name, frame in tool.frames.items()},
        {patch.role: f"{bodies[patch.half]}/{patch.role}" for patch in tool.patches},
    )


def _moving(tool: ArticulatedTool) -> Link:
    joint, T = tool.joint, tool.T_bm(0.0)
    x, y, z = (float(v) for v in T[:3, 3])
    return Link(
        MOVING, _parts(tool, "moving"), "", (x, y, z), angles_of(T[:3, :3]),
        Joint(
            joint.kind, joint.axis, joint.range, joint.stiffness, joint.damping,
            joint.frictionloss, armature=joint.armature, rest=joint.springref,
            backlash=joint.backlash,
        ),
        frames=_points(tool, "moving"),
    )  # fmt: skip


def _parts(tool: ArticulatedTool, half: Half) -> tuple[Part, ...]:
    return tuple(
        dataclasses.replace(p.part, gloss=MATERIALS[p.material].gloss, solid=p.use != "decor")
        for p in tool.parts
        if p.half == half
    )


def _points(tool: ArticulatedTool, half: Half) -> dict[str, Vec3]:
    points = {name: f.point for name, f in tool.frames.items() if f.half == half}
    points |= {patch.role: patch.point for patch in tool.patches if patch.half == half}
    if half == "base":
        points |= {"edge_start": tool.edge[0], "edge_end": tool.edge[1], "grip": _grip(tool)}
    return points


def _grip(tool: ArticulatedTool) -> Vec3:
    """Where a gripper takes it: between the fingers, or by the pivot if they are behind that.

    Handles that run apart to the rear slip out of a gripper's parallel pads.
    """
    if tool.joint.kind == "hinge" and tool.patches[0].point[0] < 0:
        return tool.frames["pivot"].point
    thumb, *fingers = (tool.to_base(patch.half, patch.point, 0.0) for patch in tool.patches)
    x, y, z = (thumb + np.mean(fingers, axis=0)) / 2
    return float(x), float(y), float(z)
