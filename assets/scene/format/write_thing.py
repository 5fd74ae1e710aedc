"""Writes things as ``habilis.assets.scene.format.read_thing`` reads them; defaults are left out."""

from __future__ import annotations

import dataclasses
from typing import Any

from habilis.assets.scene.format.yaml_lines import Inline, angles, changed, plain
from habilis.assets.scene.links import Joint, Link
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Thing
from habilis.assets.scenes import COLORS
from habilis.assets.tools.registry import SIZES, make_tool
from habilis.assets.tools.spec import ArticulatedTool

_KEYS = (
    "mass", "friction", "rolling", "fixed", "sunk", "tool", "surface", "magnetic",
    "fragile",
)  # fmt: skip


def thing_data(entity: Thing) -> dict[str, Any]:
    """The thing as plain data."""
    out: dict[str, Any] = {"pos": plain(entity.pos)}
    if entity.grains is not None:
        grains = entity.grains
        out["grains"] = Inline(count=grains.count, size=grains.size, mass=grains.mass)
        out["grains"] |= changed(grains, ("region", "within"))
    if entity.yaw:
        out |= {k: v[0] for k, v in angles("yaw", [entity.yaw]).items()}
    if any(entity.tilt):
        out |= angles("tilt", entity.tilt)
    out |= changed(entity, (*_KEYS, "strays", "note"))
    if entity.grains is not None:
        del out["mass"]  # theirs
        out["rolling"] = float(entity.rolling)
        return out | _paint(entity.parts[0])
    if entity.hand_tool is not None:
        return out | tool_data(entity.hand_tool)
    out |= _body_data(entity)
    if entity.tie is not None:
        tie = entity.tie
        out["tie"] = Inline({"to": tie.to, "at": plain(tie.at)})
        out["tie"] |= changed(tie, ("link", "width", "strength"))
    if entity.links:
        out["links"] = [_link_data(link) for link in entity.links]
    only = entity.parts[0]
    plain_one = dataclasses.replace(only, name=entity.name, pos=(0.0, 0.0, 0.0), mass_share=None)
    if len(entity.parts) == 1 and only == plain_one:
        return out | _look_data(only)
    return out | {"parts": [_part_data(part) for part in entity.parts]}


def tool_data(tool: ArticulatedTool) -> dict[str, Any]:
    """A hand tool by its family: of a size if it has all of its parameters, else by these."""
    for size in SIZES:
        if make_tool(tool.kind, size).params == tool.params:
            return {"tool": tool.kind, "size": size}
    return {"tool": tool.kind, "options": Inline({k: float(v) for k, v in tool.params.items()})}


def _link_data(link: Link) -> dict[str, Any]:
    out: dict[str, Any] = {"name": link.name} | changed(link, ("parent", "pos", "mass"))
    if any(link.euler):
        out |= angles("euler", link.euler)
    out |= changed(link, ("magnetic",)) | _body_data(link)
    return out | {"parts": [_part_data(part) for part in link.parts]}


def _body_data(body: Thing | Link) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if body.joint is not None:
        out["joint"] = _joint_data(body.joint)
    if body.breaks is not None:
        out["breaks"] = Inline(parts=list(body.breaks.parts), load=float(body.breaks.load))
        out["breaks"] |= changed(body.breaks, ("hold",))
    if body.frames:
        out["frames"] = Inline({k: plain(v) for k, v in body.frames.items()})
    return out


def _part_data(part: Part) -> Inline:
    return Inline({"name": part.name} | _look_data(part) | changed(part, ("pos", "mass_share")))


def _look_data(part: Part) -> dict[str, Any]:
    out: dict[str, Any] = {"shape": part.shape}
    out |= {"vertices": plain(part.vertices)} if part.vertices else {"size": plain(part.size)}
    if any(part.euler):
        out |= angles("euler", part.euler)
    return out | _paint(part)


def _paint(part: Part) -> dict[str, Any]:
    named = [name for name, rgba in COLORS.items() if rgba == part.rgba]
    out: dict[str, Any] = {"color": named[0]} if named else {"rgba": plain(part.rgba)}
    return out | changed(part, ("gloss", "solid"))


def _joint_data(joint: Joint) -> dict[str, Any]:
    out: dict[str, Any] = {"kind": joint.kind}
    if joint.kind != "ball":
        out["axis"] = plain(joint.axis)
    if joint.range[1] != float("inf"):
        turns = joint.kind != "slide"
        out |= angles("range", joint.range) if turns else {"range": plain(joint.range)}
    more = ("stiffness", "damping", "frictionloss", "pos", "armature", "rest", "backlash", "firm")
    return Inline(out | changed(joint, more))
