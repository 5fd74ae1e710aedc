"""Pictures of hands that hold tools, alone or on an arm."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.hand_scene import CAMERAS
from habilis.envs.hand.world import HandWorld
from habilis.envs.media import gl
from habilis.envs.world.cameras import SHADOW_SIZE, camera_id

Image = npt.NDArray[np.uint8]


class Pictures:
    """Renders simulations of a world, each with its own model; keeps what it needs open.

    Args:
      world: what to look at.
    """

    def __init__(self, world: HandWorld) -> None:
        self._world = world
        self._model, self._data = world.sim.get_model(0), world.sim.get_data(0)
        self._renderers: dict[tuple[int, int], Any] = {}

    def take(self, camera: str, size: tuple[int, int], sim: int) -> Image:
        """(H, W, 3) red green blue, 0-255, of one simulation; ``size`` is width, height.

        Raises:
          KeyError: no such camera.
          RenderingUnavailable: no OpenGL here; the message says what to install.
        """
        index = camera_id(self._world.model, camera)
        gl.ensure()
        model, data = self._model, self._data
        self._world.sim.get_model(sim, model)
        self._world.sim.get_data(sim, data)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_camlight(model, data)
        renderer = self._renderer(size)
        renderer.update_scene(data, index)
        out: Image = renderer.render().copy()
        return out

    def close(self) -> None:
        """Free the OpenGL contexts; closing twice is fine."""
        while self._renderers:
            self._renderers.popitem()[1].close()

    def _renderer(self, size: tuple[int, int]) -> Any:
        if size not in self._renderers:
            width, height = size
            vis = self._model.vis
            vis.global_.offwidth, vis.global_.offheight = width, height
            vis.quality.shadowsize, vis.quality.offsamples = 2 * SHADOW_SIZE, 4
            self._renderers[size] = mujoco.Renderer(self._model, height, width)
        return self._renderers[size]


def picture(world: HandWorld, sims: npt.ArrayLike, width: int = 360, height: int = 300) -> Image:
    """Simulations ``sims`` (k,) side by side, a row for each camera: (2 height, k width, 3).

    Raises:
      RenderingUnavailable: no OpenGL here; the message says what to install.
    """
    pictures, size = Pictures(world), (width, height)
    try:
        columns = [
            np.concatenate([pictures.take(camera, size, int(sim)) for camera in CAMERAS])
            for sim in np.asarray(sims, int)
        ]
        return np.concatenate(columns, axis=1)
    finally:
        pictures.close()
