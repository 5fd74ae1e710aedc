"""What a depth camera sees of the tool in a hand, in the frame of the palm.

The hand and the camera are both calibrated, so points are known in the frame of the palm's body.
The camera looks from ``NOMINAL`` or anywhere within a cone about it; fingers stand in the way::

    camera, rng = ToolCamera(world), np.random.default_rng(0)
    points = camera.points(256, rng)  # (N, 256, 3), each time from elsewhere, with noise
"""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Floats, Ids
from habilis.assets.tools import ArticulatedTool
from habilis.assets.tools.spec import Half
from habilis.envs.hand.holding import Holding
from habilis.envs.world.poses import matrices
from habilis.envs.world.seeing.cameras import VISIBLE_GROUPS
from habilis.envs.world.seeing.cloud import Cloud, cast
from habilis.envs.world.seeing.window import (
    NOISY,
    SHAPE,
    DepthNoise,
    cone,
    entities_below,
    facing,
    window_rays,
)

LOOK = (-0.01, 0.015, 0.165)  # m, frame of the hand's model: between thumb and fingers
NOMINAL = (0.10, 0.15, 1.0)  # from there to the camera, same frame: out of the palm
DISTANCE = (0.25, 0.60)  # m
CONE = np.deg2rad(50.0)  # about NOMINAL
TOOL_GROUPS = (0,)
FAST_GROUPS = (0, 3)  # the tool as drawn, the hand as it collides: 16 shapes in place of 141


def outline(tool: ArticulatedTool, opening: Array, pose: Array) -> Array:
    """(N, 16, 3) corners of the boxes around both halves, in the frame of ``pose``, m.

    Args:
      tool: the tool.
      opening: (N,) joint values.
      pose: (N, 7) of the tool frame, m and wxyz.
    """
    local = np.concatenate(
        [tool.to_base(half, _corners(tool, half), opening[:, None]) for half in ("base", "moving")],
        axis=1,
    )
    return local @ matrices(pose[:, 3:]).transpose(0, 2, 1) + pose[:, None, :3]


def _corners(tool: ArticulatedTool, half: Half) -> Array:
    bounds = np.array([p.part.bounds() for p in tool.parts if p.half == half])
    ends = np.stack([bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)])
    picks = np.indices((2, 2, 2)).reshape(3, 8)
    out: Array = ends[picks, np.arange(3)[:, None]].T
    return out


class ToolCamera:
    """A depth camera in front of each hand of a world.

    Args:
      world: hands with a tool.
      shape: rays across and along the tool; see ``habilis.envs.world.seeing.window``.
      groups: geom groups that are seen: fingers as drawn, or ``FAST_GROUPS``.
    """

    def __init__(
        self,
        world: Holding,
        shape: tuple[int, int] = SHAPE,
        groups: Sequence[int] = VISIBLE_GROUPS,
    ) -> None:
        self.world, self.shape, self._groups = world, shape, groups
        bodies = world.held.names.bodies
        self._entities = entities_below(world.model, (bodies["base"], bodies["moving"]))
        data = mujoco.MjData(world.model)
        mujoco.mj_kinematics(world.model, data)
        palm = data.body(world.held.hand.palm)
        self._palm, self._turn = palm.xpos.copy(), palm.xmat.reshape(3, 3).copy()

    def frames(
        self,
        rng: np.random.Generator,
        cone_angle: float = CONE,
        distance: tuple[float, float] = DISTANCE,
        count: int | None = None,
    ) -> Array:
        """T_world_camera (N, 4, 4) drawn about the nominal camera, at most an angle (rad) off.

        ``count`` of them, if it is given.
        """
        n = self.world.n if count is None else count
        away = cone(rng, n, np.array(NOMINAL), cone_angle) * rng.uniform(*distance, (n, 1))
        return facing(np.array(LOOK) + away, np.array([LOOK]))

    def look(
        self, frames: Array, rng: np.random.Generator | None = None, ids: Ids | None = None
    ) -> tuple[Cloud, Array]:
        """What is hit, exact: entity 0 is the tool's base, 1 its moving half, -1 all else.

        Args:
          frames: T_world_camera (N, 4, 4).
          rng: shifts rays within their pixels.
          ids: simulations (N,), ascending; all by default.

        Returns:
          The cloud in the frame of the palm, and the cameras (N, 3) there, m.
        """
        world = self.world
        opening, pose = world.read("opening", ids), world.read("tool_pose", ids)
        around = outline(world.held.tool, opening, pose)
        rays = window_rays(frames, around, self.shape, rng)
        eyes = frames[:, None, :3, 3]
        cloud = cast(world.sim, eyes, rays, self._entities, ids, self._groups)
        points = self.to_palm(cloud.points).astype(np.float32)
        return cloud._replace(points=points), self.to_palm(eyes[:, 0])

    def to_palm(self, points: npt.ArrayLike) -> Array:
        """Points (..., 3) of the hand's model in the frame of the palm's body, m."""
        out: Array = (np.asarray(points) - self._palm) @ self._turn
        return out

    def points(
        self,
        count: int,
        rng: np.random.Generator,
        frames: Array | None = None,
        noise: DepthNoise = NOISY,
    ) -> Floats:
        """(N, count, 3) points of the tool in the frame of the palm, m; 0 where it is not seen.

        Args:
          count: 256 to 1024.
          rng: of noise and choice, and of the cameras if they are not given.
          frames: T_world_camera (N, 4, 4); by default drawn anew.
          noise: what the camera gets wrong.
        """  # fmt: skip
        cloud, eye = self.look(self.frames(rng) if frames is None else frames, rng)
        return noise.points(cloud, cloud.entity >= 0, eye, count, rng)
