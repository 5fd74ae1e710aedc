"""Reads what a thing and its links have in common: parts, joint, frames, what breaks off."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, cast, get_args

from habilis.assets.scene.format.yaml_lines import VEC, Item, cut, either, is_name
from habilis.assets.scene.links import Break, Face, Joint, JointKind, Tie
from habilis.assets.scene.solids.mesh import MeshError, mesh_parts
from habilis.assets.scene.solids.parts import SHAPE_SIZES, Part, Shape, Vec3
from habilis.assets.scenes import COLORS

ANGLES = "3 numbers [roll, pitch, yaw]"
TURN = ("euler", "euler_deg")
LOOK = ("color", "rgba", "gloss", "solid")
_SHAPE = ("shape", "size", "vertices", "mesh", "scale")
_SHAPE_HELP = f"one of {', '.join(SHAPE_SIZES)}"
_SIZES = {
    "box": "[x, y, z]",
    "cylinder": "[diameter, length]",
    "capsule": "[diameter, length]",
    "sphere": "[diameter]",
}
_SIZE_HELP = f"full sizes in m: {'; '.join(f'{shape} {what}' for shape, what in _SIZES.items())}"
SIZES = 1e-4, 100.0
"""Least and greatest full size of a part, m."""
MASSES = 1e-5, 1e4
"""Least and greatest mass, kg: the least whose inertia MuJoCo takes at the least size, and more."""
STRONGEST = 1e12  # Pa
MOST_CORNERS = 64
BODY = ("joint", "breaks", "frames", "magnetic", "parts", *_SHAPE, *LOOK)
"""Keys of a thing and of a link."""


def read_body(
    name: str, item: Item, got: Mapping[str, Item], look: tuple[str, ...]
) -> dict[str, Any]:
    """What a thing and a link have in common, as fields of both but for the frames.

    Args:
      name: of the only part, where there is one.
      item: the whole.
      got: its keys.
      look: keys of the look that stand beside a shape.
    """
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


def read_frames(item: Item) -> dict[str, dict[str, Vec3]]:
    """Points by link, '' for the root, then by name."""
    out: dict[str, dict[str, Vec3]] = {"": {}}
    for name, point in item.entries("a mapping of name to [x, y, z] in m").items():
        link, _, frame = name.rpartition("/")
        if not is_name(frame) or (link and not is_name(link)):
            raise point.error(f"a name takes letters, digits, underscores, got {cut(name)!r}")
        out.setdefault(link, {})[frame] = point.vec()
    return out


def read_tie(item: Item, links: Collection[str]) -> Tie:
    """What holds a thing with such links to another."""
    needed = {"to": "another object, or object/link", "at": VEC}
    got = item.record(needed, ("link", "width", "strength"), "a mapping")
    extra: dict[str, Any] = {}
    if "width" in got:
        extra["width"] = got["width"].number(above=0.0)
    if "strength" in got:
        extra["strength"] = got["strength"].number(above=0.0, at_most=STRONGEST)
    if "link" in got:
        extra["link"] = got["link"].choice("link of the object", links)
    return Tie(got["to"].text(), got["at"].vec(), **extra)


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
    limits = _range(item, got, kind)
    try:
        return Joint(kind, axis, limits, **extra)
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
    return (low, high) if kind == "slide" else (limits.radians(low), limits.radians(high))


def _parts(
    name: str, item: Item, got: Mapping[str, Item], look: tuple[str, ...]
) -> tuple[Part, ...]:
    if "mesh" in got:
        return _mesh(name, got)
    if "parts" not in got:
        if "shape" not in got:
            raise item.error(f"missing key 'shape' ({_SHAPE_HELP}), or 'parts', or 'mesh'")
        return (_part(name, item, {k: v for k, v in got.items() if k in (*_SHAPE, *look)}),)
    for key in (*_SHAPE, *LOOK, *(TURN if "euler" in look else ())):
        if key in got:
            raise got[key].error(f"an object has either 'parts' or {key!r}; give it to each part")
    out: dict[str, Part] = {}
    for entry in got["parts"].items("a list of parts"):
        needed = {"name": "unique in the object", "shape": _SHAPE_HELP}
        keys = ("size", "vertices", *LOOK, *TURN, "pos", "mass_share")
        fields = entry.record(needed, keys, "a mapping")
        part = _part(fields["name"].name(), entry, fields)
        if part.name in out:
            raise fields["name"].error(f"part name {part.name!r} is taken by an earlier part")
        out[part.name] = part
    if not out:
        raise got["parts"].error("an object needs at least one part")
    weighed = {part.mass_share is None for part in out.values()}
    if len(weighed) > 1:  # shares would be weighed against volumes
        without = next(part.name for part in out.values() if part.mass_share is None)
        raise got["parts"].error(f"mass_share is for all parts or none; {without!r} has none")
    return tuple(out.values())


def _mesh(name: str, got: Mapping[str, Item]) -> tuple[Part, ...]:
    """Parts of a mesh file, which is looked for from the folder of the scene file."""
    for key in ("parts", "shape", "size", "vertices"):
        if key in got:
            raise got[key].error(f"an object has either 'mesh' or {key!r}")
    scale = got["scale"].number(above=0.0) if "scale" in got else 1.0
    path = Path(got["mesh"].source).parent / got["mesh"].text()
    try:
        parts = mesh_parts(name, path, scale)
    except MeshError as e:
        raise got["mesh"].error(str(e)) from e
    return tuple(dataclasses.replace(part, **read_look(got)) for part in parts)


def read_look(got: Mapping[str, Item]) -> dict[str, Any]:
    """Colour and the like, as fields of a part."""
    extra: dict[str, Any] = {}
    if paint := either(got, "color", "rgba"):
        extra["rgba"] = _rgba(paint)
    if "gloss" in got:
        extra["gloss"] = got["gloss"].number(at_least=0.0, at_most=1.0)
    if "solid" in got:
        extra["solid"] = got["solid"].flag()
    return extra


def _part(name: str, item: Item, got: Mapping[str, Item]) -> Part:
    """A part from its fields; ``item`` is what they stand in."""
    shape = cast(Shape, got["shape"].choice("shape", SHAPE_SIZES))
    extra = read_look(got)
    if "pos" in got:
        extra["pos"] = got["pos"].vec()
    if turn := either(got, *TURN):
        extra["euler"] = tuple(turn.radians(a) for a in turn.vec(ANGLES))
    if "mass_share" in got:
        extra["mass_share"] = got["mass_share"].number(above=0.0)
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
        corners = got["vertices"].items("a list of corners [x, y, z]")
        if len(corners) > MOST_CORNERS:
            raise got["vertices"].error(
                f"a hull has at most {MOST_CORNERS} corners, got {len(corners)}"
            )
        return (), tuple(v.vec() for v in corners)
    count = SHAPE_SIZES[shape]
    what = f"the full sizes {_SIZES[shape]} in m for a {shape}"
    return got["size"].numbers(count, what, at_least=SIZES[0], at_most=SIZES[1]), ()


def _rgba(item: Item) -> tuple[float, ...]:
    if item.key.endswith("color"):
        return COLORS[item.choice("color", COLORS)]
    parts = item.items("4 numbers [red, green, blue, alpha] from 0 to 1")
    if len(parts) != 4:
        raise item.error(f"expected 4 numbers [red, green, blue, alpha], got {len(parts)}")
    return tuple(p.number(at_least=0.0, at_most=1.0) for p in parts)
