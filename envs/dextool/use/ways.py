"""Ways of a tool's working edge: a blow, a stroke that is pressed on, a sweep over a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.dextool.work import NAIL_FREE, BoardWork, NailWork, SweepWork

SWING, OVER, _GIVE = 0.12, 0.04, 0.02
"""M before a nail where a blow begins; behind its head where it ends; and behind where a nail that
is in has its head, for the hand gives way."""
_CLEAR = 0.03  # m off a board, between strokes
_UP = 0.06  # m above the table, between sweeps
_BEHIND, _BEYOND = 0.035, 0.05  # m before beads and beyond the line of a sweep
_ABOVE = 0.002  # m above the table, of a brush
_BESIDE = (0.0, 0.015, -0.015)  # m by which sweeps lie beside each other
CARRY = 0.15  # m/s where nothing is touched
BLOW, DRAW, WIPE, BRUSH = 1.2, 0.012, 0.03, 0.12  # m/s, at most


@dataclasses.dataclass(frozen=True, eq=False)
class EdgeWay:
    """Where the edges of N tools go, along straight lines from knot to knot.

    Attributes:
      points: (N, P, 3) knots, m.
      speed: (P,) m/s towards each.
      rest: (P,) whether the edge comes to rest there.
      press: (P,) whether it is pressed on what it works at while it goes there.
    """

    points: Array
    speed: Array
    rest: Mask
    press: Mask


def strike(work: NailWork, depth: Array) -> EdgeWay:
    """One blow on nails that are in by depths (N,), m: swing out, hit, and come away again."""
    head = work.head + depth[:, None] * work.axis
    deep = work.head + np.minimum(depth + OVER, NAIL_FREE + _GIVE)[:, None] * work.axis
    back = head - SWING * work.axis
    return EdgeWay(
        np.stack((back, deep, back), axis=1), np.array([CARRY, BLOW, CARRY]),
        np.array([True, True, True]), np.zeros(3, bool),
    )  # fmt: skip


def stroke(paths: Sequence[Array], into: Array, speed: float, n: int = 1) -> EdgeWay:
    """Lines on a board, one after the other, the edge lifted between them.

    Args:
      paths: of each line, (k, 3) points of the face, m.
      into: (3,) unit vector into the board.
      speed: on the board, m/s.
      n: tools that go the same way.
    """
    points: list[Array] = []
    press: list[bool] = []
    for path in paths:
        points += [path[0] - _CLEAR * into, path[0], *path[1:], path[-1] - _CLEAR * into]
        press += [False, True, *[True] * (len(path) - 1), False]
    on = np.array(press)
    return EdgeWay(
        np.tile(np.array(points), (n, 1, 1)), np.where(on, speed, CARRY),
        ~on | ~np.append(on[1:], False) | ~np.insert(on[:-1], 0, False), on,
    )  # fmt: skip


def sweep(work: SweepWork, n: int = 1) -> EdgeWay:
    """Sweeps beside each other, from behind the beads to beyond the line."""
    axis, aside = np.array([*work.axis, 0.0]), np.array([-work.axis[1], work.axis[0], 0.0])
    beads = work.stands[-1]
    region = beads.grains.region if beads.grains else None
    assert region is not None
    middle = np.array([*beads.pos[:2], 0.0])
    half = np.abs(axis @ np.array(region)) / 2
    start = middle - (half + _BEHIND) * axis
    end = middle + (work.line + _BEYOND - middle @ axis) * axis
    up, low = np.array([0.0, 0.0, _UP]), np.array([0.0, 0.0, _ABOVE])
    points: list[Array] = []
    for by in _BESIDE:
        points += [p + by * aside for p in (start + up, start + low, end + low, end + up)]
    speed = np.tile([CARRY, CARRY / 2, BRUSH, CARRY], len(_BESIDE))
    return EdgeWay(
        np.tile(np.array(points), (n, 1, 1)), speed, np.ones(len(speed), bool),
        np.zeros(len(speed), bool),
    )  # fmt: skip


def strokes_on(work: BoardWork) -> list[Array]:
    """The strokes of a board as (k, 3) points of its face, m."""
    board = next(thing for thing in work.stands if thing.name == work.board)
    face = board.pos[0] - board.size()[0] / 2
    return [np.insert(line, 0, face, axis=1) for line in work.strokes]
