"""Right hands of the MuJoCo Menagerie, read from a copy of it and never stored here.

Kinematics, masses, meshes and gains stay as published. Bits, softness of contacts and limits,
solver and time step become those of the manipulation preset; servos without a force limit get
their maker's, and joints without rotor inertia get ours.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path

import mujoco

from habilis.assets.plain import build
from habilis.assets.robots.contact import ARMATURE, THUMB_BITS, make_tip, soften, stiffen_limit
from habilis.assets.robots.hands.hand import HandSpec, Tip, Vec3
from habilis.assets.scene.model.preset import apply_preset

ROOT_VARIABLE = "MENAGERIE_ROOT"
"""Environment variable with the folder of a copy of the Menagerie."""
URL = "https://github.com/google-deepmind/mujoco_menagerie"


@dataclasses.dataclass(frozen=True)
class _Hand:
    """What the file does not say. ``fingers`` gives the common beginning of their joint names."""

    base: str
    palm: str
    fingers: Mapping[str, str]
    tips: Mapping[str, Tip]
    home: Mapping[str, float]  # rad; joints left out are at 0
    velocity: float  # rad/s
    torque: float  # Nm, where the servo has no limit
    palm_normal: Vec3
    wrist: Vec3
    source: str


_TABLE = Path(__file__).with_name("menagerie.json")
_HANDS = {
    folder: build(_Hand, row, f"{_TABLE.name}: {folder}")
    for folder, row in json.loads(_TABLE.read_text(encoding="utf-8")).items()
}

NAMES = tuple(f"menagerie:{folder}" for folder in _HANDS)
"""The hands that are read from the Menagerie."""


def load_menagerie(name: str) -> tuple[HandSpec, mujoco.MjSpec]:
    """Constants and model of one of ``NAMES``, in the pose of its own file.

    Raises:
      FileNotFoundError: ``MENAGERIE_ROOT`` is not set, or has no such hand in it.
    """
    folder = name.removeprefix("menagerie:")
    spec = mujoco.MjSpec.from_file(str(_path(name, folder)))
    hand = _HANDS[folder]
    _complete_servos(spec, hand.torque)
    constants = _constants(name, hand, spec)
    _apply_contacts(spec, constants)
    apply_preset(spec)
    return constants, spec


def _path(name: str, folder: str) -> Path:
    root = os.environ.get(ROOT_VARIABLE)
    if not root:
        raise FileNotFoundError(
            f"hand {name!r} is read from a copy of the MuJoCo Menagerie: clone {URL} and set "
            f"{ROOT_VARIABLE} to its folder"
        )
    path = Path(root) / folder / "right_hand.xml"
    if not path.exists():
        raise FileNotFoundError(
            f"hand {name!r}: {ROOT_VARIABLE} is {root!r}, which holds no {folder}/{path.name}; it "
            f"should be the folder of a clone of {URL}"
        )
    return path


def _complete_servos(spec: mujoco.MjSpec, torque: float) -> None:
    for joint in spec.joints:
        stiffen_limit(joint)
        joint.armature = joint.armature or ARMATURE
    for servo in spec.actuators:
        if not servo.forcerange.any():
            servo.forcerange = (-torque, torque)


def _constants(name: str, hand: _Hand, spec: mujoco.MjSpec) -> HandSpec:
    joints = tuple(joint.name for joint in spec.joints)
    return HandSpec(
        name=name,
        base=hand.base,
        palm=hand.palm,
        joints=joints,
        actuators=tuple(servo.name for servo in spec.actuators),
        drives=tuple(_driven(spec, servo) for servo in spec.actuators),
        lower=tuple(float(joint.range[0]) for joint in spec.joints),
        upper=tuple(float(joint.range[1]) for joint in spec.joints),
        velocity=(hand.velocity,) * len(joints),
        torque=tuple(float(servo.forcerange[1]) for servo in spec.actuators),
        fingers={
            finger: tuple(j for j in joints if j.startswith(start))
            for finger, start in hand.fingers.items()
        },
        tips=hand.tips,
        home=tuple(hand.home.get(joint, 0.0) for joint in joints),
        palm_normal=hand.palm_normal,
        wrist=hand.wrist,
        source=hand.source,
    )


def _driven(spec: mujoco.MjSpec, servo: mujoco.MjsActuator) -> tuple[str, ...]:
    if servo.trntype == mujoco.mjtTrn.mjTRN_JOINT:
        return (servo.target,)
    return tuple(wrap.target.name for wrap in spec.tendon(servo.target).path)


def _apply_contacts(spec: mujoco.MjSpec, hand: HandSpec) -> None:
    """Soft contacts, sticky tips, and bits by which tools touch the hand's every part."""
    tips = {tip.body for tip in hand.tips.values()}
    for geom in spec.geoms:
        if not (geom.contype or geom.conaffinity):
            continue
        geom.contype, geom.conaffinity = THUMB_BITS
        (make_tip if geom.parent.name in tips else soften)(geom)
