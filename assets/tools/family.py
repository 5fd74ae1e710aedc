"""What the families of tools share: parameters with ranges, and the two-armed ones' geometry."""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Mapping
from typing import Any, ClassVar

from habilis.assets.tools.spec import (
    ArticulatedTool,
    Frame,
    GripPatch,
    Role,
    ToolJoint,
    ToolPart,
)

FINGER_PITCH = 0.045  # m, between neighbouring fingers of the LEAP hand
TIP_INSET = 0.008  # m, from the end of a jaw to its tip frame
EDGE_MARGIN = 0.004  # m, that a patch keeps from the ends of its handle
ARMATURE, DAMPING = 1e-4, 0.003  # kg m^2, Nm s/rad: of every hinge
CLOSE, OPEN = -1.0, 1.0  # sign of z about which a half at +y, x > 0 turns when squeezed


def parameter(default: float, low: float, high: float, unit: str = "m") -> Any:
    """Declare a parameter of a family: its medium value, and the range that is accepted."""
    return dataclasses.field(default=default, metadata={"range": (low, high), "unit": unit})


@dataclasses.dataclass(frozen=True)
class ForceRange:
    """What hands can do to the pad of a default probe with the stored grasps.

    Attributes:
      low, high: N; goals that at least nine tenths of the grasps reach, in every size, with gravity
        towards the palm and away from it.
      slope: median change of the force with the command, N for a whole stroke; below 0 for a tool
        that squeezing opens, whose spring does the pressing.
    """

    low: float
    high: float
    slope: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class ToolFamily(abc.ABC):
    """Parameters of one kind of tool; ``build`` makes the tool. Defaults are the medium size.

    Every value is checked against its range; ValueError says which is outside and of what.

    Class attributes:
      kind: name of the family.
      sizes: name of a size to the parameters that are not medium.
      picks: whether it is made to take hold of small objects.
      hangs: whether it hangs on a stand, see ``habilis.assets.pick.stand``.
      force: of its tips, in a hand; None where that was not measured.
      suite: its place among the tools that ``ToolsAperture-v0`` draws from and that the point-cloud
        encoder has learned; None for a tool that came later.
      misread: standard deviations over episodes and over steps, shares of the range, of the
        opening that the point-cloud encoder sees. Half a millimetre of tip gap is much of a range
        of 8 to 13 mm.
    """

    kind: ClassVar[str]
    sizes: ClassVar[Mapping[str, Mapping[str, float]]]
    picks: ClassVar[bool] = True
    hangs: ClassVar[bool] = False
    force: ClassVar[ForceRange | None] = None
    suite: ClassVar[int | None] = None
    misread: ClassVar[tuple[float, float]] = (0.05, 0.05)

    mass: float = parameter(0.030, 0.020, 0.120, "kg")
    friction: float = parameter(1.0, 0.1, 2.0, "")

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value, (low, high) = getattr(self, field.name), field.metadata["range"]
            unit = f" {field.metadata['unit']}".rstrip()
            if not low <= value <= high:
                raise ValueError(
                    f"{self.kind}: {field.name} {value}{unit} is outside [{low}, {high}]{unit}"
                )

    @abc.abstractmethod
    def build(self) -> ArticulatedTool:
        """Build the tool.

        Raises:
          ValueError: the parameters do not go together.
        """

    def params(self) -> dict[str, float]:
        """Return all parameters by name, in SI units."""
        return dataclasses.asdict(self)

    def require(self, fits: bool, what: str) -> None:
        """Check a condition on the parameters.

        Raises:
          ValueError: ``fits`` is false; the message is the family's kind and ``what``.
        """
        if not fits:
            raise ValueError(f"{self.kind}: {what}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class HingedFamily(ToolFamily):
    """Two arms on a hinge.

    Attributes:
      mass: kg.
      friction: sliding friction coefficient.
      length: overall, along x.
      hinge: place of the hinge, from the rear end.
      angle: range of the joint.
      spring: stiffness of the return spring.
      preload: how far beyond rest the spring is slack.
      drag: dry friction of the hinge.
      backlash: free play of the hinge.
    """

    length: float = parameter(0.156, 0.10, 0.24)
    hinge: float = parameter(0.006, 0.003, 0.14)
    angle: float = parameter(0.30, 0.10, 0.60, "rad")
    spring: float = parameter(0.6, 0.0, 3.0, "Nm/rad")
    preload: float = parameter(0.15, 0.0, 0.5, "rad")
    drag: float = parameter(0.002, 0.0, 0.1, "Nm")
    backlash: float = parameter(0.0, 0.0, 0.02, "rad")

    @property
    def front(self) -> float:
        """The distance from the hinge to the end of the tips, m."""
        return self.length - self.hinge

    def joint(self, sign: float, closed: float) -> ToolJoint:
        """Return the hinge.

        Args:
          sign: 1 or -1, it turns about z or against it.
          closed: joint value at which the tips meet, rad.
        """
        return ToolJoint(
            "hinge", (0.0, 0.0, sign), self.angle, closed, self.spring, -self.preload, DAMPING,
            self.drag, ARMATURE, self.backlash,
        )  # fmt: skip

    def frames(self) -> dict[str, Frame]:
        """Return the frames of jaws that meet in the plane y = 0."""
        tip = (self.front - TIP_INSET, 0.0, 0.0)
        edge = ((self.front + self.jaw_start) / 2, 0.0, 0.0)
        return {
            "pivot": Frame("base", (0.0, 0.0, 0.0)),
            "tip": Frame("base", tip),
            "tip_base": Frame("base", tip),
            "tip_moving": Frame("moving", tip),
            "edge": Frame("base", edge),
        }

    @property
    @abc.abstractmethod
    def jaw_start(self) -> float:
        """Return where the faces that meet begin, from the hinge, m."""

    def tool(
        self, joint: ToolJoint, parts: tuple[ToolPart, ...], patches: tuple[GripPatch, ...]
    ) -> ArticulatedTool:
        """Return the tool that these parts make up, with the frames of its jaws."""
        ends = ((self.jaw_start, 0.0, 0.0), (self.front, 0.0, 0.0))
        return ArticulatedTool(
            self.kind, self.kind, self.params(), joint, parts, self.mass, patches, self.frames(),
            ends, self.friction,
        )  # fmt: skip


@dataclasses.dataclass(frozen=True, kw_only=True)
class HandledFamily(HingedFamily):
    """Two flat handles, pressed on their outer faces: the thumb on the base half, at -y.

    Attributes:
      handle_width: along z.
      handle_thickness: in the direction of closing.
      gap: between the inner faces of the squeezed handles, beside the hinge.
    """

    handle_width: float = parameter(0.020, 0.008, 0.035)
    handle_thickness: float = parameter(0.010, 0.003, 0.018)
    gap: float = parameter(0.006, 0.002, 0.030)

    def pads(self, start: float, end: float, slope: float = 0.0) -> tuple[GripPatch, ...]:
        """Patches on the outer faces of handles that run from x = ``start`` to ``end``.

        Index and middle sit a finger pitch apart, as far from the hinge as the handle allows,
        the thumb between them, the ring finger behind where there is room.

        Args:
          start: end of the handles that is nearer to the hinge, m along their middle line.
          end: the other end, m; negative where the handles are behind the hinge.
          slope: angle by which each handle leans outwards in the frame of its half, rad.
        """
        side = math.copysign(1.0, end)
        near, far = abs(start) + EDGE_MARGIN, abs(end) - EDGE_MARGIN
        self.require(
            far - near >= FINGER_PITCH,
            f"handles of {1e3 * (abs(end) - abs(start)):.0f} mm are too short for two fingers, "
            f"which need {1e3 * (FINGER_PITCH + 2 * EDGE_MARGIN):.0f} mm; "
            "make length greater, or change hinge",
        )
        # In front of the hinge the index is the far finger, behind it the near one.
        step = -FINGER_PITCH if side > 0 else FINGER_PITCH
        third = far - near >= 2 * FINGER_PITCH
        spare = far - near - (2 if third else 1) * FINGER_PITCH
        # Fingers that have a third behind them leave it the end; else stay clear of both ends.
        index = far - min(spare / 2, 0.012) if side > 0 else near + spare * (1 if third else 0.5)
        places: list[tuple[Role, float]] = [
            ("thumb", index + step / 2), ("index", index), ("middle", index + step),
        ]  # fmt: skip
        if third:
            places.append(("ring", index + 2 * step))
        return tuple(self._pad(role, side, s, (near, far), slope) for role, s in places)

    def _pad(
        self, role: Role, side: float, s: float, reach: tuple[float, float], slope: float
    ) -> GripPatch:
        y = -1.0 if role == "thumb" else 1.0
        c, sn = math.cos(slope), math.sin(slope)
        out = self.gap / 2 + self.handle_thickness
        # (s, out) in the handle's own axes, turned outwards by the slope.
        point = (side * (s * c - out * sn), y * (s * sn + out * c), 0.0)
        span = (reach[0] - s, reach[1] - s) if side > 0 else (s - reach[1], s - reach[0])
        return GripPatch(
            role, "base" if role == "thumb" else "moving", point, (side * sn, -y * c, 0.0),
            (c, side * y * sn, 0.0), span,
        )  # fmt: skip

    def along(self, s: float, side: float, slope: float = 0.0) -> tuple[float, float]:
        """Return the point (x, y), m, of the base handle's middle line that is ``s`` m from the
        hinge.
        """
        out = (self.gap + self.handle_thickness) / 2
        c, sn = math.cos(slope), math.sin(slope)
        return side * (s * c - out * sn), -(s * sn + out * c)
