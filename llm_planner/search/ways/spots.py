"""Where on a thing there is room for another, beside what lies there already."""

from __future__ import annotations

import numpy as np

from habilis.policies.skills.geometry.effector import HandRoom
from habilis.policies.skills.geometry.grips import choose_grip
from habilis.policies.skills.geometry.solids import Box
from habilis.policies.skills.senses import Senses

APART = 0.01  # m between spots that are looked at
EDGE = 0.005  # m from the edge of what something is put on
BETWEEN = 0.003  # m to what lies there already

Spot = tuple[float, float]


def spots_on(senses: Senses, name: str, other: str, crowded: bool) -> list[Spot | None]:
    """Places for the middle of a thing on another, (2,) in m; None is the other's own middle.

    Args:
      senses: the present.
      name: what is put there by the hand, whose fingers need room too.
      other: on what.
      crowded: whether more is to go there, so that a place in a corner is of use.

    Returns:
      The free one that is nearest to the middle and, if it is crowded, the farthest as well; the
      middle if none is free.
    """
    base, box = senses.box(other), senses.box(name)
    hand = HandRoom(senses.scene.robot, choose_grip(senses, name).rot).opened.box()
    taken = Box(-box.size / 2, box.size / 2).union(hand)
    there = [
        senses.box(e.name) for e in senses.scene.entities
        if e.name not in (name, other) and senses.box(e.name).high[2] > base.high[2] + EDGE
    ]  # fmt: skip
    room = np.maximum((base.size - box.size)[:2] / 2 - EDGE, 0.0)
    axes = [np.unique(np.append(np.arange(-r, r, APART), [0.0, r])) for r in room]
    spots = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2) + base.centre[:2]
    clear = np.ones(len(spots), bool)
    for each in there:
        low, high = spots + taken.low[:2] - BETWEEN, spots + taken.high[:2] + BETWEEN
        clear &= ((high <= each.low[:2]) | (each.high[:2] <= low)).any(axis=1)
    if not clear.any():
        return [None]
    far = np.hypot(*(spots - base.centre[:2]).T)[clear]
    free = spots[clear]
    picked = [int(far.argmin())] + ([int(far.argmax())] if crowded else [])
    return [
        None if far[k] < 1e-9 else (float(free[k][0]), float(free[k][1]))
        for k in dict.fromkeys(picked)
    ]
