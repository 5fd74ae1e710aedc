"""Views of a scene show all of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene, scene_path
from habilis.envs.media.gl import RenderingUnavailable
from habilis.envs.world.views import SIZE, VIEWS, views

RED = (1.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("x", [0.3, 0.9])
def test_a_thing_is_seen_from_each_side(x: float) -> None:
    scene = load_scene(scene_path("gallery_l_hook"))
    mug = scene.entity("mug")
    parts = tuple(dataclasses.replace(p, rgba=RED) for p in mug.parts)
    moved = dataclasses.replace(mug, parts=parts, pos=(x, 0.0, mug.pos[2]))
    try:
        picture = views(scene.replace_entities([moved])).astype(int)
    except RenderingUnavailable as error:
        pytest.skip(str(error))
    assert picture.shape == (SIZE[1], SIZE[0] * len(VIEWS), 3)
    red = picture[..., 0] - picture[..., 1:].max(axis=2) > 40
    for view in np.split(red, len(VIEWS), axis=1):
        rows, columns = np.nonzero(view)
        assert len(rows) > 50, "it is hidden or outside"
        assert 0 < rows.min() and rows.max() < SIZE[1] - 1
        assert 0 < columns.min() and columns.max() < SIZE[0] - 1
