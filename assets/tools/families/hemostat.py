"""Hemostat: a surgeon's clamp, rings like those of scissors, long narrow jaws that meet flat."""

from __future__ import annotations

import dataclasses

from habilis.assets.tools.family import parameter
from habilis.assets.tools.ringed import RingedFamily
from habilis.assets.tools.shapes import Pen, opposite
from habilis.assets.tools.spec import ToolPart

SEAM = 0.0004  # m, by which one face stands back from another: else both flicker
NOSE = 0.006  # m, length of the tapered end


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hemostat(RingedFamily):
    """Attributes as of ringed tools."""

    kind = "hemostat"
    sizes = {
        "small": dict(length=0.150, hinge=0.100, ring=0.014, tube=0.005, spring=0.4, mass=0.030),
        "medium": {},
        "large": dict(length=0.186, hinge=0.116, ring=0.0165, spring=0.6, mass=0.060),
    }

    length: float = parameter(0.164, 0.11, 0.24)
    tip_width: float = parameter(0.010, 0.006, 0.020)
    blade: float = parameter(0.006, 0.003, 0.010)

    def jaws(self) -> tuple[ToolPart, ...]:
        """Both jaws: a stem that ends at the plane y = 0, a slope over it, a box lock."""
        steel, lock = Pen("base", "steel", "jaw"), Pen("base", "dark_steel", "frame")
        height, end, half = self.tip_width / 2, self.front, self.blade / 2
        stem = steel.block("stem", (self.jaw_start, 0.0, -half), (end - NOSE, 0.6 * height, half))
        slope = steel.beam(
            "slope", (self.jaw_start, 0.55 * height), (end - NOSE, 0.3 * height), 0.7 * height,
            2 * half - SEAM,
        )  # fmt: skip
        nose = steel.block("nose", (end - NOSE, 0.0, -0.7 * half), (end, 0.4 * height, 0.7 * half))
        box = lock.disc("box", (0.0, 0.0, 0.0), "z", 2.8 * height, self.blade + SEAM)
        return stem, slope, nose, box, *opposite((stem, slope, nose))
