"""Hands that hold tools, side by side in one picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from habilis.assets.hand_scene import CAMERAS
from habilis.envs.hand.holding import Holding
from habilis.envs.world.seeing.cameras import Image, ScenePictures


def picture(world: Holding, sims: npt.ArrayLike, width: int = 360, height: int = 300) -> Image:
    """Simulations ``sims`` (k,) side by side, a row for each camera: (2 height, k width, 3).

    Raises:
      RenderingUnavailable: no OpenGL here; the message says what to install.
    """
    pictures, size = ScenePictures(world), (width, height)
    try:
        columns = [
            np.concatenate([pictures.take(camera, size, int(sim)) for camera in CAMERAS])
            for sim in np.asarray(sims, int)
        ]
        return np.concatenate(columns, axis=1)
    finally:
        pictures.close()
