"""Rotations as matrices and as vectors, over all angles."""

import numpy as np
import pytest

from habilis.envs.control.rotations import (
    DOWN,
    check_rotations,
    matrix,
    pointing_down,
    rotation_vector,
    turn_between,
    turned,
)


def test_a_rotation_vector_comes_back_from_its_matrix_even_at_half_a_turn() -> None:
    rng = np.random.default_rng(0)
    vector = rng.normal(size=(500, 3))
    vector *= (rng.uniform(0, np.pi, 500) / np.linalg.norm(vector, axis=1))[:, None]
    vector[:3] = 0.0
    vector[1, 0], vector[2, 1] = np.pi, 1e-10
    np.testing.assert_allclose(rotation_vector(matrix(vector)), vector, atol=1e-12)


def test_what_lies_between_two_frames_turns_one_into_the_other() -> None:
    rng = np.random.default_rng(1)
    start, end = matrix(rng.normal(size=(50, 3))), matrix(rng.normal(size=(50, 3)))
    np.testing.assert_allclose(turned(start, turn_between(start, end)), end, atol=1e-12)


def test_yaw_turns_a_hand_that_points_down_about_the_vertical() -> None:
    np.testing.assert_array_equal(pointing_down(0.0), DOWN)
    quarter = pointing_down(np.pi / 2)
    np.testing.assert_allclose(quarter[:, 1], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(quarter[:, 2], [0, 0, -1], atol=1e-12)


@pytest.mark.parametrize("bad", [np.diag([1.0, 1.0, -1.0]), 2 * np.eye(3), np.ones((3, 3))])
def test_what_is_no_rotation_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must be a rotation"):
        check_rotations(bad[None])
