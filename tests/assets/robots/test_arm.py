"""The lean arm against the published robot: frames, limits, contacts, gripper."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import warnings

import mujoco
import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.assets.robots.contact import critical_damping, finger_inertia
from habilis.assets.robots.effectors.panda_hand import PANDA_HAND as GRIPPER
from habilis.assets.robots.effectors.panda_hand import TCP_OFFSET
from habilis.assets.robots.registry import ARMS, add_robot, make_robot

ARM = ARMS["fr3"]

FR3 = ARM.limb
BODIES = (*(f"link{i}" for i in range(1, 8)), "hand", "left_finger", "right_finger")


def preset(spec: mujoco.MjSpec) -> mujoco.MjSpec:
    """The world's physics settings, on a spec."""
    spec.option.timestep = 0.004
    spec.option.impratio = 100
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    return spec


def at_home(model: mujoco.MjModel, opening: float = 0.04) -> mujoco.MjData:
    """Data of the arm at rest at home, each finger open by ``opening`` m."""
    data = mujoco.MjData(model)
    data.qpos[:9] = (*FR3.home, opening, opening)
    data.ctrl[:8] = (*FR3.home, opening)
    mujoco.mj_forward(model, data)
    return data


def random_postures(count: int) -> Array:
    """Postures (count, 9) inside the limits, rad and m."""
    rng = np.random.default_rng(7)
    arms = rng.uniform(FR3.lower, FR3.upper, (count, 7))
    return np.hstack([arms, np.repeat(rng.uniform(0, 0.04, (count, 1)), 2, axis=1)])


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return preset(make_robot("fr3")[1]).compile()


def body_pair(first: str, second: str) -> tuple[str, str]:
    """The two names in alphabetical order."""
    return (first, second) if first < second else (second, first)


def touching(model: mujoco.MjModel, data: mujoco.MjData) -> set[tuple[str, str]]:
    """Pairs of body names in contact."""
    pairs = (model.geom_bodyid[list(c.geom)] for c in data.contact)
    return {body_pair(model.body(a).name, model.body(b).name) for a, b in pairs}


def menagerie_panda() -> mujoco.MjModel:
    """The Menagerie's Panda; skips the test where it is not there."""
    root = os.environ.get("MENAGERIE_ROOT")
    if not root:
        pytest.skip("MENAGERIE_ROOT is not set: nothing to compare the kinematics with")
    path = pathlib.Path(root) / "franka_emika_panda" / "panda.xml"
    if not path.exists():
        pytest.skip(f"MENAGERIE_ROOT holds no {path.parent.name}/{path.name}")
    return mujoco.MjModel.from_xml_path(str(path))


def test_kinematics_equal_the_menagerie_pandas(model: mujoco.MjModel) -> None:
    panda = menagerie_panda()
    ours, theirs = mujoco.MjData(model), mujoco.MjData(panda)
    for posture in random_postures(1000):
        ours.qpos[:9] = theirs.qpos[:9] = posture
        mujoco.mj_kinematics(model, ours)
        mujoco.mj_kinematics(panda, theirs)
        for name in BODIES:
            np.testing.assert_allclose(ours.body(name).xpos, theirs.body(name).xpos, atol=1e-4)
            np.testing.assert_allclose(ours.body(name).xmat, theirs.body(name).xmat, atol=1e-4)


