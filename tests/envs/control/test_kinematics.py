"""Inverse kinematics over the whole range of the joints, at singularities and out of reach."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from habilis.envs.control.careful import SMALL, careful_step
from habilis.envs.control.kinematics import ArmKinematics
from habilis.envs.control.rotations import DOWN, matrix, pointing_down, turn_between

ARMS = ("fr3", "ur5e", "iiwa14")
BASE = (0.0, 0.0, 0.0)


def drawn(arm: ArmKinematics, n: int, seed: int) -> np.ndarray:
    """(n, j) joints, anywhere within the middle nine tenths of their ranges."""
    low, high = np.array(arm.robot.arm.lower), np.array(arm.robot.arm.upper)
    return np.random.default_rng(seed).uniform(
        low + 0.05 * (high - low), high - 0.05 * (high - low), (n, len(low))
    )


@pytest.mark.parametrize("name", ARMS)
def test_poses_that_some_joints_have_are_found(name: str) -> None:
    n = 100
    arm = ArmKinematics(name, BASE, n)
    pos, rot = arm.tcp(drawn(arm, n, 0))
    reach = arm.reach(np.tile(arm.robot.arm.home, (n, 1)), pos, rot)
    assert reach.ok.mean() >= 0.97
    here, facing = arm.tcp(reach.q)
    np.testing.assert_allclose(np.linalg.norm(here - pos, axis=1), reach.short, atol=1e-9)
    assert (np.linalg.norm(turn_between(facing, rot), axis=1)[reach.ok] < 0.02).all()


@pytest.mark.parametrize("name", ARMS)
def test_steps_stay_in_the_ranges_and_small_from_anywhere_to_anywhere(name: str) -> None:
    """Also at singularities: all joints in line, or half of them at the ends of their ranges."""
    n = 200
    arm = ArmKinematics(name, BASE, n)
    low, high = np.array(arm.robot.arm.lower), np.array(arm.robot.arm.upper)
    rng = np.random.default_rng(1)
    q = drawn(arm, n, 2)
    q[:40] = np.clip(0.0, low, high)
    q[40:80] = np.where(rng.random((40, len(low))) < 0.5, low, high)
    here, facing = arm.tcp(q)
    goal = here + rng.normal(scale=0.01, size=(n, 3))
    rot = matrix(rng.normal(scale=0.03, size=(n, 3))) @ facing
    out = arm.step(q, goal, rot)
    assert np.isfinite(out).all() and (out >= low).all() and (out <= high).all()
    assert np.abs(out - q).max() < 1.0


@pytest.mark.parametrize("name", ARMS)
def test_no_pose_of_an_arm_has_a_longer_lever(name: str) -> None:
    n = 300
    arm = ArmKinematics(name, BASE, n)
    q, by = drawn(arm, n, 4), np.random.default_rng(5).normal(scale=0.2, size=len(arm.levers))
    before, _ = arm.tcp(q)
    for way in (*np.diag(by), by):  # each joint alone, and all together
        after, _ = arm.tcp(q + way)
        moved = np.linalg.norm(after - before, axis=1)
        assert (moved <= np.abs(way) @ arm.levers + 1e-9).all()
    assert moved.max() > 0.2 * np.abs(by) @ arm.levers  # and they are no empty promise


def test_arms_that_stand_there_already_are_not_put_there_again() -> None:
    arm, fresh = (ArmKinematics("fr3", BASE, 3) for _ in range(2))
    q, forward, puts = drawn(arm, 3, 6), arm._sim.forward, []
    arm._sim.forward = lambda *args, **named: (puts.append(1), forward(*args, **named))  # type: ignore
    here, facing = arm.tcp(q)
    arm.step(q, here + 0.01, facing)
    assert len(puts) == 1
    arm.tcp(q[:1] + 0.1)  # one alone goes elsewhere
    np.testing.assert_array_equal(arm.tcp(q)[0], here)
    np.testing.assert_array_equal(arm.step(q, here + 0.01), fresh.step(q, here + 0.01))
    assert len(puts) == 3


@pytest.mark.parametrize("name", ARMS)
def test_every_yaw_is_reached_over_the_table(name: str) -> None:
    n = 60
    arm = ArmKinematics(name, (-0.25, 0.0, 0.0), n)
    rng = np.random.default_rng(3)
    pos = rng.uniform((0.1, -0.25, 0.02), (0.4, 0.25, 0.3), (n, 3))
    rot = np.array([pointing_down(y) for y in np.linspace(-np.pi / 2, np.pi / 2, n)])
    reach = arm.reach(np.tile(arm.robot.arm.home, (n, 1)), pos, rot)
    assert reach.ok.mean() >= (0.9 if name == "iiwa14" else 1.0)  # whose elbow folds less


@pytest.mark.parametrize("name", ARMS)
def test_out_of_reach_is_said_in_metres_and_a_turn_in_degrees(name: str) -> None:
    arm = ArmKinematics(name, BASE, 1)
    home = np.array([arm.robot.arm.home])
    far = np.array([[2.0, 0.0, 0.3]])
    reach = arm.reach(home, far)
    assert (
        not reach.ok[0]
        and reach.trouble().startswith("cannot reach, 1.")
        and " m short" in reach.trouble()
    )
    again = arm.follow(reach.q, far)
    np.testing.assert_allclose(again.short, reach.short, atol=0.01)
    at, _ = arm.tcp(home)
    assert arm.reach(home, at).trouble() == ""


def test_a_wrist_at_its_end_turns_as_far_as_it_can_and_stays_where_it_is() -> None:
    """One joint about the vertical, at the end of its range: the others keep the position."""
    arm = ArmKinematics("fr3", BASE, 1)
    home = np.array([arm.robot.arm.home])
    at, _ = arm.tcp(home)
    reach = arm.follow(home, at, pointing_down(np.radians(-175)))
    if not reach.ok[0]:
        assert reach.short[0] < 0.05


def test_damping_grows_towards_a_singularity() -> None:
    """The same error asks less of the joints the smaller the singular value is."""
    sizes = np.array([1.0, 0.5, 0.1, 0.01, 0.001]) * SMALL
    jac = np.tile(np.eye(6), (len(sizes), 1, 1))
    jac[:, 0, 0] = sizes
    err = np.tile([0.001, 0, 0, 0, 0, 0], (len(sizes), 1))
    wide = np.full((len(sizes), 6), 10.0)
    move, missing = careful_step(jac, err, np.zeros_like(wide), -wide, wide)
    assert (np.diff(move[:, 0]) < 0).all() and move[0, 0] == pytest.approx(0.001 / SMALL, rel=0.01)
    np.testing.assert_allclose(missing[:, 0], err[:, 0] - sizes * move[:, 0], atol=1e-12)


def test_a_joint_at_its_end_is_made_up_for_by_the_others() -> None:
    jac = np.zeros((1, 6, 7))
    jac[0, :, :6], jac[0, 0, 6] = np.eye(6), 1.0
    high = np.full((1, 7), 1.0)
    high[0, 0] = 0.0
    err = np.array([[0.1, 0, 0, 0, 0, 0]])
    move, missing = careful_step(jac, err, np.zeros((1, 7)), -np.ones((1, 7)), high)
    np.testing.assert_allclose(move[0], [0, 0, 0, 0, 0, 0, 0.1], atol=1e-6)
    np.testing.assert_allclose(missing, 0.0, atol=1e-6)
    assert (DOWN @ DOWN == np.eye(3)).all()


def test_an_arm_whose_file_has_changed_is_read_anew(tmp_path: Path) -> None:
    models = Path(__file__).parents[2] / "assets" / "robots" / "loaded" / "models"
    for path in models.glob("heron.*"):
        shutil.copy(path, tmp_path)
    file = tmp_path / "heron.xml"

    def height() -> float:
        arm = ArmKinematics(f"file:{file}", BASE, 1)
        return float(arm.tcp(np.zeros((1, 6)))[0][0, 2])

    before = height()
    lower = 'name="turret" pos="0 0 0.18"'
    text = file.read_text(encoding="utf-8")
    assert text.count(lower) == 1
    file.write_text(text.replace(lower, lower.replace("0.18", "0.38")), encoding="utf-8")
    os.utime(file, ns=(0, 0))
    assert height() == pytest.approx(before + 0.2)


def test_fewer_arms_than_there_are_come_to_the_same_places() -> None:
    arm = ArmKinematics("fr3", BASE, 5)
    q = drawn(arm, 5, 4)
    all_of_them = arm.tcp(q)
    for some, every in zip(arm.tcp(q[:2]), all_of_them, strict=True):
        np.testing.assert_array_equal(some, every[:2])
