"""Scissors: blades that pass each other in z, a ring for the thumb, two for the fingers."""

from __future__ import annotations

import dataclasses

from habilis.assets.tools.family import ForceRange, parameter
from habilis.assets.tools.ringed import RingedFamily
from habilis.assets.tools.shapes import Pen, opposite
from habilis.assets.tools.spec import ToolPart


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scissors(RingedFamily):
    """Attributes, besides those of ringed tools: overlap, by which the closed blades pass each
    other, m."""

    kind = "scissors"
    suite = 2
    force = ForceRange(1.0, 6.0, 10.0)
    misread = (0.11, 0.075)
    sizes = {
        "small": dict(length=0.150, hinge=0.100, ring=0.014, tube=0.005, spring=0.4, mass=0.030),
        "medium": {},
        "large": dict(length=0.190, hinge=0.116, ring=0.0165, spring=0.6, mass=0.065),
    }

    blade: float = parameter(0.0025, 0.001, 0.006)
    overlap: float = parameter(0.0015, 0.0005, 0.004)

    def jaws(self) -> tuple[ToolPart, ...]:
        """Both blades, the base's at z > 0: an edge that passes y = 0 and a sloping back."""
        steel = Pen("base", "steel", "jaw")
        height, end, thick = self.tip_width, self.front, self.blade
        edge = steel.block(
            "edge", (-0.004, -self.overlap, 0.0), (end, 0.25 * height - self.overlap, thick)
        )
        back = steel.beam(
            "back", (-0.004, 0.5 * height), (end - 0.006, 0.0), 0.45 * height, 0.96 * thick,
            thick / 2,
        )  # fmt: skip
        hub = Pen("base", "steel", "frame").disc(
            "hub", (0.0, 0.0, self.blade / 2), "z", 1.2 * height, self.blade
        )
        return edge, back, hub, *opposite((edge, back, hub), flip_z=True)
