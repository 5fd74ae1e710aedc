"""A multi-fingered hand as an end effector: on the flange of an arm, or alone."""

from __future__ import annotations

import functools
import math

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.robots.hands.pinch import Pinch, find_pinch
from habilis.assets.robots.hands.registry import make_hand
from habilis.assets.robots.outline import outline_of
from habilis.assets.robots.shapes import Quat, Vec3, add_colours
from habilis.assets.robots.spec import EndEffector, Outline

HAND_PREFIX = "hand/"
"""What the hand's names begin with when it is on an arm."""
MOUNT = "mount"
"""Body of the adapter between flange and hand."""
SPEED = 0.2  # m/s, at which the tips of a hand come together at the most
TCP = "tcp"

# Fingers along the flange's z, palm towards its x.
MOUNT_ROTATION: Array = np.array([[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])
"""Rotation of the hand's model frame in the flange's frame."""
_MOUNT_QUAT: Quat = (0.0, 1.0, 0.0, 1.0)  # the same
_MOUNT_MASS = 0.12  # kg


def mount_origin(hand: HandSpec) -> Vec3:
    """Origin of the hand's model frame in the flange's frame, m."""
    x, y, z = np.array([0, 0, hand.mount]) - MOUNT_ROTATION @ hand.wrist
    return float(x), float(y), float(z)


def add_mounted_hand(
    name: str, spec: mujoco.MjSpec, flange: mujoco.MjsBody, pos: Vec3, quat: Quat
) -> EndEffector:
    """Add a hand to a flange, its names prefixed with ``HAND_PREFIX``; see ``Effector.add``.

    The arm's controller is taken to know the load: every body of the hand is compensated for
    gravity, so the fingers do not feel their own weight either. A held tool is not compensated.

    Args:
      name: a key of ``habilis.assets.robots.hands.registry.HANDS``.
      spec: the world to change; it has the manipulation preset.
      flange: body that carries the hand.
      pos: of the flange's frame in it, m; quat: its orientation, w x y z.

    Raises:
      FileNotFoundError: a Menagerie hand, and no copy of the Menagerie.
    """
    hand, model = make_hand(name)
    for body in model.bodies[1:]:
        body.gravcomp = 1.0
    add_colours(spec)
    mount = _add_mount(flange, pos, quat, hand)
    frame = mount.add_frame(pos=mount_origin(hand), quat=_MOUNT_QUAT)
    frame.attach_body(model.body(hand.base), HAND_PREFIX, "")
    effector = _effector(hand.prefixed(HAND_PREFIX), *_measured(name))
    return add_tcp(spec, name, effector)


def lone_hand(name: str) -> tuple[EndEffector, mujoco.MjSpec]:
    """A hand alone in its world, as ``make_hand`` makes it, with its tool centre point."""
    hand, spec = make_hand(name)
    return add_tcp(spec, name, _effector(hand, *_measured(name))), spec


def add_tcp(spec: mujoco.MjSpec, name: str, effector: EndEffector) -> EndEffector:
    """Add the site of the tool centre point to the palm of a hand in a model."""
    assert effector.hand is not None
    pinch, _ = _measured(name)
    quat = np.empty(4)
    mujoco.mju_mat2Quat(quat, pinch.axes.ravel())
    spec.body(effector.hand.palm).add_site(
        name=TCP, pos=pinch.centre, quat=quat, size=(0.004, 0, 0), group=4
    )
    return effector


@functools.cache
def _measured(name: str) -> tuple[Pinch, Outline]:
    hand, spec = make_hand(name)
    model = spec.compile()
    pinch = find_pinch(hand, model)
    closed, opened = (np.array(pinch.opening.joints[row]) for row in (0, -1))
    return pinch, outline_of(model, (pinch.centre, pinch.axes), hand.palm, closed, opened)


def _effector(hand: HandSpec, pinch: Pinch, outline: Outline) -> EndEffector:
    prefix = HAND_PREFIX if hand.base.startswith(HAND_PREFIX) else ""
    thumb = hand.tips["thumb"]
    lever = float(np.linalg.norm(thumb.centre)) + 0.05  # m, of the last two links
    return EndEffector(
        name=hand.name, kind="hand", body=hand.base, joints=hand.joints,
        actuators=hand.actuators, opening=pinch.opening, tcp=TCP,
        fingers=tuple(prefix + body for body in pinch.fingers), outline=outline,
        force=min(hand.torque) / lever, speed=SPEED, hand=hand,
    )  # fmt: skip


def _add_mount(flange: mujoco.MjsBody, pos: Vec3, quat: Quat, hand: HandSpec) -> mujoco.MjsBody:
    """The adapter, turned about the flange's z as the hand is on it."""
    turned, turn = np.empty(4), np.array([math.cos(hand.turn / 2), 0, 0, math.sin(hand.turn / 2)])
    mujoco.mju_mulQuat(turned, np.array(quat, float), turn)
    body = flange.add_body(name=MOUNT, pos=pos, quat=turned, gravcomp=1.0)
    body.explicitinertial = True
    body.mass, body.ipos = _MOUNT_MASS, (0, 0, hand.mount / 2)
    body.inertia = (5e-5, 5e-5, 8e-5)
    disc = _add_disc(body, 0.0315, 0.0, 0.008, "arm_grey")
    plate = _add_disc(body, 0.036, 0.008, hand.mount, "arm_black")
    for geom in (disc, plate):
        geom.contype, geom.conaffinity, geom.group = 0, 0, 2
    _add_disc(body, 0.036, 0.0, hand.mount, "arm_black").group = 3
    return body


def _add_disc(
    body: mujoco.MjsBody, radius: float, start: float, end: float, colour: str
) -> mujoco.MjsGeom:
    return body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_CYLINDER,
        size=(radius, 0, 0),
        fromto=(0, 0, start, 0, 0, end),
        material=colour,
        mass=0.0,
    )
