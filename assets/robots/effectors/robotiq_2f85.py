"""A lean Robotiq 2F-85: the published linkage with two hinges a finger, shapes of our own.

Each finger is a four-bar linkage that keeps its pad upright. Here its inner link and its tip turn
by the published angles, coupled by a polynomial; the driver and the coupler ride on the inner
link, since the linkage is a parallelogram within 0.1 degrees. What is lost is that a real finger
can wrap around what touches it below the pad.
"""

from __future__ import annotations

import mujoco
import numpy as np

from habilis.assets.robots.effectors.gripper import load_gripper
from habilis.assets.robots.shapes import Quat, RobotLink, Vec3, add_colours
from habilis.assets.robots.spec import EndEffector

DATA = load_gripper("robotiq_2f85")
PREFIX = "gripper/"
SIDES = ("right", "left")
TIP_OF_LINK = (-3.2145e-4, -0.955739, -0.0148773, 0.0130294, 5.4563e-5)
"""Angle of a finger's tip as a polynomial of that of its inner link, rad; from the Menagerie's
linkage, in which it holds within 4e-6 rad."""

_TIP_HINGE = (-0.018, 0.0065)  # m, y and z of the tip's hinge in the tip's frame
_TCP = 0.1536  # m above the base, so that closed pads end 9 mm beyond it
_RANGE, _FULL = 0.8, 255.0  # rad and command when shut
_LEVER = 0.06  # m from a hinge of a link to its pad
_STIFFNESS, _DAMPING = 100.0, 10.0  # Nm/rad, Nm s/rad


def add_robotiq_2f85(
    spec: mujoco.MjSpec, flange: mujoco.MjsBody, pos: Vec3, quat: Quat
) -> EndEffector:
    """Add the gripper to a flange, its names prefixed with ``PREFIX``; see ``Effector.add``."""
    effector, (lowest, *links) = DATA.effector, DATA.links
    add_colours(spec)
    mount = flange.add_body(name=f"{PREFIX}mount", pos=pos, quat=quat, gravcomp=1.0)
    base = DATA.add(mount, lowest, PREFIX)
    base.add_site(name=effector.tcp, pos=(0, 0, _TCP), size=(0.004, 0, 0), group=4)
    for side, link, tip in zip(SIDES, links[::2], links[1::2], strict=True):
        _add_finger(spec, base, f"{PREFIX}{side}_", link, tip)
    _couple(spec, effector)
    return effector


def _add_finger(
    spec: mujoco.MjSpec, base: mujoco.MjsBody, prefix: str, inner: RobotLink, outer: RobotLink
) -> None:
    link = DATA.add(base, inner, prefix)
    _add_hinge(spec, link, f"{prefix}link_joint", (0, 0, 0), (0.0, _RANGE))
    tip = DATA.add(link, outer, prefix)
    _add_hinge(spec, tip, f"{prefix}tip_joint", (0, *_TIP_HINGE), (-0.873, 0.873))
    DATA.add_pad(tip, f"{prefix}pad")
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
    force = 2 * effector.force * _LEVER
    servo = spec.add_actuator(
        name=effector.actuators[0],
        trntype=mujoco.mjtTrn.mjTRN_TENDON,
        target=tendon.name,
        ctrlrange=(0.0, _FULL),
        forcerange=(-force, force),
    )
    servo.set_to_position(kp=_STIFFNESS, kv=_DAMPING)
    servo.gainprm[0] = _STIFFNESS * _RANGE / _FULL
