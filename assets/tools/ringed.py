"""What tools with rings for the fingers share: one ring for the thumb, two for fingers."""

from __future__ import annotations

import abc
import dataclasses

from habilis.assets.scene.solids.parts import Vec3
from habilis.assets.tools.family import FINGER_PITCH, OPEN, HingedFamily, parameter
from habilis.assets.tools.shapes import Pen, ring_radius
from habilis.assets.tools.spec import ArticulatedTool, GripPatch, Half, Role, ToolPart


@dataclasses.dataclass(frozen=True, kw_only=True)
class RingedFamily(HingedFamily):
    """Two crossed halves with rings; fingers in them can open the tool as well as close it.

    Attributes, besides those of a hinge:
      ring: free radius of the finger rings; a LEAP fingertip has 10.5 mm.
      tube: diameter of the rings' wire.
      tip_width: height of a jaw or blade at the hinge (y).
      blade: thickness of a jaw or blade (z).
    """

    length: float = parameter(0.168, 0.11, 0.24)
    hinge: float = parameter(0.108, 0.085, 0.15)
    ring: float = parameter(0.0155, 0.012, 0.020)
    tube: float = parameter(0.006, 0.003, 0.010)
    tip_width: float = parameter(0.014, 0.006, 0.020)
    blade: float = parameter(0.0025, 0.001, 0.010)
    spring: float = parameter(0.5, 0.0, 3.0, "Nm/rad")
    drag: float = parameter(0.02, 0.0, 0.1, "Nm")
    backlash: float = parameter(0.004, 0.0, 0.02, "rad")
    mass: float = parameter(0.045, 0.020, 0.120, "kg")

    @property
    def jaw_start(self) -> float:
        """Where the faces that meet begin, from the hinge, m."""
        return 0.006

    @abc.abstractmethod
    def jaws(self) -> tuple[ToolPart, ...]:
        """What is ahead of the hinge, of both halves."""

    def build(self) -> ArticulatedTool:
        """The tool; ValueError if its parameters do not go together."""
        # Half a millimetre keeps the closed rings apart.
        outer = ring_radius(self.ring, self.tube)
        y, rear = outer + 0.0005, self.hinge - outer
        self.require(
            rear - FINGER_PITCH > outer,
            f"rings of {1e3 * outer:.0f} mm do not fit a hinge {1e3 * self.hinge:.0f} mm from "
            "the rear end; make hinge greater",
        )
        thumb = (FINGER_PITCH / 2 - rear, -y, 0.0)
        index, middle = (FINGER_PITCH - rear, y, 0.0), (-rear, y, 0.0)
        parts = (
            *self.jaws(),
            *self._bow("base", "thumb", thumb),
            *self._bow("moving", "index", index),
            *Pen("moving", "blue_grip", "handle").ring("middle", middle, self.ring, self.tube),
            self._bridge(index, middle, outer),
            Pen("base", "brass", "decor").disc(
                "rivet", (0.0, 0.0, 0.0), "z", 0.007, 2 * self.blade + 0.003
            ),
        )
        patches = (
            self._grip("thumb", "base", thumb, 1.0),
            self._grip("index", "moving", index, -1.0),
            self._grip("middle", "moving", middle, -1.0),
        )
        return self.tool(self.joint(OPEN, self.angle), parts, patches)

    def _grip(self, role: Role, half: Half, centre: Vec3, inwards: float) -> GripPatch:
        x, y, z = centre
        return GripPatch(
            role, half, (x, y + inwards * self.ring, z), (0.0, inwards, 0.0), (1.0, 0.0, 0.0),
            bore=2 * self.ring,
        )  # fmt: skip

    def _bow(self, half: Half, name: str, centre: Vec3) -> tuple[ToolPart, ...]:
        """The shank from the hinge, and its ring."""
        grip = Pen(half, "blue_grip", "handle")
        x, y, _ = centre
        reach = (x * x + y * y) ** 0.5
        share = (reach - self.ring - 0.7 * self.tube) / reach
        shank = Pen(half, "blue_grip", "frame").rod(
            "shank", (0.0, 0.0, 0.0), (share * x, share * y, 0.0), 1.2 * self.tube
        )
        return (shank, *grip.ring(name, centre, self.ring, self.tube))

    def _bridge(self, index: Vec3, middle: Vec3, outer: float) -> ToolPart:
        """A bar that joins the two finger rings along their outside."""
        y = index[1] + 0.8 * outer
        frame = Pen("moving", "blue_grip", "frame")
        a, b = (index[0] - 0.5 * outer, y, 0.0), (middle[0] + 0.5 * outer, y, 0.0)
        return frame.rod("bridge", a, b, self.tube)
