"""What could be done to an object here: grasps, sweeps with tools, pulls; from geometry alone.

Nothing in this module knows a task. It reads the scene's shapes and the present poses and
proposes steps in the order of their estimated cost; whether they work is for physics to say.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.things import Thing
from habilis.envs.control.rotations import DOWN
from habilis.llm_planner.search.clearance import ENGAGED, OVERLAP, beyond_reach, face_of, hindrance
from habilis.llm_planner.search.magnets import catch, extend
from habilis.llm_planner.search.options import (
    COLLATERAL,
    DISTINCT,
    GRASP_COST,
    PLACE_COST,
    PULL_COST,
    SWEEP_COST,
    Option,
    clear_of_table,
    graspable,
    grips,
    step,
)
from habilis.policies.skills.geometry.effector import HandRoom
from habilis.policies.skills.geometry.grips import grip_point
from habilis.policies.skills.geometry.in_hand import (
    InHand,
    as_gripped,
    in_hand,
    obstacles,
)
from habilis.policies.skills.geometry.solids import Box, around
from habilis.policies.skills.senses import AXES, Senses
from habilis.policies.skills.sweeping import GLIDE, Sweep, sweep_path, touched_box

Vec3 = tuple[float, float, float]

INSET = (0.05, 0.10)  # m a fetched object is brought inside the workspace
GAP = 0.005  # m between an object and a tool part beside it
WELL_ON = 0.025  # m from the edge of what something is pushed onto
PROUD = 0.002  # m, of a sheet above where a thing lies, that it can still be pushed onto
STEP = 0.01  # m below where a thing lies, down which it can still be pushed
SPARE = 0.005  # m a thing must come further than to the workspace's side
SUPPORT = 0.004  # m the object's middle must lie inside the face's ends
UNSTABLE, OFF_CENTRE = 4.0, 20.0  # s: penalties per tip risk, per m
FETCHED_LEFT = 15.0  # s: what using a fetched tool takes at the least
SPOTS = 0.03  # m between places where something might be set down
TIGHT = 2.0  # s: penalty for coming down close beside the object


def reach_gap(senses: Senses, name: str) -> Array:
    """(2,) signed distance in x and y from the workspace to the entity's graspable point, m."""
    out: Array = senses.scene.workspace.outside(grip_point(senses, name, None))[:2]
    return out


def bring(senses: Senses, name: str, depth: int = 1) -> Iterator[Option]:
    """Ways to move an entity that cannot be grasped to where it could be.

    Args:
      senses: the present.
      name: entity.
      depth: how many tools may have to be fetched first.
    """
    gap = reach_gap(senses, name)
    for axis in np.argsort(-np.abs(gap)):
        if gap[axis] == 0:
            continue
        direction = ("-" if gap[axis] > 0 else "+") + "xy"[axis]
        for inset in INSET:
            yield from move(senses, name, direction, abs(float(gap[axis])) + inset)
        yield from _pulls(senses, name, direction, abs(float(gap[axis])))
        yield from _onto(senses, name, direction, abs(float(gap[axis])))
        yield from catch(senses, name, direction, abs(float(gap[axis])) + INSET[0])
    if depth > 0:
        for tool in senses.scene.entities:
            if tool.name != name and tool.movable and not graspable(senses, tool.name):
                for option in bring(senses, tool.name, depth - 1):
                    why = f"{option.why}, to use {tool.name} on {name}"
                    yield dataclasses.replace(option, left=FETCHED_LEFT, why=why)


def move(
    senses: Senses, name: str, direction: str, distance: float, along: Sequence[str] = ()
) -> Iterator[Option]:
    """Ways to move an entity along the table: with the fingers, and with each tool at hand.

    And ways to make a magnetic tool longer in that direction, for when it does not reach.

    Args:
      senses: the present.
      name: entity.
      direction: of the world, as ``+x``.
      distance: m.
      along: entities before it that are to be moved with it.
    """
    yield from extend(senses, name, direction, distance)
    yield from sweeps(senses, name, direction, distance, None, None, along)
    for tool in senses.scene.entities:
        if tool.name == name.partition("/")[0] or not tool.movable:
            continue
        for grip in grips(senses, tool.name):
            if graspable(senses, tool.name, grip):
                yield from sweeps(senses, name, direction, distance, tool, grip, along)


