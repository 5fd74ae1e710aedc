"""Putting down what the tips of a tool hold."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from habilis.assets.arrays import Array
from habilis.policies.agents.pick_oracle import ABOVE, LOWEST, ROOM
from habilis.policies.skills.geometry.in_hand import obstacles
from habilis.policies.skills.held_tool import DOWN_SPEED, HeldToolSkill
from habilis.policies.skills.primitives import FREE_SPEED, SETTLE
from habilis.policies.skills.skill import Result, Script, fail, register, succeed

BETWEEN = 0.008  # m, of an object from the middle of the tips that hold it
SPOTS = np.linspace(-0.06, 0.06, 9)  # m from the middle of what it is put on, along x and y
RIM, APART = 0.015, 0.028  # m, of a spot from the sides of that, and from other things there
LET_GO_TIME = 1.0  # s, to open
LET_GO = 0.002  # m above what it is put on
ASTRAY = 0.03  # m from where it was to be put


@register
@dataclasses.dataclass
class PlaceWithTool(HeldToolSkill):
    """Put down what the tips of the tool in the hand hold.

    Args:
      object: what they hold.
      on: what to put it on or into; the table if left out.
      position: [x, y] in the world, m; if left out, the free spot nearest to the middle of ``on``.
    """

    name: ClassVar[str] = "place_with_tool"
    object: str
    on: str | None = None
    position: tuple[float, float] | None = None

    def precondition(self) -> Result | None:
        """It is between the tips, there is a place for it, and they get there."""
        if empty := self.empty():
            return empty
        if self.on is None and self.position is None:
            return fail("place_with_tool needs an object to put it on, or a position")
        away = self.senses.apart(self.object, self.senses.tcp)
        if away > BETWEEN:
            return fail(
                f"{self.object} is not between the tips of the {self.spec.kind}: it is"
                f" {away:.3f} m away",
                distance=away,
            )  # fmt: skip
        goal = self.goal()
        return self.unreachable(goal + (0, 0, ABOVE), goal)

    def spot(self) -> Array:
        """Where the middle of the object goes (2,), m."""
        if self.position is not None:
            return np.array(self.position)
        assert self.on is not None
        box, senses = self.senses.box(self.on), self.senses
        away = box.low[:2] + RIM, box.high[:2] - RIM
        others = [b.centre[:2] for b in obstacles(senses, (self.on, self.object)).values()]
        spots = [box.centre[:2] + (x, y) for x in SPOTS for y in SPOTS]
        free = [
            s for s in spots
            if (away[0] <= s).all() and (s <= away[1]).all()
            and all(np.linalg.norm(s - other) > APART for other in others)
        ]  # fmt: skip
        return min(free or spots, key=lambda s: float(np.linalg.norm(s - box.centre[:2])))

    def goal(self) -> Array:
        """Where the tips let go (3,), m: the object's lower side just above what it is put on."""
        box, x, y = self.senses.box(self.object), *self.spot()
        ground = 0.0
        for name in [self.on] if self.on is not None else []:
            solids = (solid.box() for solid in self.senses.solids(name))
            under = [
                b for b in solids if (b.low[:2] < (x, y)).all() and (b.high[:2] > (x, y)).all()
            ]
            ground = max((float(b.high[2]) for b in under), default=ground)
        by = self.senses.tcp - box.centre
        z = ground + LET_GO + float(box.centre[2] - box.low[2]) + by[2]
        floor = ground + LOWEST
        return np.array([x + by[0], y + by[1], max(z, floor, self.senses.scene.workspace.lower[2])])

    def script(self) -> Script:
        """Over everything there, down, open, up, and see where it is."""
        goal, spot = self.goal(), self.spot()
        gap = min(self.senses.aperture + ROOM, self.spec.max_gap)
        yield from self.over(goal + (0, 0, ABOVE), self.object)
        yield from self.go(goal, DOWN_SPEED)
        yield from self.hold(SETTLE)
        if wrong := self.slipped():
            return wrong
        self.last = dataclasses.replace(self.last, aperture=gap)
        yield from self.hold(LET_GO_TIME)
        yield from self.go(goal + (0, 0, ABOVE), FREE_SPEED)
        yield from self.hold(SETTLE)
        x, y, z = self.senses.get_center(self.object)
        off = float(np.hypot(x - spot[0], y - spot[1]))
        text = f"{self.object} at ({x:.3f}, {y:.3f}), {off:.3f} m off"
        good = off <= ASTRAY and z < goal[2] + ABOVE / 2
        return succeed(text, x=x, y=y, off=off) if good else fail(text, x=x, y=y, off=off)
