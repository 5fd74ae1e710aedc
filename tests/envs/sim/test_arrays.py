"""Maths that serves arrays of any library."""

import mujoco
import numpy as np
import pytest

from habilis.envs.sim.arrays import array_namespace, clip, length, vecdot
from habilis.envs.terms.rewards import near
from habilis.envs.world.poses import conjugate, matrices, multiply, quaternions, rotate

torch = pytest.importorskip("torch")


@pytest.fixture
def quats() -> np.ndarray:
    q = np.random.default_rng(0).normal(size=(500, 2, 4))
    out: np.ndarray = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return out


def test_quaternions_are_those_of_mujoco_bit_for_bit(quats: np.ndarray) -> None:
    turns = matrices(quats)
    got = quaternions(turns)
    for row, turn in zip(got.reshape(-1, 4), turns.reshape(-1, 9), strict=True):
        want = np.empty(4)
        mujoco.mju_mat2Quat(want, turn)
        np.testing.assert_array_equal(row, want)


def test_torch_gets_the_same_numbers_as_numpy(quats: np.ndarray) -> None:
    a, b = quats[:, 0], quats[:, 1]
    ta, tb = torch.from_numpy(a), torch.from_numpy(b)
    v, tv = a[:, 1:], ta[:, 1:]
    pairs = [
        (matrices(a), matrices(ta)),
        (quaternions(matrices(a)), quaternions(matrices(ta))),
        (multiply(a, b), multiply(ta, tb)),
        (conjugate(a), conjugate(ta)),
        (rotate(a, v), rotate(ta, tv)),
        (vecdot(a, b), vecdot(ta, tb)),
        (length(v), length(tv)),
        (clip(v, -0.1, 0.2), clip(tv, -0.1, 0.2)),
        (near(v, 0.1), near(tv, 0.1)),
    ]
    for ours, theirs in pairs:
        assert isinstance(theirs, torch.Tensor)
        np.testing.assert_allclose(theirs.numpy(), ours, atol=1e-12)


def test_the_namespace_is_that_of_the_array() -> None:
    assert array_namespace(np.zeros(2)) is np
    assert array_namespace(torch.zeros(2)) is torch
