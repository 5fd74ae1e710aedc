"""Whether the object was lifted by the tool, and nothing else, for long enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Ids, Mask
from habilis.assets.pick.scene import CENTRE, LIFT
from habilis.envs.pick.picking import PAIRS, Picking

HOLD_S = 1.0
SLIP = 0.01  # m, of the lift that the tool need not have done itself
LOST = 0.25  # m, from the middle of the region
DROPPED, DIVERGED, OUT = "the tool was dropped", "the simulation diverged", "the object was lost"
_BASE, _MOVING, _ROBOT, _TABLE, _SCRAPE, _BUMP = range(len(PAIRS))


class LiftJudge:
    """Watches N simulations, once a step.

    Attributes:
      rest: (N,) height at which the object lay, m; height: (N,) above that now.
      gripped: (N,) both halves of the tool touched it all through the last step, and no finger.
      raised: (N,) how far it went up while gripped since it last touched table or robot, m.
      held: (N,) for how long it has been up, gripped and off the table, s.
      peak: (N,) greatest force of either tip on the object since reset, N.
      scrape: (N,) greatest force of tool or robot on the table since reset, N.
      crushed: (N,) whether ``peak`` passed what the object bears.
      success: (N,); failure: (N,) reasons, '' for none.
    """

    def __init__(self, world: Picking) -> None:
        self._world = world
        self.rest, self.raised, self.held, self.peak, self.scrape, self.height = np.zeros(
            (6, world.n)
        )
        self._before = np.zeros(world.n)
        self.gripped, self.success = np.zeros((2, world.n), bool)
        self.failure = np.full(world.n, "", dtype=object)

    @property
    def crushed(self) -> Mask:
        """See the class."""
        out: Mask = self.peak > self._world.fragile
        return out

    def reset(self, ids: Ids) -> None:
        """New episodes have begun in ``ids`` (k,)."""
        for row in (self.raised, self.held, self.peak, self.scrape, self.height):
            row[ids] = 0.0
        self.rest[ids] = self._before[ids] = self._world.thing[ids, 2]
        self.gripped[ids], self.success[ids], self.failure[ids] = False, False, ""

    def begin(self) -> None:
        """See ``Judge``: what is written into the state between steps is nobody's lifting."""
        self._before[:] = self._world.thing[:, 2]

    def update(self, dt: float) -> None:
        """See ``Judge``: a step of the world, of dt seconds, is over."""
        world = self._world
        now = world.thing[:, 2]
        found = world.found
        both = world.always[:, _BASE] & world.always[:, _MOVING]
        self.gripped[:] = both & ~found[:, _ROBOT]
        self.height[:] = now - self.rest
        self.raised += np.where(self.gripped, now - self._before, 0.0)
        self.raised[found[:, _TABLE] | found[:, _ROBOT]] = 0.0
        up = self.gripped & ~found[:, _TABLE] & (self.height >= LIFT)
        up &= self.raised >= LIFT - SLIP
        self.held[:] = np.where(up, self.held + dt, 0.0)
        self.peak[:] = np.maximum(self.peak, world.peak[:, [_BASE, _MOVING]].max(axis=1))
        self.scrape[:] = np.maximum(self.scrape, world.peak[:, [_SCRAPE, _BUMP]].max(axis=1))
        self._judge()
        self._before[:] = now

    def _judge(self) -> None:
        world, open_ = self._world, (self.failure == "") & ~self.success
        away = world.thing[:, :2] - np.array(CENTRE)
        lost = (np.abs(away).max(axis=1) > LOST) | (world.thing[:, 2] < -0.02)
        for reason, wrong in ((DIVERGED, world.diverged), (DROPPED, world.dropped), (OUT, lost)):
            self.failure[open_ & wrong & (self.failure == "")] = reason
        self.success |= open_ & (self.failure == "") & (self.held >= HOLD_S)

    def told(self) -> Mapping[str, npt.NDArray[Any]]:
        """Of an episode's end: object, whether it was crushed, greatest forces in N."""
        return {
            "object": self._world.names, "crushed": self.crushed.copy(),
            "peak_force": self.peak.copy(), "table_force": self.scrape.copy(),
        }  # fmt: skip

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Live arrays (N,) that make up its state, by name."""
        return {
            "rest": self.rest, "raised": self.raised, "held": self.held, "peak": self.peak,
            "scrape": self.scrape, "height": self.height, "gripped": self.gripped,
            "success": self.success, "failure": self.failure,
        }  # fmt: skip
