"""Which way round: end effectors are bolted so that at home they open along the world's y."""

from __future__ import annotations

import dataclasses
import math

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.arm import Flange
from habilis.assets.robots.loaded.arm import LoadedArm
from habilis.assets.robots.loaded.effector import LoadedEffector
from habilis.assets.robots.shapes import Quat
from habilis.assets.robots.spec import Bounds, Outline
from habilis.assets.scene.model.preset import apply_preset

_BOLTS = math.pi / 4  # rad between the ways in which a flange can be turned


def turn_flange(arm: LoadedArm) -> LoadedArm:
    """The arm with its flange's frame turned about z, so that at home y is along the world's."""
    spec, flange = _bare(arm), arm.flange
    spec.body(flange.body).add_site(name="probe", pos=flange.pos, quat=flange.quat)
    x, y = _at_home(spec, arm, "probe")[1, :2]  # world y along the flange's x and y
    angle = round(math.atan2(x, -y) / _BOLTS) * _BOLTS
    quat = _turned(flange.quat, angle)
    return dataclasses.replace(arm, flange=Flange(flange.body, flange.pos, quat))


def turn_gripper(arm: LoadedArm, gripper: LoadedEffector) -> LoadedEffector:
    """The gripper of an arm's own file with its y the other way round, if that fits home better."""
    spec = _bare(arm)
    end = gripper.own(spec, spec.body(arm.flange.body), (0, 0, 0), (1, 0, 0, 0))
    if _at_home(spec, arm, end.tcp)[1, 1] <= 0:
        return gripper
    measured = gripper.measured
    outline = measured.outline
    mirrored = Outline(*(_mirrored(b) for b in (outline.closed, outline.opened, outline.palm)))
    quat = _turned(measured.tcp_quat, math.pi)
    turned = dataclasses.replace(measured, tcp_quat=quat, outline=mirrored)
    return dataclasses.replace(gripper, measured=turned)


def _bare(arm: LoadedArm) -> mujoco.MjSpec:
    spec = mujoco.MjSpec()
    apply_preset(spec)
    arm.add(spec, (0, 0, 0), (1, 0, 0, 0))
    return spec


def _at_home(spec: mujoco.MjSpec, arm: LoadedArm, site: str) -> Array:
    """Rotation (3, 3) of a site with the arm at its own home."""
    model = spec.compile()
    data = mujoco.MjData(model)
    for joint, angle in zip(arm.limb.joints, arm.limb.home, strict=True):
        data.joint(joint).qpos = angle
    mujoco.mj_kinematics(model, data)
    out: Array = data.site(site).xmat.reshape(3, 3).copy()
    return out


def _turned(quat: Quat, angle: float) -> Quat:
    """The frame of a quaternion turned about its own z, rad."""
    out = np.empty(4)
    about = np.array([math.cos(angle / 2), 0, 0, math.sin(angle / 2)])
    mujoco.mju_mulQuat(out, np.array(quat, float), about)
    w, x, y, z = out.tolist()
    return w, x, y, z


def _mirrored(bounds: Bounds) -> Bounds:
    (x0, y0, z0), (x1, y1, z1) = bounds
    return (-x1, -y1, z0), (-x0, -y0, z1)
