"""Observation groups that are pictures or point clouds, for ``TaskSpec.observations``."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.envs.world.seeing.cameras import Cameras, entity_names
from habilis.envs.world.seeing.cloud import point_cloud
from habilis.envs.world.state import State
from habilis.envs.world.world import World

FAR = 10.0  # m, beyond which depth and points are cut off

Kind = Literal["rgb", "depth", "segmentation"]


@dataclasses.dataclass(frozen=True)
class Picture:
    """A camera picture, without shadows. Needs OpenGL, from the moment the group is asked for.

    Attributes:
      kind: ``rgb``, uint8 (H, W, 3); ``depth``, float32 (H, W, 1), m along the camera's z, 0 where
        nothing is seen; ``segmentation``, int32 (H, W, 1), entity ids, -1 for background.
      camera: its name.
      width: pixels.
      height: pixels.
    """

    kind: Kind
    camera: str = "front"
    width: int = 84
    height: int = 84

    def build(self, world: World) -> PictureReader:
        """Set it up; RenderingUnavailable says what to install."""
        return PictureReader(self, world)


class PictureReader:
    """A ``Picture`` at work."""

    def __init__(self, picture: Picture, world: World) -> None:
        self._picture, self._cameras = picture, Cameras(world)
        size = (picture.height, picture.width)
        last = len(entity_names(world)) - 1
        spaces: dict[str, gymnasium.spaces.Box] = {
            "rgb": gymnasium.spaces.Box(0, 255, (*size, 3), np.uint8),
            "depth": gymnasium.spaces.Box(0.0, FAR, (*size, 1), np.float32),
            "segmentation": gymnasium.spaces.Box(-1, last, (*size, 1), np.int32),
        }
        self.space = spaces[picture.kind]

    def read(self, state: State) -> npt.NDArray[Any]:
        """(N, H, W, channels) pictures of the present."""
        p = self._picture
        if p.kind == "rgb":
            return self._cameras.rgb(p.camera, p.width, p.height)
        if p.kind == "depth":
            return np.minimum(self._cameras.depth(p.camera, p.width, p.height), FAR)[..., None]
        return self._cameras.segmentation(p.camera, p.width, p.height)[..., None]

    def close(self) -> None:
        """Free the OpenGL contexts."""
        self._cameras.close()


@dataclasses.dataclass(frozen=True)
class PointCloud:
    """What the rays of a camera hit, cast by the physics engine: needs no OpenGL.

    A float32 row a pixel, from the top left: x, y, z in the world, m, and the entity id
    (``habilis.envs.world.seeing.cameras.entity_names``), -1 for background.

    Attributes:
      camera: its name.
      width: pixels.
      height: pixels.
    """

    camera: str = "front"
    width: int = 64
    height: int = 48

    def build(self, world: World) -> PointCloudReader:
        """Set it up."""
        return PointCloudReader(self, world)


class PointCloudReader:
    """A ``PointCloud`` at work."""

    def __init__(self, cloud: PointCloud, world: World) -> None:
        self._cloud = cloud
        rows = cloud.width * cloud.height
        high = np.tile([FAR, FAR, FAR, len(entity_names(world)) - 1], (rows, 1)).astype(np.float32)
        low = np.tile([-FAR, -FAR, -FAR, -1], (rows, 1)).astype(np.float32)
        self.space: gymnasium.spaces.Box = gymnasium.spaces.Box(low, high, dtype=np.float32)

    def read(self, state: State) -> npt.NDArray[Any]:
        """(N, H W, 4) points of the present."""
        c = self._cloud
        seen = point_cloud(state.world, c.camera, c.width, c.height)
        rows = np.concatenate([seen.points, seen.entity[..., None]], axis=-1, dtype=np.float32)
        return np.clip(rows, self.space.low, self.space.high)

    def close(self) -> None:
        """Nothing is held open."""
