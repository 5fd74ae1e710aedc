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
from habilis.envs.dextool.use.ways import Way
from habilis.envs.world.poses import matrices

_FASTER, _SLOWER = 5.0, 10.0  # m/s^2
_SEE = 0.05  # share of what is new in how the tool is taken to lie in the hand, each step
_STEADY = 0.2  # m/s above which it is not looked at: in a blow
_PRESS = 0.002  # m that an edge which feels nothing is sent into what it is to press on
_ASIDE, _FAR = 1.5, 0.015  # 1/s by which an edge is brought back to its way; m at most
_FEEL = 0.3  # share of what is new in a force that is felt, each step
_TOUCH = 0.05  # N
_WAIT = 80  # steps that an edge waits for a touch before it goes on
_LATE = 4.0  # times what a way would take before it is given up
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
        self._force, self._aside = np.zeros(n), np.zeros((n, 3))
        self._here = self.edge

    @property
    def edge(self) -> Array:
        """(N, 3) where the edges are, m."""
        tool = self.motion.tool
        out: Array = tool[:, :3] + (matrices(tool[:, 3:]) @ self._edge[..., None])[..., 0]
        return out

    def follow(
        self, way: Way, into: Array | None = None, force: float = 1.0, felt: Felt | None = None
    ) -> Iterator[int]:
        """Lead the edges along a way; yields the steps gone so far after each.

        Args:
          way: its knots.
          into: (3,) unit vector into what is pressed on.
          force: with which it is, N.
          felt: the force that is felt.
        """
        n, rows = self.world.n, np.arange(self.world.n)
        knots = np.concatenate((self._here[:, None], way.points), axis=1)
        length = np.linalg.norm(np.diff(knots, axis=1), axis=2)
        least = (length / way.speed).sum(axis=1).max() + len(way.speed) * 0.2
        to, gone, speed, waited = np.zeros(n, int), *np.zeros((2, n)), np.zeros(n, int)
        normal = np.zeros(3) if into is None else into
        last = len(way.speed) - 1
        for _ in range(int(_LATE * least / DT) + _WAIT):
            now = np.minimum(to, last)
            press = way.press[now] & (to <= last)
            left = length[rows, now] - gone
            speed = np.minimum(speed + _FASTER * DT, way.speed[now])
            braked = np.sqrt(2 * _SLOWER * np.maximum(left, 0.0))
            speed = np.where(way.rest[now], np.minimum(speed, braked), speed)
            if felt is not None:
                self._force += _FEEL * (felt() - self._force)
                on = press & np.insert(way.press, 0, False)[now]
                idle = on & (self._force < _TOUCH)
                waited = np.where(idle, waited + 1, 0)
                speed = np.where(idle & (waited < _WAIT), 0.0, speed)
            ahead = np.where(to > last, 0.0, np.minimum(speed * DT, np.maximum(left, 0.0)))
            part = np.clip((gone + ahead) / np.maximum(length[rows, now], 1e-9), 0, 1)[:, None]
            point = knots[rows, now] + part * (knots[rows, now + 1] - knots[rows, now])
            slowed = self._lead(point, press, normal, force)
            gone = gone + ahead * slowed
            self._here = np.where((slowed > 0.999)[:, None], point, self._here)
            done = (to <= last) & (length[rows, now] - gone < 1e-6 + 0.02 * speed * DT)
            speed = np.where(done & way.rest[now], 0.0, speed)
            to, gone = to + done, np.where(done, 0.0, gone)
            self.steps += 1
            yield self.steps
            if (self.over | (to > last)).all():
                return

    def _lead(self, point: Array, press: Mask, into: Array, force: float) -> Array:
        """One step towards points (N, 3); returns (N,) which share of the way was gone."""
        off = point - self.edge
        off -= (off @ into)[:, None] * into
        moved = np.where(press[:, None], self._aside + _ASIDE * DT * off, 0.95 * self._aside)
        self._aside = (
            moved * np.minimum(1, _FAR / np.maximum(np.linalg.norm(moved, axis=1), 1e-9))[:, None]
        )
        deep = np.where(press, _PRESS * np.clip(1 - self._force / force, -1, 1), 0.0)
        want = point + self._aside + deep[:, None] * into - self._lever[..., 0]
        tool = np.concatenate((want, self._quats), axis=1)
        q = self.motion.q
        way = self.motion.aim(tool, self._held, _ITERATIONS) - q
        slower = np.maximum(np.abs(way).max(axis=1) / BRISK, 1.0)
        way = np.where(self.over[:, None], 0.0, way / slower[:, None])
        self.motion.lead(q + way)
        self._look()
        share: Array = 1 / slower
        return share

    def _look(self) -> None:
        """See how tools lie in the hands, unless they are in a blow, and which are lost."""
        held = self.motion.held
        fresh = np.isfinite(held).all(axis=1) & ~self.world.diverged
        same = np.sign((held[:, 3:] * self._held[:, 3:]).sum(axis=1, keepdims=True))
        seen = self._held + _SEE * (
            np.concatenate((held[:, :3], same * held[:, 3:]), axis=1) - self._held
        )
        seen[:, 3:] /= np.linalg.norm(seen[:, 3:], axis=1, keepdims=True)
        self._held = np.where((fresh & ~self.over)[:, None], seen, self._held)
        self.over |= ~fresh | (apart(np.nan_to_num(held), self._first) > LOST)
