"""What the depth camera of the pick scene tells of object and tool, by the encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Floats, Ids
from habilis.assets.pick.scene import CENTRE, DEPTH, OWNERS, owners
from habilis.envs.hand.tool_cloud import FAST_GROUPS, outline
from habilis.envs.pick.latents import (
    WIDTH,
)
from habilis.envs.pick.picking import Picking
from habilis.envs.world.poses import matrices
from habilis.envs.world.seeing.cloud import Cloud, cast
from habilis.envs.world.seeing.window import NOISY, SHAPE, miscalibration, moved, window_rays
from habilis.policies.encoder.affordance import Affordance, PerceivedObject
from habilis.policies.encoder.object_data import WINDOW

POINTS = 256
FREE = 0.8  # of the points at the first look: seen less, the object is taken to be covered
LEAST = 24  # points of the tool
LIFTED = 0.015  # m, of the object's top over its height, from which on it is in the air
WEIGHT = 0.3  # of a new look, where the object has not moved
STILL = 0.005  # m
_OBJECT, _BASE, _MOVING = (OWNERS.index(name) for name in ("object", "base", "moving"))


class PickLatent:
    """A ``Latent``: the scene's fixed depth camera looks at the end of every step.

    Which points belong to what is taken as given, and so is the crop around object and tool. Each
    episode has a calibration error of its own (``miscalibration`` in
    ``habilis.envs.world.seeing.window``), and noise of ``NOISY``. While the hand covers the object,
    the last good estimate of its place stays;
    of the tool, the tips stay where they are in the palm, whose pose the arm's kinematics give.

    Args:
      world: the simulations.
    """

    def __init__(self, world: Picking) -> None:
        self._world, self._affordance = world, Affordance.load()
        n = world.n
        data = mujoco.MjData(world.model)
        mujoco.mj_kinematics(world.model, data)
        mujoco.mj_camlight(world.model, data)
        camera = data.cam(DEPTH)
        self._frame = np.eye(4)
        self._frame[:3, :3] = camera.xmat.reshape(3, 3) * (1.0, -1.0, -1.0)
        self._frame[:3, 3] = camera.xpos
        self._seeds, self._first = np.zeros((2, n), int)
        self._turn = np.tile(np.eye(4), (n, 1, 1))
        self.centre, self.opening, self.height = np.zeros((n, 3)), np.zeros(n), np.zeros(n)
        self.tips, self.gap = np.zeros((n, 2, 3)), np.zeros(n)

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Draw the errors of the camera, and look."""
        for i, rng in zip(ids, rngs, strict=True):
            self._turn[i] = miscalibration(rng, 1)[0]
            self._seeds[i] = rng.integers(2**31)
        self._first[ids] = 0
        self._look(np.asarray(ids, int), np.zeros(len(ids), int))

    def update(self, steps: npt.NDArray[np.int_]) -> None:
        """See ``Latent``."""
        self._look(np.arange(self._world.n), steps)

    def read(self) -> Array:
        """See ``Latent``."""
        pos, turn = self._world.palm()
        middle = pos + (turn @ self.tips.mean(axis=1)[..., None])[..., 0]
        rest = (self.opening, self.gap, self.height)
        out = np.column_stack((self.centre - middle, *rest))
        assert out.shape[1] == WIDTH
        return out

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """What it has seen, and its errors."""
        return {
            "seeds": self._seeds, "first": self._first, "turn": self._turn, "centre": self.centre,
            "opening": self.opening, "height": self.height, "tips": self.tips, "gap": self.gap,
        }  # fmt: skip

    # ---- looking

    def _look(self, ids: Ids, steps: npt.NDArray[np.int_]) -> None:
        """Each cloud goes through the network alone: so that none depends on the others."""
        world = self._world
        around = outline(world.held.tool, world.opening, world.tool_in_world)[ids]
        tool = _near(self._cast(around, SHAPE, ids), around)
        thing = self._cast(self._box(ids), WINDOW, ids)
        for k, (i, step) in enumerate(zip(ids, steps, strict=True)):
            rng = np.random.default_rng([self._seeds[i], step])
            self._see_tool(int(i), self._one(tool, k), rng)
            self._see_thing(int(i), self._one(thing, k), rng)

    def _cast(self, around: Array, shape: tuple[int, int], ids: Ids) -> Cloud:
        frames = np.broadcast_to(self._frame, (len(ids), 4, 4))
        owner = owners(self._world.compiled).astype(np.int32)
        rays = window_rays(frames, around, shape)
        eyes = frames[:, None, :3, 3]
        return cast(self._world.sim, eyes, rays, owner, ids, FAST_GROUPS)

    def _box(self, ids: Ids) -> Array:
        """(k, 8, 3) corners of the boxes around the objects, m."""
        pose = self._world.thing[ids]
        ends = [self._world.things[i].bounds() for i in self._world.which[ids]]
        low, high = np.array(ends).transpose(1, 0, 2)[:, :, None]
        corners = np.where(np.indices((2, 2, 2)).reshape(3, 8).T, high, low)
        return corners @ matrices(pose[:, 3:]).transpose(0, 2, 1) + pose[:, None, :3]

    @staticmethod
    def _one(cloud: Cloud, k: int) -> Cloud:
        one = slice(k, k + 1)
        return Cloud(cloud.points[one], cloud.entity[one], cloud.valid[one])

    def _points(self, i: int, cloud: Cloud, own: Any, rng: np.random.Generator) -> Floats:
        """(1, POINTS, 3) as the camera gives them, world, m."""
        points = NOISY.points(cloud, own, self._frame[None, :3, 3], POINTS, rng)
        return moved(points, self._turn[i : i + 1], (*CENTRE, 0.0))

    def _see_tool(self, i: int, cloud: Cloud, rng: np.random.Generator) -> None:
        own = (cloud.entity == _BASE) | (cloud.entity == _MOVING)
        if own.sum() < LEAST:
            return
        pos, turn = (part[i] for part in self._world.palm())
        points = (self._points(i, cloud, own, rng) - pos) @ turn
        seen = self._affordance.opening(points, self._world.held.tool.kind)
        self.tips[i], self.gap[i] = seen.tips[0], seen.gap[0]

    def _see_thing(self, i: int, cloud: Cloud, rng: np.random.Generator) -> None:
        own = cloud.entity == _OBJECT
        count, first = int(own.sum()), self._first[i] == 0
        if count < max(LEAST, FREE * self._first[i]):
            return
        self._first[i] = max(self._first[i], count)
        points = self._points(i, cloud, own, rng)
        top = float(np.quantile(points[0, :, 2], 0.97))
        up = 0.0 if first or top < self.height[i] + LIFTED else top - self.height[i]
        points[..., 2] -= up  # the encoder knows things that stand on the table
        self._take(i, self._affordance.object(points), up, first)

    def _take(self, i: int, seen: PerceivedObject, up: float, first: bool) -> None:
        centre = seen.centre[0] + (0.0, 0.0, up)
        fits = float(seen.opening_for(self._closing(i))[0])
        moved_on = up > 0 or np.linalg.norm(centre - self.centre[i]) > STILL
        part = 1.0 if first or moved_on else WEIGHT
        self.centre[i] += part * (centre - self.centre[i])
        if first or not moved_on:
            self.opening[i] += part * (fits - self.opening[i])
            self.height[i] += part * (float(seen.height[0]) - self.height[i])

    def _closing(self, i: int) -> float:
        """Direction in which the tips close, rad from the world's x."""
        _, turn = self._world.palm()
        base, moving = (turn[i] @ tip for tip in self.tips[i])
        return float(np.arctan2(moving[1] - base[1], moving[0] - base[0]))


def _near(cloud: Cloud, around: Array) -> Cloud:
    """Without what is farther away than corners (k, 8, 3): the room behind the hand."""
    middle = around.mean(axis=1, keepdims=True)
    reach = np.linalg.norm(around - middle, axis=2).max(axis=1, keepdims=True)
    return cloud._replace(
        valid=cloud.valid & (np.linalg.norm(cloud.points - middle, axis=2) < reach)
    )
