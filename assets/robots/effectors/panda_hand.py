"""The lean parallel jaw of the Panda and the FR3, with one box a pad instead of a mesh.

The published gripper's servo is too weak to hold a tool; this one presses with 40 N a finger.
"""

from __future__ import annotations

import mujoco

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

TCP_OFFSET = 0.1034
"""Distance of the tool centre point from the hand frame along its z, m."""

PANDA_HAND = EndEffector(
    name="panda_hand",
    kind="parallel jaw",
    body="hand",
    joints=("finger_joint1", "finger_joint2"),
    actuators=("gripper",),
    opening=Opening(
        widths=(0.0, 0.08),
        joints=((0.0, 0.0), (0.04, 0.04)),
        commands=((0.0,), (0.04,)),  # m, of one finger
        weights=(1.0, 1.0),
    ),
    tcp="tcp",
    fingers=("left_finger", "right_finger"),
    outline=Outline(
        closed=((-0.011, -0.03, -0.045), (0.011, 0.03, 0.009)),
        opened=((-0.011, -0.065, -0.045), (0.011, 0.065, 0.009)),
        palm=((-0.035, -0.105, -0.16), (0.035, 0.105, -0.045)),
    ),
    force=40.0,
)
SOURCE = (
    "Panda hand: frames and inertias as in the MuJoCo Menagerie's franka_emika_panda (Apache-2.0);"
    " servo, pads and shapes are our own."
)

_MASS, _CENTRE = 0.73, (-0.01, 0, 0.03)
_FINGER_INERTIA = (2.375e-6, 2.375e-6, 7.5e-7, 0.0, 0.0, 0.0)
_FINGERS = (
    RobotLink("left_finger", (0, 0, 0.0584), (1, 0, 0, 0), 0.015, (0, 0, 0), _FINGER_INERTIA),
    RobotLink("right_finger", (0, 0, 0.0584), (0, 0, 0, 1), 0.015, (0, 0, 0), _FINGER_INERTIA),
)
# Same in both fingers: the right one is the left one turned about the hand's z.
_PAD = block((0.0085, 0.0055, 0.0085), (0, 0.0055, 0.0455), "black")
_FINGER_LOOKS = (
    block((0.0095, 0.0095, 0.008), (0, 0.0165, 0.009), "black"),
    block((0.0085, 0.0055, 0.022), (0, 0.0185, 0.0235), "grey"),
    block((0.0085, 0.004, 0.0065), (0, 0.0155, 0.0455), "grey"),
    _PAD,
)
_FINGER_SOLID = block((0.0085, 0.0055, 0.02), (0, 0.0185, 0.024))
_LOOKS: Shapes = {
    "hand": (
        tube(0.036, (0, 0, -0.012), (0, 0, 0.0), "black"),
        rod(0.0215, (0, -0.079, 0.016), (0, 0.079, 0.016)),
        block((0.0215, 0.079, 0.012), (0, 0, 0.028)),
        tube(0.0215, (0, -0.079, 0.016), (0, -0.079, 0.04)),
        tube(0.0215, (0, 0.079, 0.016), (0, 0.079, 0.04)),
        rod(0.029, (0, -0.03, 0.006), (0, 0.03, 0.006)),
        block((0.018, 0.079, 0.009), (0, 0, 0.049), "grey"),
        tube(0.018, (0, -0.079, 0.04), (0, -0.079, 0.058), "grey"),
        tube(0.018, (0, 0.079, 0.04), (0, 0.079, 0.058), "grey"),
        block((0.007, 0.084, 0.001), (0, 0, 0.0578), "black"),
    ),
    "left_finger": _FINGER_LOOKS,
    "right_finger": _FINGER_LOOKS,
}
_SOLIDS: Shapes = {
    "hand": (block((0.0225, 0.1, 0.031), (0, 0, 0.027)),),
    "left_finger": (_FINGER_SOLID,),
    "right_finger": (_FINGER_SOLID,),
}


def add_panda_hand(
    spec: mujoco.MjSpec, flange: mujoco.MjsBody, pos: Vec3, quat: Quat
) -> EndEffector:
    """Add the gripper to a flange under its own names; see ``Effector.add``."""
    add_colours(spec)
    link = RobotLink("hand", pos, quat, _MASS, _CENTRE, (0.001, 0.0025, 0.0017, 0, 0, 0))
    hand = add_link(flange, link, _LOOKS, _SOLIDS)
    hand.add_site(name=PANDA_HAND.tcp, pos=(0, 0, TCP_OFFSET), size=(0.004, 0, 0), group=4)
    for finger, joint in zip(_FINGERS, PANDA_HAND.joints, strict=True):
        _add_finger(hand, finger, joint)
    _couple_fingers(spec)
    _add_servo(spec)
    spec.add_exclude(bodyname1=PANDA_HAND.fingers[0], bodyname2=PANDA_HAND.fingers[1])
    return PANDA_HAND


def _add_finger(hand: mujoco.MjsBody, link: RobotLink, joint: str) -> None:
    body = add_link(hand, link, _LOOKS, _SOLIDS)
    body.add_joint(
        name=joint,
        type=mujoco.mjtJoint.mjJNT_SLIDE,
        axis=(0, 1, 0),
        range=(PANDA_HAND.aperture[0] / 2, PANDA_HAND.aperture[1] / 2),
        armature=0.1,
        damping=1.0,
    )
    pad = add_shape(body, _PAD)
    pad.name = f"{link.name}_pad"
    make_pad(pad)


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
    servo.set_to_position(kp=10000.0, kv=100.0)
