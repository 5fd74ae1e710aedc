"""A lean LEAP right hand: published kinematics and inertias, shapes of our own.

Four fingers of four hinges. Each finger bends at ``mcp``, swings at ``rot``, bends at ``pip`` and
``dip``; the thumb turns at ``cmc``, swings at ``axl``, bends at ``mcp`` and ``ipl``.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

import mujoco

from habilis.assets.plain import build
from habilis.assets.robots.contact import (
    ARMATURE,
    FINGER_BITS,
    THUMB_BITS,
    make_tip,
    soften,
    stiffen_limit,
)
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.robots.shapes import Colour, RobotLink, Shapes, add_body, add_looks, add_shape
from habilis.assets.scene.model.preset import apply_preset

# The XML's servos (kp 3, kv 0.01, no armature, no force limit) neither grip a sprung tool nor leave
# any margin of stability; these were measured to.
_KP, _KV = 10.0, 0.3
_DAMPING, _FRICTIONLOSS = 0.03, 0.001


@dataclasses.dataclass(frozen=True)
class _HandData:
    """The palm, then the four links of each finger; shapes by kind of link."""

    about: str
    colours: Mapping[str, Colour]
    hand: HandSpec
    links: tuple[RobotLink, ...]
    looks: Shapes
    solids: Shapes


_PATH = Path(__file__).with_name("leap.json")
_DATA = build(_HandData, json.loads(_PATH.read_text(encoding="utf-8")), _PATH.name)
LEAP = _DATA.hand
"""The default hand."""


def build_leap() -> mujoco.MjSpec:
    """Model of the hand ``LEAP``, posed as in the Menagerie: palm 0.1 m up, facing +z.

    Visual shapes are in group 2 and touch nothing; collision shapes are in group 3, with the bits
    of ``habilis.assets.robots.contact``; those of the tips are named after their bodies, as
    ``if_tip``. There is no floor or light in it; the solver has the manipulation preset.
    """
    spec = mujoco.MjSpec()
    spec.modelname = LEAP.name
    apply_preset(spec)
    for name, rgba in _DATA.colours.items():
        spec.add_material(name=name, rgba=rgba, specular=0.3, shininess=0.3)
    palm = _add_link(spec.worldbody, _DATA.links[0], "palm")
    for i, (finger, joints) in enumerate(LEAP.fingers.items()):
        body, kind = palm, "thumb" if finger == "thumb" else "finger"
        for link, joint in zip(_DATA.links[1 + 4 * i :][:4], joints, strict=True):
            body = _add_link(body, link, kind)
            _add_hinge(body, LEAP.joints.index(joint))
    for inner in ("th_mp", "th_bs", "th_px"):  # they turn inside the palm's recess
        spec.add_exclude(bodyname1="palm", bodyname2=inner)
    _add_servos(spec)
    return spec


def _add_link(parent: mujoco.MjsBody, link: RobotLink, kind: str) -> mujoco.MjsBody:
    body = add_body(parent, link)
    prefix, _, place = link.name.rpartition("_")
    key = f"{kind}_{place}" if prefix else kind
    add_looks(body, _DATA.looks[key])
    for shape in _DATA.solids.get(key, ()):
        geom = add_shape(body, shape)
        geom.group = 3
        geom.contype, geom.conaffinity = THUMB_BITS if kind == "thumb" else FINGER_BITS
        if shape.tip:
            geom.name = f"{prefix}_tip"
            make_tip(geom)
        else:
            soften(geom)
    return body


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
