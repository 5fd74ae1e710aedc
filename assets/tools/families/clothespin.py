"""A large clothespin: uncrossed wooden halves that a coil spring holds shut; squeezing opens it."""

from __future__ import annotations

import dataclasses

from habilis.assets.tools.family import OPEN, ForceRange, HandledFamily, parameter
from habilis.assets.tools.shapes import Pen, opposite
from habilis.assets.tools.spec import ArticulatedTool, ToolPart

COIL = 0.011  # m, diameter of the coil spring
NOSE = 0.020  # m, of the faces that clamp


@dataclasses.dataclass(frozen=True, kw_only=True)
class Clothespin(HandledFamily):
    """Attributes, besides those of handles: width (z) of the jaws."""

    kind = "clothespin"
    suite = 4
    force = ForceRange(0.3, 1.3, -5.0)
    misread = (0.055, 0.04)
    sizes = {
        "small": dict(
            length=0.130, hinge=0.092, handle_thickness=0.008, handle_width=0.014,
            tip_width=0.014, spring=0.4, mass=0.025,
        ),
        "medium": {},
        "large": dict(
            length=0.178, hinge=0.128, handle_thickness=0.011, handle_width=0.020,
            tip_width=0.020, spring=0.6, mass=0.055,
        ),
    }  # fmt: skip

    length: float = parameter(0.160, 0.10, 0.22)
    hinge: float = parameter(0.115, 0.070, 0.16)
    handle_width: float = parameter(0.017, 0.008, 0.030)
    handle_thickness: float = parameter(0.009, 0.005, 0.018)
    tip_width: float = parameter(0.017, 0.006, 0.030)
    spring: float = parameter(0.5, 0.0, 3.0, "Nm/rad")
    mass: float = parameter(0.038, 0.020, 0.120, "kg")

    @property
    def jaw_start(self) -> float:
        """Where the faces that meet begin, from the hinge, m."""
        return self.front - NOSE

    def build(self) -> ArticulatedTool:
        """The tool; ValueError if its parameters do not go together."""
        self.require(
            self.jaw_start > COIL,
            f"jaws of {self.front:.3f} m are too short; make hinge less or length greater",
        )
        base = self._half()
        wire = Pen("base", "steel", "decor")
        coil = wire.disc("coil", (0.0, 0.0, 0.0), "z", COIL, self.handle_width + 0.005)
        joint = self.joint(OPEN, 0.0)
        pads = self.pads(-COIL, -self.hinge, self.angle / 2)
        return self.tool(joint, (*base, coil, *opposite(base)), pads)

    def _half(self) -> tuple[ToolPart, ...]:
        wood, jaw = Pen("base", "wood", "handle"), Pen("base", "wood", "jaw")
        wire = Pen("base", "steel", "decor")
        t, w, lean = self.handle_thickness, self.handle_width, self.angle / 2
        half, face = self.tip_width / 2, 0.009  # m, thickness of the jaws
        inset, leg = half - 0.0005, w / 2 + 0.0015
        return (
            wood.beam(
                "handle", self.along(-0.002, -1.0, lean), self.along(self.hinge, -1.0, lean), t, w
            ),
            jaw.block("back", (-0.004, -face, -inset), (self.jaw_start, -0.0035, inset)),
            jaw.block("nose", (self.jaw_start, -face, -half), (self.front, 0.0, half)),
            wire.rod("wire", (0.0, -0.004, leg), (0.6 * self.front, -face - 0.001, leg), 0.0022),
            wire.rod(
                "lip", (0.6 * self.front, -face - 0.001, -leg),
                (0.6 * self.front, -face - 0.001, leg), 0.0022,
            ),
        )  # fmt: skip
