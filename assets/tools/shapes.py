"""Primitives that tools are drawn with, and what they are made of."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping

import numpy as np

from habilis.assets.scene.solids.parts import Part, Shape, Vec3
from habilis.assets.tools.spec import Half, ToolPart, Use

Rgba = tuple[float, float, float, float]
Point2 = tuple[float, float]

RING_SIDES = 10
_ALONG: Mapping[str, Vec3] = {
    "x": (0.0, math.pi / 2, 0.0),
    "y": (math.pi / 2, 0.0, 0.0),
    "z": (0.0, 0.0, 0.0),
}


@dataclasses.dataclass(frozen=True)
class Material:
    """Colour (0-1), density relative to the tool's other materials, and gloss (0-1)."""

    rgba: Rgba
    density: float
    gloss: float


# Solid primitives stand for sheet metal and hollow grips, so densities differ less than in life.
MATERIALS: Mapping[str, Material] = {
    "steel": Material((0.70, 0.73, 0.77, 1.0), 2.0, 0.8),
    "dark_steel": Material((0.30, 0.32, 0.36, 1.0), 2.0, 0.6),
    "brass": Material((0.80, 0.62, 0.25, 1.0), 2.0, 0.7),
    "red_grip": Material((0.78, 0.14, 0.13, 1.0), 1.0, 0.2),
    "blue_grip": Material((0.11, 0.32, 0.66, 1.0), 1.0, 0.2),
    "teal_grip": Material((0.05, 0.52, 0.50, 1.0), 1.0, 0.2),
    "orange_grip": Material((0.93, 0.45, 0.08, 1.0), 1.0, 0.3),
    "wood": Material((0.80, 0.62, 0.40, 1.0), 0.6, 0.1),
    "clear": Material((0.75, 0.88, 0.96, 0.35), 1.0, 0.9),
    "white": Material((0.93, 0.94, 0.95, 1.0), 1.0, 0.4),
    "rubber": Material((0.10, 0.10, 0.11, 1.0), 1.0, 0.1),
}


@dataclasses.dataclass(frozen=True)
class Pen:
    """Draws parts of one half, material and use. Lengths in m, in the half's frame."""

    half: Half
    material: str
    use: Use

    def block(self, name: str, low: Vec3, high: Vec3) -> ToolPart:
        """A box between two corners."""
        lo, hi = np.array(low), np.array(high)
        return self._part(name, "box", tuple(hi - lo), tuple((lo + hi) / 2))

    def beam(
        self, name: str, a: Point2, b: Point2, thickness: float, width: float, z: float = 0.0
    ) -> ToolPart:
        """A box whose middle line runs from ``a`` to ``b`` in the plane at ``z``; width along z."""
        d = np.subtract(b, a)
        middle = (*(np.add(a, b) / 2), z)
        size = (float(np.hypot(*d)), thickness, width)
        return self._part(name, "box", size, middle, (0.0, 0.0, math.atan2(d[1], d[0])))

    def rod(self, name: str, a: Vec3, b: Vec3, diameter: float) -> ToolPart:
        """A capsule; its round ends reach half a diameter beyond ``a`` and ``b``."""
        d = np.subtract(b, a)
        euler = (0.0, math.acos(d[2] / np.linalg.norm(d)), math.atan2(d[1], d[0]))
        size = (diameter, float(np.linalg.norm(d)))
        return self._part(name, "capsule", size, tuple(np.add(a, b) / 2), euler)

    def disc(self, name: str, centre: Vec3, axis: str, diameter: float, height: float) -> ToolPart:
        """A cylinder with its axis along ``x``, ``y`` or ``z``."""
        return self._part(name, "cylinder", (diameter, height), centre, _ALONG[axis])

    def ring(self, name: str, centre: Vec3, inner: float, tube: float) -> tuple[ToolPart, ...]:
        """Ten capsules about z: the free radius is ``inner``, at +y, -y and eight more places."""
        radius = (inner + tube / 2) / math.cos(math.pi / RING_SIDES)
        corners = [
            (
                centre[0] + radius * math.cos(2 * math.pi * i / RING_SIDES),
                centre[1] + radius * math.sin(2 * math.pi * i / RING_SIDES),
                centre[2],
            )
            for i in range(RING_SIDES)
        ]
        ends = zip(corners, corners[1:] + corners[:1], strict=True)
        return tuple(self.rod(f"{name}{i}", a, b, tube) for i, (a, b) in enumerate(ends))

    def _part(
        self,
        name: str,
        shape: Shape,
        size: tuple[float, ...],
        pos: tuple[float, ...],
        euler: Vec3 = (0.0, 0.0, 0.0),
    ) -> ToolPart:
        made_of = MATERIALS[self.material]
        x, y, z = (float(v) for v in pos)
        part = Part(
            f"{self.half}_{name}", shape, tuple(float(s) for s in size), (x, y, z), euler,
            made_of.rgba,
        )  # fmt: skip
        part = dataclasses.replace(part, mass_share=part.volume * made_of.density)
        return ToolPart(self.half, part, self.material, self.use)


def ring_radius(inner: float, tube: float) -> float:
    """Outer radius of a ring of ``Pen.ring`` at its corners, m."""
    return (inner + tube / 2) / math.cos(math.pi / RING_SIDES) + tube / 2


def opposite(parts: Iterable[ToolPart], flip_z: bool = False) -> tuple[ToolPart, ...]:
    """The moving half to a base half: its mirror image in y, or turned over about x."""
    out = []
    for p in parts:
        (x, y, z), (roll, pitch, yaw) = p.part.pos, p.part.euler
        part = dataclasses.replace(
            p.part,
            name=p.part.name.replace("base_", "moving_", 1),
            pos=(x, -y, -z if flip_z else z),
            euler=(roll, -pitch, -yaw) if flip_z else (-roll, pitch, -yaw),
        )
        out.append(dataclasses.replace(p, half="moving", part=part))
    return tuple(out)
