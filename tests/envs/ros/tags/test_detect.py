"""Tags in pictures: corners to a fraction of a pixel, lenses, and what is not told."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tests.envs.ros.tags.printed import FAMILY, SIZE, K, facing, picture, projected

from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.pictures import CameraInfo, camera_info, read_camera_info
from habilis.envs.ros.tags.detect import TagDetector, readings, straightened, tag_picture

TAG = 0.045


@pytest.mark.parametrize("far", [0.5, 1.0])
def test_corners_are_found_where_they_are(far: float) -> None:
    detector, rough = TagDetector(FAMILY), TagDetector(FAMILY, edges=False)
    ours, theirs = [], []
    for k in range(12):
        rng = np.random.default_rng(k)
        pose = facing(rng.normal(0, 0.35, 3), [*rng.uniform(-0.1, 0.1, 2), far])
        drawn = picture({7: (pose, TAG)}, seed=k)
        truth = projected(pose, TAG)
        (found,), (other,) = detector.find(drawn), rough.find(drawn)
        assert found.id == 7
        ours.append(np.sqrt(((found.corners - truth) ** 2).mean()))
        theirs.append(np.sqrt(((other.corners - truth) ** 2).mean()))
    assert np.median(ours) < 0.05 and max(ours) < 0.25
    assert np.median(theirs) > 3 * np.median(ours), "no reason to find corners ourselves any more"


def test_the_better_reading_of_a_square_comes_first() -> None:
    pose = facing((0.6, -0.3, 1.0), (0.05, 0.02, 0.5))
    both = readings(projected(pose, TAG), TAG, K)
    assert len(both) == 2
    np.testing.assert_allclose(both[0], pose, atol=1e-4)
    np.testing.assert_allclose(both[1][:3, 3], pose[:3, 3], atol=0.01)
    assert np.abs(both[1][:3, :3] - pose[:3, :3]).max() > 0.3


def test_a_tag_that_is_there_twice_is_not_told() -> None:
    there = {7: (facing((0.2, 0.1, 0), (-0.1, 0, 0.5)), TAG)}
    drawn = picture(there)
    assert [tag.id for tag in TagDetector(FAMILY).find(drawn)] == [7]
    drawn[:, 320:] = drawn[:, :320]
    assert TagDetector(FAMILY).find(drawn) == []
    assert TagDetector(FAMILY).find(np.full((480, 640, 3), 90, np.uint8)) == []


def test_a_tag_is_drawn_with_white_around_it() -> None:
    drawn = tag_picture(FAMILY, 3, 10)
    assert drawn.shape == (100, 100) and drawn[0].min() == 255 and drawn[10, 10:90].max() == 0
    with pytest.raises(ValueError, match="has tags 0 to 586, got 587"):
        tag_picture(FAMILY, 587)


@pytest.mark.parametrize("model", ["plumb_bob", "equidistant"])
def test_lenses_are_taken_account_of(model: str) -> None:
    pose = facing((0.4, 0.2, 0), (0.15, 0.1, 0.5))
    d = np.array([0.1, -0.05, 0.001, 0.002, 0.0])
    turn, pos = cv2.Rodrigues(pose[:3, :3])[0], pose[:3, 3]
    corners = np.array([[-1.0, 1, 0], [1, 1, 0], [1, -1, 0], [-1, -1, 0]]) * TAG / 2
    if model == "plumb_bob":
        seen = cv2.projectPoints(corners, turn, pos, K, d)[0]
    else:
        seen = cv2.fisheye.projectPoints(corners[:, None], turn.ravel(), pos, K, d[:4])[0]
    message = {**camera_info(*SIZE, K, 0.0, "x"), "d": d.tolist(), "distortion_model": model}
    straight = straightened(np.asarray(seen, float).reshape(4, 2), read_camera_info(message))
    np.testing.assert_allclose(straight, projected(pose, TAG), atol=0.02)
    odd = CameraInfo(K, d, "barrel", K)
    with pytest.raises(MessageError, match="got 'barrel'"):
        straightened(straight, odd)


def test_a_camera_that_was_never_calibrated_is_told() -> None:
    with pytest.raises(MessageError, match="never calibrated"):
        read_camera_info(camera_info(*SIZE, np.zeros((3, 3)), 0.0, "x"))
