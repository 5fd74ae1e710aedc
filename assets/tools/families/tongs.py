"""Tongs: long arms on a round hinge, with soft round paddles."""

from __future__ import annotations

import dataclasses

from habilis.assets.tools.family import CLOSE, ForceRange, HandledFamily, parameter
from habilis.assets.tools.shapes import Pen, opposite
from habilis.assets.tools.spec import ArticulatedTool, ToolPart

NECK = 0.018  # m, from the hinge to the grips


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tongs(HandledFamily):
    """Attributes, besides those of handles: length, diameter and thickness of the paddles."""

    kind = "tongs"
    suite = 1
    force = ForceRange(0.4, 1.8, 5.0)
    misread = (0.02, 0.02)
    hangs = True
    sizes = {
        "small": dict(
            length=0.160, hinge=0.009, handle_width=0.018, handle_thickness=0.009,
            tip_width=0.024, grip_length=0.078, spring=0.5, mass=0.040,
        ),
        "medium": {},
        "large": dict(
            length=0.220, hinge=0.011, handle_width=0.024, handle_thickness=0.012,
            tip_width=0.034, grip_length=0.105, spring=0.7, mass=0.075,
        ),
    }  # fmt: skip

    length: float = parameter(0.190, 0.12, 0.28)
    hinge: float = parameter(0.010, 0.006, 0.02)
    mass: float = parameter(0.055, 0.020, 0.120, "kg")
    grip_length: float = parameter(0.090, 0.055, 0.15)
    tip_width: float = parameter(0.030, 0.018, 0.045)
    tip_thickness: float = parameter(0.005, 0.002, 0.010)

    @property
    def jaw_start(self) -> float:
        """Where the faces that meet begin, from the hinge, m."""
        return self.front - self.tip_width

    def build(self) -> ArticulatedTool:
        """The tool; ValueError if its parameters do not go together."""
        end = NECK + self.grip_length
        self.require(
            end < self.jaw_start,
            f"grip_length {self.grip_length} m reaches the paddles; make length greater",
        )
        base = self._arm(end)
        axle = Pen("base", "dark_steel", "frame")
        width = self.handle_width
        hub = axle.disc("hub", (0.0, 0.0, 0.0), "z", 2 * self.hinge, width + 0.004)
        joint = self.joint(CLOSE, self.angle)
        return self.tool(joint, (*base, hub, *opposite(base)), self.pads(NECK, end))

    def _arm(self, end: float) -> tuple[ToolPart, ...]:
        grip, steel = Pen("base", "orange_grip", "handle"), Pen("base", "steel", "frame")
        pad = Pen("base", "orange_grip", "jaw")
        t, w, tip = self.handle_thickness, self.handle_width, self.tip_thickness
        y = self.gap / 2 + t / 2
        centre = self.front - self.tip_width / 2
        strip = 0.003  # m, of the arms' sheet metal
        return (
            steel.beam("neck", (0.0, -y / 2), (NECK + 0.004, -y), t / 2, 0.8 * w),
            grip.beam("handle", (NECK, -y), (end, -y), t, w),
            steel.beam("arm", (end - 0.004, -y), (centre, -tip), strip, 0.6 * w),
            pad.disc("paddle", (centre, -tip / 2, 0.0), "y", self.tip_width, tip),
        )
