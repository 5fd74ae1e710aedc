"""Grains in a model: where they lie at first, in a region or heaped in a container."""

from __future__ import annotations

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.grains import Grains
from habilis.assets.scene.links import Link
from habilis.assets.scene.model.preset import OBJECT_PRIORITY, TORSIONAL
from habilis.assets.scene.solids.container import Container
from habilis.assets.scene.things import Scene, Thing

SPACING = 1.06  # of the diameter, between neighbours at first
MOST_PLACES = 100_000  # in which grains may be, a second's work
HIGHEST = 4.0  # heights of the container that grains may be heaped over it at first


def grain_names(entity: Thing) -> list[str]:
    """Names of the bodies, joints and geoms of a thing's grains."""
    assert entity.grains is not None
    return [f"{entity.name}.{i}" for i in range(entity.grains.count)]


def add_grains(spec: mujoco.MjSpec, scene: Scene, entity: Thing) -> None:
    """Add the grains of a thing to a model, where ``places`` says."""
    grains, look, rolls = entity.grains, entity.parts[0], entity.rolling > 0
    assert grains is not None
    for name, pos in zip(grain_names(entity), places(scene, entity), strict=True):
        body = spec.worldbody.add_body(name=name, pos=pos)
        body.add_freejoint(name=name)
        body.add_geom(
            name=name, type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[grains.size / 2, 0, 0],
            mass=grains.mass, rgba=list(look.rgba), priority=OBJECT_PRIORITY,
            friction=[entity.friction, TORSIONAL, entity.rolling if rolls else 0.0001],
            condim=6 if rolls else 3,
        )  # fmt: skip


def places(scene: Scene, entity: Thing) -> Array:
    """(G, 3) where the grains of a thing are at first, touching nothing, world, m.

    Raises:
      ValueError: there is no room for so many; it says for how many there is.
    """
    grains = entity.grains
    assert grains is not None
    if grains.within:
        inside = _in_container(scene, grains)
        turn, origin = _pose(scene, grains.within)
        found = inside[: grains.count] @ turn.T + origin
        where = f"in and over {grains.within!r}"
    else:
        assert grains.region is not None
        half = np.array(grains.region) / 2
        found = _lattice(-half, half, grains.size)[: grains.count] + entity.pos
        where = f"in a region of {' x '.join(f'{s:g}' for s in grains.region)} m"
    if len(found) < grains.count:
        raise ValueError(
            f"{entity.name!r}: there is room for {len(found)} of {grains.count} grains of"
            f" {grains.size:g} m {where}"
        )
    return found


def _lattice(low: Array, high: Array, size: float) -> Array:
    """(P, 3) centres of spheres of a diameter that fit between two corners.

    They come layer by layer from below, and in a layer from the middle outwards. Every other layer
    is shifted by half a step, so that no tower stands on its own.
    """
    step, radius = SPACING * size, size / 2
    room = high - low - size
    if (room < -1e-9).any():
        return np.zeros((0, 3))
    counts = np.floor(room / step + 1e-6).astype(int) + 1
    if np.prod(counts, dtype=float) > MOST_PLACES:
        raise ValueError(
            f"grains of {size:g} m are too small for a space of"
            f" {' x '.join(f'{s:g}' for s in high - low)} m"
        )
    x, y, z = (radius + step * np.arange(n) for n in counts)
    layers = []
    for k, height in enumerate(z):
        off = step / 2 if k % 2 else 0.0
        wide, deep = (high - low)[:2] - radius + 1e-9
        flat = np.array(np.meshgrid(x + off, y + off)).reshape(2, -1).T
        flat = flat[np.hypot(*(flat - (high - low)[:2] / 2).T).argsort(kind="stable")]
        flat = flat[(flat[:, 0] <= wide) & (flat[:, 1] <= deep)]
        layers.append(np.c_[flat, np.full(len(flat), height)])
    out: Array = np.concatenate(layers) + low
    return out


def _in_container(scene: Scene, grains: Grains) -> Array:
    """(P, 3) free places in a container's frame, lowest first: inside it, then over its brim."""
    container = Container(scene.body(grains.within).parts)
    low, high = container.low, container.high.copy()
    brim = high[2]
    high[2] += HIGHEST * (high[2] - low[2])
    points = _lattice(low, high, grains.size)
    lowered = np.minimum(points, (np.inf, np.inf, brim - grains.size / 2))
    gap = np.minimum(container.clearance(points), container.clearance(lowered))
    for link, frame in _links(scene, grains.within):
        gap = np.minimum(
            gap, Container(link.parts).clearance((points - frame[:3, 3]) @ frame[:3, :3])
        )
    return points[container.contains(lowered) & (gap > grains.size / 2)]


def _links(scene: Scene, name: str) -> list[tuple[Link, Array]]:
    """What hangs on the thing of a root, with its frame (4, 4) in that of the root."""
    entity, _, link = scene.entity(name), *name.partition("/")[1:]
    return [] if link else [(each, entity.frame(each.name)) for each in entity.links]


def _pose(scene: Scene, name: str) -> tuple[Array, Array]:
    """Rotation (3, 3) and origin (3,) in the world of a thing or link as the scene says."""
    entity = scene.entity(name)
    frame = entity.frame(name.partition("/")[2])
    cos, sin = np.cos(entity.yaw), np.sin(entity.yaw)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    return turn @ frame[:3, :3], turn @ frame[:3, 3] + np.array(entity.pos)