def sweeps(
    senses: Senses,
    name: str,
    direction: str,
    distance: float,
    tool: Thing | None,
    grip: Vec3 | None,
    along: Sequence[str],
    turn: Array | None = None,
) -> Iterator[Option]:
    """Ways to sweep an entity with the fingers, or with a tool held at ``grip``.

    Args:
      senses: the present.
      name: entity.
      direction: of the world, as ``+x``.
      distance: m.
      tool: None for the closed fingers.
      grip: point in the tool's frame, m; its graspable point if left out.
      along: entities before it that are to be moved with it.
      turn: (3, 3) by which the tool will have been turned by then.
    """
    label = tool.name if tool else None
    if tool is None:
        hand = in_hand(senses, None)
    else:
        hand = as_gripped(senses, tool.name, clear_of_table(senses, tool.name, grip))
        hand = hand if turn is None else hand.turned(turn)
    raised = stands_on(senses, name)
    for part in _faces(hand):
        for touched in _touchable(senses, name):
            target = touched_box(senses, name, touched)
            height = glide(hand, part, target, raised)
            axis = AXES[direction]
            chances = _offsets(hand, part, target, axis), _ends(hand, part, target, axis)
            if along:
                chances = [_amid(senses, (name, *along), target, axis)], []
            for offsets in chances:
                found: list[Option] = []
                for offset, side in itertools.product(offsets, (0, 1, -1)):
                    sweep = Sweep(
                        name,
                        direction,
                        distance,
                        label,
                        part if tool else None,
                        touched,
                        offset,
                        side,
                        height,
                    )
                    sweep.senses = senses
                    found += _checked(senses, sweep, hand, part, grip, along)
                yield from found
                if found:
                    break


def _faces(hand: InHand) -> list[str | None]:
    """Parts that could touch the object; None for the front of a chain of things."""
    own: list[str | None] = [p for p in hand.parts if "/" not in p]
    return [*own, None] if hand.more else own


def stands_on(senses: Senses, name: str) -> bool:
    """Whether something free stands on another thing rather than on the table."""
    names = [entity.name for entity in senses.scene.entities]
    free = name in names and senses.entity(name).movable
    return free and any(carries(senses, other, name) for other in names if other != name)


def glide(hand: InHand, part: str | None, target: Box, raised: bool) -> float:
    """How high to carry the hand's lowest point, m: just off the table, or what bears the target if
    that is ``raised``, or where the target is."""
    face, above = face_of(hand, part), float(target.low[2]) + GLIDE
    engaged = min(ENGAGED, float(target.size[2]) / 2)
    if raised and face.low[2] - hand.bottom + above <= target.high[2] - engaged:
        return above
    if face.high[2] - hand.bottom + GLIDE > target.low[2] + OVERLAP:
        return GLIDE
    return float(target.low[2] + OVERLAP - (face.low[2] - hand.bottom))


def _touchable(senses: Senses, name: str) -> list[str | None]:
    """The object as a whole, and those of its parts whose outline differs from that."""
    whole = senses.box(name).size[:2]
    parts = senses.scene.body(name).parts
    own = [
        p.name for p in parts if np.abs(senses.part_box(name, p).size[:2] - whole).max() > DISTINCT
    ]
    return [None, *own]


def _offsets(hand: InHand, part: str | None, target: Box, axis: Array) -> list[float]:
    """Where across the face the object could lie: in the middle, or against a part beside it."""
    left = np.array([-axis[1], axis[0], 0.0])
    face = face_of(hand, part)
    middle = float(face.centre @ left)
    out = [0.0]
    for name, other in hand.parts.items():
        if part is None or name == part:
            continue
        centre, half = float(other.centre @ left), other.half(left) + GAP + target.half(left)
        out += [middle - (centre + half), middle - (centre - half)]
    return [o for o in out if abs(o) < face.half(left) - SUPPORT]


