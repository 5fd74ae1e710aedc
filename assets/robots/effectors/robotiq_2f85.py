"""A lean Robotiq 2F-85: the published linkage with two hinges a finger, shapes of our own.

Each finger is a four-bar linkage that keeps its pad upright. Here its inner link and its tip turn
by the published angles, coupled by a polynomial; the driver and the coupler ride on the inner
link, since the linkage is a parallelogram within 0.1 degrees. What is lost is that a real finger
can wrap around what touches it below the pad.
"""

from __future__ import annotations

import functools

import mujoco
import numpy as np

from habilis.assets.robots.opening import Opening
from habilis.assets.robots.shapes import (
    Quat,
    RobotLink,
    Shapes,
    Vec3,
    add_colours,
    add_link,
    add_shape,
    block,
    make_pad,
    rod,
    tube,
)
from habilis.assets.robots.spec import EndEffector, Outline

PREFIX = "gripper/"
SIDES = ("right", "left")
TIP_OF_LINK = (-3.2145e-4, -0.955739, -0.0148773, 0.0130294, 5.4563e-5)
"""Angle of a finger's tip as a polynomial of that of its inner link, rad; from the Menagerie's
linkage, in which it holds within 4e-6 rad."""
SOURCE = (
    "Robotiq 2F-85: frames, masses and stroke as in the MuJoCo Menagerie's robotiq_2f85"
    " (BSD-2-Clause); coupling, servo, pads and shapes are our own; commands 0 (open) to 255."
)

_BASE_HEIGHT = 0.0108  # m, of the base's frame above the flange
_PIVOT = (0.0132, 0.0609)  # m, y and z of the inner link's hinge in the base
_ELBOW = (0.055, 0.0375)  # of the tip's frame in the inner link
_TIP_HINGE = (-0.018, 0.0065)  # of the tip's hinge in the tip's frame
_PAD_AT = (-0.0189, 0.01352)  # of the pad's frame in the tip
_PAD_FACE = -0.0066  # y of its face
_TCP = 0.1536  # m above the base, so that closed pads end 9 mm beyond it
_CLOSED, _RANGE, _FULL = 0.7815, 0.8, 255.0  # rad at which pads meet, rad and command when shut
_FORCE, _LEVER = 50.0, 0.06  # N of each pad, m
_STIFFNESS, _DAMPING = 100.0, 10.0  # Nm/rad, Nm s/rad

_BASE = (0.777441 + 0.02, (0.0, -2.7e-5, 0.0354675), (2.6e-4, 2.25e-4, 1.53e-4, 0.0, 0.0, 0.0))
_LINK = (0.0452595, (0.0, 0.0195, 0.0185), (1.6e-5, 1.1e-5, 6.0e-6, 0.0, 0.0, 0.0))
_TIP = (0.0160222, (0.0, -0.0128, 0.0167), (4.5e-6, 3.6e-6, 1.2e-6, 0.0, 0.0, 0.0))
_PAD = block((0.011, 0.004, 0.01875), (0.0, _PAD_AT[0] - 0.0026, _PAD_AT[1] + 0.01875), "black")
_LOOKS: Shapes = {
    "base": (
        tube(0.0375, (0, 0, -0.0108), (0, 0, 0.006), "black"),
        tube(0.0375, (0, 0, 0.006), (0, 0, 0.050), "grey"),
        block((0.0365, 0.0405, 0.010), (0, 0, 0.050), "grey"),
        block((0.0265, 0.0400, 0.014), (0, 0, 0.074), "grey"),
        tube(0.0050, (-0.029, 0.0306, 0.0549), (0.029, 0.0306, 0.0549), "black"),
        tube(0.0050, (-0.029, -0.0306, 0.0549), (0.029, -0.0306, 0.0549), "black"),
    ),
    "link": (
        rod(0.0060, (-0.0135, 0.0, 0.0), (-0.0135, 0.038, 0.026), "grey"),
        rod(0.0060, (0.0135, 0.0, 0.0), (0.0135, 0.038, 0.026), "grey"),
        rod(0.0060, (0.0, 0.0174, -0.006), (0.0, 0.0489, -0.0101), "black"),
        rod(0.0070, (0.0, 0.0489, -0.0101), (0.0, 0.055, 0.0375), "black"),
    ),
    "tip": (
        block((0.0075, 0.0070, 0.0215), (0.0, -0.0080, 0.0200), "grey"),
        block((0.0110, 0.0025, 0.01875), (0.0, -0.0171, 0.03227), "grey"),
        _PAD,
    ),
}
_SOLIDS: Shapes = {
    "base": (
        tube(0.0375, (0, 0, -0.0108), (0, 0, 0.050)),
        block((0.0265, 0.0400, 0.019), (0, 0, 0.069)),
    ),
    "link": (rod(0.0120, (0.0, 0.0489, -0.0101), (0.0, 0.055, 0.0300)),),
    "tip": (block((0.0085, 0.0075, 0.0215), (0.0, -0.0080, 0.0200)),),
}


