"""Reads things that are described by their kind: hand tools by family, and grains."""

from __future__ import annotations

import dataclasses
from typing import Any

from habilis.assets.scene.format.read_body import LOOK, MASSES, SIZES, read_look
from habilis.assets.scene.format.yaml_lines import VEC, Item
from habilis.assets.scene.grains import Grains
from habilis.assets.scene.solids.parts import Part, Vec3
from habilis.assets.scene.things import Thing
from habilis.assets.tools.build import tool_thing
from habilis.assets.tools.registry import SIZES as SIZES_OF_TOOLS
from habilis.assets.tools.registry import TOOLS, drawn_tool, make_tool

TOOL_KEYS = ("size", "seed", "options")
GRAIN_KEYS = ("grains", *LOOK)
ROLLING = 0.0003  # m, of grains that say nothing else: without any they would roll for ever


def read_tool(name: str, got: dict[str, Item]) -> Thing:
    """A hand tool, ``tool: scissors``, of a named size or drawn by a seed."""
    kind = got["tool"].choice("tool", TOOLS)
    options = got["options"].entries("parameters of the tool") if "options" in got else {}
    changes = {key: item.number() for key, item in options.items()}
    if "seed" in got and "size" in got:
        raise got["seed"].error("a seed draws the size: give 'size' or 'seed', not both")
    seed = int(got["seed"].number(at_least=0.0, at_most=2**53)) if "seed" in got else None
    size = got["size"].choice("size", SIZES_OF_TOOLS) if "size" in got else "medium"
    try:
        if seed is None:
            tool = make_tool(kind, size, **changes)
        else:
            tool = drawn_tool(kind, seed, **changes)
    except ValueError as e:
        raise (got.get("options") or got["tool"]).error(str(e)) from e
    return tool_thing(tool, name)


def read_grains(name: str, got: dict[str, Item]) -> Thing:
    """Many small spheres that are one thing."""
    needed = {"count": "how many", "size": "diameter in m", "mass": "of one, in kg"}
    item = got["grains"]
    keys = item.record(needed, ("region", "within"), "a mapping")
    count = keys["count"].number(at_least=1.0, at_most=1000.0)
    if count != int(count):
        raise keys["count"].error(f"expected a whole number, got {count:g}")
    size = keys["size"].number(at_least=SIZES[0], at_most=SIZES[1])
    mass = keys["mass"].number(at_least=MASSES[0], at_most=MASSES[1])
    region = _region(keys["region"]) if "region" in keys else None
    within = keys["within"].text() if "within" in keys else ""
    if (region is None) == (not within):
        raise item.error("give 'region' (full sizes [x, y, z] in m) or 'within' (an object)")
    if region is not None and "pos" not in got:
        raise item.error(f"missing key 'pos' of the object ({VEC})")
    look: dict[str, Any] = read_look(got)
    part = dataclasses.replace(Part(name, "sphere", (size,)), **look)
    grains = Grains(int(count), size, mass, region, within)
    return Thing(name, (part,), (0.0, 0.0, 0.0), rolling=ROLLING, grains=grains)


def _region(item: Item) -> Vec3:
    what = "3 full sizes [x, y, z] in m"
    x, y, z = item.numbers(3, what, at_least=SIZES[0], at_most=SIZES[1])
    return x, y, z
