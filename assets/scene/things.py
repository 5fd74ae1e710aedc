"""Scenes as data: what stands on the table, what the robot may do there, and what is wanted.

Lengths in metres, masses in kilograms, forces in newtons, angles in radians. The world frame
has x forward (away from the robot), y left, z up, and z = 0 is the table top.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.names import did_you_mean
from habilis.assets.scene.goal import Goal
from habilis.assets.scene.grains import Grains
from habilis.assets.scene.links import Break, Face, Joint, Link, Tie, check_parts
from habilis.assets.scene.solids.parts import Part, Vec3, box_around, rotation

if TYPE_CHECKING:
    from habilis.assets.tools.spec import ArticulatedTool

NO_TABLE = ((0.0, 0.0), (0.0, 0.0))
"""The table top of a scene in which a hand alone holds a tool in empty space."""
Surface = Literal["plain", "tool", "small", "stand", "soft", "stiff"]
ToolUse = Literal["required", "forbidden", "free"]

Hand = Literal["gripper", "held tool", "legs"]
"""What a robot handles things with: a gripper, a hand with an articulated tool in it, its legs."""


@dataclasses.dataclass(frozen=True)
class Thing:
    """A thing in the scene: a tree of bodies, where it is, what it weighs and how it may move.

    Its root is a body of its own, with ``parts``; ``links`` hang on it.

    Attributes:
      name: unique in the scene.
      parts: convex solids of the root.
      pos: origin in the world, m.
      yaw: about world z, rad.
      tilt: roll, pitch, yaw about fixed axes by which it is turned before that, rad: how a tool
        hangs that lies on its side otherwise.
      mass: kg, of the root and all links that have none of their own; shared by the parts.
      friction: sliding friction coefficient of its surface.
      rolling: rolling friction, m; > 0 also turns on torsional friction.
      fixed: the root does not move: furniture.
      joint: of the root to the table; without one it is free, unless it is fixed.
      frames: named points in the entity's frame, m. ``grip`` is where a gripper from above
        takes it; without one the centre serves.
      magnetic: faces that carry a magnet.
      breaks: parts that come off under load.
      tool: made to be used on other things (shown in the report; the search does not read it).
      surface: how it meets others; ``tool`` is the skin of hand tools, which turns less in a grip,
        ``small`` of small light things that their tips pick up, ``stand`` of what they hang on,
        ``soft`` of a cushion, into which what falls on it sinks some centimetres, ``stiff`` of one
        that is packed hard.
      strays: shares of a layout's shift in x and y that it takes part in, 0-1.
      sunk: let into the table top like a tray in a groove: it does not touch the table.
      note: a sentence on source or deviation.
      links: what hangs on the root, parents first.
      hand_tool: what it is where it is an articulated tool, so that a hand can take it up and use
        it by its joint.
      grains: where the thing is many small spheres. Its one part then has their look, its mass is
        that of all, and its pose their mean position.
      tie: what holds it, or a link of it, to another thing until it is severed.
      fragile: the hardest knock that it withstands, as a multiple of its weight, which is also the
        acceleration in g that packers rate things by; ``inf`` withstands any.
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
    strays: tuple[float, float] = (1.0, 1.0)
    sunk: bool = False
    note: str = ""
    links: tuple[Link, ...] = ()
    surface: Surface = "plain"
    grains: Grains | None = None
    tilt: Vec3 = (0.0, 0.0, 0.0)
    hand_tool: ArticulatedTool | None = None
    tie: Tie | None = None
    fragile: float = math.inf

    def __post_init__(self) -> None:
        if self.grains is not None:
            if self.fixed or self.joint or self.links or self.breaks or len(self.parts) != 1:
                raise ValueError(f"{self.name!r}: grains are free and have no links and one part")
            object.__setattr__(self, "mass", self.grains.count * self.grains.mass)
        if self.fixed and self.joint is not None:
            raise ValueError(f"{self.name!r} is fixed and has a joint: it can be only one of them")
        if not self.fragile > 1:
            raise ValueError(
                f"{self.name!r} must withstand more than its weight, got fragile {self.fragile}"
            )
        check_parts(self.name, self.parts, self.breaks)
        known = [""]
        for link in self.links:
            if link.name in known:
                raise ValueError(f"{self.name!r}: names of links repeat: {link.name!r}")
            if link.parent not in known:
                raise ValueError(
                    f"link {link.name!r} of {self.name!r} hangs on {link.parent!r}, which is none"
                    f" of the links before it: {', '.join(known[1:]) or 'none'}"
                )
            known.append(link.name)

    @property
    def movable(self) -> bool:
        """Free to move in all six directions."""
        return not self.fixed and self.joint is None

    def body(self, link: str) -> Thing | Link:
        """The link of that name, or for '' the thing itself, whose parts are those of the root."""
        if not link:
            return self
        for one in self.links:
            if one.name == link:
                return one
        raise KeyError(did_you_mean(f"link of {self.name!r}", link, [x.name for x in self.links]))

    def bodies(self) -> Iterator[tuple[str, Thing | Link]]:
        """All bodies, parents first, with their names in the scene: ``box``, then ``box/lid``."""
        yield self.name, self
        for link in self.links:
            yield f"{self.name}/{link.name}", link

    @property
    def whole_mass(self) -> float:
        """Of the root and all links, kg."""
        return self.mass + sum(link.mass or 0.0 for link in self.links)

    def mass_of(self, link: str) -> float:
        """Of one link, or for '' of the root alone, kg."""
        own = {name: body.mass for name, body in self.bodies() if isinstance(body, Link)}
        mass = own.get(f"{self.name}/{link}")
        if mass is not None:
            return mass
        shares = {n: sum(p.weight for p in b.parts) for n, b in self.bodies() if own.get(n) is None}
        share = shares[f"{self.name}/{link}" if link else self.name]
        return self.mass * share / sum(shares.values())

    def frame(self, link: str) -> npt.NDArray[np.float64]:
        """(4, 4) of a link in the root's frame with all joints at 0."""
        body = self.body(link)
        return self.frame(body.parent) @ body.frame() if isinstance(body, Link) else np.eye(4)

    def turn(self, more: float = 0.0) -> npt.NDArray[np.float64]:
        """(3, 3) how the root is turned in the world, ``more`` rad further about z."""
        return rotation((0.0, 0.0, self.yaw + more)) @ rotation(self.tilt)

    def bounds(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Corners (3,), (3,) of the box around all parts, in its frame, joints at 0, m."""
        return self._bounds

    @functools.cached_property
    def _bounds(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        if self.grains is not None and self.grains.region is not None:
            return -np.array(self.grains.region) / 2, np.array(self.grains.region) / 2
        boxes = [box_around(self.parts)]
        boxes += [box_around(link.parts, self.frame(link.name)) for link in self.links]
        lows, highs = zip(*boxes, strict=True)
        return np.min(lows, axis=0), np.max(highs, axis=0)

    def centre(self) -> npt.NDArray[np.float64]:
        """Centre (3,) of that box in the entity's frame, m."""
        low, high = self.bounds()
        return (low + high) / 2

    def size(self) -> npt.NDArray[np.float64]:
        """Full size (3,) of that box, m."""
        low, high = self.bounds()
        return high - low

    @functools.cached_property
    def magnets(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Middles (k, 3), m, and outward normals (k, 3) of its magnetic faces, in its frame."""
        signs = np.array([1.0 if face[0] == "+" else -1.0 for face in self.magnetic])
        normals = signs[:, None] * np.eye(3)[["xyz".index(face[1]) for face in self.magnetic]]
        return self.centre() + normals * self.size() / 2, normals

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
      table: lower and upper corner of the table top in x, y, m; ``NO_TABLE`` for empty space.
      tool: the tool that counts for success, if any.
      hold: how long the goal must hold, s.
      time_limit: after which an episode is truncated, s.
      notes: sources, errata and deviations, one sentence each.
      held: the articulated tool in the robot's hand; None if it has a gripper. The tool centre
        point is then the middle of the tool's tips, and the aperture the gap between them. To be
        stepped, a scene has it among its things, under its own name.
    """

    name: str
    instruction: str
    entities: tuple[Thing, ...]
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
            self.body(word)
        for entity in self.entities:
            if entity.grains is not None and entity.grains.within:
                self.body(entity.grains.within)
            if entity.tie is not None:
                entity.body(entity.tie.link), self.body(entity.tie.to)
        if self.tool is not None:
            self.entity(self.tool.name)

    def entity(self, name: str) -> Thing:
        """A thing by its name or that of a ``thing/link``; KeyError with the names there are."""
        owner = name.partition("/")[0]
        for entity in self.entities:
            if entity.name == owner:
                return entity
        raise KeyError(did_you_mean("object", owner, [e.name for e in self.entities]))

    def body(self, name: str) -> Thing | Link:
        """A thing, or for ``thing/link`` one of its links; KeyError with the names there are."""
        return self.entity(name).body(name.partition("/")[2])

    def at_rest(self, name: str) -> npt.NDArray[np.float64]:
        """(4, 4) of a thing, or a ``thing/link``, in the world, as the scene has it, m."""
        entity, out = self.entity(name), np.eye(4)
        out[:3, :3], out[:3, 3] = entity.turn(), entity.pos
        at: npt.NDArray[np.float64] = out @ entity.frame(name.partition("/")[2])
        return at

    def moves(self, name: str) -> bool:
        """Whether a thing, or a ``thing/link``, can move at all."""
        entity, body = self.entity(name), self.body(name)
        while isinstance(body, Link):
            if body.joint is not None:
                return True
            body = entity.body(body.parent)
        return not entity.fixed

    @property
    def hand(self) -> Hand:
        """What the robot handles things with."""
        if _walks(self.robot):
            return "legs"
        return "gripper" if self.held is None else "held tool"

    @property
    def ground(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Lower and upper corner in x, y of what things stand on, m: the table top, or where a
        robot on legs may go."""
        if self.hand == "legs":
            return self.workspace.lower[:2], self.workspace.upper[:2]
        return self.table

    def tool_entities(self) -> tuple[Thing, ...]:
        """The tool, and if that is magnetic all other magnetic things; none without a tool."""
        if self.tool is None:
            return ()
        tool = self.entity(self.tool.name)
        joins = [e for e in self.entities if e.magnetic and tool.magnetic and e is not tool]
        return (tool, *joins)

    def replace_entities(self, changed: Iterable[Thing]) -> Scene:
        """A scene in which entities of the same name are replaced by those given."""
        new = {e.name: e for e in changed}
        return dataclasses.replace(self, entities=tuple(new.get(e.name, e) for e in self.entities))


def _walks(robot: str) -> bool:
    from habilis.assets.robots.loaded.named import walks  # it reads models; scenes seldom do

    return walks(robot)
