"""Twelve families of procedural tools: a handle and a head, drawn at random within ranges.

Ranges and densities are those published for SimToolReal, arXiv 2602.16863. In a tool's frame x is
along the handle towards the head and the origin is in the middle of the handle. Two of the frames
of a tool are ``edge``, the middle of what works, and ``ahead``, a point 0.05 m from there the way
it works.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.dextool.scans import TOOL
from habilis.assets.names import look_up
from habilis.assets.scene.solids.parts import Part, Vec3
from habilis.assets.scene.things import Thing

Range = tuple[float, float]
Solid = Literal["box", "cylinder"]
_LIGHT: Range = (300.0, 600.0)  # kg/m^3
_HEAVY: Range = (800.0, 2000.0)
_AHEAD = 0.05  # m
_FRICTION = 0.5
_WOOD, _STEEL = (0.72, 0.52, 0.31, 1.0), (0.45, 0.50, 0.56, 1.0)


@dataclasses.dataclass(frozen=True)
class Piece:
    """A handle or a head, as ranges.

    Attributes:
      solid: a box, or a cylinder along x, whose thickness in y and z is one.
      length, width, height: along x, y and z, m.
      density: kg/m^3.
    """

    solid: Solid
    length: Range
    width: Range
    height: Range
    density: Range = _LIGHT

    def draw(self, rng: np.random.Generator) -> tuple[Vec3, float]:
        """Full sizes in x, y, z, m, and the density."""
        x, y, z = (float(rng.uniform(*r)) for r in (self.length, self.width, self.height))
        return (x, y, y if self.solid == "cylinder" else z), float(rng.uniform(*self.density))


@dataclasses.dataclass(frozen=True)
class Family:
    """A kind of tool.

    Attributes:
      handle, head: what it is made of; a marker and an eraser are all handle.
      works: the way that it works, a unit vector; its edge is the side of the head, or of the
        handle, that faces there.
    """

    handle: Piece
    head: Piece | None
    works: Vec3


def _cm(solid: Solid, x: Range, y: Range, z: Range | None = None, density: Range = _LIGHT) -> Piece:
    scaled = [(low / 100, high / 100) for low, high in (x, y, z or y)]
    return Piece(solid, scaled[0], scaled[1], scaled[2], density)


_GRIP, _ROD = _cm("box", (15, 30), (2, 4), (1.5, 3)), _cm("cylinder", (15, 30), (2, 4))
_SCREW_BOX = _cm("box", (7, 12), (2, 4), (2, 4), _HEAVY)
_SCREW_ROD = _cm("cylinder", (7, 12), (2, 4), None, _HEAVY)
_SHAFT = _cm("cylinder", (7, 15), (1, 1.5), None, _HEAVY)
_BLADE = _cm("box", (5, 15), (3, 7), (1, 3))
_SHORT_BOX, _SHORT_ROD = _cm("box", (10, 20), (2, 3), (1.5, 3)), _cm("cylinder", (10, 20), (2, 3))
_BRUSH_BOX, _BRUSH_ROD = _cm("box", (5, 20), (2, 4), (2, 4)), _cm("cylinder", (5, 20), (2, 4))
_BRISTLES, _ROLL = _cm("box", (5, 10), (4, 10), (2, 5)), _cm("cylinder", (5, 10), (3, 6))
_FORTH, _SIDE, _DOWN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0)

FAMILIES: Mapping[str, Family] = {
    "hammer": Family(_GRIP, _cm("box", (2, 6), (5, 12), (2, 6), _HEAVY), _SIDE),
    "round_hammer": Family(_ROD, _cm("box", (2, 6), (5, 12), (2, 6), _HEAVY), _SIDE),
    "screwdriver": Family(_SCREW_ROD, _SHAFT, _FORTH),
    "square_screwdriver": Family(_SCREW_BOX, _SHAFT, _FORTH),
    "marker": Family(_cm("cylinder", (7.5, 15), (1.5, 3)), None, _FORTH),
    "spatula": Family(_SHORT_BOX, _BLADE, _FORTH),
    "round_spatula": Family(_SHORT_ROD, _BLADE, _FORTH),
    "eraser": Family(_cm("box", (7, 15), (2, 7), (2, 7)), None, _DOWN),
    "brush": Family(_BRUSH_BOX, _BRISTLES, _DOWN),
    "round_brush": Family(_BRUSH_ROD, _BRISTLES, _DOWN),
    "roller": Family(_BRUSH_ROD, _ROLL, _DOWN),
    "square_roller": Family(_BRUSH_BOX, _ROLL, _DOWN),
}
"""Families by name."""


def draw_tool(family: str, rng: np.random.Generator) -> Thing:
    """A tool of a family, drawn at random.

    Raises:
      ValueError: there is no such family; it names those there are.
    """
    kind = look_up("family of tools", family, FAMILIES)
    size, density = kind.handle.draw(rng)
    parts = [_part("handle", kind.handle, size, 0.0, density, _WOOD)]
    last, middle = size, 0.0
    if kind.head is not None:
        last, density = kind.head.draw(rng)
        middle = (size[0] + last[0]) / 2
        parts.append(_part("head", kind.head, last, middle, density, _STEEL))
    works = np.array(kind.works)
    edge = np.array([middle, 0.0, 0.0]) + works * np.array(last) / 2
    ahead = edge + _AHEAD * works
    return Thing(
        TOOL, tuple(parts), (0.0, 0.0, 0.2), mass=sum(part.mass_share or 0.0 for part in parts),
        friction=_FRICTION, surface="tool", tool=True,
        frames={"edge": _vec(edge), "ahead": _vec(ahead)}, note=f"A procedural {family}.",
    )  # fmt: skip


def _part(
    name: str, piece: Piece, size: Vec3, at: float, density: float,
    colour: tuple[float, float, float, float],
) -> Part:  # fmt: skip
    """A part whose share of the mass is its mass in kg."""
    if piece.solid == "box":
        part = Part(name, "box", size, (at, 0.0, 0.0), rgba=colour)
    else:
        lying = (0.0, np.pi / 2, 0.0)
        part = Part(name, "cylinder", (size[1], size[0]), (at, 0.0, 0.0), lying, rgba=colour)
    return dataclasses.replace(part, mass_share=density * part.volume)


def _vec(point: Array) -> Vec3:
    x, y, z = point.tolist()
    return x, y, z
