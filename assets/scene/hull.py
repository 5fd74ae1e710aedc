"""Convex hulls of points: their faces and volume."""

from __future__ import annotations

import dataclasses
import functools

import mujoco
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_SPAN = 1e-6  # m^3 over m: what is thinner than that is no solid


@dataclasses.dataclass(frozen=True, eq=False)
class Hull:
    """A convex solid.

    Attributes:
      planes: (F, 4) outward unit normals and offsets: inside where normal . p + offset <= 0 for
        all faces, in m.
      volume: m^3.
    """

    planes: Array
    volume: float

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
        return cls(planes, float(model.body_mass[1]) * spread[0] ** 3)

    def contains(self, points: Array, margin: float = 0.0) -> npt.NDArray[np.bool_]:
        """(...) whether points (..., 3) lie inside or less than ``margin`` m outside each face."""
        distance = points @ self.planes[:, :3].T + self.planes[:, 3]
        return np.logical_and.reduce(distance <= margin, axis=-1)


def _compiled(points: Array) -> mujoco.MjModel:
    """The physics engine finds hulls of meshes, so it is asked; it weighs 1 a cubic metre."""
    spec = mujoco.MjSpec()
    spec.add_mesh(
        name="hull", uservert=points.ravel(), inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX
    )
    body = spec.worldbody.add_body(name="hull")
    body.add_freejoint()
    body.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname="hull", density=1.0)
    return spec.compile()


def _planes(model: mujoco.MjModel) -> Array:
    """Faces of the one mesh, in the frame that its points were given in."""
    turn, shift = np.empty(9), model.mesh_pos[0]
    mujoco.mju_quat2Mat(turn, model.mesh_quat[0])
    points = model.mesh_vert @ turn.reshape(3, 3).T + shift
    first = model.mesh_polyvert[model.mesh_polyvertadr]
    normals = model.mesh_polynormal @ turn.reshape(3, 3).T
    return np.column_stack([normals, -np.vecdot(normals, points[first])])
