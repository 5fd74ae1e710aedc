"""The scanned tools of DexToolBench as things, and what stands on its tables."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.dextool.sequences import GoalSequence
from habilis.assets.scene.solids.mesh import mesh_parts
from habilis.assets.scene.solids.parts import Part, Vec3
from habilis.assets.scene.things import Thing

TOOL = "tool"
"""Name of the tool in its scenes."""
_FRICTION = 0.5
_MOST = 12  # convex parts of a tool
_COLOUR = (0.25, 0.45, 0.62, 1.0)
TABLE_SIZE: Vec3 = (0.475, 0.4, 0.3)
"""Of the benchmark's table, a solid box, m."""


@dataclasses.dataclass(frozen=True)
class Inertial:
    """What a tool's file says of its mass.

    Attributes:
      mass: kg.
      centre: of mass, in the frame of its mesh, m.
      inertia: about that, along its axes, kg m^2.
    """

    mass: float
    centre: Vec3
    inertia: Vec3


def scanned_tool(root: Path, category: str, tool: str) -> tuple[Thing, Inertial | None]:
    """A tool as a thing whose frame is that of its mesh, and its inertia where the file has one.

    The scans are not watertight, so they are closed before they are cut into convex parts. Where
    the file gives a density, mass and inertia are those of the parts: so the benchmark's own
    simulator takes them, and so the weight of the blue brush comes out as its authors weighed it.

    Raises:
      FileNotFoundError: no such tool. MeshError: an extra package is missing.
    """
    folder = root / "assets" / "urdf" / "dextoolbench" / category / tool
    link = ET.parse(folder / f"{tool}.urdf").getroot().find("link")
    assert link is not None
    parts = mesh_parts(tool, folder / f"{tool}.obj", closed=True, most=_MOST)
    parts = tuple(dataclasses.replace(part, rgba=_COLOUR) for part in parts)
    density, given = link.find(".//density"), _inertial(link)
    if given is not None:
        mass = given.mass
    elif density is not None:
        mass = float(density.attrib["value"]) * sum(part.volume for part in parts)
    else:
        raise ValueError(f"{folder}: its file gives neither density nor mass")
    thing = Thing(
        TOOL, parts, (0.0, 0.0, 0.2), mass=mass,
        friction=_FRICTION, surface="tool", tool=True, note=f"DexToolBench, {category}/{tool}.",
    )  # fmt: skip
    return thing, given


def _inertial(link: ET.Element) -> Inertial | None:
    inertial = link.find("inertial")
    if inertial is None or inertial.find("mass") is None:
        return None
    mass, origin, inertia = (inertial.find(name) for name in ("mass", "origin", "inertia"))
    assert mass is not None and origin is not None and inertia is not None
    x, y, z = (float(v) for v in origin.attrib["xyz"].split())
    xx, yy, zz = (float(inertia.attrib[key]) for key in ("ixx", "iyy", "izz"))
    return Inertial(float(mass.attrib["value"]), (x, y, z), (xx, yy, zz))


def dressing(root: Path, sequence: GoalSequence) -> tuple[Thing, ...]:
    """What stands on the table of a sequence: nail, wall, board; fixed boxes.

    Raises:
      FileNotFoundError: there is no such table.
    """
    path = (
        root / "assets" / "urdf" / "dextoolbench" / "environments" / sequence.category
        / sequence.tool / f"{sequence.task}.urdf"
    )  # fmt: skip
    boxes = []
    for shape in ET.parse(path).getroot().iter("collision"):
        box, origin = shape.find("geometry/box"), shape.find("origin")
        assert box is not None and origin is not None
        size, at = (
            np.array([float(v) for v in e.attrib[key].split()])
            for e, key in ((box, "size"), (origin, "xyz"))
        )
        if tuple(size) != TABLE_SIZE:
            boxes.append((size, at - (0.0, 0.0, TABLE_SIZE[2] / 2)))
    return tuple(_box(f"stand_{i}", *box) for i, box in enumerate(boxes))


def _box(name: str, size: Array, at: Array) -> Thing:
    (a, b, c), (x, y, z) = size.tolist(), at.tolist()
    part = Part(name, "box", (a, b, c), rgba=(0.75, 0.74, 0.70, 1.0))
    return Thing(name, (part,), (x, y, z), friction=_FRICTION, fixed=True)