def test_dynamics_equal_the_menagerie_pandas(model: mujoco.MjModel) -> None:
    panda = menagerie_panda()
    ours, theirs = mujoco.MjData(model), mujoco.MjData(panda)
    for posture in random_postures(20):
        ours.qpos[:9] = theirs.qpos[:9] = posture
        mujoco.mj_forward(model, ours)
        mujoco.mj_forward(panda, theirs)
        mass, expected = np.zeros((9, 9)), np.zeros((9, 9))
        mujoco.mj_fullM(model, ours, mass)
        mujoco.mj_fullM(panda, theirs, expected)
        for finger in (7, 8):  # whose drives have more inertia here, see finger_inertia
            expected[finger, finger] += finger_inertia(GRIPPER.force) - 0.1
        np.testing.assert_allclose(mass, expected, atol=1e-6)
    np.testing.assert_allclose(model.actuator_gainprm[:7], panda.actuator_gainprm[:7])
    np.testing.assert_allclose(model.actuator_biasprm[:7], panda.actuator_biasprm[:7])
    np.testing.assert_allclose(model.jnt_range, panda.jnt_range)


def test_model_agrees_with_the_constants(model: mujoco.MjModel) -> None:
    joints = [model.joint(i).name for i in range(model.njnt)]
    assert joints == [*FR3.joints, *GRIPPER.joints]
    assert [model.actuator(i).name for i in range(model.nu)] == [*FR3.actuators, *GRIPPER.actuators]
    limits = np.array([FR3.lower, FR3.upper]).T
    np.testing.assert_allclose(model.jnt_range[:7], limits)
    np.testing.assert_allclose(model.actuator_ctrlrange[:7], limits)
    np.testing.assert_allclose(model.actuator_forcerange[:7, 1], FR3.torque)
    assert np.all((limits[:, 0] < FR3.home) & (np.array(FR3.home) < limits[:, 1]))
    assert np.all(np.array(FR3.velocity) > 0)
    assert np.all(np.array(FR3.acceleration) > 0)
    assert model.body(1).name == ARM.base
    hand = model.body(GRIPPER.body).id
    assert all(model.body(finger).parentid[0] == hand for finger in GRIPPER.fingers)
    np.testing.assert_allclose(model.body_gravcomp[1:], 1)


def test_contact_and_gripper_preset(model: mujoco.MjModel) -> None:
    for finger in GRIPPER.fingers:
        pad = model.geom(f"{finger}_pad")
        np.testing.assert_allclose(pad.size, (0.0085, 0.0055, 0.0085))
        np.testing.assert_allclose(pad.friction, (1.2, 0.02, 0.0001))
        np.testing.assert_allclose(pad.solref, (0.01, 1))
        np.testing.assert_allclose(pad.solimp, (0.99, 0.999, 0.001, 0.5, 2))
        assert (int(pad.condim[0]), int(pad.priority[0])) == (4, 2)
    gripper = model.actuator(GRIPPER.actuators[0])
    assert gripper.gainprm[0] == 10000
    damping = critical_damping(10000, 2 * finger_inertia(GRIPPER.force))
    np.testing.assert_allclose(gripper.biasprm[:3], (0, -10000, -damping))
    np.testing.assert_allclose(gripper.forcerange, (-80, 80))
    np.testing.assert_allclose(gripper.ctrlrange, (0, GRIPPER.aperture[1] / 2))
    assert model.equality("finger_coupling").active0[0]


def test_a_spec_of_wrong_length_or_with_home_outside_is_refused() -> None:
    with pytest.raises(ValueError, match="7 joints but 6 entries in home"):
        dataclasses.replace(FR3, home=FR3.home[:6])
    with pytest.raises(ValueError, match="home 3 of joint1 is outside"):
        dataclasses.replace(FR3, home=(3.0, *FR3.home[1:]))


def test_home_points_down_and_opens_along_y(model: mujoco.MjModel) -> None:
    data = at_home(model)
    frame = data.body(GRIPPER.body).xmat.reshape(3, 3)
    np.testing.assert_allclose(frame[:, 2], (0, 0, -1), atol=1e-6)
    np.testing.assert_allclose(np.abs(frame[:, 1]), (0, 1, 0), atol=1e-6)
    assert data.ncon == 0


