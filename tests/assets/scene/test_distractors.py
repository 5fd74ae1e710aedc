"""The catalogue of things that are no help."""

import dataclasses

import numpy as np
import pytest

from habilis.assets.scene.distractors import HOOKS, catalogue, distractor, span
from habilis.assets.scene.format.file import dump_scene, load_scene, parse_scene
from habilis.assets.scenes import scene_path, shipped


def test_each_is_as_detailed_as_a_tool_and_stands_on_the_table() -> None:
    assert len(catalogue()) >= 12
    assert set(HOOKS) < set(catalogue())
    for name, thing in catalogue().items():
        assert len(thing.parts) >= 2, name
        assert thing.bounds()[0][2] == pytest.approx(0, abs=1e-6), name
        assert thing.movable and not thing.magnetic and not thing.tool, name
        low, high = thing.bounds()
        grip = thing.grip()
        assert (grip >= low).all() and (grip <= high).all(), name


def test_no_name_is_taken_by_a_scene() -> None:
    for scene in map(load_scene, map(scene_path, shipped())):
        assert not set(catalogue()) & {e.name for e in scene.entities}


def test_sizes_and_masses_differ_from_draw_to_draw() -> None:
    one, two, again = (distractor("ruler", np.random.default_rng(s)) for s in (1, 2, 1))
    assert one == again
    assert span(one) != span(two) and one.mass != two.mass
    with pytest.raises(KeyError, match="did you mean 'ruler'"):
        distractor("rular", np.random.default_rng(0))


@pytest.mark.parametrize("name", shipped())
def test_shipped_scenes_are_written_and_read_back(name: str) -> None:
    scene = load_scene(scene_path(name))
    more = tuple(distractor(n, np.random.default_rng(3)) for n in catalogue())
    for one in (scene, dataclasses.replace(scene, entities=(*scene.entities, *more))):
        assert parse_scene(dump_scene(one), "dumped") == one
