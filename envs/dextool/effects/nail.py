"""How far a nail is driven, and whether by blows."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.dextool.scans import TOOL
from habilis.assets.dextool.work import NAIL, NAIL_FREE, NailWork
from habilis.assets.scene.model.pairs import ROBOT
from habilis.envs.dextool.poses import compose, inverse
from habilis.envs.world.world import World

BLOW = 0.1  # m/s with which a tool comes onto a nail in a blow
_FELT = 0.1  # s after its beginning in which a blow drives
_AWAY = 0.05  # s that a tool is off the nail before a blow: what chatters does not strike


class NailEffect:
    """Nails of N episodes.

    Args:
      world: the physics, with a nail in its scene.
      work: where its free end is, and which way it goes.
      dt: s between notes.

    Attributes:
      blows: (N,) how often a tool came onto the nail fast enough.
      driven: (N,) by which way blows drove it, m; pushed: (N,) slower, or with the hand's help, m.
    """

    def __init__(self, world: World, work: NailWork, dt: float) -> None:
        self._world, self._work, self._dt = world, work, dt
        ledger, n = world.ledger, world.n
        self._tool, self._hand = (ledger.column(name, NAIL) for name in (TOOL, ROBOT))
        self._still = np.concatenate((work.head, [1.0, 0, 0, 0]))
        self._last = np.full((n, 7), np.nan)
        self._speed, self._depth, self._left, self._away = np.zeros((4, n))
        self.blows = np.zeros(n, int)
        self.driven, self.pushed = np.zeros((2, n))

    def note(self, tool: Array, over: Mask) -> None:
        """See ``Effect``."""
        now, deepest = self._world.ledger.now, np.minimum(self._world.opening(NAIL), NAIL_FREE)
        depth = np.maximum(self._depth, deepest)
        touching = now[:, self._tool]
        begins = touching & (self._away > _AWAY) & (self._speed > BLOW) & ~over
        self.blows += begins
        self._left = np.where(begins, _FELT, self._left - self._dt)
        gain = np.where(over, 0.0, depth - self._depth)
        hit = touching & ~now[:, self._hand] & (self._left > 0)
        self.driven += gain * hit
        self.pushed += gain * ~hit
        self._speed = np.where(touching, 0.0, self._approach(tool, depth))
        self._away = np.where(touching, 0.0, self._away + self._dt)
        self._last, self._depth = tool.copy(), depth

    def _approach(self, tool: Array, depth: Array) -> Array:
        """(N,) speed, the nail's way, of the points of tools that are where nails' heads are."""
        at = np.tile(self._still, (len(tool), 1))
        at[:, :3] += depth[:, None] * self._work.axis
        went = compose(tool, compose(inverse(self._last), at)) - at
        speed: Array = went[:, :3] @ self._work.axis / self._dt
        return np.nan_to_num(speed)

    def scores(self) -> dict[str, Array]:
        """See ``Effect``: the score is the share of ``NAIL_FREE`` that blows drove."""
        return {
            "score": self.driven / NAIL_FREE, "driven_mm": 1e3 * self.driven,
            "blows": self.blows.astype(float), "pushed_mm": 1e3 * self.pushed,
            "mm_a_blow": 1e3 * self.driven / np.maximum(self.blows, 1),
        }  # fmt: skip
