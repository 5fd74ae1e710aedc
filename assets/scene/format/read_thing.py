"""Reads things of a scene file: ``docs/scene_format.md`` describes the format."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, get_args

from habilis.assets.scene.format.read_body import (
    ANGLES,
    BODY,
    LOOK,
    MASSES,
    TURN,
    read_body,
    read_frames,
    read_tie,
)
from habilis.assets.scene.format.read_kinds import GRAIN_KEYS, TOOL_KEYS, read_grains, read_tool
from habilis.assets.scene.format.read_stands import STAND_KEYS, hung, read_stand
from habilis.assets.scene.format.yaml_lines import LONGEST_NAME, VEC, Item, cut, either, is_name
from habilis.assets.scene.links import Link
from habilis.assets.scene.solids.parts import Vec3
from habilis.assets.scene.things import Surface, Thing

MOST_THINGS, MOST_SOLIDS = 300, 1500
"""Objects of a scene, and parts and grains of them all together: two seconds' work to compile."""
_TAKEN = ("and", "or", "not", "robot", "table", "world")
TILT = ("tilt", "tilt_deg")
_Read = Callable[[Item], Any]


def read_things(item: Item) -> tuple[Thing, ...]:
    """Reads a mapping of name to thing; SceneFileError names line, key and what is allowed."""
    got = item.entries("a mapping of name to object")
    if not got:
        raise item.error("a scene needs at least one object")
    if len(got) > MOST_THINGS:
        raise item.error(f"a scene has at most {MOST_THINGS} objects, got {len(got)}")
    for name, entry in got.items():
        if not is_name(name) or name.lower() in _TAKEN:
            raise entry.error(
                f"an object's name takes up to {LONGEST_NAME} letters, digits, underscores, does"
                f" not start with a digit and is none of {', '.join(_TAKEN)}; got {cut(name)!r}"
            )
    stands = {n: e for n, e in got.items() if "stand_for" in e.entries("a mapping")}
    read: dict[str, Thing] = {}
    bodies = 0
    for name, entry in got.items():
        if name not in stands:
            read[name] = thing = _thing(name, entry)
            bodies += _solids(thing)
            if bodies > MOST_SOLIDS:
                raise entry.error(f"a scene has at most {MOST_SOLIDS} parts and grains together")
    for name, entry in stands.items():
        read[name] = stand = _stand(name, entry, read)
        held = entry.entries("a mapping")["stand_for"].text()
        if "pos" not in got[held].entries("a mapping"):
            read[held] = hung(read[held], stand)
    others = [body for thing in read.values() for body, _ in thing.bodies()]
    for name, entry in got.items():
        if (grains := read[name].grains) is not None and grains.within:
            holders = [body for body in others if body != name]
            entry.entries("a mapping")["grains"].entries("a mapping")["within"].choice(
                "object", holders
            )
        if read[name].tie is not None:
            ends = [body for body in others if body.partition("/")[0] != name]
            entry.entries("a mapping")["tie"].entries("a mapping")["to"].choice("object", ends)
        if name not in stands and read[name].hand_tool is not None:
            _check_place(name, entry, stands)
    return tuple(read[name] for name in got)


def _solids(thing: Thing) -> int:
    """How many parts and grains a thing has, by which it costs."""
    grains = thing.grains.count if thing.grains is not None else 0
    return grains + sum(len(body.parts) for _, body in thing.bodies())


def _stand(name: str, item: Item, known: Mapping[str, Thing]) -> Thing:
    got = item.record({"pos": VEC}, ("yaw", "yaw_deg", "strays", "note", *STAND_KEYS), "a mapping")
    return _with_common(read_stand(name, got, known), got)


def _check_place(name: str, item: Item, stands: Mapping[str, Item]) -> None:
    """A hand tool lies somewhere or hangs on a stand."""
    held = [s.entries("a mapping")["stand_for"].text() for s in stands.values()]
    if "pos" not in item.entries("a mapping") and name not in held:
        raise item.error(f"missing key 'pos' ({VEC}), or a stand with 'stand_for: {name}'")


_PLAIN: Mapping[str, _Read] = {
    "friction": lambda i: i.number(at_least=0.0, at_most=100.0),
    "rolling": lambda i: i.number(at_least=0.0, at_most=1.0),
    "mass": lambda i: i.number(at_least=MASSES[0], at_most=MASSES[1]),
    "fixed": Item.flag,
    "sunk": Item.flag,
    "tool": Item.flag,
    "surface": lambda i: i.choice("surface", get_args(Surface)),
    "fragile": lambda i: i.number(above=1.0),
    "strays": lambda i: _shares(i),
    "note": Item.text,
}
"""Keys of a thing whose value stands for itself."""


