"""How high the ground is: the floor, and the upper sides of what stands on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from habilis.assets.arrays import Array
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
        if not len(self._bodies):
            return np.zeros(points.shape[:2])
        turn = matrices(quat[:, self._bodies])
        at = pos[:, self._bodies] + (turn @ self._at[..., None])[..., 0]
        turn = turn @ self._turn
        normal = turn[..., 2]  # (N, M, 3)
        off = points[:, None] - at[:, :, None, :2]  # (N, M, k, 2)
        up = np.where(np.abs(normal[..., 2]) > _LEVEL, normal[..., 2], np.inf)
        side = np.sign(normal[..., 2]) * self._half[:, 2]
        lean = (off @ normal[..., :2, None])[..., 0]
        z = (side[..., None] - lean) / up[..., None]
        local = np.concatenate((off, z[..., None]), axis=-1) @ turn
        within = (np.abs(local[..., :2]) <= self._half[:, None, :2]).all(axis=-1)
        bears = np.isfinite(up)
        if any(without):
            bears &= [[thing != name for thing in self._things] for name in without]
        top = np.where(within & bears[..., None], at[..., 2, None] + z, 0.0)
        out: Array = np.maximum(top.max(axis=1), 0.0)
        return out
