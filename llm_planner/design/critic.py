"""The critic: what is wrong with a tool before anything moves, with the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.solids.parts import rotation
from habilis.envs.robot.held_frame import frame_offset
from habilis.llm_planner.design.budget import Objection
from habilis.llm_planner.design.order import TOOL
from habilis.policies.skills.geometry.effector import widest
from habilis.policies.skills.geometry.grips import Grip, choose_grip, in_the_way
from habilis.policies.skills.geometry.in_hand import InHand, as_gripped
from habilis.policies.skills.geometry.solids import Box
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Skill
from habilis.policies.skills.sweeping import Sweep, sweep_path
from habilis.policies.skills.turning import MoveFrame

FLAT = 0.001  # m above the lowest point of a tool up to which it stands on a part
STEADY = 0.002  # m that its centre of mass lies inside what it stands on
TOUCHING = -0.0005  # m into each other that counts as being in the way where it lies
GRAZE = 0.002  # m
UP = np.array([0.0, 0.0, 1.0])
SCALE = 0.1  # m beyond a limit that count as once over


def criticise(senses: Senses, program: Sequence[Skill]) -> list[Objection]:
    """Why a made tool cannot be used as a program does; empty if nothing speaks against it.

    Args:
      senses: of a robot in the scene with the tool, before anything has moved.
      program: the skills that use it.
    """
    found = [*_where_it_lies(senses), *_steady(senses)]
    grip = choose_grip(senses, TOOL)
    found += _grip(senses, grip)
    if not found:
        found += _reach(senses, grip, program)
    return found


def _where_it_lies(senses: Senses) -> Iterator[Objection]:
    """Nothing else stands where the tool is put."""
    own = senses.entity(TOOL)
    for entity in senses.scene.entities:
        if entity.name == TOOL or entity.sunk:
            continue
        for part in own.parts:
            solid = senses.part_solid(TOOL, part)
            if any(solid.overlaps(other, TOUCHING) for other in senses.solids(entity.name)):
                yield Objection(f"part {part.name!r} would lie in {entity.name}", 0.5)
                break


def _steady(senses: Senses) -> Iterator[Objection]:
    """Its centre of mass is above what it stands on."""
    parts = senses.entity(TOOL).parts
    low = min(float(p.bounds()[0][2]) for p in parts)
    feet = [p.bounds() for p in parts if p.bounds()[0][2] < low + FLAT]
    corners = np.array([[b[i][0], b[j][1]] for b in feet for i in (0, 1) for j in (0, 1)])
    shares = np.array([p.mass_share or 0.0 for p in parts])
    middle = (shares @ np.array([p.pos for p in parts]) / shares.sum())[:2]
    inside = _inside(corners, middle)
    if inside < STEADY:
        yield Objection(
            f"it would tip over: its centre of mass lies {inside:z.3f} m inside what it stands on,"
            f" at least {STEADY} m are asked",
            (STEADY - inside) / SCALE,
        )


def _inside(corners: Array, point: Array) -> float:
    """How far a point (2,) lies inside the hull of corners (n, 2), m; below 0 outside."""
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return float(np.min((corners @ ways.T).max(axis=0) - ways @ point))


def _grip(senses: Senses, grip: Grip) -> Iterator[Objection]:
    """The hand gets around the part that it takes."""
    most = widest(senses.scene.robot)
    if grip.centred > most:
        yield Objection(
            f"it is {grip.centred:.3f} m wide where the hand takes it; the jaw takes {most:.3f} m",
            grip.centred / most - 1,
        )
    elif not grip.width:
        yield Objection("nothing of it is between the fingers where the hand takes it", 1.0)
    elif not grip.clear:
        names = ", ".join(dict.fromkeys(in_the_way(senses, TOOL, grip)))
        yield Objection(f"the hand that takes it would touch {names}", 0.5)


def _reach(senses: Senses, grip: Grip, program: Sequence[Skill]) -> Iterator[Objection]:
    """The tool centre point stays in the workspace while the tool is swept or led."""
    local = senses.pose(TOOL)[1].T @ (grip.point - senses.pose(TOOL)[0])
    hand = as_gripped(senses, TOOL, local)
    for skill in program:
        points = _points(senses, skill, hand, local)
        if isinstance(skill, Sweep) and points:
            hits = [
                *_on_its_way(senses, skill, hand, points),
                *_beside(senses, skill, hand, points),
            ]
            if hits:
                yield hits[0]
                return
        for point in points:
            beyond = senses.scene.workspace.outside(point)
            k = int(np.abs(beyond).argmax())
            if abs(beyond[k]) > 1e-6:
                more = abs(float(beyond[k]))
                yield Objection(
                    f"to {skill.name} with it, the hand would have to be {more:.3f} m beyond the"
                    f" workspace in {'xyz'[k]}",
                    more / SCALE,
                )
                return


def _on_its_way(
    senses: Senses, skill: Sweep, hand: InHand, points: list[Array]
) -> Iterator[Objection]:
    """What the tool hits where it comes down before a sweep."""
    columns = [Box(b.low + points[0], b.high + points[0] + UP) for b in hand.parts.values()]
    for entity in senses.scene.entities:
        if entity.name in (TOOL, skill.object) or entity.sunk:
            continue
        boxes = [senses.part_box(entity.name, part) for part in entity.parts]
        if any(c.overlaps(box, -GRAZE) for c in columns for box in boxes):
            text = f"on its way down to {skill.name} {skill.object} it would hit {entity.name}"
            yield Objection(text, 0.5)


def _beside(senses: Senses, skill: Sweep, hand: InHand, points: list[Array]) -> Iterator[Objection]:
    """What else than the face that touches it would be in the object when that is touched."""
    boxes = [senses.part_box(skill.object, p) for p in senses.entity(skill.object).parts]
    for name, own in hand.parts.items():
        box = own.shifted(points[2])
        deep = [
            float(np.min(np.minimum(box.high, other.high) - np.maximum(box.low, other.low)))
            for other in boxes
        ]
        if name != skill.part and max(deep) > GRAZE:
            text = f"part {name!r} would be {max(deep):.3f} m inside {skill.object}"
            yield Objection(f"{text} when that is touched", max(deep) / SCALE)


def _points(senses: Senses, skill: Skill, hand: InHand, local: Array) -> list[Array]:
    """Where the tool centre point goes, (3,) each, m."""
    if isinstance(skill, Sweep) and skill.tool == TOOL:
        skill.senses = senses
        return list(sweep_path(skill, hand))
    if isinstance(skill, MoveFrame) and skill.object == TOOL:
        _, frame = frame_offset(senses.scene, f"{TOOL}/{skill.frame}")
        rot = senses.pose(TOOL)[1] if skill.euler is None else rotation(skill.euler)
        return [np.array(skill.position) + rot @ (local - frame)]
    return []
