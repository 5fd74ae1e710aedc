"""The arm with a hand on its flange in place of the gripper."""

from __future__ import annotations

import dataclasses

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.hands.registry import make_hand
from habilis.assets.hands.spec import HandSpec, Vec3
from habilis.assets.robots.arm import FLANGE_POS, FLANGE_QUAT, FR3, add_arm
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.preset import apply_preset

Quat = tuple[float, float, float, float]
Array = npt.NDArray[np.float64]

HAND_PREFIX = "hand/"
"""What the hand's names begin with when it is on an arm."""
MOUNT = "mount"
"""Body of the adapter between flange and hand."""
MOUNT_LENGTH = 0.025  # m

# Fingers along the flange's z, palm towards its x: a hanging hand then faces ahead, and the posture
# below, index side down as a tool held across the hand needs it, is in the middle of joint 7.
MOUNT_ROTATION: Array = np.array([[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])
"""Rotation of the hand's model frame in the flange frame of ``habilis.assets.robots.arm``."""
_MOUNT_QUAT: Quat = (0.0, 1.0, 0.0, 1.0)  # the same
_MOUNT_MASS = 0.12  # kg

_HOME = (-0.556, 0.226, -0.162, -2.443, 0.924, 1.241, -0.435)


@dataclasses.dataclass(frozen=True)
class ArmHandSpec:
    """An arm and the hand on it, as constants.

    Attributes:
      arm: the arm; what it says of a gripper does not apply.
      hand: the hand, its names prefixed with ``HAND_PREFIX``; its joints follow the arm's in qpos.
      home: rest posture of the arm's joints, rad: the wrist level, the fingers pointing to the
        arm's left, the palm facing ahead, the index side down.
      mount: (3,) origin of the hand's model frame in the flange frame of
        ``habilis.assets.robots.arm``, m; its rotation there is ``MOUNT_ROTATION``.
    """

    arm: RobotSpec
    hand: HandSpec
    home: tuple[float, ...]
    mount: Vec3


def build_arm_hand(hand: str = "leap") -> tuple[ArmHandSpec, mujoco.MjSpec]:
    """Constants and model of the arm with a hand, base at the origin, z up; see ``add_arm_hand``.

    There is no floor, light or keyframe in it; the solver has the manipulation preset.
    """
    spec = mujoco.MjSpec()
    apply_preset(spec)
    constants = add_arm_hand(spec, hand)
    spec.modelname = f"{constants.arm.name}_{hand}"
    return constants, spec


def add_arm_hand(
    spec: mujoco.MjSpec, hand: str = "leap", pos: Vec3 = (0, 0, 0), quat: Quat = (1, 0, 0, 0)
) -> ArmHandSpec:
    """Adds the arm with a hand to a world that has the manipulation preset.

    The arm's controller is taken to know the load: every body of the hand is compensated for
    gravity, so the fingers do not feel their own weight either. A held tool is not compensated.

    Args:
      spec: the world to change.
      hand: a key of ``habilis.assets.hands.HANDS``.
      pos: the arm's base in the world, m.
      quat: its orientation, w x y z.

    Raises:
      ValueError: there is no such hand.
      FileNotFoundError: a Menagerie hand, and no copy of the Menagerie.
    """
    constants, model = make_hand(hand)
    add_arm(spec, pos, quat, gripper=False)
    for body in model.bodies[1:]:
        body.gravcomp = 1.0
    mount = _add_mount(spec.body("link7"))
    origin = np.array([0, 0, MOUNT_LENGTH]) - MOUNT_ROTATION @ constants.wrist
    frame = mount.add_frame(pos=origin, quat=_MOUNT_QUAT)
    frame.attach_body(model.body(constants.base), HAND_PREFIX, "")
    x, y, z = (float(value) for value in origin)
    return ArmHandSpec(FR3, constants.prefixed(HAND_PREFIX), _HOME, (x, y, z))


def _add_mount(flange: mujoco.MjsBody) -> mujoco.MjsBody:
    body = flange.add_body(name=MOUNT, pos=FLANGE_POS, quat=FLANGE_QUAT, gravcomp=1.0)
    body.explicitinertial = True
    body.mass, body.ipos = _MOUNT_MASS, (0, 0, MOUNT_LENGTH / 2)
    body.inertia = (5e-5, 5e-5, 8e-5)
    disc = _add_disc(body, 0.0315, 0.0, 0.008, "arm_grey")
    plate = _add_disc(body, 0.036, 0.008, MOUNT_LENGTH, "arm_black")
    for geom in (disc, plate):
        geom.contype, geom.conaffinity, geom.group = 0, 0, 2
    _add_disc(body, 0.036, 0.0, MOUNT_LENGTH, "arm_black").group = 3
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