def test_tcp_lies_between_the_pads(model: mujoco.MjModel) -> None:
    data = at_home(model)
    hand = data.body(GRIPPER.body)
    tcp = data.site(GRIPPER.tcp).xpos
    np.testing.assert_allclose(tcp, hand.xpos + TCP_OFFSET * hand.xmat.reshape(3, 3)[:, 2])
    pads = [data.geom(f"{f}_pad").xpos for f in GRIPPER.fingers]
    np.testing.assert_allclose(np.mean(pads, axis=0)[:2], tcp[:2], atol=1e-9)
    lowest = min(p[2] for p in pads) - 0.0085
    assert tcp[2] - lowest == pytest.approx(0.009, abs=1e-4)


def test_tcp_is_outside_every_collision_shape() -> None:
    spec = make_robot("fr3")[1]
    tcp = spec.site(GRIPPER.tcp)
    probe = spec.body(GRIPPER.body).add_geom(name="probe", size=(1e-4, 0, 0), mass=0)
    probe.pos = tcp.pos
    model = spec.compile()
    data = at_home(model)
    point = model.geom("probe").id
    solid = np.flatnonzero(model.geom_group == 3)
    gaps = [mujoco.mj_geomDistance(model, data, point, int(g), 1.0, None) for g in solid]
    assert min(gaps) > 0.03


def test_neighbouring_links_never_touch(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    chain = ("link0", *BODIES)
    near = {body_pair(*p) for step in (1, 2) for p in zip(chain, chain[step:], strict=False)}
    for posture in random_postures(500):
        data.qpos[:] = posture
        mujoco.mj_forward(model, data)
        clash = touching(model, data) & near
        assert not clash, f"{clash} at {posture.round(3).tolist()}"


def test_ordinary_reaching_postures_touch_nothing(model: mujoco.MjModel) -> None:
    rng = np.random.default_rng(3)
    data = mujoco.MjData(model)
    spread = (1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 1.0)
    for _ in range(500):
        posture = np.array(FR3.home) + rng.uniform(-1, 1, 7) * spread
        data.qpos[:7] = np.clip(posture, FR3.lower, FR3.upper)
        mujoco.mj_forward(model, data)
        assert not touching(model, data), posture.round(3).tolist()


def test_gripper_opens_and_closes_within_a_millimetre(model: mujoco.MjModel) -> None:
    data = at_home(model)
    for goal in (0.0, 0.04, 0.013):
        data.ctrl[7] = goal
        mujoco.mj_step(model, data, nstep=250)
        np.testing.assert_allclose(data.qpos[7:9], goal, atol=0.001)
        gap = mujoco.mj_geomDistance(
            model,
            data,
            model.geom("left_finger_pad").id,
            model.geom("right_finger_pad").id,
            1.0,
            None,
        )
        assert gap == pytest.approx(2 * goal, abs=0.001)


def test_holds_home_wherever_it_is_attached() -> None:
    world = preset(mujoco.MjSpec())
    world.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=(2, 2, 0.1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        add_robot(world, "fr3", pos=(-0.25, 0.1, 0.0), quat=(0.6, 0, 0, 0.8))
        model = world.compile()
    data = at_home(model)
    start = data.site(GRIPPER.tcp).xpos.copy()
    mujoco.mj_step(model, data, nstep=500)
    assert np.abs(data.site(GRIPPER.tcp).xpos - start).max() < 1e-4
    assert not any(w.number for w in data.warning)


def test_adding_equals_attaching() -> None:
    added, attached = preset(mujoco.MjSpec()), preset(mujoco.MjSpec())
    add_robot(added, "fr3", pos=(-0.25, 0, 0))
    attached.attach(
        make_robot("fr3")[1], prefix="a_", frame=attached.worldbody.add_frame(pos=(-0.25, 0, 0))
    )
    one, two = added.compile(), attached.compile()
    for field in ("jnt_range", "body_pos", "body_inertia", "geom_size", "actuator_ctrlrange"):
        np.testing.assert_allclose(getattr(one, field), getattr(two, field), err_msg=field)
