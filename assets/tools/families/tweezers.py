"""Tweezers: two flat arms joined at the rear, bent in to flat tips."""

from __future__ import annotations

import dataclasses

from habilis.assets.tools.family import CLOSE, ForceRange, HandledFamily, parameter
from habilis.assets.tools.shapes import Pen, opposite
from habilis.assets.tools.spec import ArticulatedTool, ToolPart

SHOULDER = 0.012  # m, over which an arm bends from handle to tip
SKIN = 0.0002  # m, of the coloured grip over the handle
BLOCK = 0.014  # m, of the block at the hinge, ahead of it


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tweezers(HandledFamily):
    """Attributes, besides those of handles: length, width (z), thickness of the flat tips."""

    kind = "tweezers"
    suite = 0
    force = ForceRange(0.4, 1.6, 5.0)
    misread = (0.012, 0.02)
    hangs = True
    sizes = {
        "small": dict(
            length=0.134, handle_width=0.016, handle_thickness=0.008, tip_length=0.026,
            tip_width=0.012, spring=0.45, mass=0.022,
        ),
        "medium": {},
        "large": dict(
            length=0.178, handle_width=0.022, handle_thickness=0.011, tip_length=0.034,
            tip_width=0.016, spring=0.8, mass=0.045,
        ),
    }  # fmt: skip

    tip_length: float = parameter(0.030, 0.010, 0.06)
    tip_width: float = parameter(0.014, 0.004, 0.030)
    tip_thickness: float = parameter(0.004, 0.002, 0.010)

    @property
    def jaw_start(self) -> float:
        """Where the faces that meet begin, from the hinge, m."""
        return self.front - self.tip_length

    def build(self) -> ArticulatedTool:
        """The tool; ValueError if its parameters do not go together."""
        end = self.jaw_start - SHOULDER
        self.require(
            self.handle_thickness + self.gap / 2 > self.tip_thickness,
            f"tip_thickness {self.tip_thickness} m is more than handle_thickness + gap / 2",
        )
        base = self._arm(end)
        half = self.handle_width / 2
        block = Pen("base", "dark_steel", "frame").block(
            "block", (-self.hinge, -self.gap / 2, -half), (BLOCK, self.gap / 2, half)
        )
        joint = self.joint(CLOSE, self.angle)
        return self.tool(joint, (*base, block, *opposite(base)), self.pads(BLOCK, end))

    def _arm(self, end: float) -> tuple[ToolPart, ...]:
        handle, grip = Pen("base", "steel", "handle"), Pen("base", "teal_grip", "decor")
        jaw = Pen("base", "steel", "jaw")
        start, t, w = -self.hinge, self.handle_thickness, self.handle_width
        y, tip = self.gap / 2 + t / 2, self.tip_thickness
        return (
            handle.beam("handle", (start, -y), (end, -y), t, w),
            grip.block(
                "grip", (2 * BLOCK, -y - t / 2 - SKIN, -w / 2 - SKIN),
                (end - BLOCK, -y, w / 2 + SKIN),
            ),
            jaw.beam(
                "shoulder", (end - 0.002, -y), (self.jaw_start + 0.006, -tip / 2 - 0.001),
                min(t, tip + 0.002), (w + self.tip_width) / 2,
            ),
            jaw.block(
                "tip",
                (self.jaw_start, -tip, -self.tip_width / 2),
                (self.front, 0.0, self.tip_width / 2),
            ),
        )  # fmt: skip
