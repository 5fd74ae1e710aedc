"""Arms that lead the edges of tools in their hands along ways, and press them on by a force.

At every step the joints for the next point of the way follow from how the tool is *measured* to
lie in the hand. Where a joint would have to be faster than it may, the whole arm waits for it, so
that the edge stays on its way. What presses goes in until the force is there, and what friction
pulls aside is brought back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.envs.dextool.following import BRISK, DT, LOST, Motion
from habilis.envs.dextool.poses import apart
from habilis.envs.dextool.use.walk import EdgeWalk
from habilis.envs.dextool.use.ways import EdgeWay
from habilis.envs.world.poses import matrices

_SEE = 0.05  # share of what is new in how the tool is taken to lie in the hand, each step
_STEADY = 0.2  # m/s above which it is not looked at: in a blow
_PRESS = 0.002  # m that an edge which feels nothing is sent into what it is to press on
_ASIDE, _FAR = 3.0, 0.015  # 1/s by which an edge is brought back to its way; m at most
_CREEP = 0.1  # share of its speed at which an edge goes on that is far from its way
_FADE = 0.95  # share of that which is left after a step without pressing
_FEEL = 0.3  # share of what is new in a force that is felt, each step
_TOUCH = 0.05  # N
_ITERATIONS = 3

Felt = Callable[[], Array]
"""(N,) force with which edges press, N."""


class Guiding:
    """N arms with tools in their hands.

    Args:
      motion: of arms and hands that hold them.
      quats: (N, 4) how the tools are to be turned.
      edge: (N, 3) what works of them, in their frames, m.

    Attributes:
      world: the physics.
      over: (N,) which have lost the tool; steps: gone so far.
    """

    def __init__(self, motion: Motion, quats: Array, edge: Array) -> None:
        self.motion, self.world, n = motion, motion.world, motion.world.n
        self._quats, self._edge, self._lever = quats, edge, (matrices(quats) @ edge[..., None])
        self._held = motion.held
        self._first = self._held.copy()
        self.over: Mask = np.zeros(n, bool)
        self.steps = 0
        self._force, self._off, self._aside = np.zeros(n), np.zeros(n), np.zeros((n, 3))
        self._here = self.edge
        self._last, self._speed = self._here, np.zeros(n)

    @property
    def edge(self) -> Array:
        """(N, 3) where the edges are, m."""
        tool = self.motion.tool
        out: Array = tool[:, :3] + (matrices(tool[:, 3:]) @ self._edge[..., None])[..., 0]
        return out

    def follow(
        self, way: EdgeWay, into: Array | None = None, force: float = 1.0, felt: Felt | None = None,
        slack: float = np.inf,
    ) -> Iterator[int]:  # fmt: skip
        """Lead the edges along a way; yields the steps gone so far after each.

        Args:
          way: its knots.
          into: (3,) unit vector into what is pressed on.
          force: with which it is, N.
          felt: the force that is felt.
          slack: m beside or behind the way at which what presses hardly goes on.
        """
        walk, normal = EdgeWalk(self._here, way), np.zeros(3) if into is None else into
        for _ in range(walk.patience):
            if felt is not None:
                self._force += _FEEL * (felt() - self._force)
            care = np.clip(1 - walk.press * self._off / slack, _CREEP, 1.0)
            point = walk.next(self._speed, self._force > _TOUCH, care)
            self._here = walk.went(self._lead(point, walk.press, normal, force))
            self.steps += 1
            yield self.steps
            if (self.over | walk.arrived).all():
                return

    def _lead(self, point: Array, press: Mask, into: Array, force: float) -> Array:
        """One step towards points (N, 3); returns (N,) which share of the way was gone."""
        off = point - self.edge
        off -= (off @ into)[:, None] * into
        self._off = np.linalg.norm(off, axis=1)
        aside = np.where(press[:, None], self._aside + _ASIDE * DT * off, _FADE * self._aside)
        far = np.linalg.norm(aside, axis=1, keepdims=True)
        self._aside = aside * np.minimum(1.0, _FAR / np.maximum(far, 1e-9))
        deep = np.where(press, _PRESS * np.clip(1 - self._force / force, -1, 1), 0.0)
        want = point + self._aside + deep[:, None] * into - self._lever[..., 0]
        tool = np.concatenate((want, self._quats), axis=1)
        q = self.motion.q
        way = self.motion.aim(tool, self._held, _ITERATIONS) - q
        slower = np.maximum(np.abs(way).max(axis=1) / BRISK, 1.0)
        way = np.where(self.over[:, None], 0.0, way / slower[:, None])
        self.motion.lead(q + way)
        edge = self.edge
        self._speed, self._last = np.linalg.norm(edge - self._last, axis=1) / DT, edge
        self._look()
        share: Array = 1 / slower
        return share

    def _look(self) -> None:
        """See how tools lie in the hands, unless they are in a blow, and which are lost."""
        held = self.motion.held
        slow = self._speed < _STEADY
        fresh = np.isfinite(held).all(axis=1) & ~self.world.diverged
        same = np.sign((held[:, 3:] * self._held[:, 3:]).sum(axis=1, keepdims=True))
        seen = self._held + _SEE * (
            np.concatenate((held[:, :3], same * held[:, 3:]), axis=1) - self._held
        )
        seen[:, 3:] /= np.linalg.norm(seen[:, 3:], axis=1, keepdims=True)
        self._held = np.where((fresh & slow & ~self.over)[:, None], seen, self._held)
        self.over |= ~fresh | (apart(np.nan_to_num(held), self._first) > LOST)
