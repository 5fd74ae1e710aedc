"""The lean parallel jaw of the Panda and the FR3, with one box a pad instead of a mesh.

The published gripper's servo is too weak to hold a tool; this one presses with 40 N a finger.
"""

from __future__ import annotations

import dataclasses

import mujoco

from habilis.assets.robots.contact import critical_damping, finger_inertia
from habilis.assets.robots.effectors.gripper import load_gripper
from habilis.assets.robots.shapes import Quat, RobotLink, Vec3, add_colours
from habilis.assets.robots.spec import EndEffector

_STIFFNESS = 10000.0  # N/m, of both fingers together
TCP_OFFSET = 0.1034
"""Distance of the tool centre point from the hand frame along its z, m."""

DATA = load_gripper("panda_hand")
PANDA_HAND = DATA.effector


def add_panda_hand(
    spec: mujoco.MjSpec, flange: mujoco.MjsBody, pos: Vec3, quat: Quat
) -> EndEffector:
    """Add the gripper to a flange under its own names; see ``Effector.add``."""
    add_colours(spec)
    palm, *fingers = DATA.links
    hand = DATA.add(flange, dataclasses.replace(palm, pos=pos, quat=quat))
    hand.add_site(name=PANDA_HAND.tcp, pos=(0, 0, TCP_OFFSET), size=(0.004, 0, 0), group=4)
    for finger, joint in zip(fingers, PANDA_HAND.joints, strict=True):
        _add_finger(hand, finger, joint)
    _couple_fingers(spec)
    _add_servo(spec)
    spec.add_exclude(bodyname1=PANDA_HAND.fingers[0], bodyname2=PANDA_HAND.fingers[1])
    return PANDA_HAND


def _add_finger(hand: mujoco.MjsBody, link: RobotLink, joint: str) -> None:
    body = DATA.add(hand, link)
    body.add_joint(
        name=joint,
        type=mujoco.mjtJoint.mjJNT_SLIDE,
        axis=(0, 1, 0),
        range=(PANDA_HAND.aperture[0] / 2, PANDA_HAND.aperture[1] / 2),
        armature=finger_inertia(PANDA_HAND.force),
        damping=1.0,
    )
    DATA.add_pad(body, f"{link.name}_pad")


def _couple_fingers(spec: mujoco.MjSpec) -> None:
    first, second = PANDA_HAND.joints
    tendon = spec.add_tendon(name="finger_tendon")
    tendon.wrap_joint(first, 0.5)
    tendon.wrap_joint(second, 0.5)
    spec.add_equality(
        name="finger_coupling",
        type=mujoco.mjtEq.mjEQ_JOINT,
        objtype=mujoco.mjtObj.mjOBJ_JOINT,
        name1=first,
        name2=second,
        solref=(0.005, 1.0),
        solimp=(0.95, 0.99, 0.001, 0.5, 2.0),
    )


def _add_servo(spec: mujoco.MjSpec) -> None:
    servo = spec.add_actuator(
        name=PANDA_HAND.actuators[0],
        trntype=mujoco.mjtTrn.mjTRN_TENDON,
        target="finger_tendon",
        ctrlrange=(PANDA_HAND.aperture[0] / 2, PANDA_HAND.aperture[1] / 2),
        forcerange=(-2 * PANDA_HAND.force, 2 * PANDA_HAND.force),
    )
    inertia = 2 * finger_inertia(PANDA_HAND.force)
    servo.set_to_position(kp=_STIFFNESS, kv=critical_damping(_STIFFNESS, inertia))
