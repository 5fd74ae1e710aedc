"""Snips for threads: two sprung arms joined at the rear, with blades that pass each other."""

from __future__ import annotations

import dataclasses

from habilis.assets.tools.family import CLOSE, HandledFamily, parameter
from habilis.assets.tools.shapes import Pen, opposite
from habilis.assets.tools.spec import ArticulatedTool, ToolPart

SHOULDER = 0.012  # m, over which an arm bends from handle to blade
SKIN = 0.0002  # m, of the coloured grip over the handle
BLOCK = 0.014  # m, of the block at the hinge, ahead of it


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snips(HandledFamily):
    """Attributes, besides those of handles: blade_length, blade_width (y), blade (z, thickness of
    one), overlap, by which the closed edges pass each other, and edge, their radius, m."""

    kind = "snips"
    picks = False
    hangs = True
    sizes = {
        "small": dict(
            length=0.136, handle_width=0.016, handle_thickness=0.008, blade_length=0.028,
            spring=0.45, mass=0.022,
        ),
        "medium": {},
        "large": dict(
            length=0.178, handle_width=0.022, handle_thickness=0.011, blade_length=0.036,
            spring=0.8, mass=0.045,
        ),
    }  # fmt: skip

    blade_length: float = parameter(0.032, 0.015, 0.05)
    blade_width: float = parameter(0.007, 0.003, 0.014)
    blade: float = parameter(0.003, 0.001, 0.006)
    overlap: float = parameter(0.0005, 0.0002, 0.002)
    edge: float = parameter(2e-5, 5e-6, 2e-3)

    @property
    def jaw_start(self) -> float:
        """Where the edges begin, from the hinge, m."""
        return self.front - self.blade_length

    def build(self) -> ArticulatedTool:
        """The tool; ValueError if its parameters do not go together."""
        end = self.jaw_start - SHOULDER
        half = self.handle_width / 2
        arm, blade = self._arm(end), self._blade()
        block = Pen("base", "dark_steel", "frame").block(
            "block", (-self.hinge, -self.gap / 2, -half), (BLOCK, self.gap / 2, half)
        )
        parts = (*arm, *blade, block, *opposite(arm), *opposite(blade, flip_z=True))
        made = self.tool(self.joint(CLOSE, self.angle), parts, self.pads(BLOCK, end))
        return dataclasses.replace(made, sharpness=self.edge)

    def _arm(self, end: float) -> tuple[ToolPart, ...]:
        handle, grip = Pen("base", "steel", "handle"), Pen("base", "red_grip", "decor")
        start, t, w = -self.hinge, self.handle_thickness, self.handle_width
        y = self.gap / 2 + t / 2
        return (
            handle.beam("handle", (start, -y), (end, -y), t, w),
            grip.block(
                "grip", (2 * BLOCK, -y - t / 2 - SKIN, -w / 2 - SKIN),
                (end - BLOCK, -y, w / 2 + SKIN),
            ),
            Pen("base", "steel", "jaw").beam(
                "shoulder", (end - 0.002, -y), (self.jaw_start + 0.004, -self.blade_width / 2),
                min(t, self.blade_width), (w + 2 * self.blade) / 2,
            ),
        )  # fmt: skip

    def _blade(self) -> tuple[ToolPart, ...]:
        """That of the base, at z > 0: an edge that passes y = 0, and a tapered back."""
        steel, back = Pen("base", "steel", "jaw"), self.blade_width
        edge = steel.block(
            "edge", (self.jaw_start, -0.5 * back, 0.0), (self.front, self.overlap, self.blade)
        )
        taper = steel.beam(
            "back", (self.jaw_start, -0.7 * back), (self.front - 0.004, -0.4 * back), 0.5 * back,
            0.96 * self.blade, self.blade / 2,
        )  # fmt: skip
        return edge, taper
