"""What is in the hand, and how high it must be carried, relative to the tool centre point."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.scene.solids.container import container
from habilis.assets.scene.solids.support import Placed, lies_on
from habilis.assets.scene.things import Scene
from habilis.envs.control.rotations import DOWN
from habilis.policies.skills.geometry.effector import HandRoom
from habilis.policies.skills.geometry.solids import Box, Solid, around
from habilis.policies.skills.senses import Senses

CLEARANCE = 0.015  # m, kept above what is passed over
MAGNET_CLEARANCE = 0.03  # m, the same with something magnetic in the hand
JOINED = 0.002  # m between magnetic faces that hold together
SLIGHT = 0.1  # rad; bare fingers of a hand turned less are where a straight one's are, to 6 mm


@dataclasses.dataclass(frozen=True)
class InHand:
    """What moves with a hand, relative to the tool centre point along the world's axes, m.

    Attributes:
      name: the entity that is held, None for the bare fingers.
      solids: by part; of its links ``entity/link/part``, and of what hangs on it by magnets
        ``other/part`` and ``other/link/part``.
      more: entities that hang on it by magnets.
      magnetic: whether any of it is.
    """

    name: str | None
    solids: Mapping[str, Solid]
    more: tuple[str, ...] = ()
    magnetic: bool = False

    @functools.cached_property
    def parts(self) -> dict[str, Box]:
        """Boxes around the solids, by part."""
        return {name: solid.box() for name, solid in self.solids.items()}

    @property
    def faces(self) -> tuple[str, ...]:
        """The parts that others may be touched with: links could turn away."""
        return tuple(name for name in self.solids if name.count("/") < 2)

    @property
    def names(self) -> tuple[str, ...]:
        """All entities that move with the hand."""
        return (() if self.name is None else (self.name,)) + self.more

    @property
    def bottom(self) -> float:
        """Lowest point below the tool centre point (negative), m."""
        return min(float(b.low[2]) for b in self.parts.values())

    @functools.cached_property
    def box(self) -> Box:
        """Box around all of it."""
        return around(list(self.parts.values()))

    def turned(self, by: Array) -> InHand:
        """The same with the hand turned by (3, 3) in the world."""
        solids = {name: solid.moved(np.zeros(3), by) for name, solid in self.solids.items()}
        return dataclasses.replace(self, solids=solids)


def bare(fingers: Solid) -> InHand:
    """A hand that holds nothing."""
    return InHand(None, {"fingers": fingers})


def in_hand(senses: Senses, name: str | None, tcp: Array | None = None) -> InHand:
    """What hangs at the tool centre point: an entity as it is held now, or the closed fingers.

    Bare fingers are turned as the hand is, but for slight turns.
    """
    if name is None:
        rot = senses.facing
        slight = np.trace(DOWN.T @ rot) > 1 + 2 * np.cos(SLIGHT)
        return bare(HandRoom(senses.scene.robot, DOWN if slight else rot).closed)
    at = senses.tcp if tcp is None else tcp
    entity, more = senses.entity(name), joined_to(senses, name)
    solids = {}
    for thing in (entity, *map(senses.entity, more)):
        for body, one in thing.bodies():
            for p in one.parts:
                part = p.name if body == name else f"{body}/{p.name}"
                solids[part] = senses.part_solid(body, p).moved(-at, np.eye(3))
    return InHand(name, solids, more, bool(entity.magnetic))


def magnet_faces(senses: Senses, name: str) -> tuple[Array, Array]:
    """Middles (k, 3), m, and outward normals (k, 3) of an entity's magnetic faces, in the world."""
    (middles, normals), (pos, rot) = senses.entity(name).magnets, senses.pose(name)
    return pos + middles @ rot.T, normals @ rot.T


def joined_to(senses: Senses, name: str) -> tuple[str, ...]:
    """Entities that hang on one by magnets, directly or through others, nearest first."""
    magnetic = [e.name for e in senses.scene.entities if e.magnetic]
    if name not in magnetic:
        return ()
    faces = {n: magnet_faces(senses, n) for n in magnetic}
    chain = [name]
    for one in chain:
        chain += [n for n in magnetic if n not in chain and _joined(faces[one], faces[n])]
    return tuple(chain[1:])


def _joined(one: tuple[Array, Array], two: tuple[Array, Array]) -> bool:
    way = one[0][:, None] - two[0]
    return bool(((np.vecdot(way, way) < JOINED**2) & (one[1] @ two[1].T < -0.95)).any())


def as_gripped(senses: Senses, name: str, grip: npt.ArrayLike) -> InHand:
    """How an entity would hang if gripped where it is now at ``grip`` (its own frame, m)."""
    return in_hand(senses, name, tcp=senses.point(name, grip))


def obstacles(senses: Senses, without: tuple[str | None, ...] = ()) -> dict[str, Box]:
    """Box of every entity but those named."""
    names = [e.name for e in senses.scene.entities if e.name not in without]
    return {name: senses.box(name) for name in names}


def carry_height(
    senses: Senses, hand: InHand, start: Array, end: Array, turned: InHand | None = None
) -> float:
    """Height of the tool centre point at which the hand passes over everything on the way, m.

    Args:
      senses: where things are.
      hand: what is carried.
      start: (3,) of the tool centre point, m.
      end: (3,), m.
      turned: the same at the end, if it is turned on the way.

    Returns:
      z, no higher than the workspace allows.
    """
    last = turned or hand
    swept = hand.box.shifted(start).union(last.box.shifted(end))
    top = 0.0
    for box in obstacles(senses, hand.names).values():
        across = (swept.low < box.high + 0.01)[:2].all() and (box.low < swept.high + 0.01)[:2].all()
        if across:
            top = max(top, float(box.high[2]))
    want = top + (MAGNET_CLEARANCE if hand.magnetic else CLEARANCE) - min(hand.bottom, last.bottom)
    return min(max(want, float(start[2]), float(end[2])), senses.scene.workspace.upper[2])


def borne(senses: Senses, name: str, other: str) -> bool:
    """Whether an entity lies on another or in it, be it on something else too."""
    (pos, rot), (there, turn) = senses.pose(name), senses.pose(other)
    parts, below = senses.scene.body(name).parts, senses.scene.body(other).parts
    if lies_on(Placed(parts, pos[None], rot[None]), Placed(below, there[None], turn[None]))[0]:
        return True
    box = senses.box(name)
    centre, half = (turn.T @ (box.centre - there))[None], box.half(turn[:, 2])
    within = container(below).takes_in(centre, centre[:, 2] - half, centre[:, 2] + half)
    return bool(within[0])


def support_height(scene: Scene, senses: Senses, name: str, box: Box) -> float:
    """Top of the table or fixed thing that would carry an entity set down within ``box``, m."""
    top = 0.0
    for entity in scene.entities:
        if entity.name == name or entity.movable:
            continue
        other = senses.box(entity.name)
        if (box.low < other.high)[:2].all() and (other.low < box.high)[:2].all():
            top = max(top, float(other.high[2]))
    return top
