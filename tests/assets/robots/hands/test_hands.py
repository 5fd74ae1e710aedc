"""The hands: the lean one against the published one, and what holds for all of them."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import mujoco
import numpy as np
import pytest
from tests.roots import need

from habilis.assets.arrays import Array
from habilis.assets.robots.contact import OBJECT_BITS, TOOL_BITS
from habilis.assets.robots.effectors.leap import LEAP, build_leap
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.robots.hands.registry import HANDS, make_hand

GRAVITIES = [9.81 * sign * axis for axis in np.eye(3) for sign in (1, -1)]


def compiled(name: str) -> tuple[HandSpec, mujoco.MjModel]:
    """A hand's constants and model; skips the test where what it is read from is not there."""
    need(name)
    return _compiled(name)


@functools.cache
def _compiled(name: str) -> tuple[HandSpec, mujoco.MjModel]:
    hand, spec = make_hand(name)
    return hand, spec.compile()


def at_home(hand: HandSpec, model: mujoco.MjModel) -> mujoco.MjData:
    data = mujoco.MjData(model)
    data.qpos[:] = hand.home
    data.ctrl[:] = hand.command(np.array(hand.home))
    mujoco.mj_forward(model, data)
    return data


def run(model: mujoco.MjModel, data: mujoco.MjData, seconds: float) -> None:
    mujoco.mj_step(model, data, nstep=round(seconds / model.opt.timestep))


def past_limits(hand: HandSpec, q: Array) -> float:
    """How far the worst joint is outside its range, rad."""
    return float(max((np.array(hand.lower) - q).max(), (q - np.array(hand.upper)).max()))


def pad(hand: HandSpec, data: mujoco.MjData, finger: str) -> tuple[Array, Array]:
    """Centre and normal of a pad in the world."""
    tip = hand.tips[finger]
    rot = data.body(tip.body).xmat.reshape(3, 3)
    return data.body(tip.body).xpos + rot @ tip.centre, rot @ tip.normal


# The lean hand against the published one.


def test_kinematics_equal_the_menagerie() -> None:
    (hand, ours), (_, theirs) = compiled("leap"), compiled("menagerie:leap_hand")
    bodies = [ours.body(i).name for i in range(1, ours.nbody)]
    assert bodies == [theirs.body(i).name for i in range(1, theirs.nbody)]
    a, b = mujoco.MjData(ours), mujoco.MjData(theirs)
    rng = np.random.default_rng(3)
    for q in rng.uniform(hand.lower, hand.upper, (1000, 16)):
        a.qpos[:] = b.qpos[:] = q
        mujoco.mj_kinematics(ours, a)
        mujoco.mj_kinematics(theirs, b)
        np.testing.assert_allclose(a.xpos, b.xpos, atol=1e-4)
        np.testing.assert_allclose(a.xmat, b.xmat, atol=1e-3)
        for finger in hand.fingers:
            np.testing.assert_allclose(pad(hand, a, finger)[0], pad(hand, b, finger)[0], atol=1e-4)


def test_names_limits_and_order_equal_the_menagerie() -> None:
    (hand, ours), (published, theirs) = compiled("leap"), compiled("menagerie:leap_hand")
    for field in ("joints", "actuators", "drives", "lower", "upper", "fingers", "tips", "torque"):
        assert getattr(hand, field) == getattr(published, field), field
    np.testing.assert_array_equal(ours.jnt_axis, theirs.jnt_axis)
    np.testing.assert_array_equal(ours.actuator_trnid, theirs.actuator_trnid)
    np.testing.assert_allclose(ours.actuator_ctrlrange, theirs.actuator_ctrlrange)
    np.testing.assert_allclose(ours.jnt_range, theirs.jnt_range)


def test_dynamics_equal_the_menagerie() -> None:
    (hand, ours), (_, theirs) = compiled("leap"), compiled("menagerie:leap_hand")
    a, b = mujoco.MjData(ours), mujoco.MjData(theirs)
    rng = np.random.default_rng(4)
    for q in rng.uniform(hand.lower, hand.upper, (20, 16)):
        a.qpos[:] = b.qpos[:] = q
        a.qvel[:] = b.qvel[:] = rng.normal(size=16)
        mujoco.mj_forward(ours, a)
        mujoco.mj_forward(theirs, b)
        np.testing.assert_allclose(a.qfrc_bias, b.qfrc_bias, atol=2e-5)  # Nm


