"""Stored clouds: exact points with labels, from which noisy ones are drawn again and again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Floats
from habilis.envs.world.seeing.cameras import BACKGROUND
from habilis.envs.world.seeing.cloud import Cloud
from habilis.envs.world.seeing.window import DepthNoise


@dataclasses.dataclass(frozen=True)
class Clouds:
    """n clouds of one frame, and what is true of them.

    Attributes:
      points: (n, R, 3) exact, m; 0 where nothing was hit.
      entity: (n, R) 0 for the thing, -1 for others; int8.
      valid: (n, R) whether anything was hit.
      eye: (n, 3) where the camera was, m.
      truth: name to (n, ...) what is to be estimated.
    """

    points: Floats
    entity: npt.NDArray[np.int8]
    valid: npt.NDArray[np.bool_]
    eye: Array
    truth: Mapping[str, npt.NDArray[Any]]

    def __len__(self) -> int:
        return len(self.points)

    def take(self, ids: npt.ArrayLike) -> Clouds:
        """Return the clouds of some indices, or of a mask."""
        i = np.asarray(ids)
        truth = {k: v[i] for k, v in self.truth.items()}
        return Clouds(self.points[i], self.entity[i], self.valid[i], self.eye[i], truth)

    def draw(self, count: int, noise: DepthNoise, rng: np.random.Generator) -> Floats:
        """Return (n, count, 3) points of the thing, m, as a noisy camera gives them."""
        cloud = Cloud(self.points, self.entity.astype(np.int32), self.valid)
        return noise.points(cloud, self.entity == 0, self.eye, count, rng)


def compact(
    cloud: Cloud, eye: Array, thing: int, other: int, rng: np.random.Generator
) -> tuple[Floats, npt.NDArray[np.int8], npt.NDArray[np.bool_], Array]:
    """Return the first four fields of ``Clouds``.

    They hold at most so many points of the thing and of others.
    """
    n = len(eye)
    points = np.zeros((n, thing + other, 3), np.float32)
    valid = np.zeros((n, thing + other), bool)
    own = cloud.entity >= 0
    for mask, start, most in ((own, 0, thing), (cloud.valid & ~own, thing, other)):
        order = np.argsort(np.where(mask, rng.random(mask.shape), 2.0), axis=1)[:, :most]
        here = slice(start, start + order.shape[1])
        valid[:, here] = np.take_along_axis(mask, order, axis=1)
        points[:, here] = np.take_along_axis(cloud.points, order[..., None], axis=1)
    points[~valid] = 0.0
    entity = np.where(valid & (np.arange(thing + other) < thing), 0, BACKGROUND).astype(np.int8)
    return points, entity, valid, eye


def join(sets: Sequence[Clouds]) -> Clouds:
    """Join several sets of clouds into one."""
    first = sets[0]
    truth = {k: np.concatenate([s.truth[k] for s in sets]) for k in first.truth}
    return Clouds(
        np.concatenate([s.points for s in sets]),
        np.concatenate([s.entity for s in sets]),
        np.concatenate([s.valid for s in sets]),
        np.concatenate([s.eye for s in sets]),
        truth,
    )
