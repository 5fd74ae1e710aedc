"""Right hands of the MuJoCo Menagerie, read from a copy of it and never stored here.

Kinematics, masses, meshes and gains stay as published. Bits, softness of contacts and limits,
solver and time step become those of the manipulation preset; servos without a force limit get
their maker's, and joints without rotor inertia get ours.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

import mujoco

from habilis.assets.robots.contact import ARMATURE, THUMB_BITS, make_tip, soften, stiffen_limit
from habilis.assets.robots.effectors.leap import LEAP
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


def _same_tips(bodies: Mapping[str, str], finger: Tip, thumb: Tip) -> dict[str, Tip]:
    return {
        name: dataclasses.replace(thumb if name == "thumb" else finger, body=body)
        for name, body in bodies.items()
    }


_LEAP = _Hand(
    base=LEAP.base,
    palm=LEAP.palm,
    fingers={"index": "if_", "middle": "mf_", "ring": "rf_", "thumb": "th_"},
    tips=LEAP.tips,
    home=dict(zip(LEAP.joints, LEAP.home, strict=True)),
    velocity=LEAP.velocity[0],
    torque=LEAP.torque[0],
    palm_normal=LEAP.palm_normal,
    wrist=LEAP.wrist,
    source="MuJoCo Menagerie, leap_hand (MIT); limits of torque and speed as in the hand's URDF.",
)
_ALLEGRO = _Hand(
    base="palm",
    palm="palm",
    fingers={"index": "ffj", "middle": "mfj", "ring": "rfj", "thumb": "thj"},
    tips=_same_tips(
        {"index": "ff_tip", "middle": "mf_tip", "ring": "rf_tip", "thumb": "th_tip"},
        Tip("", (0, 0, 0.027), (1, 0, 0), 0.012),
        Tip("", (0, 0, 0.041), (1, 0, 0), 0.012),
    ),
    home={f"{f}fj{i}": q for f in "fmr" for i, q in ((1, 0.4), (2, 0.6), (3, 0.4))}
    | {"thj0": 1.0, "thj1": 0.3, "thj2": 0.3, "thj3": 0.4},
    velocity=3.14,
    torque=0.7,
    palm_normal=(1, 0, 0),
    wrist=(-0.095, 0, -0.009),
    source=(
        "MuJoCo Menagerie, wonik_allegro (BSD-2-Clause); torque limit as in Wonik's data sheet, "
        "speed limit as in the hand's URDF."
    ),
)
_SHADOW_BODIES = {"index": "ff", "middle": "mf", "ring": "rf", "little": "lf", "thumb": "th"}
_SHADOW = _Hand(
    base="rh_forearm",
    palm="rh_palm",
    fingers={finger: f"rh_{short.upper()}J" for finger, short in _SHADOW_BODIES.items()},
    tips=_same_tips(
        {finger: f"rh_{short}distal" for finger, short in _SHADOW_BODIES.items()},
        Tip("", (0, 0, 0.020), (0, -1, 0), 0.0065),
        Tip("", (0, 0, 0.022), (0, -1, 0), 0.0074),
    ),
    home={f"rh_{f}FJ{i}": q for f in "FMRL" for i, q in ((3, 0.4), (2, 0.4), (1, 0.4))}
    | {"rh_THJ5": 0.8, "rh_THJ4": 1.1, "rh_THJ2": 0.2, "rh_THJ1": 0.3},
    velocity=2.0,
    torque=1.0,
    palm_normal=(0, -1, 0),
    wrist=(0, 0, 0),
    source=(
        "MuJoCo Menagerie, shadow_hand (Apache-2.0), the E3M5 with 20 servos: the two outer "
        "joints of a finger share one; speed limit as in the hand's URDF."
    ),
)
_HANDS = {"leap_hand": _LEAP, "shadow_hand": _SHADOW, "wonik_allegro": _ALLEGRO}

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
