"""A lean LEAP right hand: published kinematics and inertias, shapes of our own.

Four fingers of four hinges. Each finger bends at ``mcp``, swings at ``rot``, bends at ``pip`` and
``dip``; the thumb turns at ``cmc``, swings at ``axl``, bends at ``mcp`` and ``ipl``.
"""

from __future__ import annotations

import dataclasses
import math

import mujoco

from habilis.assets.robots.contact import (
    ARMATURE,
    FINGER_BITS,
    THUMB_BITS,
    make_tip,
    soften,
    stiffen_limit,
)
from habilis.assets.robots.effectors.leap_shapes import COLOURS, LOOKS, SOLIDS, HandShape
from habilis.assets.robots.hands.hand import HandSpec, Tip, Vec3
from habilis.assets.scene.model.preset import apply_preset

Quat = tuple[float, float, float, float]

_FINGERS = {"index": "if", "middle": "mf", "ring": "rf", "thumb": "th"}
_BENDS = ("mcp", "rot", "pip", "dip")
_THUMB_BENDS = ("cmc", "axl", "mcp", "ipl")
_LOWER = (-0.314, -1.047, -0.506, -0.366)
_UPPER = (2.23, 1.047, 1.885, 2.042)
_THUMB_LOWER = (-0.349, -0.349, -0.47, -1.34)
_THUMB_UPPER = (2.094, 2.094, 2.443, 1.88)
_HOME = (0.6, 0.0, 0.2, 0.7)
_THUMB_HOME = (1.5, 0.0, 1.2, -0.8)

_TORQUE = 0.95  # Nm, of the XC330-M288 servo in the published model
_VELOCITY = 8.48  # rad/s
# The XML's servos (kp 3, kv 0.01, no armature, no force limit) neither grip a sprung tool nor leave
# any margin of stability; these were measured to.
_KP, _KV = 10.0, 0.3
_DAMPING, _FRICTIONLOSS = 0.03, 0.001

_JOINTS = tuple(
    f"{prefix}_{bend}"
    for finger, prefix in _FINGERS.items()
    for bend in (_THUMB_BENDS if finger == "thumb" else _BENDS)
)
_TIP_CENTRE, _THUMB_TIP_CENTRE = (-0.0008, -0.038, 0.0145), (-0.0008, -0.050, -0.0145)

LEAP = HandSpec(
    name="leap",
    base="palm",
    palm="palm",
    joints=_JOINTS,
    actuators=tuple(f"{joint}_act" for joint in _JOINTS),
    drives=tuple((joint,) for joint in _JOINTS),
    lower=_LOWER * 3 + _THUMB_LOWER,
    upper=_UPPER * 3 + _THUMB_UPPER,
    velocity=(_VELOCITY,) * 16,
    torque=(_TORQUE,) * 16,
    fingers={finger: _JOINTS[4 * i : 4 * i + 4] for i, finger in enumerate(_FINGERS)},
    tips={
        finger: Tip(
            body=f"{prefix}_ds",
            centre=_THUMB_TIP_CENTRE if finger == "thumb" else _TIP_CENTRE,
            normal=(-1, 0, 0),
            radius=0.0105,
        )
        for finger, prefix in _FINGERS.items()
    },
    home=_HOME * 3 + _THUMB_HOME,
    palm_normal=(0, 0, -1),
    wrist=(-0.1, 0.0365, 0.1117),
    source=(
        "Frames, limits and inertias as in the MuJoCo Menagerie's leap_hand (MIT), the hand of "
        "Shaw, Agarwal and Pathak, RSS 2023; torque and speed limits as in its URDF; servo gains, "
        "contacts and shapes are our own."
    ),
)
"""The default hand."""


@dataclasses.dataclass(frozen=True)
class _Link:
    """Pose in the parent (m, quaternion), mass (kg), its centre (m), principal axes and inertia."""

    name: str
    pos: Vec3
    quat: Quat
    mass: float
    centre: Vec3
    axes: Quat
    inertia: Vec3  # kg m^2


