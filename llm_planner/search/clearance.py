"""What keeps a sweep from being begun here, in words with numbers."""

from __future__ import annotations

import numpy as np

from habilis.policies.skills.geometry.in_hand import InHand
from habilis.policies.skills.geometry.solids import Box
from habilis.policies.skills.sweeping import Sweep, sweep_path, touched_box

OVERLAP = 0.005  # m by which a face must reach above the lower edge of what it pushes
ENGAGED = 0.01  # m that a face reaches below the top of what it pushes, or half its height
NEARER = 0.002  # m between the hand and what it must not come down on


def face_of(hand: InHand, part: str | None) -> Box:
    """The box of a part of what is in the hand; None is the front of a chain of things."""
    return hand.box if part is None else hand.parts[part]


def beyond_reach(sweep: Sweep, hand: InHand) -> tuple[float, str]:
    """How far a sweep's way leaves the workspace at the most, m, and along which axis."""
    space = sweep.senses.scene.workspace
    outside = np.max([np.abs(space.outside(p)) for p in sweep_path(sweep, hand)], axis=0)
    k = int(np.argmax(outside))
    return float(outside[k]), "xyz"[k]


def hindrance(sweep: Sweep, hand: InHand, part: str | None) -> str:
    """What keeps a sweep that lies within reach from being begun; '' if nothing does.

    Args:
      sweep: with its senses set.
      hand: what would do it.
      part: whose face would touch the object.
    """
    senses, name = sweep.senses, sweep.object
    beside, behind, contact, _ = sweep_path(sweep, hand)
    solid = [senses.part_box(name, p) for p in senses.scene.body(name).parts]
    up = np.array([0.0, 0.0, 1.0])
    for own, box in hand.parts.items():
        column = Box(box.low + beside, box.high + beside + up)
        if any(column.overlaps(s, NEARER) for s in solid):
            return f"its {own} would come down on {name}" if hand.name else _down(name)
        if any(box.shifted(behind).overlaps(s, NEARER) for s in solid):
            return f"there is no room for its {own} behind {name}" if hand.name else _room(name)
    return _passes(face_of(hand, part).shifted(contact), sweep)


def _passes(face: Box, sweep: Sweep) -> str:
    target = touched_box(sweep.senses, sweep.object, sweep.object_part)
    engaged = min(ENGAGED, float(target.size[2]) / 2)
    over = float(face.low[2] - (target.high[2] - engaged))
    under = float(target.low[2] + OVERLAP - face.high[2])
    if over > 0:
        return f"its face would pass {over:.3f} m too high over {sweep.object}"
    return f"its face would pass {under:.3f} m too low under {sweep.object}" if under > 0 else ""


def _down(name: str) -> str:
    return f"the fingers would come down on {name}"


def _room(name: str) -> str:
    return f"there is no room for the fingers behind {name}"
