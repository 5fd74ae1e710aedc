"""Where on the table a tool can be put down: on which of its sides it rests, turned which way."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.dextool.scans import TABLE_SIZE
from habilis.assets.scene.model.compile import Compiled
from habilis.envs.dextool.pickup import at_ease
from habilis.envs.dextool.poses import apart, compose
from habilis.envs.dextool.reach import Clear
from habilis.envs.world.poses import matrices
from habilis.envs.world.world import World

_DROPPED, _FALL, _LOOKED = 32, 150, 30  # tools; control steps until they lie, and are looked at
_HIGH, _EDGE = 0.1, 0.06  # m over the table, and from its edge
_STILL, _SAME = 0.001, 0.95  # m; cosine between directions that are one


def resting(compiled: Compiled, rng: np.random.Generator) -> Array:
    """(S, 7) poses in which a tool comes to rest on the table, its origin over the middle.

    Of each side on which it rests there is one; it is let go in physics with a random turn.

    Args:
      compiled: scene with the robot and the tool.
      rng: of the turns.
    """
    turn = rng.normal(size=(_DROPPED, 4))
    start = np.zeros((_DROPPED, 7))
    start[:, 1:3] = -TABLE_SIZE[1] / 4, _HIGH
    start[:, 3:] = turn / np.linalg.norm(turn, axis=1, keepdims=True)
    motion, clear = at_ease(World(compiled, _DROPPED, 1), start), Clear(compiled)
    hand = compiled.robot.effector.hand
    assert hand is not None
    arm, fingers = motion.q[0], np.array(hand.home)
    for _ in range(_FALL):
        motion.step()
    before = motion.tool.copy()
    for _ in range(_LOOKED):
        motion.step()
    found: list[Array] = []
    for pose, last in zip(motion.tool, before, strict=True):
        up = matrices(pose[None, 3:])[0, 2]
        new = all(up @ matrices(other[None, 3:])[0, 2] < _SAME for other in found)
        lies = apart(pose, last) < _STILL and pose[2] > 0 and clear.apart(arm, fingers, pose)
        if new and lies:
            found.append(pose * np.array([0, 0, 1, 1, 1, 1, 1]))
    return np.array(found).reshape(-1, 7)


def draw_spots(compiled: Compiled, rest: Array, rng: np.random.Generator, n: int) -> Array:
    """(n, 7) a resting pose (7,), turned and shifted on the table where there is room.

    Fewer where there is hardly any.

    Args:
      compiled: scene with the robot, the tool and what stands around.
      rest: as ``resting`` found it.
      rng: of what is drawn.
      n: how many.
    """
    clear, half = Clear(compiled), np.array(TABLE_SIZE[:2]) / 2 - _EDGE
    found: list[Array] = []
    for _ in range(4 * n):
        yaw, (x, y) = rng.uniform(-np.pi, np.pi), rng.uniform(-half, half)
        spot = compose(np.array([x, y, 0, np.cos(yaw / 2), 0, 0, np.sin(yaw / 2)]), rest)
        if clear.room(spot):
            found.append(spot)
        if len(found) == n:
            break
    return np.array(found).reshape(-1, 7)
