"""Scenes as data: what stands on the table, what the robot may do there, and what is wanted.

Lengths in metres, masses in kilograms, forces in newtons, angles in radians. The world frame
has x forward (away from the robot), y left, z up, and z = 0 is the table top.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.names import did_you_mean
from habilis.assets.scene.goal import Goal

if TYPE_CHECKING:
    from habilis.assets.tools.spec import ArticulatedTool

Vec3 = tuple[float, float, float]
Shape = Literal["box", "cylinder", "capsule", "sphere"]
Face = Literal["+x", "-x", "+y", "-y", "+z", "-z"]
ToolUse = Literal["required", "forbidden", "free"]
Hand = Literal["gripper", "held tool"]
"""What an arm handles things with: a parallel gripper, or a hand with an articulated tool in it."""

SHAPE_SIZES: Mapping[str, int] = {"box": 3, "cylinder": 2, "capsule": 2, "sphere": 1}
"""How many full sizes each shape takes: box x y z; cylinder and capsule diameter, length along
their own z (the capsule's without its caps); sphere diameter."""


@dataclasses.dataclass(frozen=True)
class Part:
    """One convex primitive of an entity.

    Attributes:
      name: unique within the entity.
      shape: which primitive.
      size: full sizes in m, as many as ``SHAPE_SIZES`` says.
      pos: centre in the entity's frame, m.
      euler: roll, pitch, yaw (fixed axes x, y, z) in the entity's frame, rad.
      rgba: colour, 0-1.
      mass_share: weight of this part in sharing out the entity's mass; None shares by volume.
    """

    name: str
    shape: Shape
    size: tuple[float, ...]
    pos: Vec3 = (0.0, 0.0, 0.0)
    euler: Vec3 = (0.0, 0.0, 0.0)
    rgba: tuple[float, float, float, float] = (0.6, 0.6, 0.6, 1.0)
    mass_share: float | None = None

    def __post_init__(self) -> None:
        if self.shape not in SHAPE_SIZES:
            raise ValueError(did_you_mean("shape", self.shape, SHAPE_SIZES))
        want = SHAPE_SIZES[self.shape]
        if len(self.size) != want or not all(s > 0 for s in self.size):
            raise ValueError(
                f"part {self.name!r}: a {self.shape} takes {want} positive sizes, got {self.size}"
            )

    @property
    def volume(self) -> float:
        """Volume in m^3."""
        s = self.size
        if self.shape == "box":
            return s[0] * s[1] * s[2]
        if self.shape == "cylinder":
            return math.pi * s[0] ** 2 / 4 * s[1]
        sphere = math.pi * s[0] ** 3 / 6
        return sphere if self.shape == "sphere" else sphere + math.pi * s[0] ** 2 / 4 * s[1]

    def half_extents(self) -> npt.NDArray[np.float64]:
        """Half sizes (3,) of the part's box in its own frame, m."""
        s = self.size
        if self.shape == "box":
            return np.array(s) / 2
        if self.shape == "sphere":
            return np.full(3, s[0] / 2)
        caps = s[0] / 2 if self.shape == "capsule" else 0.0
        return np.array([s[0] / 2, s[0] / 2, s[1] / 2 + caps])

    def reach(self, turn: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Half extents (3,) along the axes of a frame in which its own is turned by (3, 3), m."""
        if self.shape == "box":
            out: npt.NDArray[np.float64] = np.abs(turn) @ self.half_extents()
            return out
        radius, along = self.size[0] / 2, np.abs(turn[:, 2])
        if self.shape == "sphere":
            return np.full(3, radius)
        round_off = (
            np.ones(3) if self.shape == "capsule" else np.sqrt(1 - np.minimum(along, 1) ** 2)
        )
        ends: npt.NDArray[np.float64] = self.size[1] / 2 * along + radius * round_off
        return ends

    def bounds(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Lower and upper corner (3,) of the part's box in the entity's frame, m."""
        half = self.reach(rotation(self.euler))
        centre = np.array(self.pos)
        return centre - half, centre + half


@dataclasses.dataclass(frozen=True)
class Joint:
    """The one joint of an entity that is fixed to the table but for it.

    Attributes:
      kind: slide (m, N/m) or hinge (rad, Nm/rad).
      axis: direction in the entity's frame, unit vector.
      range: lower and upper limit, m or rad; 0 is the pose given in the scene.
      stiffness: spring towards 0.
      damping: viscous, N s/m or Nm s/rad.
      frictionloss: dry friction, N or Nm.
      pos: anchor in the entity's frame, m.
      armature: added inertia, kg or kg m^2.
    """

    kind: Literal["slide", "hinge"]
    axis: Vec3
    range: tuple[float, float]
    stiffness: float = 0.0
    damping: float = 1.0
    frictionloss: float = 0.0
    pos: Vec3 = (0.0, 0.0, 0.0)
    armature: float = 0.0


@dataclasses.dataclass(frozen=True)
class Break:
    """Parts that come off as a body of their own when other objects load them.

    Attributes:
      parts: names of the parts that come off.
      load: contact force in N, between those parts and any other object (not the table, not
        the robot), above which the joint fails; ``inf`` never fails.
      hold: how long the load must last, s.
    """

    parts: tuple[str, ...]
    load: float
    hold: float = 0.04


@dataclasses.dataclass(frozen=True)
class Entity:
    """A thing in the scene: its parts, where it is, what it weighs and how it may move.

    Attributes:
      name: unique in the scene.
      parts: convex primitives.
      pos: origin in the world, m.
      yaw: about world z, rad.
      mass: kg (ignored where fixed without a joint).
      friction: sliding friction coefficient of its surface.
      rolling: rolling friction, m; > 0 also turns on torsional friction.
      fixed: immovable furniture.
      joint: the one joint of an otherwise fixed entity.
      frames: named points in the entity's frame, m. ``grip`` is where a gripper from above
        takes it; without one the centre serves.
      magnetic: faces that carry a magnet.
      breaks: parts that come off under load.
      tool: made to be used on other things (shown in the report; the search does not read it).
      hard: its contacts give as little as the gripper's pads: for small light things under load,
        whose contacts are soft in proportion to their mass.
      strays: shares of a layout's shift in x and y that it takes part in, 0-1.
      sunk: let into the table top like a tray in a groove: it does not touch the table.
      note: a sentence on source or deviation.
    """

    name: str
    parts: tuple[Part, ...]
    pos: Vec3
    yaw: float = 0.0
    mass: float = 0.1
    friction: float = 0.5
    rolling: float = 0.0
    fixed: bool = False
    joint: Joint | None = None
    frames: Mapping[str, Vec3] = dataclasses.field(default_factory=dict)
    magnetic: tuple[Face, ...] = ()
    breaks: Break | None = None
    tool: bool = False
    hard: bool = False
    strays: tuple[float, float] = (1.0, 1.0)
    sunk: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        names = [p.name for p in self.parts]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"{self.name!r} needs parts with names of their own, got {names}")
        if self.fixed and self.joint is not None:
            raise ValueError(f"{self.name!r} is fixed and has a joint: it can be only one of them")
        for part in self.breaks.parts if self.breaks else ():
            self.part(part)
        if self.breaks and not 0 < len(set(self.breaks.parts)) < len(names):
            raise ValueError(f"{self.name!r}: some parts break off and some stay, got {names}")

    @property
    def movable(self) -> bool:
        """Free to move in all six directions."""
        return not self.fixed and self.joint is None

    def bounds(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Corners (3,), (3,) of the box around all parts, in the entity's frame, m."""
        lows, highs = zip(*(p.bounds() for p in self.parts), strict=True)
        return np.min(lows, axis=0), np.max(highs, axis=0)

    def centre(self) -> npt.NDArray[np.float64]:
        """Centre (3,) of that box in the entity's frame, m."""
        low, high = self.bounds()
        return (low + high) / 2

    def size(self) -> npt.NDArray[np.float64]:
        """Full size (3,) of that box, m."""
        low, high = self.bounds()
        return high - low

    def grip(self) -> npt.NDArray[np.float64]:
        """Graspable point (3,) in the entity's frame, m."""
        return np.array(self.frames["grip"]) if "grip" in self.frames else self.centre()

    def part(self, name: str) -> Part:
        """The part of that name; KeyError names the parts there are."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(did_you_mean(f"part of {self.name!r}", name, [p.name for p in self.parts]))


@dataclasses.dataclass(frozen=True)
class Workspace:
    """Box in the world, m, that the tool centre point never leaves."""

    lower: Vec3
    upper: Vec3

    def __post_init__(self) -> None:
        if not all(lo < hi for lo, hi in zip(self.lower, self.upper, strict=True)):
            raise ValueError(f"workspace: lower {self.lower} is not below upper {self.upper}")

    def outside(self, pos: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Signed distance (3,) in m by which ``pos`` lies beyond the box on each axis, else 0."""
        p = np.asarray(pos, float)
        over = np.maximum(p - np.array(self.upper), 0)
        return over + np.minimum(p - np.array(self.lower), 0)


@dataclasses.dataclass(frozen=True)
class Tool:
    """Which tool a task is about, and whether success needs it or forbids it.

    To a magnetic tool belongs whatever else is magnetic: together they are one.
    """

    name: str
    use: ToolUse


@dataclasses.dataclass(frozen=True)
class Scene:
    """Everything a world is compiled from, and what is wanted in it.

    Attributes:
      name: identifier.
      instruction: what the user asks for, in words.
      entities: things on the table, in order.
      workspace: box of the tool centre point.
      goal: predicate over the entities, see ``habilis.assets.scene.goal``.
      robot: which robot, see ``habilis.assets.robots``.
      base: position of its base in the world, m.
      table: lower and upper corner of the table top in x, y, m.
      tool: the tool that counts for success, if any.
      hold: how long the goal must hold, s.
      time_limit: after which an episode is truncated, s.
      notes: sources, errata and deviations, one sentence each.
      held: the articulated tool in the robot's hand; None if it has a gripper. The tool centre
        point is then the middle of the tool's tips, and the aperture the gap between them.
    """

    name: str
    instruction: str
    entities: tuple[Entity, ...]
    workspace: Workspace
    goal: Goal
    robot: str = "fr3"
    base: Vec3 = (-0.25, 0.0, 0.0)
    table: tuple[tuple[float, float], tuple[float, float]] = ((-0.4, -0.7), (1.0, 0.7))
    tool: Tool | None = None
    hold: float = 0.5
    time_limit: float = 40.0
    notes: tuple[str, ...] = ()
    held: ArticulatedTool | None = None

    def __post_init__(self) -> None:
        names = [e.name for e in self.entities]
        repeated = {n for n in names if names.count(n) > 1}
        if repeated:
            raise ValueError(f"scene {self.name!r}: entity names repeat: {sorted(repeated)}")
        for word in self.goal.names():
            self.entity(word)
        if self.tool is not None:
            self.entity(self.tool.name)

    def entity(self, name: str) -> Entity:
        """The entity of that name; KeyError with the names there are."""
        for entity in self.entities:
            if entity.name == name:
                return entity
        raise KeyError(did_you_mean("object", name, [e.name for e in self.entities]))

    @property
    def hand(self) -> Hand:
        """What the arm handles things with."""
        return "gripper" if self.held is None else "held tool"

    def tool_entities(self) -> tuple[Entity, ...]:
        """The tool, and if that is magnetic all other magnetic things; none without a tool."""
        if self.tool is None:
            return ()
        tool = self.entity(self.tool.name)
        joins = [e for e in self.entities if e.magnetic and tool.magnetic and e is not tool]
        return (tool, *joins)

    def replace_entities(self, changed: Iterable[Entity]) -> Scene:
        """A scene in which entities of the same name are replaced by those given."""
        new = {e.name: e for e in changed}
        return dataclasses.replace(self, entities=tuple(new.get(e.name, e) for e in self.entities))


def rotation(euler: Vec3) -> npt.NDArray[np.float64]:
    """Rotation matrix (3, 3) of roll, pitch, yaw about fixed x, y, z, rad."""
    (cr, cp, cy), (sr, sp, sy) = np.cos(euler), np.sin(euler)
    rx = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    ry = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    rz = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    out: npt.NDArray[np.float64] = rz @ ry @ rx
    return out
