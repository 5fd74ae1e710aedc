"""The room an end effector takes, read from the collision shapes of its model."""

from __future__ import annotations

from collections.abc import Iterable

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.spec import Bounds, Outline
from habilis.assets.scene.solids.parts import box_corners


def outline_of(
    model: mujoco.MjModel, tcp: tuple[Array, Array], body: str, closed: Array, opened: Array
) -> Outline:
    """Boxes in the frame of the tool centre point.

    Args:
      model: of the end effector, alone or on an arm.
      tcp: position (3,), m, and rotation (3, 3) of the tool centre point in ``body``.
      body: root body of the end effector; what moves against it are the fingers.
      closed: (nq,) of the model, closed; opened: the same, opened.
    """
    root = int(model.body(body).id)
    own = [b for b in range(model.nbody) if _under(model, b, root)]
    rigid = [b for b in own if model.body_weldid[b] == model.body_weldid[root]]
    fingers = [b for b in own if b not in rigid]
    return Outline(
        closed=_bounds(model, fingers, root, tcp, closed),
        opened=_bounds(model, fingers, root, tcp, opened),
        palm=_bounds(model, rigid, root, tcp, opened),
    )


def _under(model: mujoco.MjModel, body: int, root: int) -> bool:
    while body not in (0, root):
        body = int(model.body_parentid[body])
    return body == root


def _bounds(
    model: mujoco.MjModel, bodies: Iterable[int], root: int, tcp: tuple[Array, Array], q: Array
) -> Bounds:
    """Around the collision shapes of bodies; a point at the root where there are none."""
    data = mujoco.MjData(model)
    data.qpos[:] = q
    mujoco.mj_kinematics(model, data)
    rot = data.xmat[root].reshape(3, 3)
    origin, turn = data.xpos[root] + rot @ tcp[0], rot @ tcp[1]
    solid = (model.geom_contype | model.geom_conaffinity) != 0
    geoms = [g for g in np.flatnonzero(solid) if model.geom_bodyid[g] in set(bodies)]
    corners = [_corners(model, data, int(g)) for g in geoms] or [data.xpos[root][None]]
    points = (np.concatenate(corners) - origin) @ turn
    low, high = points.min(axis=0).round(4).tolist(), points.max(axis=0).round(4).tolist()
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def _corners(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> Array:
    """(8, 3) corners of the box around a geom, in the world, m."""
    centre, half = model.geom_aabb[geom, :3], model.geom_aabb[geom, 3:]
    own = box_corners(centre - half, centre + half)
    out: Array = data.geom_xpos[geom] + own @ data.geom_xmat[geom].reshape(3, 3).T
    return out