def _ends(hand: InHand, part: str | None, target: Box, axis: Array) -> list[float]:
    """Where the object could lie at the ends of a long face, for when its middle does not reach."""
    left = np.array([-axis[1], axis[0], 0.0])
    end = face_of(hand, part).half(left) - target.half(left)
    return [end, -end] if end > target.half(left) else []


def _amid(senses: Senses, names: Sequence[str], target: Box, axis: Array) -> float:
    """From the middle across ``axis`` of all these things to the target's own, m."""
    left = np.array([-axis[1], axis[0], 0.0])
    whole = around([senses.box(name) for name in names])
    return float((whole.centre - target.centre) @ left)


def _checked(
    senses: Senses,
    sweep: Sweep,
    hand: InHand,
    part: str | None,
    grip: Vec3 | None,
    along: Sequence[str],
) -> Iterator[Option]:
    if beyond_reach(sweep, hand)[0] > 1e-9 or hindrance(sweep, hand, part):
        return
    _, behind, _, end = sweep_path(sweep, hand)
    yield _sweep_option(senses, sweep, hand, (behind, end), grip, along)


def _sweep_option(
    senses: Senses,
    sweep: Sweep,
    hand: InHand,
    way: tuple[Array, Array],
    grip: Vec3 | None,
    along: Sequence[str],
) -> Option:
    behind, end = way
    target = senses.box(sweep.object)
    swept = hand.box.shifted(behind).union(hand.box.shifted(end))
    swept = swept.union(target).union(target.shifted(end - behind))
    own = (sweep.object, *along, *hand.names)
    hit = [
        name
        for name, box in obstacles(senses, own).items()
        if not _under(box, target) and box.overlaps(swept)
    ]
    tall = target.size[2] > 2 * min(target.size[:2]) and hand.box.low[2] + behind[2] > 0.03
    cost = SWEEP_COST + sweep.distance / 0.1 + COLLATERAL * len(hit) + UNSTABLE * tall
    cost += OFF_CENTRE * abs(sweep.offset) + (0.5 if sweep.side else TIGHT * (sweep.offset != 0))
    steps = [step("sweep", **sweep.args())]
    what = " and ".join((sweep.object, *along))
    why = f"move {what} {sweep.distance:.2f} m {sweep.direction}"
    if sweep.tool is None:
        return Option(tuple(steps), cost, f"{why} with the fingers")
    spot = free_spot(senses, sweep.tool, hand, end, [target.shifted(end - behind), swept])
    cost += GRASP_COST + PLACE_COST + (0.5 if grip is not None else 0.0) + (0.0 if spot else 5.0)
    steps.insert(0, step("grasp", object=sweep.tool, grip=grip))
    steps.append(step("place", object=sweep.tool, position=spot))
    return Option(tuple(steps), cost, f"{why} with {sweep.tool}")


def _under(box: Box, target: Box) -> bool:
    return bool(box.high[2] < target.low[2] + 0.004)


def free_spot(
    senses: Senses, name: str, hand: InHand, start: Array, keep_clear: list[Box]
) -> tuple[float, float] | None:
    """Nearest place (x, y of its box's middle, m) to set a held entity down, or None.

    Args:
      senses: the present.
      name: what is held.
      hand: how it hangs in the hand.
      start: (3,) of the tool centre point, m.
      keep_clear: first the object that must stay graspable, then anything else to keep off.
    """
    low, high = np.array(senses.scene.workspace.lower), np.array(senses.scene.workspace.upper)
    others = [senses.box(e.name) for e in senses.scene.entities if e.name not in hand.names]
    straight = HandRoom(senses.scene.robot, DOWN)
    fingers = straight.opened.box()
    room = fingers.union(straight.palm.box()).shifted(keep_clear[0].centre)
    avoid = [*others, keep_clear[0].union(room)]
    axes = [np.arange(low[k] + 0.02, high[k] - 0.02, SPOTS) for k in range(2)]
    tcp = np.full((len(axes[0]) * len(axes[1]), 3), GLIDE - hand.bottom)
    tcp[:, :2] = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    table_low, table_high = (np.array(c) for c in senses.scene.table)
    inside = tcp[:, :2] + hand.box.low[:2] >= table_low + 0.02
    inside &= tcp[:, :2] + hand.box.high[:2] <= table_high - 0.02
    taken = hand.box.union(fingers)
    first, last = (
        np.array([getattr(box, end) for box in avoid])[:, None] for end in ("low", "high")
    )
    clear = (tcp + taken.high + 0.01 <= first) | (last + 0.01 <= tcp + taken.low)
    fits = np.flatnonzero(inside.all(axis=1) & clear.any(axis=2).all(axis=0))
    if not len(fits):
        return None
    far = np.hypot(*(tcp[fits, :2] - start[:2]).T)
    x, y = (tcp[fits[far.argmin()]] + hand.box.centre)[:2]
    return float(x), float(y)


