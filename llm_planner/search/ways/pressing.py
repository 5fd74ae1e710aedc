"""Ways to push something on a joint down from above: a nail, a plunger, one end of a rocker."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.things import Thing
from habilis.envs.control.rotations import DOWN
from habilis.llm_planner.search.options import (
    DISTINCT,
    GRASP_COST,
    Option,
    Vec3,
    clear_of_table,
    graspable,
    grips,
    step,
    taken_up,
)
from habilis.policies.skills.geometry.effector import HandRoom, lowest, widest
from habilis.policies.skills.geometry.grips import grip_point
from habilis.policies.skills.geometry.in_hand import CLEARANCE, InHand, as_gripped
from habilis.policies.skills.geometry.solids import Box, solid_box
from habilis.policies.skills.senses import Senses

PRESS_COST = 5.0  # s
LEVEL = 0.9  # of a slide's axis that must be upright, of a hinge's that must be level
INSIDE = 0.015  # m from the edge of what turns about a hinge
TOUCH = 0.004  # m above the thing, where the slow part of the way begins
FARTHER = (0.01, 0.03)  # m beyond where it is to go: tools give way in the hand
BESIDE = 0.002  # m between what must not touch
LEVERAGE = 20.0  # s: penalty for each metre between the grip and what presses
END = 0.03  # m from the far end of a narrow part, where it may be gripped too
SLOW = 0.05  # m/s


def pressed(senses: Senses, want: Predicate) -> Iterator[Option]:
    """Ways to bring a joint to where the goal wants it by pressing on the thing's top.

    Args:
      senses: the present.
      want: of the goal, ``joint``.
    """
    found = _pressed_at(senses, want)
    if found is None:
        return
    point, way = found
    name = want.subject
    yield from _press(senses, name, point, way, _finger(senses), None)
    for tool in senses.scene.entities:
        if tool.name == name.partition("/")[0] or not tool.movable or tool.grains is not None:
            continue
        for grip in _grips(senses, tool):
            if graspable(senses, tool.name, grip):
                hand = as_gripped(senses, tool.name, clear_of_table(senses, tool.name, grip))
                yield from _press(senses, name, point, way, hand, grip)


def _pressed_at(senses: Senses, want: Predicate) -> tuple[Array, float] | None:
    """Where a thing is pressed on, (3,) m, and how far down that must go, m."""
    name, value = want.subject, want.value or 0.0
    joint, rot = senses.scene.body(name).joint, senses.pose(name)[1]
    if joint is None:
        return None
    axis = rot @ np.array(joint.axis) * (-1.0 if value < 0 else 1.0)
    box = senses.box(name)
    top = np.array([*box.centre[:2], box.high[2]])
    if joint.kind == "slide":
        return (top, abs(value)) if axis[2] < -LEVEL else None
    if np.hypot(axis[0], axis[1]) < LEVEL:
        return None
    sinking = np.cross(axis, [0.0, 0.0, 1.0])  # what is on this side of the axis goes down
    k = int(np.argmax(np.abs(sinking[:2])))
    out = np.sign(sinking[k]) * np.eye(3)[k]
    pivot = senses.point(name, joint.pos)
    arm = float((box.centre - pivot) @ out) + box.half(out) - INSIDE
    if arm < INSIDE:
        return None
    top[k] = (pivot + arm * out)[k]
    return top, arm * float(np.sin(min(abs(value), np.pi / 2)))


def _finger(senses: Senses) -> InHand:
    """One finger of the opened hand as if it were a tool: the closed ones would need a way to
    close on nothing."""
    room, along = HandRoom(senses.scene.robot, DOWN), np.array([0.0, 1.0, 0.0])
    shut, opened = room.closed.box(), room.opened.box()
    half = shut.size / (2.0, 4.0, 2.0)
    middle = shut.centre + (opened.half(along) - half[1]) * along
    return InHand(None, {"finger": solid_box(middle - half, middle + half)})


def _grips(senses: Senses, tool: Thing) -> list[Vec3 | None]:
    """Those of the search, and the far ends of narrow parts, near what may press."""
    found = list(grips(senses, tool.name))
    for part in tool.parts:
        low, high = part.bounds()
        if (high - low)[1] > widest(senses.scene.robot) or (high - low)[0] < 2 * END:
            continue
        point = np.array([high[0] - END, *((low + high) / 2)[1:]])
        known = [tool.grip() if grip is None else np.array(grip) for grip in found]
        if min(float(np.linalg.norm(point - other)) for other in known) > DISTINCT:
            found.append((float(point[0]), float(point[1]), float(point[2])))
    return found


def _press(
    senses: Senses, name: str, point: Array, way: float, hand: InHand, grip: Vec3 | None
) -> Iterator[Option]:
    """Each part of what is in the hand goes over the point, to it, and ``way`` farther down."""
    space, beside = senses.scene.workspace, _beside(senses, name, hand)
    top = np.array([0.0, 0.0, space.upper[2]])
    under = ((part, tip) for part in hand.faces for tip in _under(hand.parts[part]))
    for part, tip in under:
        contact = point - tip
        arm = float(np.hypot(*tip[:2])) if hand.name is not None else 0.0
        for farther in FARTHER:
            end = contact - (0.0, 0.0, way + farther)
            end[2] = max(end[2], lowest(senses.scene.robot), -hand.bottom + BESIDE)
            above = contact * (1.0, 1.0, 0.0) + top - (0.0, 0.0, CLEARANCE)
            stops = (above, contact + (0.0, 0.0, TOUCH), end)
            if any((np.abs(space.outside(p)) > 1e-9).any() for p in stops):
                continue
            if end[2] > contact[2] - way or _hits(hand, contact, way, beside):
                continue
            how = [step("move_to_position", position=_point(p)) for p in stops[:2]]
            how.append(step("move_to_position", position=_point(end), speed=SLOW))
            cost = PRESS_COST + LEVERAGE * arm + farther / SLOW
            if hand.name is None:
                how.insert(0, step("open_gripper"))
                yield Option(tuple(how), cost, f"press {name} down with a finger")
                continue
            if (frame := _frame(senses, hand.name, grip, tip)) is not None:
                # Where it is after the hand has closed, which may shift it.
                down = {"object": hand.name, "frame": frame}
                how[1:] = [
                    step("move_frame", position=_point(stops[1] + tip), **down),
                    step("move_frame", position=_point(end + tip), speed=SLOW, **down),
                ]
            how = [*taken_up(senses, hand.name, grip, above[2]), *how]
            why = f"press {name} down with the {part} of {hand.name}"
            yield Option(tuple(how), cost + GRASP_COST, why)


def _frame(senses: Senses, name: str, grip: Vec3 | None, tip: Array) -> str | None:
    """The frame of a tool that is where it presses, (3,) m from the tool centre point."""
    there = grip_point(senses, name, grip) + tip
    far = {
        frame: float(np.linalg.norm(senses.point(name, at) - there))
        for frame, at in senses.entity(name).frames.items() if frame != "grip"
    }  # fmt: skip
    best = min(far, key=lambda frame: far[frame], default=None)
    return best if best is not None and far[best] < DISTINCT else None


def _under(box: Box) -> list[Array]:
    """Points (3,) m under a part that may press: its middle, and the ends of one that is long."""
    middle = np.array([*box.centre[:2], box.low[2]])
    k = int(np.argmax(box.size[:2]))
    end = (box.size[k] / 2 - INSIDE) * np.eye(3)[k]
    return [middle, middle - end, middle + end] if end[k] > INSIDE else [middle]


def _beside(senses: Senses, name: str, hand: InHand) -> list[Box]:
    """Boxes of the solid parts of everything but what is pressed on and what is held."""
    others = (e for e in senses.scene.entities if e.name not in (name, *hand.names))
    return [senses.part_box(e.name, p) for e in others for p in e.parts if p.solid]


def _hits(hand: InHand, contact: Array, way: float, beside: list[Box]) -> bool:
    """Whether the hand comes down on something else before it has gone all the way."""
    end = contact - (0.0, 0.0, way - BESIDE)
    boxes = [Box(b.low + end, b.high + contact) for b in hand.parts.values()]
    return any(box.overlaps(other) for box in boxes for other in beside)


def _point(p: Array) -> Vec3:
    return float(p[0]), float(p[1]), float(p[2])