def test_few_collision_shapes_and_no_mesh() -> None:
    _, model = compiled("leap")
    solid = (model.geom_contype | model.geom_conaffinity) > 0
    assert np.count_nonzero(solid) == 16
    assert model.nmesh == 0
    assert set(model.geom_group[solid]) == {3}
    assert set(model.geom_group[~solid]) == {2}


def collide(model: mujoco.MjModel, first: str, second: str) -> bool:
    a, b = model.geom(first), model.geom(second)
    return bool(a.contype[0] & b.conaffinity[0]) or bool(b.contype[0] & a.conaffinity[0])


def test_who_collides_with_whom() -> None:
    spec = build_leap()
    for name, bits in (("tool", TOOL_BITS), ("other_part", TOOL_BITS), ("object", OBJECT_BITS)):
        geom = spec.worldbody.add_geom(name=name, size=[0.01, 0, 0], pos=[1, 0, 0])
        geom.contype, geom.conaffinity = bits
    model = spec.compile()
    for pair in ("if_tip mf_tip", "tool other_part"):
        assert not collide(model, *pair.split()), pair
    for pair in ("if_tip th_tip", "if_tip tool", "th_tip tool", "if_tip object", "tool object"):
        assert collide(model, *pair.split()), pair


# All hands.


@pytest.mark.parametrize("name", HANDS)
def test_constants_describe_the_model(name: str) -> None:
    hand, model = compiled(name)
    assert hand.name == name
    assert hand.joints == tuple(model.joint(i).name for i in range(model.njnt))
    assert hand.actuators == tuple(model.actuator(i).name for i in range(model.nu))
    np.testing.assert_allclose(model.jnt_range.T, [hand.lower, hand.upper])
    np.testing.assert_allclose(model.actuator_forcerange[:, 1], hand.torque)
    assert model.actuator_forcelimited.all()
    assert model.opt.cone == mujoco.mjtCone.mjCONE_ELLIPTIC
    assert (model.opt.impratio, model.opt.timestep) == (100, 0.004)
    low, high = model.actuator_ctrlrange.T
    command = hand.command(np.array(hand.home))
    assert ((low <= command) & (command <= high)).all()


@pytest.mark.parametrize("name", HANDS)
def test_fingers_point_ahead_and_the_palm_up(name: str) -> None:
    hand, model = compiled(name)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    palm = data.body(hand.palm).xmat.reshape(3, 3)
    np.testing.assert_allclose(palm @ hand.palm_normal, [0, 0, 1], atol=1e-6)
    tips = {finger: pad(hand, data, finger) for finger in hand.fingers}
    for finger in set(tips) - {"thumb"}:
        centre, normal = tips[finger]
        assert centre[0] - data.body(hand.palm).xpos[0] > 0.1
        assert normal[2] > 0.98
    across = [float(tips[finger][0][1]) for finger in ("thumb", "index", "middle", "ring")]
    assert across == sorted(across, reverse=name == "sharpa")  # the only left hand


@pytest.mark.parametrize("name", HANDS)
def test_pads_are_where_the_constants_say(name: str) -> None:
    """A ray along the normal meets the tip's surface one radius from the centre."""
    hand, model = compiled(name)
    data = at_home(hand, model)
    hit = np.zeros(1, np.int32)
    for finger, tip in hand.tips.items():
        centre, normal = pad(hand, data, finger)
        start = centre + 0.015 * normal
        way = mujoco.mj_ray(model, data, start, -normal, None, 1, -1, hit)
        assert 0.015 - way == pytest.approx(tip.radius, abs=5e-4)
        assert model.body(model.geom_bodyid[hit[0]]).name == tip.body
    soft = [g for g in np.flatnonzero(model.geom_contype) if model.geom_condim[g] == 4]
    names = {model.body(model.geom_bodyid[g]).name for g in soft}
    assert names == {tip.body for tip in hand.tips.values()}


@pytest.mark.parametrize("name", HANDS)
def test_home_is_free_of_contact_and_at_rest(name: str) -> None:
    hand, model = compiled(name)
    data = at_home(hand, model)
    assert data.ncon == 0
    run(model, data, 1.5)
    assert np.abs(data.qvel).max() < 0.02


