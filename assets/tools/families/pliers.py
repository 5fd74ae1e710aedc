"""Pliers: crossed halves, long gripped handles behind the pivot, short stepped jaws ahead."""

from __future__ import annotations

import dataclasses

from habilis.assets.tools.family import OPEN, ForceRange, HandledFamily, parameter
from habilis.assets.tools.shapes import Pen, opposite
from habilis.assets.tools.spec import ArticulatedTool, ToolPart

NECK = 0.014  # m, from the pivot to the grips
SEAM = 0.0005  # m, by which one face stands back from another: else both flicker


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pliers(HandledFamily):
    """Attributes, besides those of handles: width (z) of the jaws at their end."""

    kind = "pliers"
    suite = 3
    force = ForceRange(1.0, 4.0, 8.0)
    misread = (0.025, 0.04)
    sizes = {
        "small": dict(
            length=0.138, hinge=0.100, handle_thickness=0.010, handle_width=0.014,
            tip_width=0.008, spring=0.45, mass=0.045,
        ),
        "medium": {},
        "large": dict(
            length=0.182, hinge=0.132, handle_thickness=0.013, handle_width=0.018,
            tip_width=0.012, spring=0.65, mass=0.090,
        ),
    }  # fmt: skip

    length: float = parameter(0.165, 0.11, 0.22)
    hinge: float = parameter(0.120, 0.075, 0.16)
    handle_width: float = parameter(0.016, 0.008, 0.030)
    handle_thickness: float = parameter(0.012, 0.005, 0.018)
    gap: float = parameter(0.008, 0.002, 0.030)
    tip_width: float = parameter(0.010, 0.004, 0.020)
    spring: float = parameter(0.55, 0.0, 3.0, "Nm/rad")
    drag: float = parameter(0.01, 0.0, 0.1, "Nm")
    backlash: float = parameter(0.004, 0.0, 0.02, "rad")
    mass: float = parameter(0.060, 0.020, 0.120, "kg")

    @property
    def jaw_start(self) -> float:
        """Where the faces that meet begin, from the hinge, m."""
        return 0.012

    def build(self) -> ArticulatedTool:
        """The tool; ValueError if its parameters do not go together."""
        self.require(
            self.front >= 0.025, f"jaws of {self.front:.3f} m are too short; make hinge less"
        )
        base = self._half()
        rivet = Pen("base", "brass", "decor")
        axle = rivet.disc("rivet", (0.0, 0.0, 0.0), "z", 0.008, self.handle_width + 0.003)
        steel = Pen("base", "dark_steel", "frame")
        head = steel.disc("head", (0.0, 0.0, 0.0), "z", 0.024, self.handle_width + 0.001)
        joint = self.joint(OPEN, self.angle)
        pads = self.pads(-NECK, self.handle_thickness / 2 - self.hinge)
        return self.tool(joint, (*base, head, axle, *opposite(base)), pads)

    def _half(self) -> tuple[ToolPart, ...]:
        steel, grip = Pen("base", "dark_steel", "frame"), Pen("base", "red_grip", "handle")
        jaw = Pen("base", "dark_steel", "jaw")
        t, w, tip = self.handle_thickness, self.handle_width, self.tip_width / 2
        start, end = self.along(NECK, -1.0), self.along(self.hinge - t / 2, -1.0)
        step = 0.55 * self.front
        return (
            steel.beam("neck", (0.0, 0.0), (start[0] - 0.004, start[1]), 0.8 * t, 0.9 * w),
            grip.beam("handle", start, end, t, w),
            grip.disc("handle_end", (*end, 0.0), "z", t, w - SEAM),
            jaw.block("jaw", (self.jaw_start, 0.0, -w / 2), (step, 0.012, w / 2)),
            jaw.beam(
                "slant", (step - 0.003, 0.0065), (self.front - 0.002, 0.003), 0.006, 2 * tip - SEAM
            ),
            jaw.block("tip", (step, 0.0, -tip), (self.front, 0.005, tip)),
        )
