"""Pictures of hands that hold tools."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.hand_scene import CAMERAS
from habilis.assets.names import pick
from habilis.envs import gl
from habilis.envs.hand.world import HandWorld

Image = npt.NDArray[np.uint8]


def picture(world: HandWorld, sims: npt.ArrayLike, width: int = 360, height: int = 300) -> Image:
    """Simulations ``sims`` (k,) side by side, a row for each camera: (2 height, k width, 3).

    Raises:
      RenderingUnavailable: no OpenGL here; the message says what to install.
    """
    columns = [_shots(world, int(sim), CAMERAS, width, height) for sim in np.asarray(sims, int)]
    return np.concatenate(columns, axis=1)


def shot(world: HandWorld, sim: int, camera: str, width: int = 360, height: int = 300) -> Image:
    """(height, width, 3) picture of one simulation; errors as of ``picture``.

    Raises:
      ValueError: an unknown camera.
    """
    if camera not in CAMERAS:
        raise ValueError(pick("camera", camera, CAMERAS))
    return _shots(world, sim, (camera,), width, height)


def _shots(world: HandWorld, sim: int, cameras: Sequence[str], width: int, height: int) -> Image:
    gl.ensure()
    model = copy.copy(world.model)
    model.vis.global_.offwidth, model.vis.global_.offheight = width, height
    data = mujoco.MjData(model)
    world.batch.get_data(sim, data)
    mujoco.mj_forward(model, data)
    renderer = mujoco.Renderer(model, height, width)
    try:
        return np.concatenate([_shot(renderer, data, camera) for camera in cameras])
    finally:
        renderer.close()


def _shot(renderer: Any, data: mujoco.MjData, camera: str) -> Image:
    renderer.update_scene(data, camera)
    image: Image = renderer.render()
    return image.copy()
