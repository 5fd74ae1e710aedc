"""Point clouds by ray casting in the physics engine: no OpenGL, all simulations at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Floats, Ids, Mask
from habilis.envs.sim.protocol import Sim
from habilis.envs.world.seeing.cameras import (
    BACKGROUND,
    VISIBLE_GROUPS,
    Ints,
    geom_entities,
    intrinsics,
    poses,
)
from habilis.envs.world.world import (
    World,
)


class Cloud(NamedTuple):
    """What a camera's rays hit, in rows of pixels from the top left.

    Attributes:
      points: (N, P, 3) world, m; 0 where nothing was hit.
      entity: (N, P) ids as in ``cameras.entity_names``; -1 is background.
      valid: (N, P) whether anything was hit, be it the floor.
    """

    points: Floats
    entity: Ints
    valid: Mask


def point_cloud(
    world: World, camera: str, width: int, height: int, ids: npt.ArrayLike | None = None
) -> Cloud:
    """Cast one ray per pixel of a camera, P = height * width, in each of N simulations.

    It sees what a picture of that camera shows: the visual shapes, not the collision shapes.

    Args:
      world: what to look at.
      camera: its name.
      width, height: of the picture, pixels.
      ids: simulations (N,), ascending; all by default.

    Raises:
      KeyError: no such camera.
    """
    sims = _ids(world, ids)
    frames = poses(world, camera, sims)
    rays = pixel_rays(intrinsics(world.model, camera, width, height), width, height)
    vec = rays @ frames[:, :3, :3].transpose(0, 2, 1)
    return cast(world.sim, frames[:, None, :3, 3], vec, geom_entities(world), sims)


def cast(
    sim: Sim,
    start: Array,
    vec: Array,
    entities: Ints,
    ids: npt.ArrayLike | None = None,
    groups: Sequence[int] = VISIBLE_GROUPS,
) -> Cloud:
    """What R rays of each of N simulations hit, whatever the model.

    Args:
      sim: simulations; rays see the present state.
      start: origins (N or 1, R or 1, 3), world, m.
      vec: directions (N, R, 3), of any length.
      entities: (ngeom,) id of every geom.
      ids: simulations (N,), ascending; all by default.
      groups: geom groups that are seen.
    """
    depth, geom = sim.ray(np.broadcast_to(start, vec.shape), vec, groups, ids)
    valid = geom >= 0
    entity = np.append(entities, np.int32(BACKGROUND))[np.where(valid, geom, -1)]
    points = np.where(valid[..., None], start + depth[..., None] * vec, 0.0)
    return Cloud(points.astype(np.float32), entity, valid)


def pixel_rays(k: Array, width: int, height: int) -> Array:
    """(height * width, 3) rays through the pixel centres in the camera frame, with z = 1."""
    v, u = np.mgrid[:height, :width]
    pixels = np.stack([u.ravel(), v.ravel(), np.ones(u.size)], axis=1)
    out: Array = pixels @ np.linalg.inv(k).T
    return out


def subsample(
    cloud: Cloud, count: int, rng: np.random.Generator, background: bool = False
) -> tuple[Floats, Ints]:
    """A fixed number of points per simulation, drawn evenly.

    Args:
      cloud: N clouds of P points.
      count: how many to draw; points repeat only where there are fewer.
      rng: source of randomness.
      background: draw floor points too.

    Returns:
      Points (N, count, 3), m, and entity ids (N, count); 0 and -1 where nothing is seen.
    """
    usable = cloud.valid if background else cloud.valid & (cloud.entity != BACKGROUND)
    order = np.argsort(np.where(usable, rng.random(usable.shape), 2.0), axis=1)
    have = usable.sum(axis=1)
    turn = np.arange(count) % np.maximum(have, 1)[:, None]
    chosen = np.take_along_axis(order, turn, axis=1)
    points = np.take_along_axis(cloud.points, chosen[..., None], axis=1)
    entity = np.take_along_axis(cloud.entity, chosen, axis=1)
    empty = have == 0
    points[empty], entity[empty] = 0.0, BACKGROUND
    return points, entity


def _ids(world: World, ids: npt.ArrayLike | None) -> Ids:
    index = np.arange(world.n) if ids is None else np.asarray(ids, int)
    if index.ndim != 1 or (np.diff(index) <= 0).any() or not len(index):
        raise ValueError(
            f"ids must be ascending, without repeats, at least one; got {index.tolist()}"
        )
    if index[0] < 0 or index[-1] >= world.n:
        raise ValueError(f"ids {index.tolist()}: this world has simulations 0 to {world.n - 1}")
    return index