_H, _R = 0.5, math.sqrt(0.5)
_TURN: Quat = (_H, _H, -_H, _H)
_ACROSS: Quat = (0, _R, 0, _R)
_PALM = _Link(
    "palm", (0, 0, 0.1), (0, 1, 0, 0), 0.237, (-0.049542, -0.042914, -0.010227),
    (0.565586, 0.427629, -0.574956, 0.408254), (4.07345e-4, 3.04759e-4, 1.80736e-4),
)  # fmt: skip
_FINGER = (
    _Link("bs", (0, 0, 0), (_H, _H, _H, -_H), 0.044, (-0.022516, 0.033882, 0.016359),
          (0.388092, 0.677951, -0.247713, 0.573067), (1.74972e-5, 1.61504e-5, 7.21342e-6)),
    _Link("px", (-0.0122, 0.0381, 0.0145), (_H, -_H, -_H, _H), 0.032, (0.0075, -0.0002, -0.011),
          _ACROSS, (4.8853e-6, 4.3733e-6, 3.0933e-6)),
    _Link("md", (0.015, 0.0143, -0.013), _TURN, 0.037, (0.0054215, -0.029148, 0.015),
          (0.687228, 0.687228, 0.166487, 0.166487), (8.28004e-6, 8.1598e-6, 5.39516e-6)),
    _Link("ds", (0, -0.0361, 0.0002), (1, 0, 0, 0), 0.016, (-0.0008794, -0.027019, 0.014594),
          (0.702905, 0.710643, -0.0212937, -0.0214203), (3.71863e-6, 3.02396e-6, 1.6518e-6)),
)  # fmt: skip
_ROOTS: dict[str, Vec3] = {
    "index": (-0.007, 0.023, -0.0187),
    "middle": (-0.0071, -0.0224, -0.0187),
    "ring": (-0.00709, -0.0678, -0.0187),
}
_THUMB = (
    _Link("mp", (-0.0693, -0.0012, -0.0216), (_R, 0, _R, 0), 0.032, (0.0075, -0.0002, -0.011),
          _ACROSS, (4.8853e-6, 4.3733e-6, 3.0933e-6)),
    _Link("bs", (0, 0.0143, -0.013), _TURN, 0.003, (0, 0, -0.0070806),
          (_R, _R, 0, 0), (6.1932e-7, 5.351e-7, 2.1516e-7)),
    _Link("px", (0, 0.0145, -0.017), (_R, -_R, 0, 0), 0.038, (-0.0020593, 0.015912, -0.013733),
          (0.698518, 0.697382, -0.104933, 0.121324), (9.87104e-6, 9.32653e-6, 4.36203e-6)),
    _Link("ds", (0, 0.0466, 0.0002), (0, 0, 0, 1), 0.049, (0.00096191, -0.024203, -0.014419),
          (0.35287, 0.311272, -0.632839, 0.614904), (2.08591e-5, 2.0402e-5, 4.71335e-6)),
)  # fmt: skip


def build_leap() -> mujoco.MjSpec:
    """Model of the hand ``LEAP``, posed as in the Menagerie: palm 0.1 m up, facing +z.

    Visual shapes are in group 2 and touch nothing; collision shapes are in group 3, with the bits
    of ``habilis.assets.robots.contact``; those of the tips are named after their bodies, as
    ``if_tip``. There is no floor or light in it; the solver has the manipulation preset.
    """
    spec = mujoco.MjSpec()
    spec.modelname = LEAP.name
    apply_preset(spec)
    for name, rgba in COLOURS.items():
        spec.add_material(name=name, rgba=rgba, specular=0.3, shininess=0.3)
    palm = _add_link(spec.worldbody, _PALM, "", "palm")
    for finger, prefix in _FINGERS.items():
        body = palm
        for link, joint in zip(_chain(finger), LEAP.fingers[finger], strict=True):
            body = _add_link(body, link, f"{prefix}_", "thumb" if finger == "thumb" else "finger")
            _add_hinge(body, LEAP.joints.index(joint))
    for inner in ("th_mp", "th_bs", "th_px"):  # they turn inside the palm's recess
        spec.add_exclude(bodyname1="palm", bodyname2=inner)
    _add_servos(spec)
    return spec


def _chain(finger: str) -> tuple[_Link, ...]:
    if finger == "thumb":
        return _THUMB
    root = dataclasses.replace(_FINGER[0], pos=_ROOTS[finger])
    return (root, *_FINGER[1:])


def _add_link(parent: mujoco.MjsBody, link: _Link, prefix: str, kind: str) -> mujoco.MjsBody:
    body = parent.add_body(name=prefix + link.name, pos=link.pos, quat=link.quat)
    body.explicitinertial = True
    body.mass, body.ipos = link.mass, link.centre
    body.iquat, body.inertia = link.axes, link.inertia
    key = link.name if kind == "palm" else f"{kind}_{link.name}"
    for shape in LOOKS[key]:
        geom = _add_shape(body, shape)
        geom.contype, geom.conaffinity, geom.group = 0, 0, 2
    for shape in SOLIDS.get(key, ()):
        geom = _add_shape(body, shape)
        geom.group = 3
        geom.contype, geom.conaffinity = THUMB_BITS if kind == "thumb" else FINGER_BITS
        if shape.tip:
            geom.name = f"{prefix}tip"
            make_tip(geom)
        else:
            soften(geom)
    return body


def _add_shape(body: mujoco.MjsBody, shape: HandShape) -> mujoco.MjsGeom:
    kind = getattr(mujoco.mjtGeom, f"mjGEOM_{shape.kind.upper()}")
    size = (*shape.size, 0.0, 0.0)[:3]
    if shape.end is None:
        return body.add_geom(
            type=kind, size=size, pos=shape.pos, quat=shape.quat, material=shape.colour, mass=0.0
        )
    ends = (*shape.pos, *shape.end)
    return body.add_geom(type=kind, size=size, fromto=ends, material=shape.colour, mass=0.0)


def _add_hinge(body: mujoco.MjsBody, i: int) -> None:
    joint = body.add_joint(
        name=LEAP.joints[i],
        type=mujoco.mjtJoint.mjJNT_HINGE,
        axis=(0, 0, -1),
        range=(LEAP.lower[i], LEAP.upper[i]),
        armature=ARMATURE,
        damping=_DAMPING,
        frictionloss=_FRICTIONLOSS,
    )
    stiffen_limit(joint)


def _add_servos(spec: mujoco.MjSpec) -> None:
    for i, (name, joint) in enumerate(zip(LEAP.actuators, LEAP.joints, strict=True)):
        servo = spec.add_actuator(
            name=name,
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            target=joint,
            ctrlrange=(LEAP.lower[i], LEAP.upper[i]),
            forcerange=(-LEAP.torque[i], LEAP.torque[i]),
        )
        servo.set_to_position(kp=_KP, kv=_KV)
