"""Reads things of a scene file: ``docs/scenes.md`` describes the format."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, cast, get_args

from habilis.assets.scene.links import Break, Face, Joint, JointKind, Link
from habilis.assets.scene.parts import SHAPE_SIZES, Part, Shape, Vec3
from habilis.assets.scene.things import Entity, Surface
from habilis.assets.scene.yaml_lines import NAME, VEC, Item, either
from habilis.assets.scenes import COLORS

_ANGLES = "3 numbers [roll, pitch, yaw]"
_TAKEN = ("and", "or", "not", "robot", "table", "world")
_LOOK = ("color", "rgba", "gloss", "solid")
_SHAPE = ("shape", "size", "vertices")
_TURN = ("euler", "euler_deg")
_SHAPE_HELP = f"one of {', '.join(SHAPE_SIZES)}"
_SIZE_HELP = (
    "full sizes in m: box [x, y, z]; cylinder, capsule [diameter, length]; sphere [diameter]"
)
_BODY = ("joint", "breaks", "frames", "magnetic", "parts", *_SHAPE, *_LOOK)
_Read = Callable[[Item], Any]


def read_things(item: Item) -> tuple[Entity, ...]:
    """Reads a mapping of name to thing; SceneFileError names line, key and what is allowed."""
    got = item.entries("a mapping of name to object")
    if not got:
        raise item.error("a scene needs at least one object")
    for name, entry in got.items():
        if not re.fullmatch(NAME, name) or name.lower() in _TAKEN:
            raise entry.error(
                f"an object's name takes letters, digits, underscores, does not start with a digit "
                f"and is none of {', '.join(_TAKEN)}; got {name!r}"
            )
    return tuple(_thing(name, entry) for name, entry in got.items())


_PLAIN: Mapping[str, _Read] = {
    "friction": lambda i: i.number(at_least=0.0),
    "rolling": lambda i: i.number(at_least=0.0),
    "mass": lambda i: i.number(above=0.0),
    "fixed": Item.flag,
    "sunk": Item.flag,
    "tool": Item.flag,
    "hard": Item.flag,
    "surface": lambda i: i.choice("surface", get_args(Surface)),
    "strays": lambda i: _shares(i),
    "note": Item.text,
}
"""Keys of a thing whose value stands for itself."""


def _thing(name: str, item: Item) -> Entity:
    keys = ("yaw", "yaw_deg", *_PLAIN, "links", *_BODY, *_TURN)
    got = item.record({"pos": VEC}, keys, "a mapping")
    extra = {key: read(got[key]) for key, read in _PLAIN.items() if key in got}
    if angle := either(got, "yaw", "yaw_deg"):
        extra["yaw"] = angle.radians(angle.number())
    if "joint" in got and extra.get("fixed"):
        raise got["fixed"].error("its joint fixes an object already: leave out 'fixed'")
    extra |= _body(name, item, got, (*_LOOK, *_TURN))
    frames: dict[str, dict[str, Vec3]] = {"": {}}
    if "frames" in got:
        frames |= _frames(got["frames"])
    if "links" in got:
        extra["links"] = _links(got["links"], frames)
    for link in set(frames) - {"", *(x.name for x in extra.get("links", ()))}:
        raise got["frames"].error(f"a frame is on {link!r}, which is no link of the object")
    return Entity(name, extra.pop("parts"), got["pos"].vec(), **extra, frames=frames[""])


def _links(item: Item, frames: Mapping[str, Mapping[str, Vec3]]) -> tuple[Link, ...]:
    known: list[str] = []
    out = []
    for entry in item.items("a list of links"):
        keys = ("parent", "pos", "mass", *_BODY, *_TURN)
        got = entry.record({"name": "unique in the object"}, keys, "a mapping")
        name = got["name"].name()
        extra: dict[str, Any] = {}
        if name in known:
            raise got["name"].error(f"link name {name!r} is taken by an earlier link")
        if "parent" in got:
            extra["parent"] = got["parent"].choice("link before this one", known)
        if "pos" in got:
            extra["pos"] = got["pos"].vec()
        if turn := either(got, *_TURN):
            extra["euler"] = tuple(turn.radians(a) for a in turn.vec(_ANGLES))
        if "mass" in got:
            extra["mass"] = got["mass"].number(above=0.0)
        own = _frames(got["frames"])[""] if "frames" in got else {}
        extra |= _body(name, entry, got, _LOOK)
        out.append(Link(name, extra.pop("parts"), **extra, frames={**own, **frames.get(name, {})}))
        known.append(name)
    return tuple(out)


def _body(name: str, item: Item, got: Mapping[str, Item], look: tuple[str, ...]) -> dict[str, Any]:
    """What a thing and a link have in common."""
    parts = _parts(name, item, got, look)
    extra: dict[str, Any] = {"parts": parts}
    if "joint" in got:
        extra["joint"] = _joint(got["joint"])
    if "magnetic" in got:
        faces = [f.choice("face", get_args(Face)) for f in got["magnetic"].items("a list of faces")]
        if len(set(faces)) != len(faces):
            raise got["magnetic"].error(f"a face is given twice: {', '.join(faces)}")
        extra["magnetic"] = tuple(faces)
    if "breaks" in got:
        extra["breaks"] = _breaks(got["breaks"], [p.name for p in parts])
    return extra


def _shares(item: Item) -> tuple[float, ...]:
    shares = item.items("2 shares [x, y] of a layout's shift")
    if len(shares) != 2:
        raise item.error(f"expected 2 shares [x, y], got {len(shares)}")
    return tuple(i.number(at_least=0.0, at_most=1.0) for i in shares)


def _frames(item: Item) -> dict[str, dict[str, Vec3]]:
    """Points by link, '' for the root, then by name."""
    out: dict[str, dict[str, Vec3]] = {"": {}}
    for name, point in item.entries("a mapping of name to [x, y, z] in m").items():
        link, _, frame = name.rpartition("/")
        if not re.fullmatch(NAME, frame) or (link and not re.fullmatch(NAME, link)):
            raise point.error(f"a name takes letters, digits, underscores, got {name!r}")
        out.setdefault(link, {})[frame] = point.vec()
    return out


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
    sizes = ("stiffness", "damping", "frictionloss", "armature", "backlash")
    keys = ("range", "range_deg", "rest", "rest_deg", "axis", "pos", "firm", *sizes)
    got = item.record({"kind": "slide, hinge or ball"}, keys, "a mapping")
    kind = cast(JointKind, got["kind"].choice("joint kind", get_args(JointKind)))
    extra: dict[str, Any] = {k: got[k].number(at_least=0.0) for k in sizes if k in got}
    if "pos" in got:
        extra["pos"] = got["pos"].vec()
    if "firm" in got:
        extra["firm"] = got["firm"].flag()
    if rest := either(got, "rest", "rest_deg"):
        extra["rest"] = rest.radians(rest.number())
    axis = (0.0, 0.0, 1.0) if kind == "ball" else _axis(item, got)
    try:
        return Joint(kind, axis, _range(item, got, kind), **extra)
    except ValueError as e:
        raise item.error(str(e)) from e


def _axis(item: Item, got: Mapping[str, Item]) -> Vec3:
    if "axis" not in got:
        raise item.error("missing key 'axis' (direction [x, y, z])")
    return got["axis"].unit()


def _range(item: Item, got: Mapping[str, Item], kind: str) -> tuple[float, float]:
    limits = either(got, "range", "range_deg")
    if limits is None:
        if kind == "ball":
            return 0.0, float("inf")
        raise item.error("missing key 'range' ([low, high], m or rad; hinges also take range_deg)")
    if kind == "slide" and limits is got.get("range_deg"):
        raise limits.error("a slide joint's range is in m: use 'range'")
    low, high = limits.interval("in m" if kind == "slide" else "of the angle")
    if not low <= 0 <= high:
        raise limits.error(
            f"0 is the pose given in the file, so low <= 0 <= high; got {low}, {high}"
        )
    return limits.radians(low), limits.radians(high)


def _parts(
    name: str, item: Item, got: Mapping[str, Item], look: tuple[str, ...]
) -> tuple[Part, ...]:
    if "parts" not in got:
        if "shape" not in got:
            raise item.error(f"missing key 'shape' ({_SHAPE_HELP}), or 'parts' for more than one")
        return (_part(name, item, {k: v for k, v in got.items() if k in (*_SHAPE, *look)}),)
    for key in (*_SHAPE, *_LOOK, *(_TURN if "euler" in look else ())):
        if key in got:
            raise got[key].error(f"an object has either 'parts' or {key!r}; give it to each part")
    out: dict[str, Part] = {}
    for entry in got["parts"].items("a list of parts"):
        needed = {"name": "unique in the object", "shape": _SHAPE_HELP}
        keys = ("size", "vertices", *_LOOK, *_TURN, "pos", "mass_share")
        fields = entry.record(needed, keys, "a mapping")
        part = _part(fields["name"].name(), entry, fields)
        if part.name in out:
            raise fields["name"].error(f"part name {part.name!r} is taken by an earlier part")
        out[part.name] = part
    if not out:
        raise got["parts"].error("an object needs at least one part")
    return tuple(out.values())


def _part(name: str, item: Item, got: Mapping[str, Item]) -> Part:
    """A part from its fields; ``item`` is what they stand in."""
    shape = cast(Shape, got["shape"].choice("shape", SHAPE_SIZES))
    extra: dict[str, Any] = {}
    if "pos" in got:
        extra["pos"] = got["pos"].vec()
    if turn := either(got, *_TURN):
        extra["euler"] = tuple(turn.radians(a) for a in turn.vec(_ANGLES))
    if paint := either(got, "color", "rgba"):
        extra["rgba"] = _rgba(paint)
    if "mass_share" in got:
        extra["mass_share"] = got["mass_share"].number(above=0.0)
    if "gloss" in got:
        extra["gloss"] = got["gloss"].number(at_least=0.0, at_most=1.0)
    if "solid" in got:
        extra["solid"] = got["solid"].flag()
    size, extra["vertices"] = _size(item, got, shape)
    part = Part(name, shape, size, **extra)
    try:
        part.volume  # noqa: B018 - a hull that is none says so here
    except ValueError as e:
        raise got["vertices"].error(str(e)) from e
    return part


def _size(
    item: Item, got: Mapping[str, Item], shape: Shape
) -> tuple[tuple[float, ...], tuple[Vec3, ...]]:
    wanted, other = ("vertices", "size") if shape == "hull" else ("size", "vertices")
    if other in got:
        raise got[other].error(f"a {shape} has {wanted!r} instead")
    if wanted not in got:
        help = _SIZE_HELP if wanted == "size" else "a list of corners [x, y, z] in m"
        raise item.error(f"missing key {wanted!r} ({help})")
    if shape == "hull":
        return (), tuple(v.vec() for v in got["vertices"].items("a list of corners [x, y, z]"))
    count = SHAPE_SIZES[shape]
    return got["size"].numbers(count, f"{count} full sizes in m for a {shape}", above=0.0), ()


def _rgba(item: Item) -> tuple[float, ...]:
    if item.key.endswith("color"):
        return COLORS[item.choice("color", COLORS)]
    parts = item.items("4 numbers [red, green, blue, alpha] from 0 to 1")
    if len(parts) != 4:
        raise item.error(f"expected 4 numbers [red, green, blue, alpha], got {len(parts)}")
    return tuple(p.number(at_least=0.0, at_most=1.0) for p in parts)
