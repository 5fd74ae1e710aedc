"""Scene files: reads and writes ``Scene`` as YAML; ``docs/scenes.md`` describes the format.

Lengths in metres, masses in kilograms, forces in newtons; angles in degrees where the key ends
in ``_deg``, else in radians. The shipped scenes lie in ``habilis/assets/scenes``.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from habilis.assets.robots.registry import full_name
from habilis.assets.scene.goal import Goal
from habilis.assets.scene.goal_text import GoalParser, GoalTextError, parse_goal
from habilis.assets.scene.things import (
    SHAPE_SIZES,
    Break,
    Entity,
    Face,
    Joint,
    Part,
    Scene,
    Shape,
    Tool,
    ToolUse,
    Workspace,
)
from habilis.assets.scene.yaml_lines import (
    NAME,
    VEC,
    Inline,
    Item,
    SceneFileError,
    angles,
    changed,
    compose,
    either,
    plain,
    read,
    write,
)
from habilis.assets.scenes import COLORS, scene_path, shipped

__all__ = [
    "COLORS",
    "GoalTextError",
    "SceneFileError",
    "dump_scene",
    "load_scene",
    "parse_goal",
    "parse_scene",
    "scene_path",
    "shipped",
]

_ANGLES = "3 numbers [roll, pitch, yaw]"
_NAME = re.compile(NAME)
_TAKEN = ("and", "or", "not", "robot", "table", "world")
_LOOK = ("shape", "size", "euler", "euler_deg", "color", "rgba")
_SHAPE_HELP = f"one of {', '.join(SHAPE_SIZES)}"
_SIZE_HELP = (
    "full sizes in m: box [x, y, z]; cylinder, capsule [diameter, length]; sphere [diameter]"
)


def load_scene(path: str | Path) -> Scene:
    """Reads a scene file.

    Args:
      path: file in UTF-8; for a scene that comes with the package, ``scene_path(name)``.

    Raises:
      SceneFileError: it cannot be read or is not a scene; names line, key and what is allowed.
    """
    text = read(path, f"shipped scenes: {', '.join(shipped())}")
    return parse_scene(text, str(path))


def parse_scene(text: str, source: str) -> Scene:
    """Reads a scene from YAML text.

    Args:
      text: the YAML.
      source: name of the file, for errors.

    Raises:
      SceneFileError: names line, key and what is allowed.
    """
    whole = compose(text, source)
    needed = {
        "name": "identifier",
        "instruction": "what the user asks for, in words",
        "workspace": "x, y, z: [low, high] of the tool centre point in m",
        "objects": "mapping of name to object",
        "goal": "e.g. held(milk) and lifted(milk, 0.05)",
    }
    optional = ("robot", "table", "tool", "hold", "time_limit", "notes")
    top = whole.record(needed, optional, "a mapping")
    entities = _objects(top["objects"])
    extra: dict[str, Any] = {}
    if "robot" in top:
        extra.update(_robot(top["robot"]))
    if "table" in top:
        extra["table"] = top["table"].corners("xy", "of the table top in m")
    if "tool" in top:
        extra["tool"] = _tool(top["tool"], entities)
    if "hold" in top:
        extra["hold"] = top["hold"].number(at_least=0.0)
    if "time_limit" in top:
        extra["time_limit"] = top["time_limit"].number(above=0.0)
    if "notes" in top:
        extra["notes"] = tuple(i.text() for i in top["notes"].items("a list of sentences"))
    return Scene(
        name=top["name"].name(dashes=True),
        instruction=top["instruction"].text(),
        entities=entities,
        workspace=Workspace(*top["workspace"].corners("xyz", "in m")),
        goal=_goal(top["goal"], entities),
        **extra,
    )


def _robot(item: Item) -> dict[str, Any]:
    if isinstance(item.node, yaml.ScalarNode):
        return {"robot": _robot_name(item)}
    got = item.record({}, ("name", "base"), "a mapping")
    out: dict[str, Any] = {}
    if "name" in got:
        out["robot"] = _robot_name(got["name"])
    if "base" in got:
        out["base"] = got["base"].vec()
    return out


def _robot_name(item: Item) -> str:
    name = item.text()
    try:
        full_name(name)
    except ValueError as e:
        raise item.error(str(e)) from e
    return name


def _tool(item: Item, entities: Iterable[Entity]) -> Tool:
    got = item.record({"name": "an object", "use": " or ".join(get_args(ToolUse))}, (), "a mapping")
    name = got["name"].choice("object", [e.name for e in entities])
    return Tool(name, cast(ToolUse, got["use"].choice("tool use", get_args(ToolUse))))


def _goal(item: Item, entities: Iterable[Entity]) -> Goal:
    by_name = {e.name: e for e in entities}
    try:
        return GoalParser(item.text(), by_name).parse()
    except GoalTextError as e:
        raise item.error(str(e)) from e


def _objects(item: Item) -> tuple[Entity, ...]:
    got = item.entries("a mapping of name to object")
    if not got:
        raise item.error("a scene needs at least one object")
    for name, entry in got.items():
        if not _NAME.fullmatch(name) or name.lower() in _TAKEN:
            raise entry.error(
                f"an object's name takes letters, digits, underscores, does not start with a digit "
                f"and is none of {', '.join(_TAKEN)}; got {name!r}"
            )
    return tuple(_entity(name, entry) for name, entry in got.items())


def _entity(name: str, item: Item) -> Entity:
    keys = ("yaw", "yaw_deg", "mass", "friction", "rolling", "fixed", "sunk", "tool", "hard")
    more = ("magnetic", "strays", "joint", "breaks", "frames", "note", "parts")
    got = item.record({"pos": VEC}, (*keys, *more, *_LOOK), "a mapping")
    extra: dict[str, Any] = {}
    for key in ("friction", "rolling"):
        if key in got:
            extra[key] = got[key].number(at_least=0.0)
    if "mass" in got:
        extra["mass"] = got["mass"].number(above=0.0)
    for key in ("fixed", "sunk", "tool", "hard"):
        if key in got:
            extra[key] = got[key].flag()
    if angle := either(got, "yaw", "yaw_deg"):
        extra["yaw"] = angle.radians(angle.number())
    if "strays" in got:
        shares = got["strays"].items("2 shares [x, y] of a layout's shift")
        if len(shares) != 2:
            raise got["strays"].error(f"expected 2 shares [x, y], got {len(shares)}")
        extra["strays"] = tuple(i.number(at_least=0.0, at_most=1.0) for i in shares)
    if "magnetic" in got:
        faces = [f.choice("face", get_args(Face)) for f in got["magnetic"].items("a list of faces")]
        if len(set(faces)) != len(faces):
            raise got["magnetic"].error(f"a face is given twice: {', '.join(faces)}")
        extra["magnetic"] = tuple(faces)
    if "joint" in got:
        if extra.get("fixed"):
            raise got["fixed"].error("its joint fixes an object already: leave out 'fixed'")
        extra["joint"] = _joint(got["joint"])
    if "frames" in got:
        points = got["frames"].entries("a mapping of name to [x, y, z] in m").items()
        for frame, point in points:
            if not _NAME.fullmatch(frame):
                raise point.error(f"a name takes letters, digits, underscores, got {frame!r}")
        extra["frames"] = {frame: point.vec() for frame, point in points}
    if "note" in got:
        extra["note"] = got["note"].text()
    parts = _parts(name, item, got)
    if "breaks" in got:
        extra["breaks"] = _breaks(got["breaks"], [p.name for p in parts])
    return Entity(name, parts, got["pos"].vec(), **extra)


def _breaks(item: Item, known: Collection[str]) -> Break:
    needed = {"parts": "names of the parts that come off", "load": "force in N, .inf for never"}
    got = item.record(needed, ("hold",), "a mapping")
    loose = tuple(i.choice("part", known) for i in got["parts"].items("a list of part names"))
    if not loose or set(loose) >= set(known) or len(set(loose)) != len(loose):
        raise got["parts"].error(
            f"name at least one part once and leave at least one, got {len(loose)} names; "
            f"the object's parts: {', '.join(known)}"
        )
    load = got["load"].number(above=0.0, finite=False)
    return Break(loose, load, *([got["hold"].number(at_least=0.0)] if "hold" in got else []))


def _joint(item: Item) -> Joint:
    needed = {"kind": "slide or hinge", "axis": "direction [x, y, z]"}
    more = ("range", "range_deg", "stiffness", "damping", "frictionloss", "pos", "armature")
    got = item.record(needed, more, "a mapping")
    kind = got["kind"].choice("joint kind", ("slide", "hinge"))
    limits = either(got, "range", "range_deg")
    if limits is None:
        raise item.error("missing key 'range' ([low, high], m or rad; hinges also take range_deg)")
    if kind == "slide" and limits is got.get("range_deg"):
        raise limits.error("a slide joint's range is in m: use 'range'")
    low, high = limits.interval("in m" if kind == "slide" else "of the angle")
    if not low <= 0 <= high:
        raise limits.error(
            f"0 is the pose given in the file, so low <= 0 <= high; got {low}, {high}"
        )
    extra: dict[str, Any] = {
        k: got[k].number(at_least=0.0) for k in more[2:] if k in got and k != "pos"
    }
    if "pos" in got:
        extra["pos"] = got["pos"].vec()
    span = (limits.radians(low), limits.radians(high))
    return Joint(cast(Any, kind), got["axis"].unit(), span, **extra)


def _parts(name: str, item: Item, got: Mapping[str, Item]) -> tuple[Part, ...]:
    if "parts" not in got:
        for key, meaning in (("shape", _SHAPE_HELP), ("size", _SIZE_HELP)):
            if key not in got:
                raise item.error(f"missing key {key!r} ({meaning}), or 'parts' for more than one")
        return (_part(name, got),)
    for key in _LOOK:
        if key in got:
            raise got[key].error(f"an object has either 'parts' or {key!r}; give it to each part")
    out: dict[str, Part] = {}
    for entry in got["parts"].items("a list of parts"):
        needed = {"name": "unique in the object", "shape": _SHAPE_HELP, "size": _SIZE_HELP}
        fields = entry.record(needed, (*_LOOK[2:], "pos", "mass_share"), "a mapping")
        part = _part(fields["name"].name(), fields, fields.get("pos"))
        if part.name in out:
            raise fields["name"].error(f"part name {part.name!r} is taken by an earlier part")
        out[part.name] = part
    if not out:
        raise got["parts"].error("an object needs at least one part")
    return tuple(out.values())


def _part(name: str, got: Mapping[str, Item], pos: Item | None = None) -> Part:
    shape = got["shape"].choice("shape", SHAPE_SIZES)
    count = SHAPE_SIZES[shape]
    size = got["size"].numbers(count, f"{count} full sizes in m for a {shape}", above=0.0)
    extra: dict[str, Any] = {} if pos is None else {"pos": pos.vec()}
    if turn := either(got, "euler", "euler_deg"):
        extra["euler"] = tuple(turn.radians(a) for a in turn.vec(_ANGLES))
    if paint := either(got, "color", "rgba"):
        extra["rgba"] = _rgba(paint)
    if "mass_share" in got:
        extra["mass_share"] = got["mass_share"].number(above=0.0)
    return Part(name, cast(Shape, shape), size, **extra)


def _rgba(item: Item) -> tuple[float, ...]:
    if item.key.endswith("color"):
        return COLORS[item.choice("color", COLORS)]
    parts = item.items("4 numbers [red, green, blue, alpha] from 0 to 1")
    if len(parts) != 4:
        raise item.error(f"expected 4 numbers [red, green, blue, alpha], got {len(parts)}")
    return tuple(p.number(at_least=0.0, at_most=1.0) for p in parts)


def dump_scene(scene: Scene) -> str:
    """Writes a scene as YAML that ``parse_scene`` reads back equal; defaults are left out.

    Args:
      scene: whose names are identifiers and whose numbers the format allows.

    Raises:
      SceneFileError: it would not read back equal.
    """
    (x0, y0), (x1, y1) = scene.table
    box = zip("xyz", scene.workspace.lower, scene.workspace.upper, strict=True)
    robot = Inline(name=scene.robot, base=plain(scene.base))
    data: dict[str, Any] = {
        "name": scene.name,
        "instruction": scene.instruction,
        "robot": robot,
        "table": Inline(x=plain([x0, x1]), y=plain([y0, y1])),
        "workspace": Inline({axis: plain([lo, hi]) for axis, lo, hi in box}),
        "objects": {e.name: _entity_data(e) for e in scene.entities},
        "goal": str(scene.goal),
    }
    if scene.tool is not None:
        data["tool"] = Inline(dataclasses.asdict(scene.tool))
    data |= changed(scene, ("hold", "time_limit", "notes"))
    text = write(data)
    if parse_scene(text, f"scene {scene.name!r} written") != scene:
        raise SceneFileError(f"scene {scene.name!r} does not read back equal: {scene.goal}")
    return text


def _entity_data(entity: Entity) -> dict[str, Any]:
    out: dict[str, Any] = {"pos": plain(entity.pos)}
    if entity.yaw:
        out |= {k: v[0] for k, v in angles("yaw", [entity.yaw]).items()}
    keys = ("mass", "friction", "rolling", "fixed", "sunk", "tool", "hard", "magnetic", "strays")
    out |= changed(entity, (*keys, "note"))
    if entity.joint is not None:
        out["joint"] = _joint_data(entity.joint)
    if entity.breaks is not None:
        broken = entity.breaks
        out["breaks"] = Inline(parts=list(broken.parts), load=float(broken.load))
        out["breaks"] |= changed(broken, ("hold",))
    if entity.frames:
        out["frames"] = Inline({k: plain(v) for k, v in entity.frames.items()})
    only = entity.parts[0]
    if len(entity.parts) == 1 and only == dataclasses.replace(
        only, name=entity.name, pos=(0.0, 0.0, 0.0), mass_share=None
    ):
        return out | _look_data(only)
    out["parts"] = [
        Inline({"name": p.name} | _look_data(p) | changed(p, ("pos", "mass_share")))
        for p in entity.parts
    ]
    return out


def _look_data(part: Part) -> dict[str, Any]:
    out: dict[str, Any] = {"shape": part.shape, "size": plain(part.size)}
    if any(part.euler):
        out |= angles("euler", part.euler)
    named = [name for name, rgba in COLORS.items() if rgba == part.rgba]
    return out | ({"color": named[0]} if named else {"rgba": plain(part.rgba)})


def _joint_data(joint: Joint) -> dict[str, Any]:
    out: dict[str, Any] = {"kind": joint.kind, "axis": plain(joint.axis)}
    out |= angles("range", joint.range) if joint.kind == "hinge" else {"range": plain(joint.range)}
    more = ("stiffness", "damping", "frictionloss", "pos", "armature")
    return Inline(out | changed(joint, more))
