"""Finger kinematics against MuJoCo, finite differences, and goals that are known to be in reach."""

from __future__ import annotations

import functools

import mujoco
import numpy as np
import pytest
from tests.roots import need

from habilis.assets.arrays import Array
from habilis.assets.robots.hands.registry import HANDS, make_hand
from habilis.envs.control.hand_kinematics import FingerContact, HandKinematics

N = 64


def kinematics(name: str) -> HandKinematics:
    need(name)
    return _kinematics(name)


@functools.cache
def _kinematics(name: str) -> HandKinematics:
    return HandKinematics(name, N)


def postures(kin: HandKinematics, seed: int = 0, margin: float = 0.15) -> Array:
    """Random joint angles (N, j) away from the limits; joints on one tendon at equal angles."""
    hand, rng = kin.hand, np.random.default_rng(seed)
    low, high = np.array(hand.lower), np.array(hand.upper)
    q = low + (high - low) * rng.uniform(margin, 1 - margin, (N, len(low)))
    share = hand.coupling / hand.coupling.sum(axis=1, keepdims=True)
    return q @ share.T @ hand.coupling


def reached(kin: HandKinematics, q: Array, depth: float = 0.0) -> dict[str, FingerContact]:
    """The contacts that the pads make at q, each on a plane facing its pad."""
    return {
        finger: FingerContact(centre + (kin.hand.tips[finger].radius - depth) * normal, normal)
        for finger, (centre, normal) in kin.tips(q).items()
    }


def test_tips_are_mujocos() -> None:
    kin = kinematics("leap")
    hand, spec = make_hand("leap")
    model = spec.compile()
    data = mujoco.MjData(model)
    q = postures(kin)
    tips = kin.tips(q)
    for i in range(5):
        data.qpos[:] = q[i]
        mujoco.mj_forward(model, data)
        for finger, tip in hand.tips.items():
            rot = data.body(tip.body).xmat.reshape(3, 3)
            centre, normal = tips[finger]
            np.testing.assert_allclose(centre[i], data.body(tip.body).xpos + rot @ tip.centre)
            np.testing.assert_allclose(normal[i], rot @ tip.normal)


@pytest.mark.parametrize("name", HANDS)
def test_jacobians_equal_finite_differences(name: str) -> None:
    kin = kinematics(name)
    hand, q, h = kin.hand, postures(kin), 1e-6
    for finger, joints in hand.fingers.items():
        linear, turn = kin.jacobian(q, finger)
        rows = [row for row in hand.coupling if any(row[hand.joints.index(j)] for j in joints)]
        assert linear.shape == turn.shape == (N, 3, len(rows))
        for k, row in enumerate(rows):
            step = h * row / row.sum()
            ahead, back = kin.tips(q + step)[finger], kin.tips(q - step)[finger]
            np.testing.assert_allclose(linear[..., k], (ahead[0] - back[0]) / (2 * h), atol=1e-7)
            np.testing.assert_allclose(turn[..., k], (ahead[1] - back[1]) / (2 * h), atol=1e-7)


@pytest.mark.parametrize("name", HANDS)
def test_contacts_in_reach_are_found(name: str) -> None:
    kin = kinematics(name)
    goal, start = postures(kin, 1), postures(kin, 2)
    fingers = [kin.hand.joints.index(j) for row in kin.hand.fingers.values() for j in row]
    start[:, fingers] = 0.7 * goal[:, fingers] + 0.3 * start[:, fingers]
    wrist = np.delete(np.arange(len(kin.hand.joints)), fingers)
    start[:, wrist] = goal[:, wrist]
    contacts = reached(kin, goal)
    fit = kin.solve(start, contacts)
    assert fit.accepted(gap=1e-3, cosine=0.98).mean() > 0.9
    assert (fit.q >= np.array(kin.hand.lower)).all()
    assert (fit.q <= np.array(kin.hand.upper)).all()


def test_from_home_most_of_the_reach_is_found() -> None:
    kin = kinematics("leap")
    contacts = reached(kin, postures(kin, 3))
    fit = kin.solve(np.tile(kin.hand.home, (N, 1)), contacts)
    for finger in kin.hand.fingers:
        one = (fit.gap[finger] < 0.003) & (fit.cosine[finger] > 0.6)
        assert one.mean() > 0.8, finger


def test_depth_pushes_the_pad_into_the_surface() -> None:
    kin = kinematics("leap")
    goal = postures(kin, 4)
    fit = kin.solve(goal, {"index": reached(kin, goal)["index"]}, depth=0.006)
    centre, normal = kin.tips(goal)["index"]
    moved = np.sum((kin.tips(fit.q)["index"][0] - centre) * normal, axis=1)
    assert np.median(moved) == pytest.approx(0.006, abs=3e-4)


def test_only_the_asked_fingers_move() -> None:
    kin = kinematics("leap")
    q = postures(kin, 5)
    fit = kin.solve(q, {"ring": reached(kin, postures(kin, 6))["ring"]})
    ring = [kin.hand.joints.index(j) for j in kin.hand.fingers["ring"]]
    others = np.delete(np.arange(16), ring)
    np.testing.assert_array_equal(fit.q[:, others], q[:, others])
    assert set(fit.gap) == {"ring"}


def test_what_is_out_of_reach_is_not_accepted() -> None:
    kin = kinematics("leap")
    far = FingerContact(np.tile([1.0, 0.0, 0.1], (N, 1)), np.tile([1.0, 0.0, 0.0], (N, 1)))
    fit = kin.solve(postures(kin), {"index": far})
    assert not fit.accepted().any()
    assert (fit.gap["index"] > 0.5).all()


def test_each_hand_is_solved_by_itself() -> None:
    """A row's result depends on nothing but the row."""
    kin = kinematics("leap")
    q, contacts = postures(kin, 7), reached(kin, postures(kin, 8))
    fit = kin.solve(q, contacts)
    order = np.random.default_rng(9).permutation(N)
    shuffled = {f: FingerContact(c.point[order], c.inward[order]) for f, c in contacts.items()}
    np.testing.assert_allclose(kin.solve(q[order], shuffled).q, fit.q[order], atol=1e-12)


def test_joints_on_one_tendon_stay_equal() -> None:
    kin = kinematics("menagerie:shadow_hand")
    fit = kin.solve(postures(kin, 10), reached(kin, postures(kin, 11)))
    outer, inner = (kin.hand.joints.index(j) for j in ("rh_FFJ1", "rh_FFJ2"))
    np.testing.assert_allclose(fit.q[:, outer], fit.q[:, inner], atol=1e-12)


def test_unknown_finger() -> None:
    kin = kinematics("leap")
    with pytest.raises(ValueError, match="unknown finger of 'leap' 'pinky'.*known: index"):
        kin.jacobian(postures(kin), "pinky")