@pytest.mark.parametrize("name", HANDS)
def test_random_commands_are_survived(name: str, mujoco_warnings: list[str]) -> None:
    hand, model = compiled(name)
    data = at_home(hand, model)
    rng = np.random.default_rng(5)
    worst = 0.0
    for _ in range(25):
        data.ctrl[:] = rng.uniform(*model.actuator_ctrlrange.T)
        run(model, data, 0.04)
        worst = max(worst, past_limits(hand, data.qpos))
    assert worst < np.radians(4)
    assert not mujoco_warnings
    assert not any(warning.number for warning in data.warning)


@pytest.mark.parametrize("name", HANDS)
def test_closing_on_nothing_ends_still(name: str, mujoco_warnings: list[str]) -> None:
    hand, model = compiled(name)
    data = at_home(hand, model)
    data.ctrl[:] = model.actuator_ctrlrange[:, 1]
    run(model, data, 2.0)
    assert np.abs(data.qvel).max() < 0.05
    assert past_limits(hand, data.qpos) < np.radians(1)
    assert not mujoco_warnings


@pytest.mark.parametrize("gravity", GRAVITIES, ids=["+x", "-x", "+y", "-y", "+z", "-z"])
def test_the_lean_hand_holds_its_posture_in_any_gravity(gravity: Array) -> None:
    hand, model = compiled("leap")
    before = model.opt.gravity.copy()
    try:
        model.opt.gravity[:] = gravity
        data = at_home(hand, model)
        run(model, data, 2.0)
    finally:
        model.opt.gravity[:] = before
    assert np.abs(data.qpos - data.ctrl).max() < np.radians(1)


def test_limits_of_the_lean_hand_hold_against_its_own_servos() -> None:
    """Commands beyond the range are clipped, so the servo's whole torque is applied by hand."""
    hand, model = compiled("leap")
    data = at_home(hand, model)
    for sign in (1, -1):
        data.qfrc_applied[:] = sign * np.array(hand.torque)
        run(model, data, 1.0)
        assert past_limits(hand, data.qpos) < np.radians(1)


def test_joints_on_one_tendon_are_commanded_by_their_sum() -> None:
    hand, _ = compiled("menagerie:shadow_hand")
    assert (len(hand.joints), len(hand.actuators)) == (24, 20)
    q = np.zeros((3, 24))
    q[1, hand.joints.index("rh_FFJ1")], q[1, hand.joints.index("rh_FFJ2")] = 0.3, 0.5
    command = hand.command(q)
    assert command.shape == (3, 20)
    assert command[1, hand.actuators.index("rh_A_FFJ0")] == pytest.approx(0.8)
    assert np.count_nonzero(command) == 1


# Names and errors.


def test_prefixed_names_everything() -> None:
    hand = LEAP.prefixed("left/")
    assert hand.joints[0] == "left/if_mcp"
    assert (hand.base, hand.palm) == ("left/palm", "left/palm")
    assert hand.tips["thumb"].body == "left/th_ds"
    assert hand.tips["thumb"].centre == LEAP.tips["thumb"].centre
    np.testing.assert_array_equal(hand.coupling, LEAP.coupling)


def test_unknown_hand() -> None:
    with pytest.raises(ValueError, match="unknown hand 'menagerie:shadowhand'; did you mean"):
        make_hand("menagerie:shadowhand")


def test_the_error_says_how_to_get_the_menagerie(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MENAGERIE_ROOT", raising=False)
    with pytest.raises(FileNotFoundError, match="clone https://.* and set MENAGERIE_ROOT"):
        make_hand("menagerie:leap_hand")
    monkeypatch.setenv("MENAGERIE_ROOT", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="holds no leap_hand/right_hand.xml"):
        make_hand("menagerie:leap_hand")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lower": LEAP.lower[1:]}, "16 joints but 15 entries in lower"),
        ({"torque": (1.0,)}, "16 actuators but 1 entries in torque"),
        ({"home": (9.0, *LEAP.home[1:])}, "home 9.0 of if_mcp is outside"),
        ({"tips": {"thumb": LEAP.tips["thumb"]}}, "but tips of"),
        ({"fingers": {**LEAP.fingers, "ring": ("toe",)}}, "'toe'.* not among its joints"),
    ],
)
def test_constants_that_do_not_fit_together(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(LEAP, **change)  # type: ignore[arg-type]
