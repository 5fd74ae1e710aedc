"""What stands between the fingers of an end effector, and not only at their ends."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.scene.solids.container import container
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene
from habilis.envs.control.kinematics import ArmKinematics

SPACING = 0.003  # m between the lines along which a thing is looked for
DEPTH = 0.002  # m from the pad of a finger to where that is, on either side of the pad


class Between:
    """Tells whether a thing is on the inner side of the fingers that touch it.

    Right in front of the pads of both fingers, lines run across where the fingers are. A thing that
    is met there, and not in the fingers behind, is between them. Fingers that press on a thing from
    above, or both from one side, have nothing there, or, if they press so hard that they go into
    it, as much before as behind their pads.

    Args:
      scene: whose robot it is; it has an arm.
      n: of how many at most.
    """

    def __init__(self, scene: Scene, n: int) -> None:
        self._arm = ArmKinematics(scene.robot, scene.base, n)
        low, high = (np.array(corner) for corner in self._arm.robot.effector.outline.opened)
        along = [_lines(low, high, *axes) for axes in ((0, 2), (2, 0))]
        self._starts, self._ways = (np.concatenate(part) for part in zip(*along, strict=True))
        self._far = np.repeat([(high - low)[k] for k in (0, 2)], [len(s) for s, _ in along])

    def takes(
        self, q: Array, opening: Array, parts: tuple[Part, ...], pos: Array, rot: Array
    ) -> Mask:
        """(k,) whether a thing is between the fingers.

        Args:
          q: (k, j) joints of the arms, rad.
          opening: (k,) of the end effectors, m.
          parts: of the thing.
          pos, rot: (k, 3) m and (k, 3, 3) of its frame, world.
        """
        tcp, hand = self._arm.tcp(q)
        solids, out = container(parts).solids, np.ones(len(q), bool)
        ways = self._ways @ hand.swapaxes(1, 2) @ rot
        for side in (-1.0, 1.0):
            met = []
            for off in (np.maximum(opening / 2 - DEPTH, 0.0), opening / 2 + DEPTH):
                own = np.repeat(self._starts[None], len(q), axis=0)
                own[..., 1] = side * off[:, None]
                starts = (tcp[:, None] + own @ hand.swapaxes(1, 2) - pos[:, None]) @ rot
                met.append((solids.entry(starts, ways) < self._far[:, None]).any(axis=2))
            before, behind = met
            out &= np.logical_or.reduce(before & ~behind, axis=1)
        return out


def _lines(low: Array, high: Array, way: int, beside: int) -> tuple[Array, Array]:
    """Where lines (k, 3) along an axis begin in a box, and unit vectors (k, 3) along them."""
    count = int(np.ceil((high - low)[beside] / SPACING))
    starts, ways = np.zeros((2, count, 3))
    starts[:, way], ways[:, way] = low[way], 1.0
    starts[:, beside] = low[beside] + (np.arange(count) + 0.5) / count * (high - low)[beside]
    return starts, ways