def _thing(name: str, item: Item) -> Thing:
    given = item.entries("a mapping")
    common = ("yaw", "yaw_deg", *_PLAIN)
    if "grains" in given:
        got = item.record(
            {}, ("pos", *(k for k in common if k != "mass"), *GRAIN_KEYS), "a mapping"
        )
        return _with_common(read_grains(name, got), got)
    if "tool" in given and not given["tool"].is_flag():
        got = item.record({}, ("pos", *common, *TILT, *TOOL_KEYS), "a mapping")
        return _with_common(read_tool(name, got), {k: v for k, v in got.items() if k != "tool"})
    got = item.record({"pos": VEC}, (*common, "links", "tie", *BODY, *TURN, *TILT), "a mapping")
    if "joint" in got and "fixed" in got and got["fixed"].flag():
        raise got["fixed"].error("its joint fixes an object already: leave out 'fixed'")
    extra = read_body(name, item, got, (*LOOK, *TURN))
    frames: dict[str, dict[str, Vec3]] = {"": {}}
    if "frames" in got:
        frames |= read_frames(got["frames"])
    if "links" in got:
        extra["links"] = _links(got["links"], frames)
    if "tie" in got:
        extra["tie"] = read_tie(got["tie"], [x.name for x in extra.get("links", ())])
    for link in set(frames) - {"", *(x.name for x in extra.get("links", ()))}:
        raise got["frames"].error(f"a frame is on {link!r}, which is no link of the object")
    thing = Thing(name, extra.pop("parts"), (0.0, 0.0, 0.0), **extra, frames=frames[""])
    return _with_common(thing, got)


def _pos(item: Item, thing: Thing) -> Vec3:
    """Where a thing is; one with two numbers [x, y] lies on the table."""
    if len(item.items(VEC)) != 2:
        return item.vec()
    x, y = item.numbers(2, "2 numbers [x, y] in m")
    return x, y, float(-thing.bounds()[0][2])


def _with_common(thing: Thing, got: Mapping[str, Item]) -> Thing:
    """The thing with what every kind of thing may say of itself."""
    extra = {key: read(got[key]) for key, read in _PLAIN.items() if key in got}
    if "pos" in got:
        extra["pos"] = _pos(got["pos"], thing)
    if angle := either(got, "yaw", "yaw_deg"):
        extra["yaw"] = angle.radians(angle.number())
    if tilt := either(got, *TILT):
        extra["tilt"] = tuple(tilt.radians(a) for a in tilt.vec(ANGLES))
    return dataclasses.replace(thing, **extra)


def _links(item: Item, frames: Mapping[str, Mapping[str, Vec3]]) -> tuple[Link, ...]:
    known: list[str] = []
    out = []
    for entry in item.items("a list of links"):
        keys = ("parent", "pos", "mass", *BODY, *TURN)
        got = entry.record({"name": "unique in the object"}, keys, "a mapping")
        name = got["name"].name()
        extra: dict[str, Any] = {}
        if name in known:
            raise got["name"].error(f"link name {name!r} is taken by an earlier link")
        if "parent" in got:
            extra["parent"] = got["parent"].choice("link before this one", known)
        if "pos" in got:
            extra["pos"] = got["pos"].vec()
        if turn := either(got, *TURN):
            extra["euler"] = tuple(turn.radians(a) for a in turn.vec(ANGLES))
        if "mass" in got:
            extra["mass"] = got["mass"].number(at_least=MASSES[0], at_most=MASSES[1])
        own = read_frames(got["frames"])[""] if "frames" in got else {}
        extra |= read_body(name, entry, got, LOOK)
        out.append(Link(name, extra.pop("parts"), **extra, frames={**own, **frames.get(name, {})}))
        known.append(name)
    return tuple(out)


def _shares(item: Item) -> tuple[float, ...]:
    shares = item.items("2 shares [x, y] of a layout's shift")
    if len(shares) != 2:
        raise item.error(f"expected 2 shares [x, y], got {len(shares)}")
    return tuple(i.number(at_least=0.0, at_most=1.0) for i in shares)
