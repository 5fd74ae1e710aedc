"""The lean arms and the lean 2F-85 against the published ones."""

from __future__ import annotations

import os
from pathlib import Path

import mujoco
import numpy as np
import pytest

from habilis.assets.robots.registry import ARMS, make_robot
from habilis.assets.robots.spec import RobotSpec

PUBLISHED = {
    "ur5e": ("universal_robots_ur5e/ur5e.xml", "attachment_site"),
    "iiwa14": ("kuka_iiwa_14/iiwa14.xml", "attachment_site"),
}
HALF = np.diag([-1.0, -1.0, 1.0])  # a flange may be turned about its axis


def menagerie(path: str) -> mujoco.MjModel:
    root = os.environ.get("MENAGERIE_ROOT")
    if not root or not (Path(root) / path).exists():
        pytest.skip(f"MENAGERIE_ROOT holds no {path}")
    spec = mujoco.MjSpec.from_file(str(Path(root) / path))
    spec.option.gravity = [0, 0, 0]
    return spec.compile()


def lean(name: str) -> tuple[RobotSpec, mujoco.MjModel]:
    robot, spec = make_robot(name)
    return robot, spec.compile()


@pytest.mark.parametrize("name", PUBLISHED)
def test_kinematics_and_dynamics_of_an_arm_equal_the_menagerie(name: str) -> None:
    path, site = PUBLISHED[name]
    theirs, (robot, ours) = menagerie(path), lean(name)
    count, mount = len(robot.arm.joints), ARMS[name].flange
    a, b = mujoco.MjData(ours), mujoco.MjData(theirs)
    rng = np.random.default_rng(5)
    for q in rng.uniform(robot.arm.lower, robot.arm.upper, (500, count)):
        a.qpos[:count] = b.qpos[:] = q
        mujoco.mj_kinematics(ours, a)
        mujoco.mj_kinematics(theirs, b)
        for i in range(1, theirs.nbody):
            body = theirs.body(i).name
            np.testing.assert_allclose(a.body(body).xpos, b.body(body).xpos, atol=1e-4)
            np.testing.assert_allclose(a.body(body).xmat, b.body(body).xmat, atol=1e-4)
        link = a.body(mount.body)
        at = link.xpos + link.xmat.reshape(3, 3) @ mount.pos
        np.testing.assert_allclose(at, b.site(site).xpos, atol=1e-4)
    bodies = [theirs.body(i).name for i in range(1, theirs.nbody)]
    for body in bodies:
        assert ours.body(body).mass[0] == pytest.approx(theirs.body(body).mass[0])
        np.testing.assert_allclose(ours.body(body).ipos, theirs.body(body).ipos, atol=1e-9)
    np.testing.assert_allclose(ours.jnt_range[:count], theirs.jnt_range, atol=1e-4)


def test_an_arm_at_home_looks_down_and_touches_nothing() -> None:
    for name in ARMS:
        robot, model = lean(name)
        data = mujoco.MjData(model)
        effector = robot.effector
        data.qpos[: len(robot.arm.home)] = robot.arm.home
        columns = [int(model.joint(joint).qposadr[0]) for joint in effector.joints]
        data.qpos[columns] = effector.opening.posture(effector.widest)
        mujoco.mj_forward(model, data)
        down = data.site(effector.tcp).xmat.reshape(3, 3)
        np.testing.assert_allclose(down, np.diag([1, -1, -1]), atol=2e-3, err_msg=name)
        assert data.ncon == 0, name


def test_pads_of_the_2f85_stand_where_the_published_ones_do() -> None:
    theirs, (robot, ours) = menagerie("robotiq_2f85/2f85.xml"), lean("ur5e+robotiq_2f85")
    a, b = mujoco.MjData(ours), mujoco.MjData(theirs)
    links = [int(ours.joint(joint).qposadr[0]) for joint in robot.effector.joints]
    for command in np.linspace(0, 235, 6):
        b.ctrl[0] = command
        mujoco.mj_step(theirs, b, nstep=1500)
        angle = float(b.joint("right_spring_link_joint").qpos[0])
        opening = robot.effector.opening
        joints = np.array(opening.joints)
        a.qpos[links] = [np.interp(angle, joints[::-1, 0], joints[::-1, i]) for i in range(4)]
        a.qpos[links[0]] = a.qpos[links[2]] = angle
        mujoco.mj_kinematics(ours, a)
        base, own = b.body("base"), a.body(robot.effector.body)
        for side in ("right", "left"):
            two = (b.geom(f"{side}_pad1").xpos + b.geom(f"{side}_pad2").xpos) / 2
            their = base.xmat.reshape(3, 3).T @ (two - base.xpos)
            pad = a.geom(f"gripper/{side}_pad").xpos
            our = own.xmat.reshape(3, 3).T @ (pad - own.xpos)
            np.testing.assert_allclose(our, their, atol=1e-4)
        gap = mujoco.mj_geomDistance(
            ours, a, ours.geom("gripper/right_pad").id, ours.geom("gripper/left_pad").id, 1.0, None
        )
        edges = 1.5e-3  # m that pads tilted by 1 degree are nearer at an edge than in the middle
        assert float(opening.measure(a.qpos[links])) == pytest.approx(gap, abs=edges)


@pytest.mark.parametrize("name", ["fr3", "ur5e", "iiwa14"])
def test_neighbouring_links_never_touch(name: str) -> None:
    robot, model = lean(name)
    data, rng = mujoco.MjData(model), np.random.default_rng(2)
    count = len(robot.arm.joints)
    for q in rng.uniform(robot.arm.lower, robot.arm.upper, (300, count)):
        data.qpos[:count] = q
        mujoco.mj_forward(model, data)
        for contact in data.contact:
            first, second = sorted(int(model.geom_bodyid[g]) for g in contact.geom)
            pair = model.body(first).name, model.body(second).name
            assert model.body_parentid[second] != first, f"{pair} at {q.round(2).tolist()}"
