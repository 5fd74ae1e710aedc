"""A depth camera's window on one thing: a turned grid of rays, in all simulations at once.

The camera stands anywhere; it need not be in the model. Its window is the box around the thing in
the picture, turned along its longer side: a crop, so that few rays miss. Segmentation is taken as
given. A camera frame has z forward, x right, y down (see ``habilis.envs.world.seeing.cameras``).
"""

from __future__ import annotations

import dataclasses

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Floats
from habilis.envs.world.seeing.cameras import BACKGROUND, Ints
from habilis.envs.world.seeing.cloud import Cloud, subsample

SHAPE = (22, 46)  # rays across and along the thing
MARGIN = 1.04  # of the window over the thing


def facing(eye: Array, target: Array) -> Array:
    """T_world_camera (N, 4, 4) of cameras at ``eye`` (N, 3) that look at ``target`` (N or 1, 3)."""
    forward = target - eye
    forward = forward / np.linalg.norm(forward, axis=-1, keepdims=True)
    # Any direction that is not the line of sight; the roll of a window follows what it shows.
    aside = np.where(np.abs(forward[:, 2:]) < 0.9, (0.0, 0.0, -1.0), (0.0, -1.0, 0.0))
    right = np.cross(aside, forward)
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    out = np.broadcast_to(np.eye(4), (len(eye), 4, 4)).copy()
    out[:, :3, :3] = np.stack([right, np.cross(forward, right), forward], axis=-1)
    out[:, :3, 3] = eye
    return out


def cone(rng: np.random.Generator, n: int, axis: Array, half_angle: float) -> Array:
    """Unit vectors (n, 3), even over the cap of ``half_angle`` rad about ``axis`` (3,)."""
    z = rng.uniform(np.cos(half_angle), 1.0, n)
    turn = rng.uniform(0.0, 2 * np.pi, n)
    r = np.sqrt(1 - z**2)
    local = np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1)
    T = facing(np.zeros((1, 3)), np.asarray(axis, float)[None])
    out: Array = local @ T[0, :3, :3].T
    return out


def window_rays(
    frames: Array,
    outline: Array,
    shape: tuple[int, int] = SHAPE,
    rng: np.random.Generator | None = None,
) -> Array:
    """Rays (N, R, 3), world, through a window around a thing; their length along z is 1.

    Args:
      frames: T_world_camera (N, 4, 4).
      outline: (N, K, 3) points around the thing, world, m, before the camera.
      shape: rays across and along its longer side; R is their product.
      rng: shifts every ray within its pixel; without, they go through the middles.
    """
    turn = frames[:, :3, :3]
    local = (outline - frames[:, None, :3, 3]) @ turn
    uv = local[..., :2] / local[..., 2:]
    about = uv - uv.mean(axis=1, keepdims=True)
    spread = about.transpose(0, 2, 1) @ about
    angle = 0.5 * np.arctan2(2 * spread[:, 0, 1], spread[:, 0, 0] - spread[:, 1, 1])
    c, s = np.cos(angle), np.sin(angle)
    roll = np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], -2)  # long side to picture
    turned = uv @ roll
    low, high = turned.min(axis=1), turned.max(axis=1)
    across, along = shape
    v, u = np.mgrid[:across, :along].reshape(2, -1)
    cells = np.stack([u, v], axis=1) + (0.5 if rng is None else rng.random((len(uv), len(u), 2)))
    part = np.broadcast_to(cells / (along, across) - 0.5, (len(uv), len(u), 2))
    at = (low + high)[:, None] / 2 + MARGIN * part * (high - low)[:, None]
    picture = at @ roll.transpose(0, 2, 1)
    rays = np.concatenate([picture, np.ones((*picture.shape[:2], 1))], axis=2)
    out: Array = rays @ turn.transpose(0, 2, 1)
    return out


