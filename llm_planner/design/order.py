"""Orders: a tool as a handful of primitive parts, and the thing that is made from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.names import did_you_mean
from habilis.assets.scene.solids.parts import SHAPE_SIZES, Part, Vec3
from habilis.assets.scene.things import Thing

TOOL = "made_tool"
"""What the tool that was ordered is called in its scene."""
GRIP, WORK = "grip", "work"
"""Names of the part that the hand takes, and of the part that works; ``work`` may be both."""
SHAPES = tuple(shape for shape in SHAPE_SIZES if shape != "hull")
IN_FROM_END = 0.03  # m, from the end of a long part that is gripped to where the hand takes it
ROLLING = 0.002  # m, rolling friction of a tool with round parts, which would roll for ever
FINE = 5  # decimals of lengths, m


@dataclasses.dataclass(frozen=True)
class PartMaterial:
    """What a part is made of: density, kg/m^3, and colour, 0-1."""

    density: float
    rgba: tuple[float, float, float, float]


MATERIALS: Mapping[str, PartMaterial] = {
    "balsa": PartMaterial(160.0, (0.93, 0.86, 0.7, 1.0)),
    "wood": PartMaterial(600.0, (0.72, 0.53, 0.34, 1.0)),
    "plastic": PartMaterial(1100.0, (0.2, 0.5, 0.75, 1.0)),
    "aluminium": PartMaterial(2700.0, (0.75, 0.77, 0.8, 1.0)),
    "steel": PartMaterial(7800.0, (0.45, 0.47, 0.5, 1.0)),
}
"""Materials by name."""


@dataclasses.dataclass(frozen=True)
class OrderedPart:
    """One part of an ordered tool, in the tool's frame: x from the grip to the working end, z up.

    Attributes:
      name: unique; ``grip`` and ``work`` have a meaning, see ``ToolOrder``.
      shape: box, cylinder, capsule or sphere.
      size: full sizes in m, see ``SHAPE_SIZES``.
      pos: its centre, m.
      euler: roll, pitch, yaw about fixed axes, rad.
      material: one of ``MATERIALS``.
    """

    name: str
    shape: str
    size: tuple[float, ...]
    pos: Vec3 = (0.0, 0.0, 0.0)
    euler: Vec3 = (0.0, 0.0, 0.0)
    material: str = "wood"

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise ValueError(f"part {self.name!r}: {did_you_mean('shape', self.shape, SHAPES)}")
        if self.material not in MATERIALS:
            known = did_you_mean("material", self.material, MATERIALS)
            raise ValueError(f"part {self.name!r}: {known}")
        self.part()

    def part(self) -> Part:
        """The solid, with the material's colour and its own mass as its share."""
        made, what = MATERIALS[self.material], (self.name, self.shape, self.size)
        plain = Part(*what, self.pos, self.euler, made.rgba)  # type: ignore[arg-type]
        return dataclasses.replace(plain, mass_share=plain.volume * made.density)


