"""Views of a scene show all of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pytest

from habilis.assets.scene.format.file import load_scene, scene_path
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.media.gl import RenderingUnavailable
from habilis.envs.world.seeing.views import SIZE, VIEWS, views

RED = (1.0, 0.0, 0.0, 1.0)


def seen(scene: Scene) -> list[npt.NDArray[np.bool_]]:
    """Where each view of a scene is red, (480, 640)."""
    try:
        picture = views(scene).astype(int)
    except RenderingUnavailable as error:
        pytest.skip(str(error))
    assert picture.shape == (SIZE[1], SIZE[0] * len(VIEWS), 3)
    return np.split(picture[..., 0] - picture[..., 1:].max(axis=2) > 25, len(VIEWS), axis=1)


def with_red(x: float, y: float, *others: Thing) -> Scene:
    """A scene whose mug is red and stands there, m."""
    scene = load_scene(scene_path("gallery_l_hook"))
    mug = scene.entity("mug")
    parts = tuple(dataclasses.replace(p, rgba=RED) for p in mug.parts)
    moved = dataclasses.replace(mug, parts=parts, pos=(x, y, mug.pos[2]))
    goal = Predicate("lifted", "mug", value=0.05)
    return dataclasses.replace(scene, entities=(moved, *others), goal=goal, tool=None)


@pytest.mark.parametrize("x", [0.3, 0.9])
def test_a_thing_is_seen_from_each_side(x: float) -> None:
    for view in seen(with_red(x, 0.0)):
        rows, columns = np.nonzero(view)
        assert len(rows) > 50, "it is hidden or outside"
        assert 0 < rows.min() and rows.max() < SIZE[1] - 1
        assert 0 < columns.min() and columns.max() < SIZE[0] - 1


def box(name: str, at: tuple[float, float], size: float, height: float) -> Thing:
    part = Part(name, "box", (size, size, height))
    return Thing(name, (part,), (*at, height / 2), fixed=True)


def test_what_is_inside_of_something_is_seen_from_each_side() -> None:
    """Even inside of two, one around the other, and right under the hand."""
    inside = with_red(
        0.3, 0.0, box("case", (0.3, 0.0), 0.12, 0.12), box("chest", (0.3, 0), 0.2, 0.2)
    )
    for view in seen(inside):
        assert view.sum() > 50


@pytest.mark.parametrize("far", [(8.0, 0.0), (0.3, -8.0), (-8.0, 8.0)])
def test_what_is_metres_away_is_seen_from_each_side(far: tuple[float, float]) -> None:
    """The camera is not between it and the rest."""
    for view in seen(with_red(*far, box("near", (0.3, 0.2), 0.04, 0.04))):
        assert view.any()