# ---- pulling what it lies on


def _pulls(senses: Senses, name: str, direction: str, gap: float) -> Iterator[Option]:
    for entity in senses.scene.entities:
        if entity.name == name or entity.fixed or not carries(senses, entity.name, name):
            continue
        for grip, distance in _hauls(senses, entity.name, direction, gap):
            yield Option(
                (
                    step("grasp", object=entity.name, grip=grip, raise_by=0.0),
                    step("pull", object=entity.name, direction=direction, distance=distance),
                ),
                GRASP_COST + PULL_COST + distance / 0.1,
                f"pull {entity.name}, on which {name} lies",
            )


def _hauls(
    senses: Senses, name: str, direction: str, gap: float
) -> Iterator[tuple[Vec3 | None, float]]:
    """Grips and distances by which a thing can be pulled, at least ``gap`` and ``SPARE`` (m)."""
    axis, space = AXES[direction], senses.scene.workspace
    for grip in grips(senses, name):
        point = grip_point(senses, name, grip)
        side = np.array(space.upper if direction[0] == "+" else space.lower)
        room = float((side - point) @ axis) - 0.002
        distance = min(gap + INSET[0], room)
        if distance > gap + SPARE and graspable(senses, name, grip):
            yield grip, distance


def _onto(senses: Senses, name: str, direction: str, gap: float) -> Iterator[Option]:
    """Ways to push an entity onto a sheet that can then be pulled ``gap`` m along ``direction``."""
    for entity in senses.scene.entities:
        if entity.name == name or entity.fixed or carries(senses, entity.name, name):
            continue
        if not any(True for _ in _hauls(senses, entity.name, direction, gap)):
            continue
        then = GRASP_COST + PULL_COST + gap / 0.1
        for part in entity.parts:
            sheet = senses.part_box(entity.name, part)
            for way, distance in missing(senses.box(name), sheet):
                for option in move(senses, name, way, distance):
                    why = f"{option.why}, onto {entity.name}"
                    yield dataclasses.replace(option, left=option.left + then, why=why)


def missing(box: Box, sheet: Box) -> list[tuple[str, float]]:
    """Directions and distances (m) by which a box must move to lie well on a sheet beside it, which
    is as high as what it lies on, or little lower."""
    room = (sheet.size - box.size)[:2] / 2
    if sheet.high[2] > box.low[2] + PROUD or sheet.high[2] < box.low[2] - STEP:
        return []
    if (room < 0).any():
        return []
    inner = np.maximum(room - WELL_ON, room / 2)  # on what is hardly wider, near its middle
    gap = (sheet.centre - box.centre)[:2]
    out = []
    for k, axis in enumerate("xy"):
        if abs(gap[k]) > inner[k]:
            out.append((("+" if gap[k] > 0 else "-") + axis, float(abs(gap[k]) - inner[k])))
    return out


def carries(senses: Senses, below: str, name: str) -> bool:
    """Whether an entity rests on some part of another."""
    box = senses.box(name)
    for part in senses.entity(below).parts:
        top = senses.part_box(below, part)
        over = (box.low < top.high)[:2].all() and (top.low < box.high)[:2].all()
        if over and abs(box.low[2] - top.high[2]) < 0.006:
            return True
    return False
