"""The files that say which tags are on what, and where cameras are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.envs.ros.tags.printed import transform

from habilis.assets.scene.format.yaml_lines import SceneFileError
from habilis.envs.ros.tags.file import CameraPlace, load_camera, load_tags, parse_tags

MILK = "family: apriltag_36h11\nthings:\n  milk:\n"
TAG = "    - {id: 3, size: 0.04, pos: [0, 0, 0.1], euler_deg: [90, 0, 0]}\n"


def test_a_file_of_tags_is_read_with_its_cameras(tmp_path: Path) -> None:
    place = transform((0.1, 2.0, 0.3), (0.5, -0.2, 0.8))
    CameraPlace("front", "base", place, 0.001, 0.2, 15).save(tmp_path / "front.yaml")
    (tmp_path / "tags.yaml").write_text(MILK + TAG + "cameras: {front: front.yaml}\nunseen: 9\n")
    file = load_tags(tmp_path / "tags.yaml")
    (tag,) = file.tags["milk"]
    np.testing.assert_allclose(tag.corners()[0], [-0.02, 0.0, 0.12], atol=1e-12)  # it faces -y
    np.testing.assert_allclose(tag.place[:3, 2], [0, -1, 0], atol=1e-12)
    camera = file.cameras["front"]
    np.testing.assert_allclose(camera.place, place, atol=1e-6)
    assert (camera.spread, camera.residual, camera.pairs) == (0.001, 0.2, 15)
    assert file.unseen == 9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MILK + TAG.replace("0.04", "0"), "size': expected a finite number > 0"),
        (MILK + TAG.replace("3", "1.5"), "expected a whole number"),
        (MILK + TAG + TAG, "tag 3 is on milk and on milk"),
        (MILK.replace("36h11", "36h12") + TAG, "did you mean 'apriltag_36h11'"),
        (MILK + TAG.replace("euler_deg", "euler_dog"), "did you mean 'euler_deg'"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(SceneFileError, match=said):
        parse_tags(text, "tags.yaml")


def test_a_camera_is_fixed_to_base_or_tool(tmp_path: Path) -> None:
    path = tmp_path / "camera.yaml"
    path.write_text("{camera: a, parent: flange, pos: [0, 0, 0], quat: [1, 0, 0, 0]}")
    with pytest.raises(SceneFileError, match="flange"):
        load_camera(path)
    path.write_text("{camera: a, parent: tcp, pos: [0, 0, 0], quat: [1, 1, 0, 0]}")
    with pytest.raises(SceneFileError, match="expected length 1"):
        load_camera(path)
