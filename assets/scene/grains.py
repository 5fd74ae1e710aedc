"""Grains: many small spheres that are one thing."""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.solids.parts import Vec3


@dataclasses.dataclass(frozen=True)
class Grains:
    """Spheres that are one thing.

    Attributes:
      count: how many.
      size: diameter, m.
      mass: of one, kg.
      region: full size of the box that they fill from below, around the thing's position, m; None
        where they are in a container.
      within: name of the thing or ``thing/link`` that they are in, or heaped over where it is full.
    """

    count: int
    size: float
    mass: float
    region: Vec3 | None = None
    within: str = ""

    def __post_init__(self) -> None:
        if self.count < 1 or not self.size > 0 or not self.mass > 0:
            raise ValueError(f"grains need a count, a size and a mass above 0, got {self}")
        if (self.region is None) == (not self.within):
            raise ValueError("grains lie either in a region or within something")
