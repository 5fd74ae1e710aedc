"""Entities of another size keep their shape, their density and their foot on the table."""

from pathlib import Path

import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.scaling import scaled
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Thing
from habilis.assets.scenes import scene_path


def entity(scene: str, name: str) -> Thing:
    return load_scene(scene_path(scene)).entity(name)


def test_parts_frames_mass_and_height_change_together() -> None:
    milk = entity("reach_milk_2024", "milk")
    big = scaled(milk, (1.1, 0.9, 1.2))
    assert big.size() == pytest.approx(milk.size() * (1.1, 0.9, 1.2), abs=1e-5)
    assert big.mass == pytest.approx(milk.mass * 1.1 * 0.9 * 1.2, abs=1e-5)
    assert big.frames["grip"] == pytest.approx((0, 0, 0.055 * 1.2))
    assert big.pos[2] + big.bounds()[0][2] == pytest.approx(0, abs=1e-5)
    assert [p.name for p in big.parts] == [p.name for p in milk.parts]


def test_a_lying_cylinder_is_stretched_along_its_length() -> None:
    can = entity("grasp_can_2023", "can")
    long = scaled(can, (1.2, 0.9, 0.9))
    assert long.parts[0].size == pytest.approx((0.045, 0.096))
    assert long.pos[2] == pytest.approx(0.0225)


@pytest.mark.parametrize(
    ("factors", "says"),
    [
        ((1.0, 1.1, 1.0), "would not stay round"),
        ((1.0, 0.0, 1.0), "3 positive factors"),
        ((1.0, 1.0), "3 positive factors"),
    ],
)
def test_what_cannot_be_is_refused(factors: tuple[float, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        scaled(entity("grasp_can_2023", "can"), factors)


def test_what_lies_at_an_angle_is_scaled_uniformly_only() -> None:
    leg = Thing("leg", (Part("bar", "box", (0.1, 0.01, 0.01), euler=(0, 0, 0.5)),), (0, 0, 0.005))
    assert scaled(leg, np.full(3, 2.0)).size() == pytest.approx(leg.size() * 2)
    with pytest.raises(ValueError, match="at an angle"):
        scaled(leg, (2.0, 1.0, 1.0))


def test_links_are_stretched_with_their_thing_and_grains_are_not() -> None:
    scenes = Path(__file__).parents[2] / "data"
    box = load_scene(scenes / "trees.yaml").entity("box")
    wide = scaled(box, [2.0, 2.0, 1.5])
    np.testing.assert_allclose(wide.size(), box.size() * [2.0, 2.0, 1.5], atol=1e-5)
    lid, was = wide.links[0], box.links[0]
    assert lid.pos == (0.0, -0.1, 0.048) and lid.parts[0].size == (0.248, 0.208, 0.006)
    assert lid.joint == was.joint and lid.frames["knob"] == (0.0, 0.1, 0.015)
    assert wide.pos[2] - 0.045 == pytest.approx(box.pos[2] - 0.03)
    with pytest.raises(ValueError, match="grains"):
        scaled(load_scene(scenes / "beads.yaml").entity("beads"), [2, 2, 2])
