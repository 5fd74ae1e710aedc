"""How high the ground is: the floor, and the upper sides of what stands on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.scene.solids.parts import rotation
from habilis.assets.scene.things import Scene
from habilis.envs.world.poses import matrices

THIN = 0.02  # m: what is thinner bears nobody
_LEVEL = 0.8  # cosine of the tilt beyond which the side of a box is no ground


class Terrain:
    """The ground of a scene, given where things are.

    Every part that bears counts as the box around it, but for what is thinner than ``THIN``.

    Args:
      scene: whose things.
      bodies: names of the bodies whose poses are given, in their order.
      without: names of things that do not count.
    """

    def __init__(self, scene: Scene, bodies: Sequence[str], without: Sequence[str] = ()) -> None:
        things = [thing for thing in scene.entities if thing.name not in without]
        parts = [
            (bodies.index(name), part)
            for thing in things for name, body in thing.bodies() for part in body.parts
            if part.solid and 2 * part.half_extents().min() > THIN
        ]  # fmt: skip
        self._bodies = np.array([i for i, _ in parts], int)
        self._things = [bodies[i].partition("/")[0] for i, _ in parts]
        self._at = np.array([part.pos for _, part in parts]).reshape(-1, 3)
        self._half = np.array([part.half_extents() for _, part in parts]).reshape(-1, 3)
        turns = [rotation(part.euler) for _, part in parts]
        self._turn = np.array(turns).reshape(-1, 3, 3)

    def heights(self, points: Array, pos: Array, quat: Array, without: Sequence[str] = ()) -> Array:
        """Height of the ground (N, k), m.

        Args:
          points: (N, k, 2) in the plane, m.
          pos: (N, B, 3) of the bodies, m; quat: (N, B, 4) how they are turned, wxyz.
          without: N names of things that do not count there; '' for none.
        """
        out: Array = np.zeros(points.shape[:2])
        turn = matrices(quat[:, self._bodies])
        at = pos[:, self._bodies] + (turn @ self._at[..., None])[..., 0]
        turn = turn @ self._turn
        sims, parts = np.nonzero(self._near(points, at, turn, without))
        if not len(sims):
            return out
        top = _tops(points[sims], at[sims, parts], turn[sims, parts], self._half[parts])
        first = np.flatnonzero(np.diff(sims, prepend=-1))  # of each simulation's parts
        out[sims[first]] = np.maximum(np.maximum.reduceat(top, first, axis=0), 0.0)
        return out

    def _near(self, points: Array, at: Array, turn: Array, without: Sequence[str]) -> Mask:
        """(N, M) which parts may be below any of the points: few, where most lie elsewhere."""
        reach = (np.abs(turn) @ self._half[..., None])[
            ..., 0
        ]  # of the boxes along the world's axes
        low, high = points.min(axis=1)[:, None], points.max(axis=1)[:, None]
        over = (at + reach)[..., :2] >= low
        over &= (at - reach)[..., :2] <= high
        near: Mask = over.all(axis=-1) & ((at + reach)[..., 2] > 0)
        near &= np.abs(turn[..., 2, 2]) > _LEVEL
        if any(without):
            near &= [[thing != name for thing in self._things] for name in without]
        return near


def _tops(points: Array, at: Array, turn: Array, half: Array) -> Array:
    """Heights (P, k) of the upper sides of boxes at points (P, k, 2); 0 where a box is not.

    Args:
      points: in the plane, m.
      at, turn: (P, 3) m, (P, 3, 3): where the boxes are.
      half: (P, 3) of their lengths, m.
    """
    normal, off = turn[..., 2], points - at[:, None, :2]
    side = np.sign(normal[:, 2]) * half[:, 2]
    lean = (off @ normal[:, :2, None])[..., 0]
    z = (side[:, None] - lean) / normal[:, 2, None]
    local = np.concatenate((off, z[..., None]), axis=-1) @ turn
    within = (np.abs(local[..., :2]) <= half[:, None, :2]).all(axis=-1)
    return np.where(within, at[:, 2, None] + z, 0.0)