def entities_below(model: mujoco.MjModel, bodies: tuple[str, ...]) -> Ints:
    """(ngeom,) entity ids: the index in ``bodies`` of the nearest body upwards; else background."""
    of_body = np.full(model.nbody, BACKGROUND, np.int32)
    roots = {int(model.body(name).id): index for index, name in enumerate(bodies)}
    for body in range(1, model.nbody):  # parents come first
        of_body[body] = roots.get(body, of_body[model.body_parentid[body]])
    out: Ints = of_body[model.geom_bodyid]
    return out


@dataclasses.dataclass(frozen=True)
class DepthNoise:
    """What a depth camera gets wrong; drawn anew in each simulation and at each look.

    Attributes:
      sigma: least and greatest standard deviation along the ray, m.
      wrong: greatest share of points that belong to something else beside the thing.
      dropout: greatest share of rays that come back empty.
    """

    sigma: tuple[float, float] = (0.0005, 0.002)
    wrong: float = 0.05
    dropout: float = 0.3

    def points(
        self,
        cloud: Cloud,
        thing: npt.NDArray[np.bool_],
        eye: Array,
        count: int,
        rng: np.random.Generator,
    ) -> Floats:
        """(N, count, 3) points of the thing as the camera gives them, in the cloud's frame, m.

        Points repeat only where the thing has fewer; all are 0 where it is not seen.

        Args:
          cloud: N clouds of R points, exact.
          thing: (N, R) which points are the thing's.
          eye: (N, 3) where the rays came from, in the frame of the cloud, m.
          count: how many.
          rng: source of randomness.
        """  # fmt: skip
        n, r = thing.shape
        ray = cloud.points - eye[:, None]
        ray /= np.maximum(np.linalg.norm(ray, axis=2, keepdims=True), 1e-9)
        sigma = rng.uniform(*self.sigma, (n, 1))
        error = sigma * rng.standard_normal((n, r))
        seen = (cloud.points + error[..., None] * ray).astype(np.float32)
        kept = cloud.valid & (rng.random((n, r)) >= rng.uniform(0, self.dropout, (n, 1)))
        label = np.where(thing, 0, BACKGROUND).astype(np.int32)
        points, _ = subsample(Cloud(seen, label, kept), count, rng)
        if self.wrong:
            others = Cloud(seen, np.where(thing, BACKGROUND, 0).astype(np.int32), kept)
            stray, known = subsample(others, count, rng)
            share = rng.uniform(0, self.wrong, (n, 1))
            swap = (rng.random((n, count)) < share) & (known != BACKGROUND)
            swap &= np.any(thing & kept, axis=1, keepdims=True)
            points = np.where(swap[..., None], stray, points)
        return points


NOISY = DepthNoise()
"""What the encoder is trained with."""
CLEAN = DepthNoise((0.0, 0.0), 0.0, 0.0)
"""Exact points."""


def miscalibration(
    rng: np.random.Generator, n: int, shift: float = 0.002, turn: float = np.deg2rad(0.5)
) -> Array:
    """Rigid errors T (n, 4, 4) of at most ``shift`` m and ``turn`` rad, even up to there.

    They stand for what is left of a camera's calibration, about the place where it was calibrated.
    """
    axis = cone(rng, n, np.array([0.0, 0.0, 1.0]), np.pi)
    angle = rng.uniform(0, turn, (n, 1, 1))
    cross = np.cross(np.eye(3), axis[:, None])
    out = np.broadcast_to(np.eye(4), (n, 4, 4)).copy()
    out[:, :3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    out[:, :3, 3] = rng.uniform(0, shift, (n, 1)) * cone(rng, n, np.array([0.0, 0, 1.0]), np.pi)
    return out


def moved(points: Floats, T: Array, about: npt.ArrayLike = (0.0, 0.0, 0.0)) -> Floats:
    """Points (N, P, 3) moved by T (N, 4, 4), turned about a place (3,), m."""
    middle = np.asarray(about, float)
    out = (points - middle) @ T[:, :3, :3].transpose(0, 2, 1) + T[:, None, :3, 3] + middle
    return out.astype(np.float32)