@dataclasses.dataclass(frozen=True)
class ToolOrder:
    """A tool to be made: rigid, of one piece.

    The part named ``work`` is what works; the one named ``grip`` is what the hand takes, ``work``
    itself if there is none. Frames are derived from them, see ``thing``.
    """

    parts: tuple[OrderedPart, ...]

    def __post_init__(self) -> None:
        names = [p.name for p in self.parts]
        if WORK not in names:
            got = ", ".join(names) or "none"
            raise ValueError(f"an ordered tool has a part named {WORK!r}, which works; got {got}")
        if len(set(names)) < len(names):
            raise ValueError(f"names of parts repeat: {', '.join(names)}")

    @property
    def solids(self) -> tuple[Part, ...]:
        """Its parts as solids."""
        return tuple(p.part() for p in self.parts)

    @property
    def gripped(self) -> Part:
        """The part that the hand takes."""
        own = {p.name: p for p in self.solids}
        return own.get(GRIP, own[WORK])

    @property
    def volume(self) -> float:
        """m^3; where parts overlap it counts twice, as the mass does."""
        return sum(p.volume for p in self.solids)

    @property
    def mass(self) -> float:
        """kg."""
        return sum(p.mass_share or 0.0 for p in self.solids)

    def frames(self) -> dict[str, Vec3]:
        """Named points in its frame, m, from the geometry.

        ``grip`` is the middle of the part that is taken, of a long one near its end that is
        farthest from ``work``; ``work`` the middle of the working part, ``tip`` that of its far
        face, ``edge`` that of its lower face; ``middle`` that of the box around everything.
        """
        solids = {p.name: p.bounds() for p in self.solids}
        low, high = solids[WORK]
        work, all_low = (low + high) / 2, np.min([b[0] for b in solids.values()], axis=0)
        middle = (all_low + np.max([b[1] for b in solids.values()], axis=0)) / 2
        found = {
            "grip": self._grip(work),
            "work": work,
            "tip": np.array([high[0], work[1], work[2]]),
            "edge": np.array([work[0], work[1], low[2]]),
            "middle": middle,
        }
        return {name: _vec(point) for name, point in found.items()}

    def _grip(self, work: Array) -> Array:
        low, high = self.gripped.bounds()
        point: Array = (low + high) / 2
        spare = float(high[0] - low[0]) / 2 - IN_FROM_END
        if spare > 0 and abs(work[0] - point[0]) > 1e-6:
            point[0] -= np.sign(work[0] - point[0]) * spare
        return point

    def thing(self, x: float, y: float, yaw: float = 0.0, name: str = TOOL) -> Thing:
        """The tool, lying on the table with its grip at (x, y), m, turned by ``yaw``, rad."""
        solids, frames = self.solids, self.frames()
        low = float(min(p.bounds()[0][2] for p in solids))
        c, s = np.cos(yaw), np.sin(yaw)
        gx, gy, _ = frames["grip"]
        pos = _vec(np.array([x - c * gx + s * gy, y - s * gx - c * gy, -low]))
        rolls = 0.0 if all(p.shape == "box" for p in solids) else ROLLING
        return Thing(
            name, solids, pos, round(float(yaw), FINE), round(self.mass, 6), rolling=rolls,
            frames=frames, tool=True,
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """Plain data; ``read_order`` reads it."""
        return {"parts": [dataclasses.asdict(p) for p in self.parts]}


def read_order(data: object, source: str = "order") -> ToolOrder:
    """An order from plain data: ``{"parts": [{"name": ..., "shape": ..., "size": [...]}, ...]}``.

    Raises:
      ValueError: names the source, the part, what was received and what is allowed.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("parts"), (list, tuple)):
        raise ValueError(f"{source}: an order is an object with a list of 'parts', got {data!r}")
    try:
        return ToolOrder(tuple(_read_part(part) for part in data["parts"]))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{source}: {error}") from error


def _read_part(data: object) -> OrderedPart:
    known = {f.name: f for f in dataclasses.fields(OrderedPart)}
    if not isinstance(data, Mapping) or not isinstance(data.get("name"), str):
        raise ValueError(f"a part is an object with a 'name', got {data!r}")
    for key in data:
        if key not in known:
            raise ValueError(f"part {data['name']!r}: {did_you_mean('key', str(key), known)}")
    values = dict(data)
    for key, count in (("size", None), ("pos", 3), ("euler", 3)):
        if key in values:
            values[key] = _numbers(values[key], count, f"part {data['name']!r}: {key!r}")
    if "shape" not in values or "size" not in values:
        raise ValueError(f"part {data['name']!r} needs a 'shape' and a 'size'")
    return OrderedPart(**values)


def _numbers(value: object, count: int | None, what: str) -> tuple[float, ...]:
    good = isinstance(value, (list, tuple)) and all(
        isinstance(v, (int, float)) and not isinstance(v, bool) and np.isfinite(v) for v in value
    )
    if not good or (count is not None and len(value) != count):  # type: ignore[arg-type]
        wanted = "a list of numbers" if count is None else f"{count} numbers"
        raise ValueError(f"{what} must be {wanted}, got {value!r}")
    return tuple(float(v) for v in value)  # type: ignore[attr-defined]


def _vec(v: Array) -> Vec3:
    x, y, z = (round(float(c), FINE) for c in v)
    return x, y, z
