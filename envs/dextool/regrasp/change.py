"""Changing a grasp: the tool is put down, let go, and taken from the table another way."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.envs.dextool.following import BRISK, SPEED, Motion, repeated
from habilis.envs.dextool.grasping import Grasps
from habilis.envs.dextool.pickup import RAISED, RISEN, closing_on, going
from habilis.envs.dextool.poses import compose

_OPEN, _REST = 30, 8  # control steps in which a hand opens, and in which a tool comes to rest
_GAP = 0.002  # m over where it rests at which a tool is let go


@dataclasses.dataclass(frozen=True, eq=False)
class Change:
    """A change of grasp on the table.

    Attributes:
      at: goals that are reached before it.
      spot: (7,) where the tool is put down.
      put: (2, 7) joints with the first grasp, over the spot and at it, rad.
      leave: (j,) joints of the hand when it has let go, rad.
      via: (V, 7) joints on the empty hand's way, rad.
      opened: (1,) the hand before it closes again.
      take: (2, 7) joints with that, over the spot and at it, rad.
      lag: rad that the hand's commands may be ahead of joints that press.
    """

    at: int
    spot: Array
    put: Array
    leave: Array
    via: Array
    opened: Grasps
    take: Array
    lag: float

    def steps(self, motion: Motion) -> Iterator[None]:
        """See ``Regrasp``."""
        n, hand = motion.world.n, motion.world.robot.effector.hand
        assert hand is not None
        over, low = (np.tile(q, (n, 1)) for q in self.put)
        yield from going(motion, motion.aim(self.spot + RAISED, motion.held, near=over))
        lowered = self.spot + np.array([0, 0, _GAP, 0, 0, 0, 0])
        yield from going(motion, motion.aim(lowered, motion.held, near=low))
        yield from _bend(motion, hand.command(self.leave[None]))
        palm = motion.palm + RAISED
        motion.hurry(BRISK)
        yield from going(motion, motion.aim(palm, np.eye(7)[[3]] , near=over))
        for i, q in enumerate(self.via):
            yield from going(motion, np.tile(q, (n, 1)))
        yield from _bend(motion, self.opened.ctrl)
        opened, tool = repeated(self.opened, 0, n), motion.tool.copy()
        over, low = (np.tile(q, (n, 1)) for q in self.take)
        over = motion.aim(tool + RAISED, opened.pose, near=over)
        low = motion.aim(tool, opened.pose, near=low)
        yield from closing_on(motion, opened, over, low, np.full(n, self.lag))
        motion.hurry(SPEED)
        yield from going(motion, over)

    def holds(self, motion: Motion) -> Mask:
        """See ``Regrasp``."""
        out: Mask = (motion.tool[:, 2] > self.spot[2] + RISEN) & ~motion.world.diverged
        return out


def _bend(motion: Motion, ctrl: Array) -> Iterator[None]:
    """Send hands to commands (1, a), slowly, and wait; yields after each control step."""
    start = motion.ctrl.copy()
    for i in range(_OPEN + _REST):
        motion.ctrl = start + min((i + 1) / _OPEN, 1.0) * (ctrl - start)
        motion.step()
        yield
