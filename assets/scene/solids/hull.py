"""Convex hulls of points: their faces and volume."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array

if TYPE_CHECKING:
    import mujoco

_SPAN = 1e-6  # m^3 over m: what is thinner than that is no solid


@dataclasses.dataclass(frozen=True, eq=False)
class Hull:
    """A convex solid.

    Attributes:
      planes: (F, 4) outward unit normals and offsets: inside where normal . p + offset <= 0 for
        all faces, in m.
      volume: m^3.
      centre: (3,) of the volume, m.
      inertia: (3, 3) about the centre at a density of 1, m^5.
    """

    planes: Array
    volume: float
    centre: Array
    inertia: Array

    @classmethod
    @functools.lru_cache(maxsize=4096)
    def of(cls, vertices: tuple[tuple[float, float, float], ...]) -> Hull:
        """The hull of points, m; ValueError if they lie in one plane or are fewer than four."""
        points = np.array(vertices, float).reshape(-1, 3)
        middle = points.mean(axis=0) if len(points) else np.zeros(3)
        spread = np.linalg.svd(points - middle, compute_uv=False)
        if len(points) < 4 or spread[2] < _SPAN:
            raise ValueError(f"{len(points)} points do not span a solid: {points.tolist()[:4]} ...")
        model = _compiled((points - middle) / spread[0])
        planes = _planes(model)
        planes[:, 3] = spread[0] * planes[:, 3] - planes[:, :3] @ middle
        axes = _turn(model.body_iquat[1])
        inertia = axes @ np.diag(model.body_inertia[1]) @ axes.T
        centre = spread[0] * model.body_ipos[1] + middle
        volume = float(model.body_mass[1]) * spread[0] ** 3
        return cls(planes, volume, centre, inertia * spread[0] ** 5)

    def contains(self, points: Array, margin: float = 0.0) -> npt.NDArray[np.bool_]:
        """(...) whether points (..., 3) lie inside or less than ``margin`` m outside each face."""
        distance = points @ self.planes[:, :3].T + self.planes[:, 3]
        return np.logical_and.reduce(distance <= margin, axis=-1)


class Solids:
    """Convex solids side by side, all of which are asked at once.

    Args:
      hulls: P of them, at least one.
    """

    def __init__(self, hulls: Sequence[Hull]) -> None:
        faces = max(len(hull.planes) for hull in hulls)
        planes = np.zeros((len(hulls), faces, 4))
        planes[..., 3] = -1.0  # what is filled up with has everything inside
        for i, hull in enumerate(hulls):
            planes[i, : len(hull.planes)] = hull.planes
        self._normal, self._offset = planes[..., :3].reshape(-1, 3).T.copy(), planes[..., 3]

    def contain(self, points: Array, margin: float = 0.0) -> npt.NDArray[np.bool_]:
        """(..., P) whether points (..., 3) lie inside or less than ``margin`` m outside each."""
        return np.logical_and.reduce(self._beyond(points) <= margin, axis=-1)

    def entry(self, points: Array, direction: Array) -> Array:
        """(..., P) how far rays run until they are inside each, m.

        inf where they miss it, below 0 from inside of it.

        Args:
          points: (..., 3) where they begin, m.
          direction: (..., 3) unit vectors, one for each point or to be broadcast.
        """
        left, speed = -self._beyond(points), self._across(direction)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = left / speed
        into = np.where(speed < 0, at, -np.inf).max(axis=-1)
        out = np.where(speed > 0, at, np.inf).min(axis=-1)
        beside = ((speed == 0) & (left < 0)).any(axis=-1)
        found: Array = np.where(beside | (into > out) | (out < 0), np.inf, into)
        return found

    def _across(self, vectors: Array) -> Array:
        """(..., P, F) of vectors (..., 3), the part along each face's normal."""
        out: Array = (vectors @ self._normal).reshape(*vectors.shape[:-1], *self._offset.shape)
        return out

    def _beyond(self, points: Array) -> Array:
        """(..., P, F) how far points (..., 3) are outside each face, m."""
        return self._across(points) + self._offset


def corners(points: Array, most: int) -> Array:
    """At most so many of the points (P, 3), whose hull comes near that of all; sorted."""
    model = _compiled(points, most)
    kept = np.unique(model.mesh_polyvert[: model.mesh_polyvertnum.sum()])
    found = model.mesh_vert[kept] @ _turn(model.mesh_quat[0]).T + model.mesh_pos[0]
    out: Array = found[np.lexsort(found.T)]
    return out


def _compiled(points: Array, most: int = -1) -> mujoco.MjModel:
    """The physics engine finds hulls of meshes, so it is asked; it weighs 1 a cubic metre."""
    import mujoco  # here, as scenes and families of tasks are read without physics

    spec = mujoco.MjSpec()
    convex = mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX
    spec.add_mesh(name="hull", uservert=points.ravel(), inertia=convex, maxhullvert=most)
    body = spec.worldbody.add_body(name="hull")
    body.add_freejoint()
    body.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname="hull", density=1.0)
    return spec.compile()


def _planes(model: mujoco.MjModel) -> Array:
    """Faces of the one mesh, in the frame that its points were given in."""
    turn = _turn(model.mesh_quat[0])
    points = model.mesh_vert @ turn.T + model.mesh_pos[0]
    first = model.mesh_polyvert[model.mesh_polyvertadr]
    normals = model.mesh_polynormal @ turn.T
    return np.column_stack([normals, -np.vecdot(normals, points[first])])


def _turn(quat: Array) -> Array:
    import mujoco

    matrix = np.empty(9)
    mujoco.mju_quat2Mat(matrix, quat)
    return matrix.reshape(3, 3)
