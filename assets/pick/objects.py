"""Twenty small things to pick: spheres, boxes, cylinders, irregular ones, and which are held out.

Lengths in metres, masses in kilograms, forces in newtons. The frame of an object has z up and its
origin in the middle of the box around it, as it rests on a table.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.names import look_up
from habilis.assets.scene.solids.parts import Part, Shape, Vec3, box_around, rotation
from habilis.assets.scene.things import Thing

Kind = Literal["sphere", "box", "cylinder", "irregular"]

KINDS: tuple[Kind, ...] = ("sphere", "box", "cylinder", "irregular")
OBJECT = "object"
PARTS = 2
FRICTION, ROLLING = 1.0, 0.002
"""Sliding; rolling, m. Without rolling friction round things roll off the table."""
FIT = 0.8  # of a tool's greatest gap: how long a thing may be in any direction across
_WATER, _STEEL = 1000.0, 7800.0  # kg/m^3
_LIGHT = 0.003  # kg: what water would make lighter is made of something denser, at most steel
_LIMIT: Mapping[Kind, float] = {"sphere": 2.0, "box": 3.0, "cylinder": 2.5, "irregular": 2.0}
_COLOURS: Mapping[Kind, tuple[float, float, float, float]] = {
    "sphere": (0.86, 0.27, 0.22, 1.0),
    "box": (0.20, 0.47, 0.78, 1.0),
    "cylinder": (0.93, 0.66, 0.16, 1.0),
    "irregular": (0.36, 0.62, 0.33, 1.0),
}
_ANGLES = np.linspace(0.0, math.pi, 36, endpoint=False)
_MM = 1e-3
_Row = tuple[Shape, tuple[float, ...], Vec3, Vec3]
"""A part: shape, size and pos in mm, euler."""


@dataclasses.dataclass(frozen=True)
class PickObject:
    """A rigid thing of convex parts.

    Attributes:
      name: unique among ``OBJECTS``.
      kind: of its shape.
      parts: one or two; they may overlap.
      fragile: force of one tip above which it counts as crushed, N.
      held_out: not to be trained on.
    """

    name: str
    kind: Kind
    parts: tuple[Part, ...]
    fragile: float
    held_out: bool = False

    @property
    def mass(self) -> float:
        """That of water, kg; below 3 g it is denser, at most as steel. Overlaps count twice."""
        volume = sum(part.volume for part in self.parts)
        return max(_WATER * volume, min(_LIGHT, _STEEL * volume))

    def bounds(self) -> tuple[Array, Array]:
        """Corners (3,), (3,) of the box around all parts, m."""
        lows, highs = zip(*(part.bounds() for part in self.parts), strict=True)
        return np.min(lows, axis=0), np.max(highs, axis=0)

    @property
    def height(self) -> float:
        """Above the table at rest, m."""
        low, high = self.bounds()
        return float(high[2] - low[2])

    def across(self, angle: npt.ArrayLike) -> Array:
        """Extent (...), m, along horizontal directions (...) rad from its x axis."""
        angles = np.asarray(angle, float)
        out = [self._across(float(a)) for a in angles.ravel()]
        return np.array(out).reshape(angles.shape)

    def _across(self, angle: float) -> float:
        turn = rotation((0.0, 0.0, -angle))
        frame = np.eye(4)
        frame[:3, :3] = turn
        low, high = box_around(self.parts, frame)
        return float(high[0] - low[0])

    @property
    def width(self) -> float:
        """Least extent across: the opening that fits, when it is turned the right way, m."""
        return float(self.across(_ANGLES).min())

    @property
    def length(self) -> float:
        """Greatest extent across, m."""
        return float(self.across(_ANGLES).max())

    def as_thing(self, pos: Vec3 = (0.0, 0.0, 0.0)) -> Thing:
        """As it lies on a table: ``PARTS`` parts, of which one not needed hides in another."""
        hidden = dataclasses.replace(self.parts[0], solid=False, mass_share=0.0)
        parts = [*self.parts, *[hidden] * (PARTS - len(self.parts))]
        named = tuple(dataclasses.replace(p, name=f"part{i}") for i, p in enumerate(parts))
        return Thing(
            OBJECT, named, pos, mass=self.mass, friction=FRICTION, rolling=ROLLING,
            surface="small",
        )  # fmt: skip

    def scaled(self, factor: float) -> PickObject:
        """The same thing, all lengths times ``factor``."""
        parts = tuple(
            dataclasses.replace(
                part,
                size=tuple(factor * s for s in part.size),
                pos=(factor * part.pos[0], factor * part.pos[1], factor * part.pos[2]),
            )
            for part in self.parts
        )
        return dataclasses.replace(self, parts=parts)

    def fitted(self, max_gap: float) -> PickObject:
        """The same thing, shrunk if need be to pass between tips ``max_gap`` m apart."""
        return self.scaled(min(1.0, FIT * max_gap / self.length))


def _thing(name: str, kind: Kind, *parts: _Row, held: bool) -> PickObject:
    """Moves the parts to have the origin in the middle."""
    made = tuple(
        Part(
            f"part{i}", shape, tuple(_MM * s for s in size),
            (_MM * pos[0], _MM * pos[1], _MM * pos[2]), euler, _COLOURS[kind],
        )
        for i, (shape, size, pos, euler) in enumerate(parts)
    )  # fmt: skip
    low, high = PickObject(name, kind, made, 0.0).bounds()
    x, y, z = (low + high) / 2
    centred = tuple(
        dataclasses.replace(p, pos=(p.pos[0] - x, p.pos[1] - y, p.pos[2] - z)) for p in made
    )
    return PickObject(name, kind, centred, _LIMIT[kind], held)


_HERE: Vec3 = (0.0, 0.0, 0.0)
_LYING: Vec3 = (0.0, math.pi / 2, 0.0)


def _sphere(diameter: float, *, held: bool = False) -> PickObject:
    part: _Row = ("sphere", (diameter,), _HERE, _HERE)
    return _thing(f"sphere_{diameter:.0f}", "sphere", part, held=held)


def _box(x: float, y: float, z: float, *, held: bool = False) -> PickObject:
    part: _Row = ("box", (x, y, z), _HERE, _HERE)
    return _thing(f"box_{x:.0f}_{y:.0f}_{z:.0f}", "box", part, held=held)


def _cylinder(
    diameter: float, length: float, *, lying: bool = False, held: bool = False
) -> PickObject:
    name = f"{'roller' if lying else 'cylinder'}_{diameter:.0f}_{length:.0f}"
    part: _Row = ("cylinder", (diameter, length), _HERE, _LYING if lying else _HERE)
    return _thing(name, "cylinder", part, held=held)


def _irregular() -> tuple[PickObject, ...]:
    bar: _Row = ("box", (26.0, 9.0, 13.0), _HERE, _HERE)
    across: _Row = ("box", (9.0, 26.0, 13.0), _HERE, _HERE)
    return (
        _thing("cross", "irregular", bar, across, held=False),
        _thing("tee", "irregular", bar,
               ("box", (9.0, 14.0, 13.0), (0.0, 11.0, 0.0), _HERE), held=False),
        _thing("ell", "irregular", bar,
               ("box", (9.0, 15.0, 13.0), (8.5, 11.0, 0.0), _HERE), held=False),
        _thing("peanut", "irregular", ("sphere", (18.0,), (-5.0, 0.0, 9.0), _HERE),
               ("sphere", (14.0,), (7.0, 0.0, 7.0), _HERE), held=True),
        _thing("bolt", "irregular", ("cylinder", (22.0, 7.0), (0.0, 0.0, 3.5), _HERE),
               ("cylinder", (12.0, 17.0), (0.0, 0.0, 15.5), _HERE), held=True),
    )  # fmt: skip


OBJECTS: Mapping[str, PickObject] = {
    thing.name: thing
    for thing in (
        *(_sphere(d) for d in (10, 14, 20, 28)),
        _sphere(24, held=True),
        _box(10, 14, 12),
        _box(20, 20, 20),
        _box(12, 26, 14),
        _box(18, 18, 14, held=True),
        _box(9, 22, 18, held=True),
        _cylinder(14, 20),
        _cylinder(26, 16),
        _cylinder(12, 26, lying=True),
        _cylinder(20, 14, held=True),
        _cylinder(18, 20, lying=True, held=True),
        *_irregular(),
    )
}
"""All twenty, five of each kind, by name."""

HELD_OUT: tuple[str, ...] = tuple(name for name, thing in OBJECTS.items() if thing.held_out)
TRAINED: tuple[str, ...] = tuple(name for name in OBJECTS if name not in HELD_OUT)


def make_object(name: str) -> PickObject:
    """The object of that name; ValueError names those there are."""
    return look_up("object", name, OBJECTS)
