"""One pose of all views: cameras and tags together, what is wrong left out, doubt told."""

from __future__ import annotations

import dataclasses

import numpy as np
from tests.envs.ros.tags.printed import K, facing, inverse, projected, transform

from habilis.assets.arrays import Array
from habilis.envs.control.rotations import rotation_vector
from habilis.envs.ros.tags.locate import TagView, locate

TAG = 0.04
TOP = transform((0, 0, 0), (0, 0, 0.03))
SIDE = transform((np.pi / 2, 0, 0), (0, -0.03, 0))
FIRST = inverse(facing((0.9, 0, 0), (0, 0, 0.6)))
SECOND = inverse(facing((0.7, 0.7, 0), (0.05, 0, 0.7)))
POSE = transform((0, 0, 0.3), (0.02, 0.01, 0.0))


def view(
    place: Array, camera: Array, pose: Array = POSE, noise: float = 0.05, seed: int = 0
) -> TagView:
    """What a camera at T_base_camera sees of a tag on a thing at T_base_thing."""
    corners = projected(inverse(camera) @ pose @ place, TAG)
    corners = corners + np.random.default_rng(seed).normal(0, noise, (4, 2))
    return TagView((seed, str(camera[0, 3])), TAG, place, corners, K, camera)


def angle(a: Array, b: Array) -> float:
    return float(np.degrees(np.linalg.norm(rotation_vector((a[:3, :3] @ b[:3, :3].T)[None]))))


def test_more_tags_and_cameras_tell_more() -> None:
    one = locate([view(TOP, FIRST)])
    all_ = locate([view(TOP, FIRST), view(SIDE, FIRST, seed=1), view(TOP, SECOND, seed=2)])
    assert one is not None and all_ is not None and one.sure and all_.sure
    for found in (one, all_):
        assert np.linalg.norm(found.pose[:3, 3] - POSE[:3, 3]) < 3 * found.spread
        assert not found.mirrored and found.residual < 0.2
    assert all_.spread < one.spread / 2 and all_.views == 3 and all_.rejected == 0


def test_four_pictures_by_one_camera_are_no_four_cameras() -> None:
    first = view(TOP, FIRST)
    one, four = locate([first]), locate([first] * 4)
    assert one is not None and four is not None
    np.testing.assert_allclose(four.spread, one.spread, rtol=1e-3)


def test_a_view_that_contradicts_the_others_is_left_out() -> None:
    good = [view(TOP, FIRST), view(SIDE, FIRST, seed=1), view(TOP, SECOND, seed=2)]
    astray = view(TOP, SECOND, transform((0, 0, 0.3), (0.08, 0.01, 0.0)), seed=3)
    found = locate([*good, astray])
    assert found is not None and (found.views, found.rejected) == (3, 1)
    assert np.linalg.norm(found.pose[:3, 3] - POSE[:3, 3]) < 0.001


def test_where_a_thing_was_before_it_moved_does_not_count() -> None:
    before = [
        dataclasses.replace(view(TOP, FIRST, transform((0, 0, 0), (0.06, 0, 0))), fresh=False)
    ] * 3
    found = locate([*before, view(TOP, FIRST)])
    assert found is not None and np.linalg.norm(found.pose[:3, 3] - POSE[:3, 3]) < 0.002
    assert locate(before) is None


def test_a_square_that_may_be_mirrored_is_not_sure_and_a_second_camera_tells() -> None:
    away = inverse(facing((0.35, 0, 0), (0, 0, 1.5)))
    wrong = 0
    for seed in range(20):
        found = locate([view(TOP, away, noise=0.3, seed=seed)])
        assert found is not None
        wrong += angle(found.pose, POSE) > 15
        assert not found.sure, "nobody can tell"
    assert wrong > 0, "the better reading is the wrong one now and then"
    other = inverse(facing((0.3, 0.9, 0), (0, 0, 0.8)))
    both = locate([view(TOP, away, noise=0.3), view(TOP, other, noise=0.3, seed=1)])
    assert both is not None and both.sure and angle(both.pose, POSE) < 5
