"""Kinematics of the legs, and the robot itself, against the published model."""

import os
from pathlib import Path

import mujoco
import numpy as np
import pytest

from habilis.assets.robots.registry import make_robot, robot_spec
from habilis.envs.legged.legs import LegKinematics

ROBOT, SPEC = make_robot("go1")
MODEL = SPEC.compile()
LEGS = LegKinematics(MODEL, ROBOT)


def postures(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return LEGS.lower + rng.uniform(0.2, 0.8, (count, 4, 3)) * (LEGS.upper - LEGS.lower)


def test_feet_and_jacobians_are_those_of_the_model() -> None:
    data, q = mujoco.MjData(MODEL), postures(5)
    feet, jac = LEGS.feet(q)
    for i in range(5):
        data.qpos[:7], data.qpos[7:] = (0, 0, 0, 1, 0, 0, 0), q[i].ravel()
        mujoco.mj_kinematics(MODEL, data)
        assert ROBOT.legs is not None
        at = [data.site(name).xpos for name in ROBOT.legs.feet]
        assert feet[i] == pytest.approx(np.array(at), abs=1e-9)
    for k in range(3):
        by = np.zeros(3)
        by[k] = 1e-6
        slope = (LEGS.feet(q + by)[0] - LEGS.feet(q - by)[0]) / 2e-6
        assert jac[..., k] == pytest.approx(slope, abs=1e-7)


def test_joints_are_found_that_put_feet_where_they_are_wanted() -> None:
    q = postures(20)
    goal, _ = LEGS.feet(q)
    found = LEGS.solve(q + np.random.default_rng(1).uniform(-0.2, 0.2, q.shape), goal, 8)
    assert LEGS.feet(found)[0] == pytest.approx(goal, abs=1e-3)
    far = LEGS.solve(q, goal * 3, 8)  # out of reach: as near as joints allow, and finite
    assert np.isfinite(far).all() and (far >= LEGS.lower).all() and (far <= LEGS.upper).all()


def test_it_stands_on_its_feet_at_rest() -> None:
    assert ROBOT.legs is not None
    down = LEGS.stance[:, 2] + ROBOT.legs.height - ROBOT.legs.radius
    assert down == pytest.approx(np.zeros(4), abs=1e-3)


def test_its_kinematics_and_mass_are_the_published_ones() -> None:
    root = os.environ.get("MENAGERIE_ROOT")
    path = Path(root or "") / "unitree_go1" / "go1.xml"
    if root is None or not path.is_file():
        pytest.skip("MENAGERIE_ROOT holds no unitree_go1/go1.xml")
    given = mujoco.MjModel.from_xml_path(str(path))
    assert MODEL.body_mass.sum() == pytest.approx(given.body_mass.sum(), abs=1e-3)
    assert tuple(robot_spec("go1").joints) == tuple(
        given.joint(i).name for i in range(1, given.njnt)
    )
    one, other = mujoco.MjData(MODEL), mujoco.MjData(given)
    for q in postures(5):
        for model, data in ((MODEL, one), (given, other)):
            data.qpos[:7], data.qpos[7:] = (0, 0, 0, 1, 0, 0, 0), q.ravel()
            mujoco.mj_kinematics(model, data)
        for leg in ("FR", "FL", "RR", "RL"):
            assert one.site(f"{leg}_foot").xpos == pytest.approx(other.site(leg).xpos, abs=1e-4)
