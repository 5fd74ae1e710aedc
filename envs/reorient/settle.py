"""Makes the starts of episodes by physics: objects held between the fingers, or lying on a table.

python -m habilis.envs.reorient.settle assets/reorient/starts.json

An object is held still, without weight, while the fingers close around it; then it is let go, and
its weight comes on, palm down and palm up in turn. What stays is kept.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.reorient.scene import GRAVITY, MIDDLE, SUPPORT_AT
from habilis.assets.reorient.shapes import SHAPES, TurnShape
from habilis.assets.scene.solids.parts import rotation
from habilis.envs.reorient.turning import Turning, random_turns
from habilis.envs.world.poses import matrices

Finger = tuple[float, float, float, float]

OPEN: tuple[Finger, Finger] = ((0.45, 0.15, 0.2, 0.3), (1.5, 0.0, 0.5, -0.6))
SHUT: tuple[Finger, Finger] = ((2.0, 0.15, 1.6, 1.4), (1.7, 0.0, 2.0, 1.3))
"""A finger (mcp, rot, pip, dip; rot is the ring's, the index mirrors it) and the thumb (cmc, axl,
mcp, ipl): what they set out from and to when they close around an object, rad."""
AROUND: tuple[Finger, Finger] = ((0.75, 0.15, 0.35, 0.5), (1.5, 0.0, 0.9, -0.5))
"""The same, over an object on the table."""
COUNT, TRIES = 12, 48  # starts of each shape; candidates for them
CLOSE_S, HOLD_S, REST_S = 0.9, 0.5, 1.2
SQUEEZE = (0.10, 0.25)  # rad that servos are told beyond where the object stopped the fingers
NEAR, SLOW = 0.045, 0.03  # m from ``MIDDLE``, m/s: of what counts as at rest in the hand
DEEP = 0.002  # m that anything may sink into the object
SLIP = 0.006  # m that a held object may move in ``HOLD_S``
_DIGITS = 5
_SEED = 17

Rows = dict[str, list[list[float]]]


def make(shapes: Sequence[TurnShape], table: bool) -> Rows:
    """By shape, up to ``COUNT`` starts: joints, targets, position and quaternion in a row.

    Args:
      shapes: to hold.
      table: whether the object lies on the table; else it is held, palm up or down.
    """
    world = Turning(shapes, "down", table, TRIES * len(shapes))
    which, rng = np.repeat(np.arange(len(shapes)), TRIES), np.random.default_rng(_SEED)
    world.give(np.arange(world.n), which)
    rows, good = _laid(world, rng) if table else _held(world, rng)
    return {
        shape.name: rows[list(itertools.islice(np.flatnonzero(good & (which == k)), COUNT))]
        .round(_DIGITS)
        .tolist()
        for k, shape in enumerate(shapes)
    }


def posture(world: Turning, of: tuple[Finger, Finger]) -> Array:
    """(N, j) joints, rad, of a posture of one finger and the thumb."""
    out = np.zeros(len(world.hand.joints))
    for finger, joints in world.hand.fingers.items():
        row = np.array(of[finger == "thumb"])
        if finger != "thumb":
            row[1] *= {"index": -1, "middle": 0, "ring": 1}[finger]
        out[[world.hand.joints.index(joint) for joint in joints]] = row
    return np.tile(out, (world.n, 1))


def _held(world: Turning, rng: np.random.Generator) -> tuple[Array, Mask]:
    n = world.n
    turns, pos = random_turns(rng, n), np.array(MIDDLE) + rng.uniform(-0.01, 0.01, (n, 3))
    low, high = posture(world, OPEN), posture(world, SHUT)
    world.world.gravity[:] = 0.0
    world.pose(np.arange(n), low, low, pos, turns)
    squeeze, steps = rng.uniform(*SQUEEZE, (n, 1)), round(CLOSE_S / world.dt)
    for k in range(steps):
        way = low + (high - low) * (k + 1) / steps
        world.step(np.clip(way, world.q - squeeze, world.q + squeeze))
        world.place(np.arange(n), pos, turns)
    _wait(world, HOLD_S / 2)
    for part in (0.3, 0.6, 1.0):
        world.world.gravity[:, 2] = part * GRAVITY
        _wait(world, HOLD_S / 3)
    before, rows, good = world.pos.copy(), _rows(world), _sound(world)
    for side in (1.0, -1.0):
        world.world.gravity[:, 2] = side * GRAVITY
        _wait(world, HOLD_S)
        good &= _calm(world) & (np.linalg.norm(world.pos - before, axis=1) < SLIP)
    return rows, good


def _laid(world: Turning, rng: np.random.Generator) -> tuple[Array, Mask]:
    turns, q = random_turns(rng, world.n), posture(world, AROUND)
    pos = np.tile(MIDDLE, (world.n, 1))
    pos[:, 2] = SUPPORT_AT - 0.001 - _reach(world, turns)
    world.pose(np.arange(world.n), q, q, pos, turns)
    _wait(world, REST_S)
    return _rows(world), _sound(world) & _calm(world)


def _wait(world: Turning, seconds: float) -> None:
    targets = world.ctrl.copy()
    for _ in range(round(seconds / world.dt)):
        world.step(targets)


def _rows(world: Turning) -> Array:
    return np.concatenate((world.q, world.ctrl, world.pos, world.quat), axis=1)


def _calm(world: Turning) -> Mask:
    slow = np.linalg.norm(world.linear, axis=1) < SLOW
    return slow & (world.away < NEAR) & ~world.diverged


def _sound(world: Turning) -> Mask:
    return np.array([world.depth(i) < DEEP for i in range(world.n)])


def _reach(world: Turning, turns: Array) -> Array:
    """(N,) how far objects stick out along z when they are turned, m."""
    shapes = [world.shapes[s] for s in world.shape]
    pairs = zip(shapes, matrices(turns), strict=True)
    return np.array([max(_ends(shape, turn)) for shape, turn in pairs])


def _ends(shape: TurnShape, turn: Array) -> list[float]:
    highs = [part.extent(turn @ rotation(part.euler))[1] for part in shape.parts]
    middles = [turn @ np.array(part.pos) for part in shape.parts]
    return [float((a + b)[2]) for a, b in zip(highs, middles, strict=True)]


def main(path: Path) -> None:
    """Write the starts of all shapes."""
    made: dict[str, Rows] = {"held": {}, "table": {}}
    for shape in SHAPES.values():
        for kind, rows in made.items():
            rows |= make([shape], kind == "table")
        print(shape.name, *(len(rows[shape.name]) for rows in made.values()), flush=True)
    lines = ",\n".join(
        f'"{kind}": {{\n'
        + ",\n".join(f'"{name}": {json.dumps(row)}' for name, row in rows.items())
        + "\n}"
        for kind, rows in made.items()
    )
    path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
