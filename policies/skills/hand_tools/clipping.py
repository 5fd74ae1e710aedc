"""Clipping two flaps together with a tool whose own spring shuts its jaws."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.things import Scene
from habilis.assets.tools.build import MOVING
from habilis.envs.control.rotations import pointing_down, turn_between
from habilis.policies.agents.pick_oracle import ABOVE
from habilis.policies.skills.geometry.solids import Solid, around
from habilis.policies.skills.hand_tools.letting_go import HandOnTool
from habilis.policies.skills.held_tool import DOWN_SPEED, takeable_tools
from habilis.policies.skills.primitives import FREE_SPEED, SETTLE, out_of_reach, outside
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Result, Script, fail, register, succeed

DEPTH = 0.012  # m, of the tips below the upper edge of what they clip
ROOM = 0.002  # m, between the open jaws and what comes between them, on each side at the least
WIDE = 0.97  # of the greatest gap, to which jaws are opened
ASTRAY = 0.01  # m that a clip may move when it is let go
HELD = 0.5  # of the thickness of what was clipped, that keeps the jaws apart


def clips_of(scene: Scene) -> tuple[str, ...]:
    """Names of the tools that the robot can take up and that hold on by themselves."""
    specs = {name: scene.entity(name).hand_tool for name in takeable_tools(scene)}
    return tuple(name for name, spec in specs.items() if spec is not None and spec.shuts)


@dataclasses.dataclass(frozen=True, eq=False)
class Edges:
    """The upper edges of what is to be clipped, one beside the other.

    Attributes:
      place: (3,) where the middle of the tips goes, m.
      across: (3,) horizontal unit vector through all of it.
      thickness: of all of it, m.
      deep: how far below the top it is as thin as that, m.
    """

    place: Array
    across: Array
    thickness: float
    deep: float

    @classmethod
    def of(cls, senses: Senses, names: tuple[str, ...]) -> Edges:
        """Those of objects or links: of the uppermost part of each, across its thin side."""
        tops = [max(senses.solids(name), key=lambda s: float(s.box().high[2])) for name in names]
        across = _thin(tops[0]) * (1.0, 1.0, 0.0)
        across /= np.linalg.norm(across)
        up = np.array([0.0, 0.0, 1.0])
        axes = np.column_stack((np.cross(across, up), across, up))
        boxes = [top.seen_from(np.zeros(3), axes).box() for top in tops]
        low, high = (np.array([getattr(b, end) for b in boxes]) for end in ("low", "high"))
        top, whole = float(high[:, 2].min()), around(boxes)
        along = (low[:, 0].max() + high[:, 0].min()) / 2
        place = axes @ np.array([along, whole.centre[1], top - DEPTH])
        return cls(place, across, float(whole.size[1]), top - float(low[:, 2].max()))

    def facing(self, rot: Array) -> Array:
        """(3, 3) of tips that point down and close across, turned from (3, 3) as little as can
        be."""
        yaw = float(np.arctan2(self.across[0], -self.across[1]))
        ways = np.array([pointing_down(yaw), pointing_down(yaw + np.pi)])
        angles = np.linalg.norm(turn_between(np.array([rot, rot]), ways), axis=1)
        out: Array = ways[int(np.argmin(angles))]
        return out


def clipped(senses: Senses, tool: str, names: tuple[str, ...]) -> bool:
    """Whether a tool that is not in the hand is shut on the edges of things."""
    if senses.grip is not None and senses.grip.tool == tool:
        return False
    edges = Edges.of(senses, names)
    gap, off = _jaws(senses, tool, edges)
    return gap > HELD * edges.thickness and off < ASTRAY


def _jaws(senses: Senses, tool: str, edges: Edges) -> tuple[float, float]:
    """How far the jaws of a tool are apart, and from where they clip edges, m."""
    spec = senses.entity(tool).hand_tool
    assert spec is not None
    base = senses.point(tool, spec.frames["tip_base"].point)
    moving = senses.point(f"{tool}/{MOVING}", spec.frames["tip_moving"].point)
    off = float(np.linalg.norm((base + moving) / 2 - edges.place))
    return float(np.linalg.norm(base - moving)), off


def _thin(solid: Solid) -> Array:
    """(3,) axis along which a solid is thinnest."""
    low, high = solid.extent(np.eye(3))
    out: Array = solid.rot[:, int(np.argmin(high - low))].copy()
    return out


@register
@dataclasses.dataclass
class ClipWithTool(HandOnTool):
    """Put the jaws of the clip in the hand over upper edges, and leave it there, shut on them.

    Args:
      object: what is clipped, e.g. ``bag/front``.
      other: what it is clipped together with, close beside it; nothing if left out.
    """

    name: ClassVar[str] = "clip_with_tool"
    object: str
    other: str | None = None

    @classmethod
    def unfit(cls, scene: Scene) -> str:
        """See ``Skill``: there is a tool that holds on by itself, and the hand can take it."""
        if clips_of(scene):
            return ""
        return super().unfit(scene) or f"{cls.name} needs a tool that shuts by itself"

    def edges(self) -> Edges:
        """Of what is to be clipped, as it stands now."""
        names = (self.object,) if self.other is None else (self.object, self.other)
        return Edges.of(self.senses, names)

    def precondition(self) -> Result | None:
        """The tool shuts by itself, it all fits between the open jaws, and they get there."""
        if empty := self.empty():
            return empty
        if not self.spec.shuts:
            return fail(f"a {self.spec.kind} does not hold on when it is let go")
        edges, most = self.edges(), WIDE * self.spec.max_gap
        if edges.thickness + 2 * ROOM > most:
            return fail(
                f"what is to be clipped is {edges.thickness * 1e3:.1f} mm thick, the jaws of the"
                f" {self.spec.kind} open {most * 1e3:.1f} mm",
                width=edges.thickness, greatest=most,
            )  # fmt: skip
        if edges.deep < DEPTH:
            return fail(f"its edge is {edges.deep * 1e3:.0f} mm deep", deep=edges.deep)
        rot = edges.facing(self.last.rot)
        way = edges.place + (0, 0, ABOVE), edges.place
        refused = next((out for out in (outside(self.senses, p) for p in way) if out), None)
        return refused or out_of_reach(self.senses, *((p, rot) for p in way))

    def script(self) -> Script:
        """Open, above, down over the edges, let go, away, and see whether it stays."""
        grip, edges = self.senses.grip, self.edges()
        assert grip is not None
        rot = edges.facing(self.last.rot)
        if wrong := (yield from self.open_to(WIDE * self.spec.max_gap)):
            return wrong
        yield from self.go(self.last.pos, FREE_SPEED, rot)
        yield from self.over(edges.place + (0, 0, ABOVE), self.object.partition("/")[0])
        yield from self.hold(SETTLE)
        edges = self.edges()
        yield from self.go(edges.place + (0, 0, ABOVE), FREE_SPEED)
        yield from self.go(edges.place, DOWN_SPEED)
        yield from self.hold(SETTLE)
        if wrong := self.slipped():
            return wrong
        yield from self.let_go()
        yield from self.back_off()
        return self.outcome(grip.tool, edges)

    def outcome(self, tool: str, edges: Edges) -> Result:
        """Whether the tool is where it was left, its jaws kept apart by what is between them."""
        gap, off = _jaws(self.senses, tool, edges)
        text = f"{tool} let go, its jaws {gap * 1e3:.1f} mm apart, {off * 1e3:.0f} mm off"
        good = gap > HELD * edges.thickness and off < ASTRAY
        return succeed(text, gap=gap, off=off) if good else fail(text, gap=gap, off=off)