def _opening() -> Opening:
    """Rows from closed to open; from the geometry of the linkage."""
    angles = np.linspace(_CLOSED, 0.0, 10)
    tips = np.polynomial.polynomial.polyval(angles, TIP_OF_LINK)
    turned = angles + tips
    (py, _), (ey, ez), (hy, hz) = _PIVOT, _ELBOW, _TIP_HINGE
    # The tip turns about its hinge, which rides on the link.
    hinge = py + (ey + hy) * np.cos(angles) - (ez + hz) * np.sin(angles)
    away, up = _PAD_AT[0] + _PAD_FACE - hy, _PAD_AT[1] + 0.01875 - hz
    widths = 2 * (hinge + away * np.cos(turned) - up * np.sin(turned))
    joints = np.stack([angles, tips, angles, tips], axis=1)
    return Opening(
        widths=tuple(widths.round(6).tolist()),
        joints=tuple(map(tuple, joints.round(6).tolist())),
        commands=tuple((value,) for value in (angles * _FULL / _RANGE).round(4).tolist()),
        weights=(-0.5, 0.0, -0.5, 0.0),
    )


@functools.cache
def _effector() -> EndEffector:
    joints = tuple(f"{PREFIX}{side}_{kind}_joint" for side in SIDES for kind in ("link", "tip"))
    return EndEffector(
        name="robotiq_2f85",
        kind="linkage",
        body=f"{PREFIX}base",
        joints=joints,
        actuators=(f"{PREFIX}fingers_actuator",),
        opening=_opening(),
        tcp=f"{PREFIX}tcp",
        fingers=tuple(f"{PREFIX}{side}_tip" for side in SIDES),
        outline=Outline(
            closed=((-0.013, -0.058, -0.049), (0.013, 0.058, 0.009)),
            opened=((-0.013, -0.082, -0.060), (0.013, 0.082, 0.009)),
            palm=((-0.0375, -0.083, -0.1644), (0.0375, 0.083, -0.049)),
        ),
        force=_FORCE,
    )


def add_robotiq_2f85(
    spec: mujoco.MjSpec, flange: mujoco.MjsBody, pos: Vec3, quat: Quat
) -> EndEffector:
    """Add the gripper to a flange, its names prefixed with ``PREFIX``; see ``Effector.add``."""
    effector = _effector()
    add_colours(spec)
    mount = flange.add_body(name=f"{PREFIX}mount", pos=pos, quat=quat, gravcomp=1.0)
    base = add_link(
        mount,
        RobotLink("base", (0, 0, _BASE_HEIGHT), (1, 0, 0, 0), *_BASE),
        _LOOKS,
        _SOLIDS,
        PREFIX,
    )
    base.add_site(name=effector.tcp, pos=(0, 0, _TCP), size=(0.004, 0, 0), group=4)
    for side in SIDES:
        _add_finger(spec, base, side)
    _couple(spec, effector)
    return effector


def _add_finger(spec: mujoco.MjSpec, base: mujoco.MjsBody, side: str) -> None:
    sign, prefix = (1.0, f"{PREFIX}{side}_")
    turn: Quat = (1, 0, 0, 0)
    if side == "left":
        sign, turn = -1.0, (0, 0, 0, 1)
    y, z = _PIVOT
    link = add_link(
        base, RobotLink("link", (0, sign * y, z), turn, *_LINK), _LOOKS, _SOLIDS, prefix
    )
    _add_hinge(spec, link, f"{prefix}link_joint", (0, 0, 0), (0.0, _RANGE))
    tip = add_link(
        link, RobotLink("tip", (0, *_ELBOW), (1, 0, 0, 0), *_TIP), _LOOKS, _SOLIDS, prefix
    )
    _add_hinge(spec, tip, f"{prefix}tip_joint", (0, *_TIP_HINGE), (-0.873, 0.873))
    pad = add_shape(tip, _PAD)
    pad.name = f"{prefix}pad"
    make_pad(pad)
    spec.add_exclude(bodyname1=base.name, bodyname2=link.name)
    spec.add_exclude(bodyname1=base.name, bodyname2=tip.name)


def _add_hinge(
    spec: mujoco.MjSpec, body: mujoco.MjsBody, name: str, pos: Vec3, limits: tuple[float, float]
) -> None:
    unit = float(np.degrees(1.0)) if spec.compiler.degree else 1.0
    body.add_joint(
        name=name,
        type=mujoco.mjtJoint.mjJNT_HINGE,
        axis=(1, 0, 0),
        pos=pos,
        range=(limits[0] * unit, limits[1] * unit),
        armature=0.005,
        damping=0.1,
    )


def _couple(spec: mujoco.MjSpec, effector: EndEffector) -> None:
    right, right_tip, left, left_tip = effector.joints
    for follower, leader, polynomial in (
        (left, right, (0.0, 1.0, 0.0, 0.0, 0.0)),
        (right_tip, right, TIP_OF_LINK),
        (left_tip, left, TIP_OF_LINK),
    ):
        coupling = spec.add_equality(
            name=f"{follower}_coupling",
            type=mujoco.mjtEq.mjEQ_JOINT,
            objtype=mujoco.mjtObj.mjOBJ_JOINT,
            name1=follower,
            name2=leader,
            solref=(0.008, 1.0),
            solimp=(0.95, 0.99, 0.001, 0.5, 2.0),
        )
        coupling.data[:5] = polynomial
    tendon = spec.add_tendon(name=f"{PREFIX}split")
    tendon.wrap_joint(right, 0.5)
    tendon.wrap_joint(left, 0.5)
    force = 2 * _FORCE * _LEVER
    servo = spec.add_actuator(
        name=effector.actuators[0],
        trntype=mujoco.mjtTrn.mjTRN_TENDON,
        target=tendon.name,
        ctrlrange=(0.0, _FULL),
        forcerange=(-force, force),
    )
    servo.set_to_position(kp=_STIFFNESS, kv=_DAMPING)
    servo.gainprm[0] = _STIFFNESS * _RANGE / _FULL
