"""A syringe: flange between two fingers and the thumb on the plunger; pressed, it empties."""

from __future__ import annotations

import dataclasses
import math

from habilis.assets.tools.family import EDGE_MARGIN, FINGER_PITCH, ForceRange, ToolFamily, parameter
from habilis.assets.tools.shapes import Pen
from habilis.assets.tools.spec import ArticulatedTool, Frame, GripPatch, ToolJoint, ToolPart

FLANGE = 0.004  # m, thickness of the flange
WALL = 0.0015  # m, of the barrel
SEAL = 0.006  # m, thickness of the plunger's seal
NOZZLE = (0.006, 0.012)  # m, diameter, length
PLATE = 0.003  # m, thickness of the thumb plate
COLLAR = (0.016, 0.003)  # m, diameter and thickness of the collar that stops at the flange
ROD = 0.006  # m, diameter
MARKS = 5  # graduations on the barrel
ARMATURE, DAMPING = 0.01, 2.0  # kg, N s/m


@dataclasses.dataclass(frozen=True, kw_only=True)
class Syringe(ToolFamily):
    """A barrel with a flange, and a plunger.

    Attributes:
      mass: kg.
      friction: sliding friction coefficient.
      barrel: outer diameter; a LEAP hand leaves 21 mm between two fingers.
      stroke: travel of the plunger.
      flange_length: along y, over both fingers.
      flange_width: along z.
      plate: diameter of the thumb plate.
      standoff: from the flange to the thumb plate when pressed.
      spring: stiffness of the return spring.
      preload: how far beyond rest the spring is slack.
      drag: dry friction of the seal.
      backlash: free play between rod and seal.
    """

    kind = "syringe"
    suite = 5
    force = ForceRange(1.0, 4.5, 10.0)
    misread = (0.075, 0.055)
    picks = False
    sizes = {
        "small": dict(
            barrel=0.013, stroke=0.020, flange_length=0.064, flange_width=0.020, plate=0.021,
            standoff=0.026, mass=0.028,
        ),
        "medium": {},
        "large": dict(
            barrel=0.018, stroke=0.030, flange_length=0.078, flange_width=0.026, plate=0.026,
            standoff=0.032, spring=100.0, preload=0.014, mass=0.055,
        ),
    }  # fmt: skip

    mass: float = parameter(0.040, 0.020, 0.120, "kg")
    barrel: float = parameter(0.016, 0.010, 0.020)
    stroke: float = parameter(0.025, 0.010, 0.040)
    flange_length: float = parameter(0.072, 0.056, 0.090)
    flange_width: float = parameter(0.024, 0.012, 0.035)
    plate: float = parameter(0.024, 0.014, 0.035)
    standoff: float = parameter(0.030, 0.010, 0.045)
    spring: float = parameter(120.0, 0.0, 600.0, "N/m")
    preload: float = parameter(0.012, 0.0, 0.03)
    drag: float = parameter(0.1, 0.0, 2.0, "N")
    backlash: float = parameter(0.0002, 0.0, 0.002)

    @property
    def front(self) -> float:
        """From the rear face of the flange, the origin, to the end of the barrel, m."""
        return FLANGE + self.stroke + SEAL + 0.020

    def build(self) -> ArticulatedTool:
        """The tool; ValueError if its parameters do not go together."""
        mouth, place = self.front + NOZZLE[1], FINGER_PITCH / 2
        stop = (0.0, 0.0, COLLAR[0] / 2 - 0.001)
        rim = NOZZLE[0] / 2
        inner = self.barrel - 2 * WALL
        span = (0.0, self.flange_length / 2 - EDGE_MARGIN - place)
        self.require(
            self.barrel / 2 + EDGE_MARGIN < place,
            f"barrel {self.barrel} m does not fit between fingers {FINGER_PITCH} m apart",
        )
        joint = ToolJoint(
            "slide", (1.0, 0.0, 0.0), self.stroke, self.stroke, self.spring, -self.preload,
            DAMPING, self.drag, ARMATURE, self.backlash,
        )  # fmt: skip
        pull, push = (-1.0, 0.0, 0.0), (1.0, 0.0, 0.0)
        patches = (
            GripPatch("thumb", "moving", (-self.standoff, 0.0, 0.0), push, (0.0, 1.0, 0.0)),
            GripPatch("index", "base", (FLANGE, -place, 0.0), pull, (0.0, -1.0, 0.0), span),
            GripPatch("middle", "base", (FLANGE, place, 0.0), pull, (0.0, 1.0, 0.0), span),
        )
        frames = {
            "pivot": Frame("base", (0.0, 0.0, 0.0)),
            "tip": Frame("base", (mouth, 0.0, 0.0)),
            "tip_base": Frame("base", stop),
            "tip_moving": Frame("moving", stop),
            "edge": Frame("base", (mouth, 0.0, 0.0)),
        }
        return ArticulatedTool(
            self.kind, self.kind, self.params(), joint, (*self._barrel(), *self._plunger()),
            self.mass, patches, frames, ((mouth, -rim, 0.0), (mouth, rim, 0.0)), self.friction,
            bore=math.pi * inner**2 / 4,
        )  # fmt: skip

    def _barrel(self) -> tuple[ToolPart, ...]:
        clear, white = Pen("base", "clear", "frame"), Pen("base", "white", "handle")
        ink = Pen("base", "rubber", "decor")
        y, z, long = self.flange_length / 2, self.flange_width / 2, self.front - FLANGE
        middle = (FLANGE + long / 2, 0.0, 0.0)
        empty = self.front - WALL
        marks = (
            ink.block(
                f"mark{i}",
                (
                    empty - i * self.stroke / (MARKS - 1) - 0.0003,
                    -self.barrel / 5,
                    0.44 * self.barrel,
                ),
                (empty - i * self.stroke / (MARKS - 1) + 0.0003, self.barrel / 5, self.barrel / 2),
            )
            for i in range(MARKS)
        )
        return (
            white.block("flange", (0.0, -y, -z), (FLANGE, y, z)),
            clear.disc("barrel", middle, "x", self.barrel, long),
            Pen("base", "white", "jaw").disc(
                "nozzle", (self.front + NOZZLE[1] / 2, 0.0, 0.0), "x", *NOZZLE
            ),
            *marks,
        )

    def _plunger(self) -> tuple[ToolPart, ...]:
        rod, inside = Pen("moving", "white", "frame"), Pen("moving", "white", "decor")
        seal, empty = Pen("moving", "rubber", "decor"), self.front - WALL
        behind, bore = self.standoff - PLATE, self.barrel - 2 * WALL
        return (
            Pen("moving", "blue_grip", "handle").disc(
                "plate", (-self.standoff + PLATE / 2, 0.0, 0.0), "x", self.plate, PLATE
            ),
            rod.disc("rod", (-behind / 2, 0.0, 0.0), "x", ROD, behind),
            rod.disc("collar", (-COLLAR[1] / 2, 0.0, 0.0), "x", *COLLAR),
            inside.disc("stem", ((empty - SEAL) / 2, 0.0, 0.0), "x", ROD, empty - SEAL),
            seal.disc("seal", (empty - SEAL / 2, 0.0, 0.0), "x", bore, SEAL),
        )
