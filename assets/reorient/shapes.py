"""Objects to turn in a hand: convex parts, how they are symmetric, and which are held out.

Lengths in mm in the table, in metres everywhere else. The origin is the middle of the box around
the parts or near it; z is the axis of what has one.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Literal

from habilis.assets.names import look_up
from habilis.assets.reorient.symmetry import CONE, CUBIC, NONE, SPINDLE, Symmetry
from habilis.assets.scene.solids.parts import Part, Shape, Vec3
from habilis.assets.scene.things import Thing

Split = Literal["train", "held_out", "thin"]
OBJECT = "object"
PARTS = 3
DENSITY = 400.0  # kg/m^3, of a hollow print; parts that overlap count twice
FRICTION = 0.9
_MM = 1e-3
_EIGHTH, _QUARTER = math.pi / 4, math.pi / 2
_COLOURS = ((0.86, 0.27, 0.22, 1.0), (0.20, 0.47, 0.78, 1.0), (0.93, 0.66, 0.16, 1.0))
_Row = tuple[Shape, tuple[float, ...], Vec3, Vec3]
"""A part: shape, size and pos in mm, euler."""


@dataclasses.dataclass(frozen=True)
class TurnShape:
    """A rigid object of one to ``PARTS`` convex parts.

    Attributes:
      name: key of ``SHAPES``.
      split: ``train``, ``held_out``, or ``thin``: slender tools whose mass is off the middle.
      symmetry: which turns leave it as it is.
      parts: they may overlap.
    """

    name: str
    split: Split
    symmetry: Symmetry
    parts: tuple[Part, ...]

    @property
    def mass(self) -> float:
        """In kg."""
        return DENSITY * sum(part.volume for part in self.parts)

    def as_thing(self, pos: Vec3 = (0.0, 0.0, 0.0)) -> Thing:
        """A free thing of ``PARTS`` parts, of which those not needed hide in the first."""
        hidden = dataclasses.replace(self.parts[0], solid=False, mass_share=0.0)
        parts = [*self.parts, *[hidden] * (PARTS - len(self.parts))]
        named = tuple(dataclasses.replace(p, name=f"part{i}") for i, p in enumerate(parts))
        return Thing(OBJECT, named, pos, mass=self.mass, friction=FRICTION, surface="small")


def make_shape(name: str) -> TurnShape:
    """The shape of that name; ValueError names the known ones."""
    return look_up("shape", name, SHAPES)


def _box(x: float, y: float, z: float, pos: Vec3 = (0, 0, 0), yaw: float = 0.0) -> _Row:
    return "box", (x, y, z), pos, (0.0, 0.0, yaw)


def _drum(wide: float, high: float, pos: Vec3 = (0, 0, 0), turn: Vec3 = (0, 0, 0)) -> _Row:
    return "cylinder", (wide, high), pos, turn


def _rod(wide: float, long: float, pos: Vec3 = (0, 0, 0), turn: Vec3 = (0, 0, 0)) -> _Row:
    return "capsule", (wide, long), pos, turn


def _ball(wide: float, pos: Vec3 = (0, 0, 0)) -> _Row:
    return "sphere", (wide,), pos, (0.0, 0.0, 0.0)


def _prism(n: int, side: float, across: float, high: float) -> tuple[_Row, ...]:
    """A prism of 2 n equal edges as n boxes."""
    return tuple(_box(side, across, high, yaw=math.pi * i / n) for i in range(n))


_X, _Y = (0.0, _QUARTER, 0.0), (_QUARTER, 0.0, 0.0)  # turn z onto x, and onto y
_ROWS: Mapping[Split, Mapping[str, tuple[Symmetry, tuple[_Row, ...]]]] = {
    "train": {
        "cube": (CUBIC, (_box(60, 60, 60),)),
        "brick": (Symmetry(4, flips=True), (_box(52, 52, 72),)),
        "slab": (Symmetry(4, flips=True), (_box(66, 66, 42),)),
        "block": (Symmetry(2, flips=True), (_box(72, 58, 46),)),
        "hexagon": (Symmetry(6, flips=True), _prism(3, 36, 62.35, 56)),
        "drum": (SPINDLE, (_drum(62, 58),)),
        "pill": (SPINDLE, (_rod(50, 24),)),
        "jack": (CUBIC, (_rod(30, 40), _rod(30, 40, turn=_X), _rod(30, 40, turn=_Y))),
        "ell": (NONE, (_box(70, 34, 34, (0, 0, -18)), _box(34, 34, 34, (-18, 0, 16)))),
        "tee": (Symmetry(2), (_box(72, 32, 30, (0, 0, 18)), _box(30, 32, 40, (0, 0, -17)))),
        "snowman": (CONE, (_ball(56, (0, 0, -10)), _ball(42, (0, 0, 22)))),
        "mug": (
            Symmetry(2),
            (_drum(54, 56, (0, 0, -8), _X), _box(24, 16, 22, (0, 0, 28))),
        ),
    },
    "held_out": {
        "die": (CUBIC, (_box(66, 66, 66),)),
        "plank": (Symmetry(2, flips=True), (_box(76, 54, 40),)),
        "star": (Symmetry(8, flips=True), (_box(52, 52, 46), _box(52, 52, 46, yaw=_EIGHTH))),
        "tin": (SPINDLE, (_drum(56, 66),)),
        "bean": (SPINDLE, (_rod(46, 34),)),
        "plus": (Symmetry(4, flips=True), (_box(74, 28, 34), _box(28, 74, 34))),
        "zee": (
            Symmetry(2),
            (
                _box(30, 66, 30),
                _box(26, 28, 30, (24, 19, 0)),
                _box(26, 28, 30, (-24, -19, 0)),
            ),
        ),
        "stair": (NONE, (_box(68, 56, 28, (0, 0, -14)), _box(34, 56, 28, (-17, 0, 13)))),
        "knob": (CONE, (_drum(66, 30, (0, 0, -14)), _drum(38, 34, (0, 0, 16)))),
        "duck": (
            NONE,
            (
                _rod(46, 22, (0, 0, -12), _X),
                _ball(36, (18, 0, 20)),
                _box(18, 16, 12, (36, 0, 18)),
            ),
        ),
        "anvil": (Symmetry(2), (_box(78, 36, 30, (0, 0, 16)), _box(38, 36, 36, (0, 0, -16)))),
        "teapot": (
            NONE,
            (
                _ball(58),
                _box(20, 16, 16, (34, 0, 8)),
                _box(14, 14, 30, (-32, 0, 0)),
            ),
        ),
    },
    "thin": {
        "stick": (SPINDLE, (_rod(22, 90),)),
        "hammer": (
            Symmetry(2),
            (_rod(20, 90, (0, 0, -20)), _box(60, 26, 26, (0, 0, 36))),
        ),
        "screwdriver": (CONE, (_drum(30, 60, (0, 0, -30)), _rod(12, 60, (0, 0, 30)))),
        "spatula": (Symmetry(2), (_rod(18, 80, (0, 0, -30)), _box(48, 8, 56, (0, 0, 40)))),
    },
}  # fmt: skip


def _part(row: _Row, colour: tuple[float, float, float, float]) -> Part:
    shape, size, pos, euler = row
    x, y, z = (p * _MM for p in pos)
    return Part("part", shape, tuple(s * _MM for s in size), (x, y, z), euler, colour)


SHAPES: Mapping[str, TurnShape] = {
    name: TurnShape(
        name, split, symmetry,
        tuple(_part(row, colour) for row, colour in zip(rows, _COLOURS, strict=False)),
    )
    for split, shapes in _ROWS.items()
    for name, (symmetry, rows) in shapes.items()
}  # fmt: skip
"""Every shape by name."""
SPLITS: Mapping[Split, tuple[str, ...]] = {split: tuple(rows) for split, rows in _ROWS.items()}
"""Names of the shapes of each split."""
