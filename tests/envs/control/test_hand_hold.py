"""Fingers placed by inverse kinematics hold a block whichever way gravity points."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.assets.robots.contact import TOOL_BITS
from habilis.assets.robots.hands.registry import make_hand
from habilis.envs.control.hand_kinematics import FingerContact, HandKinematics

CENTRE = np.array([0.006, 0.012, 0.200])  # m, between thumb and fingers
HALF = (0.008, 0.045, 0.015)  # m


def grip(depth: float) -> Array:
    """Joint angles with thumb, index and middle ``depth`` m inside the block."""
    kin = HandKinematics("leap", 1)
    home = np.array([kin.hand.home])
    tips = kin.tips(home)
    sides = {"thumb": -1.0, "index": 1.0, "middle": 1.0}
    contacts = {}
    for finger, side in sides.items():
        along = CENTRE[1] if finger == "thumb" else tips[finger][0][0, 1]
        point = np.array([[CENTRE[0] + side * HALF[0], along, CENTRE[2]]])
        contacts[finger] = FingerContact(point, np.array([[-side, 0.0, 0.0]]))
    fit = kin.solve(home, contacts, depth)
    assert fit.accepted().all(), (fit.gap, fit.cosine)
    return fit.q[0]


def block_in_hand() -> mujoco.MjModel:
    _, spec = make_hand("leap")
    block = spec.worldbody.add_body(name="block", pos=CENTRE)
    block.add_freejoint()
    geom = block.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=HALF, mass=0.03)
    geom.contype, geom.conaffinity = TOOL_BITS
    weld = spec.add_equality(name="hold", type=mujoco.mjtEq.mjEQ_WELD, name1="block")
    weld.objtype = mujoco.mjtObj.mjOBJ_BODY
    return spec.compile()


def close(model: mujoco.MjModel) -> mujoco.MjData:
    """The block welded to the world without gravity while the fingers close, then let go."""
    data = mujoco.MjData(model)
    model.opt.gravity[:] = 0
    start, end = grip(-0.012), grip(0.006)
    data.qpos[:16] = start
    for part in np.linspace(0, 1, 175):
        data.ctrl[:] = start + part * (end - start)
        mujoco.mj_step(model, data)
    mujoco.mj_step(model, data, nstep=100)
    data.eq_active[:] = 0
    mujoco.mj_step(model, data, nstep=75)
    return data


@pytest.fixture(scope="module")
def held() -> tuple[mujoco.MjModel, mujoco.MjData]:
    model = block_in_hand()
    return model, close(model)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("sign", (1, -1))
def test_a_block_is_held(held: tuple[mujoco.MjModel, mujoco.MjData], axis: int, sign: int) -> None:
    model, closed = held
    data = mujoco.MjData(model)
    mujoco.mj_copyData(data, model, closed)
    for part in np.linspace(0, 1, 75):
        model.opt.gravity[:] = 0
        model.opt.gravity[axis] = 9.81 * sign * part
        mujoco.mj_step(model, data)
    mujoco.mj_step(model, data, nstep=250)
    before = data.body("block").xpos.copy()
    mujoco.mj_step(model, data, nstep=500)
    creep = np.linalg.norm(data.body("block").xpos - before) / 2  # m/s
    assert np.linalg.norm(before - CENTRE) < 0.01
    assert creep < 0.5e-3
