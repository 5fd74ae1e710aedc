"""Ways to raise the free edge of something on a level hinge with the end of a held tool."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.goal import Predicate
from habilis.llm_planner.search.options import (
    GRASP_COST,
    Option,
    Vec3,
    clear_of_table,
    graspable,
    grips,
    step,
    taken_up,
)
from habilis.policies.skills.geometry.in_hand import InHand, as_gripped
from habilis.policies.skills.senses import Senses

LEVER_COST = 6.0  # s
UNDER = 0.02  # m that the tool's end reaches under the edge
CLEAR = 0.004  # m between the tool and the edge before it is raised
BEFORE = 0.03  # m outside the edge where the tool is lowered
MORE = 0.02  # m higher than the edge must go
LEVEL = 0.9  # of a hinge's axis that must be horizontal


def levered(senses: Senses, want: Predicate) -> Iterator[Option]:
    """Ways to open something on a hinge that lies level, by lifting its edge."""
    name, joint = want.subject, senses.scene.body(want.subject).joint
    if joint is None or joint.kind != "hinge":
        return
    rot, turn = senses.pose(name)[1], want.value or 0.0
    axis = rot @ np.array(joint.axis) * np.sign(turn)
    if np.hypot(axis[0], axis[1]) < LEVEL:
        return
    box, pivot = senses.box(name), senses.point(name, joint.pos)
    outward = np.cross([0.0, 0.0, 1.0], axis)  # what rises when it turns is on this side
    k = int(np.argmax(np.abs(outward[:2])))
    out = np.sign(outward[k]) * np.eye(3)[k]
    arm = float((box.centre - pivot) @ out) + box.half(out)
    if arm < 2 * UNDER:
        return
    edge = np.array([*(pivot + arm * out)[:2], box.low[2]])
    edge[1 - k] = box.centre[1 - k]
    rise = arm * np.sin(min(abs(turn), np.pi / 2)) + MORE
    for tool in senses.scene.entities:
        if tool.name == name.partition("/")[0] or not tool.movable or tool.grains is not None:
            continue
        for grip in grips(senses, tool.name):
            if graspable(senses, tool.name, grip):
                hand = as_gripped(senses, tool.name, clear_of_table(senses, tool.name, grip))
                yield from _lift(senses, hand, edge, out, rise, grip, name)


def _lift(
    senses: Senses, hand: InHand, edge: Array, out: Array, rise: float, grip: Vec3 | None, name: str
) -> Iterator[Option]:
    """The tool's end goes in under the edge, against ``out``, and up."""
    box = hand.box
    end = edge - out * (UNDER - box.half(out)) - np.array([0, 0, CLEAR + box.high[2]])
    across = np.abs([out[1], out[0], 0.0])
    under = end - box.centre * np.abs(out) - box.centre * across
    before = under + out * (UNDER + BEFORE)
    above = np.array([*before[:2], senses.scene.workspace.upper[2] - 0.05])
    top = under + np.array([0.0, 0.0, rise])
    space = senses.scene.workspace
    if any((np.abs(space.outside(p)) > 1e-9).any() for p in (above, before, under)):
        return
    top[2] = min(top[2], space.upper[2])
    lowest = float((box.low + under)[2])
    if lowest < 0.001:
        return
    assert hand.name is not None
    steps = [*taken_up(senses, hand.name, grip, above[2])]
    steps += [step("move_to_position", position=_point(p)) for p in (above, before, under)]
    steps.append(step("move_to_position", position=_point(top), speed=0.08))
    yield Option(tuple(steps), GRASP_COST + LEVER_COST, f"lever {name} up with {hand.name}")


def _point(p: Array) -> tuple[float, float, float]:
    return float(p[0]), float(p[1]), float(p[2])
