"""Pictures of hands that hold tools."""

from __future__ import annotations

import copy
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.hand_scene import CAMERAS
from habilis.envs import gl
from habilis.envs.hand.world import HandWorld

Image = npt.NDArray[np.uint8]


def picture(world: HandWorld, sims: npt.ArrayLike, width: int = 360, height: int = 300) -> Image:
    """Simulations ``sims`` (k,) side by side, a row for each camera: (2 height, k width, 3).

    Raises:
      RenderingUnavailable: no OpenGL here; the message says what to install.
    """
    gl.ensure()
    model = copy.copy(world.model)
    model.vis.global_.offwidth, model.vis.global_.offheight = width, height
    data = mujoco.MjData(model)
    renderer = mujoco.Renderer(model, height, width)
    try:
        columns = []
        for sim in np.asarray(sims, int):
            world.batch.get_data(int(sim), data)
            mujoco.mj_forward(model, data)
            columns.append(np.concatenate([_shot(renderer, data, c) for c in CAMERAS]))
        return np.concatenate(columns, axis=1)
    finally:
        renderer.close()


def _shot(renderer: Any, data: mujoco.MjData, camera: str) -> Image:
    renderer.update_scene(data, camera)
    image: Image = renderer.render()
    return image.copy()
