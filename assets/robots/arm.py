"""A lean seven-joint arm with a parallel gripper: Franka kinematics, shapes of our own.

The frames, limits and inertias are Franka's, so trajectories carry over to the real arm. The
shapes are primitives: they compile in milliseconds and keep contacts cheap and steady.
"""

from __future__ import annotations

import dataclasses
import math

import mujoco

from habilis.assets.robots.spec import RobotSpec

Vec3 = tuple[float, float, float]
Quat = tuple[float, float, float, float]

TCP_OFFSET = 0.1034
"""Distance of the tool centre point from the hand frame along its z, m."""

FR3 = RobotSpec(
    name="fr3",
    base="link0",
    joints=tuple(f"joint{i}" for i in range(1, 8)),
    actuators=tuple(f"actuator{i}" for i in range(1, 8)),
    lower=(-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973),
    upper=(2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973),
    velocity=(2.175, 2.175, 2.175, 2.175, 2.61, 2.61, 2.61),
    acceleration=(10.0, 7.5, 10.0, 10.0, 10.0, 10.0, 10.0),
    torque=(87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0),
    home=(0.0, 0.1, 0.0, -2.2, 0.0, 2.3, math.pi / 4),
    aperture=(0.0, 0.08),
    fingers=("left_finger", "right_finger"),
    finger_joints=("finger_joint1", "finger_joint2"),
    gripper="gripper",
    hand="hand",
    tcp="tcp",
    source=(
        "Frames, limits and torques as Franka publishes them (velocity and acceleration: the "
        "lower of Panda and FR3; position limits: Panda); inertias and servo gains as in the "
        "MuJoCo Menagerie's franka_emika_panda (Apache-2.0); shapes are our own."
    ),
)
"""The default arm; identical frames for the Panda and the FR3."""

_KP = (4500.0, 4500.0, 3500.0, 3500.0, 2000.0, 2000.0, 2000.0)
FLANGE_POS: Vec3 = (0, 0, 0.107)
FLANGE_QUAT: Quat = (math.cos(math.pi / 8), 0, 0, -math.sin(math.pi / 8))
"""Pose in ``link7`` of the frame that carries the gripper or a hand: z outwards, and at home x
ahead; the tool centre point of the gripper lies ``TCP_OFFSET`` further along z."""
_DOWN: Quat = (1.0, -1.0, 0.0, 0.0)
_UP: Quat = (1.0, 1.0, 0.0, 0.0)


@dataclasses.dataclass(frozen=True)
class _Link:
    """Pose in the parent (m, quaternion), mass (kg), its centre (m) and inertia (kg m^2)."""

    name: str
    pos: Vec3
    quat: Quat
    mass: float
    centre: Vec3
    inertia: tuple[float, float, float, float, float, float]  # xx yy zz xy xz yz


_LINKS = (
    _Link("link0", (0, 0, 0), (1, 0, 0, 0), 0.629769, (-0.041018, -0.00014, 0.049974),
          (0.00315, 0.00388, 0.004285, 8.2904e-7, 0.00015, 8.2299e-6)),
    _Link("link1", (0, 0, 0.333), (1, 0, 0, 0), 4.970684, (0.003875, 0.002081, -0.04762),
          (0.70337, 0.70661, 0.009117, -0.000139, 0.006772, 0.019169)),
    _Link("link2", (0, 0, 0), _DOWN, 0.646926, (-0.003141, -0.02872, 0.003495),
          (0.007962, 0.02811, 0.025995, -0.003925, 0.010254, 0.000704)),
    _Link("link3", (0, -0.316, 0), _UP, 3.228604, (0.027518, 0.039252, -0.066502),
          (0.037242, 0.036155, 0.01083, -0.004761, -0.011396, -0.012805)),
    _Link("link4", (0.0825, 0, 0), _UP, 3.587895, (-0.05317, 0.104419, 0.027454),
          (0.025853, 0.019552, 0.028323, 0.007796, -0.001332, 0.008641)),
    _Link("link5", (-0.0825, 0.384, 0), _DOWN, 1.225946, (-0.011953, 0.041065, -0.038437),
          (0.035549, 0.029474, 0.008627, -0.002117, -0.004037, 0.000229)),
    _Link("link6", (0, 0, 0), _UP, 1.666555, (0.060149, -0.014117, -0.010517),
          (0.001964, 0.004354, 0.005433, 0.000109, -0.001158, 0.000341)),
    _Link("link7", (0.088, 0, 0), _UP, 0.735522, (0.010517, -0.004252, 0.061597),
          (0.012516, 0.010027, 0.004815, -0.000428, -0.001196, -0.000741)),
)  # fmt: skip
_HAND = _Link(
    "hand", FLANGE_POS, FLANGE_QUAT, 0.73, (-0.01, 0, 0.03), (0.001, 0.0025, 0.0017, 0, 0, 0),
)  # fmt: skip
_FINGER_INERTIA = (2.375e-6, 2.375e-6, 7.5e-7, 0.0, 0.0, 0.0)
_FINGERS = (
    _Link("left_finger", (0, 0, 0.0584), (1, 0, 0, 0), 0.015, (0, 0, 0), _FINGER_INERTIA),
    _Link("right_finger", (0, 0, 0.0584), (0, 0, 0, 1), 0.015, (0, 0, 0), _FINGER_INERTIA),
)

_COLOURS = {
    "arm_white": (0.93, 0.94, 0.95, 1.0),
    "arm_grey": (0.62, 0.65, 0.68, 1.0),
    "arm_black": (0.11, 0.12, 0.13, 1.0),
    "arm_blue": (0.10, 0.50, 0.85, 1.0),
}


@dataclasses.dataclass(frozen=True)
class _Shape:
    """One primitive in its body's frame, m. With ``end`` it spans ``pos`` to ``end``."""

    kind: str
    size: tuple[float, ...]
    pos: Vec3
    end: Vec3 | None = None
    colour: str = "arm_white"


def _rod(radius: float, pos: Vec3, end: Vec3, colour: str = "white") -> _Shape:
    return _Shape("capsule", (radius,), pos, end, f"arm_{colour}")


def _tube(radius: float, pos: Vec3, end: Vec3, colour: str = "white") -> _Shape:
    return _Shape("cylinder", (radius,), pos, end, f"arm_{colour}")


def _block(half: Vec3, pos: Vec3, colour: str = "white") -> _Shape:
    return _Shape("box", half, pos, None, f"arm_{colour}")


def _blob(half: Vec3, pos: Vec3, colour: str = "white") -> _Shape:
    return _Shape("ellipsoid", half, pos, None, f"arm_{colour}")


# Same in both fingers: the right one is the left one turned about the hand's z.
_PAD = _block((0.0085, 0.0055, 0.0085), (0, 0.0055, 0.0455), "black")
_FINGER_LOOKS = (
    _block((0.0095, 0.0095, 0.008), (0, 0.0165, 0.009), "black"),
    _block((0.0085, 0.0055, 0.022), (0, 0.0185, 0.0235), "grey"),
    _block((0.0085, 0.004, 0.0065), (0, 0.0155, 0.0455), "grey"),
    _PAD,
)
_FINGER_SOLID = _block((0.0085, 0.0055, 0.02), (0, 0.0185, 0.024))

_LOOKS: dict[str, tuple[_Shape, ...]] = {
    "link0": (
        _block((0.112, 0.085, 0.006), (-0.04, 0, 0.006), "grey"),
        _tube(0.078, (0, 0, 0.0), (0, 0, 0.02), "grey"),
        _tube(0.071, (0, 0, 0.02), (0, 0, 0.09)),
        _tube(0.062, (0, 0, 0.09), (0, 0, 0.136)),
        _tube(0.057, (0, 0, 0.136), (0, 0, 0.141), "black"),
        _block((0.05, 0.058, 0.036), (-0.07, 0, 0.048)),
        _block((0.0125, 0.033, 0.0355), (-0.1325, 0, 0.047)),
        _tube(0.025, (-0.12, -0.033, 0.012), (-0.12, -0.033, 0.083)),
        _tube(0.025, (-0.12, 0.033, 0.012), (-0.12, 0.033, 0.0835)),
        _block((0.002, 0.028, 0.018), (-0.1445, 0, 0.048), "black"),
    ),
    "link1": (
        _tube(0.055, (0, 0, -0.191), (0, 0, -0.125)),
        _rod(0.055, (0, 0, -0.125), (0, -0.06, -0.005)),
        _rod(0.055, (0, -0.074, 0), (0, -0.055, 0)),
        _tube(0.0553, (0, -0.074, 0), (0, -0.004, 0)),
        _tube(0.0535, (0, -0.004, 0), (0, 0.004, 0), "black"),
    ),
    "link2": (
        _rod(0.055, (0, 0, 0.055), (0, 0, 0.074)),
        _tube(0.0553, (0, 0, 0.004), (0, 0, 0.074)),
        _rod(0.055, (0, -0.125, 0), (0, -0.005, 0.06)),
        _tube(0.055, (0, -0.193, 0), (0, -0.125, 0)),
        _tube(0.0535, (0, -0.197, 0), (0, -0.19, 0), "black"),
    ),
    "link3": (
        _tube(0.055, (0, 0, -0.119), (0, 0, -0.075)),
        _rod(0.055, (0, 0, -0.075), (0.0825, 0.05, 0)),
        _tube(0.0553, (0.0825, 0.004, 0), (0.0825, 0.085, 0)),
        _tube(0.0565, (0.0825, 0.068, 0), (0.0825, 0.1, 0), "black"),
        _blob((0.049, 0.014, 0.049), (0.0825, 0.1, 0)),
        _tube(0.0535, (0.0825, -0.004, 0), (0.0825, 0.004, 0), "black"),
    ),
    "link4": (
        _tube(0.0553, (0, 0, 0.004), (0, 0, 0.085)),
        _tube(0.0565, (0, 0, 0.068), (0, 0, 0.1), "black"),
        _blob((0.049, 0.049, 0.014), (0, 0, 0.1)),
        _rod(0.055, (0, 0.005, 0.05), (-0.0825, 0.075, 0)),
        _tube(0.055, (-0.0825, 0.075, 0), (-0.0825, 0.122, 0)),
        _tube(0.0525, (-0.0825, 0.12, 0), (-0.0825, 0.127, 0), "black"),
    ),
    "link5": (
        _tube(0.0545, (0, 0, -0.256), (0, 0, -0.215)),
        _rod(0.0535, (0, 0.002, -0.215), (0, 0.022, -0.165)),
        _rod(0.042, (0, 0.035, -0.165), (0, 0.066, -0.06)),
        _rod(0.038, (0, 0.066, -0.06), (0, 0.071, -0.005)),
        _tube(0.0485, (0, 0.019, 0), (0, 0.09, 0)),
        _tube(0.0495, (0, 0.084, 0), (0, 0.112, 0), "black"),
        _blob((0.042, 0.014, 0.042), (0, 0.112, 0)),
    ),
    "link6": (
        _tube(0.047, (0, 0, -0.019), (0, 0, -0.013), "black"),
        _tube(0.0485, (0, 0, -0.013), (0, 0, 0.035)),
        _blob((0.0485, 0.0485, 0.02), (0, 0, 0.035)),
        _rod(0.04, (0.01, 0, 0.008), (0.088, 0.012, 0)),
        _tube(0.0475, (0.088, -0.049, 0), (0.088, 0.066, 0)),
        _tube(0.0485, (0.088, 0.052, 0), (0.088, 0.066, 0), "black"),
        _blob((0.045, 0.014, 0.045), (0.088, 0.066, 0)),
    ),
    "link7": (
        _tube(0.0455, (0, 0, 0.05), (0, 0, 0.055), "black"),
        _tube(0.0475, (0, 0, 0.055), (0, 0, 0.078)),
        _tube(0.0478, (0, 0, 0.0775), (0, 0, 0.081), "blue"),
        _tube(0.0455, (0, 0, 0.081), (0, 0, 0.097)),
        _rod(0.0125, (0.02, 0.02, 0.088), (0.052, 0.052, 0.088)),
        _blob((0.008, 0.008, 0.004), (0.052, 0.052, 0.1), "black"),
    ),
    "hand": (
        _tube(0.036, (0, 0, -0.012), (0, 0, 0.0), "black"),
        _rod(0.0215, (0, -0.079, 0.016), (0, 0.079, 0.016)),
        _block((0.0215, 0.079, 0.012), (0, 0, 0.028)),
        _tube(0.0215, (0, -0.079, 0.016), (0, -0.079, 0.04)),
        _tube(0.0215, (0, 0.079, 0.016), (0, 0.079, 0.04)),
        _rod(0.029, (0, -0.03, 0.006), (0, 0.03, 0.006)),
        _block((0.018, 0.079, 0.009), (0, 0, 0.049), "grey"),
        _tube(0.018, (0, -0.079, 0.04), (0, -0.079, 0.058), "grey"),
        _tube(0.018, (0, 0.079, 0.04), (0, 0.079, 0.058), "grey"),
        _block((0.007, 0.084, 0.001), (0, 0, 0.0578), "black"),
    ),
    "left_finger": _FINGER_LOOKS,
    "right_finger": _FINGER_LOOKS,
}

_SOLIDS: dict[str, tuple[_Shape, ...]] = {
    "link0": (
        _tube(0.071, (0, 0, 0), (0, 0, 0.136)),
        _block((0.075, 0.07, 0.045), (-0.075, 0, 0.045)),
    ),
    "link1": (
        _rod(0.055, (0, 0, -0.13), (0, -0.04, -0.03)),
        _rod(0.055, (0, -0.074, 0), (0, -0.057, 0)),
    ),
    "link2": (
        _rod(0.055, (0, 0, 0.057), (0, 0, 0.074)),
        _rod(0.055, (0, -0.138, 0), (0, -0.02, 0.045)),
    ),
    "link3": (
        _rod(0.055, (0, 0, -0.07), (0.06, 0.045, -0.01)),
        _tube(0.055, (0.0825, 0.004, 0), (0.0825, 0.108, 0)),
    ),
    "link4": (
        _tube(0.055, (0, 0, 0.004), (0, 0, 0.108)),
        _rod(0.055, (-0.02, 0.025, 0.045), (-0.0825, 0.07, 0)),
    ),
    "link5": (
        _tube(0.05, (0, 0, -0.256), (0, 0.012, -0.18)),
        _rod(0.035, (0, 0.055, -0.15), (0, 0.072, -0.02)),
        _tube(0.047, (0, 0.019, 0), (0, 0.122, 0)),
    ),
    "link6": (
        _tube(0.047, (0, 0, -0.013), (0, 0, 0.052)),
        _tube(0.047, (0.088, -0.049, 0), (0.088, 0.078, 0)),
    ),
    "link7": (
        _tube(0.046, (0, 0, 0.053), (0, 0, 0.1)),
        _rod(0.0125, (0.02, 0.02, 0.088), (0.052, 0.052, 0.088)),
    ),
    "hand": (_block((0.0225, 0.1, 0.031), (0, 0, 0.027)),),
    "left_finger": (_FINGER_SOLID,),
    "right_finger": (_FINGER_SOLID,),
}

# link0 is fixed to the world, so MuJoCo does not take it for the parent of link1; the real link7
# never reaches link5.
_EXCLUDED = (("link0", "link1"), ("link5", "link7"))


def build_arm() -> mujoco.MjSpec:
    """Model of the arm ``FR3`` alone, base frame at the origin, z up; see ``add_arm``.

    There is no floor, light or keyframe in it, so it attaches anywhere.
    """
    spec = mujoco.MjSpec()
    spec.modelname = FR3.name
    spec.compiler.degree = False
    add_arm(spec)
    return spec


def add_arm(
    spec: mujoco.MjSpec, pos: Vec3 = (0, 0, 0), quat: Quat = (1, 0, 0, 0), *, gripper: bool = True
) -> mujoco.MjsBody:
    """Adds the arm ``FR3`` to a world, under its own names.

    It does what attaching ``build_arm()`` with an empty prefix does, without the warning that
    MuJoCo gives for that. Visual shapes are in group 2 and touch nothing; collision shapes are
    in group 3. Added are joints ``FR3.joints`` then ``FR3.finger_joints``, position servos
    ``FR3.actuators`` (rad) then ``FR3.gripper`` (half the aperture, m), site ``FR3.tcp``.

    Args:
      spec: the world to change.
      pos: base frame in the world, m.
      quat: its orientation, w x y z.
      gripper: False leaves out the gripper, its joints and its servo; ``link7`` is then the last
        body, and carries what is put at ``FLANGE_POS`` and ``FLANGE_QUAT``.

    Returns:
      The base body.
    """
    for name, rgba in _COLOURS.items():
        spec.add_material(name=name, rgba=rgba, specular=0.35, shininess=0.4)
    base = _add_link(spec.worldbody, dataclasses.replace(_LINKS[0], pos=pos, quat=quat))
    body, unit = base, math.degrees(1.0) if spec.compiler.degree else 1.0
    for index, link in enumerate(_LINKS[1:]):
        body = _add_link(body, link)
        _add_hinge(body, index, unit)
    _add_servos(spec)
    for first, second in _EXCLUDED:
        spec.add_exclude(bodyname1=first, bodyname2=second)
    if gripper:
        _add_gripper(spec, body)
    return base


def _add_gripper(spec: mujoco.MjSpec, flange: mujoco.MjsBody) -> None:
    hand = _add_link(flange, _HAND)
    _add_tcp(hand)
    for link, joint in zip(_FINGERS, FR3.finger_joints, strict=True):
        _add_finger(hand, link, joint)
    _couple_fingers(spec)
    _add_gripper_servo(spec)
    spec.add_exclude(bodyname1=FR3.fingers[0], bodyname2=FR3.fingers[1])


def _add_link(parent: mujoco.MjsBody, link: _Link) -> mujoco.MjsBody:
    body = parent.add_body(name=link.name, pos=link.pos, quat=link.quat, gravcomp=1.0)
    body.explicitinertial = True
    body.mass = link.mass
    body.ipos = link.centre
    body.fullinertia = link.inertia
    for shape in _LOOKS[link.name]:
        geom = _add_shape(body, shape)
        geom.contype, geom.conaffinity, geom.group = 0, 0, 2
    for shape in _SOLIDS[link.name]:
        _add_shape(body, shape).group = 3
    return body


def _add_shape(body: mujoco.MjsBody, shape: _Shape) -> mujoco.MjsGeom:
    kind = getattr(mujoco.mjtGeom, f"mjGEOM_{shape.kind.upper()}")
    size = (*shape.size, 0.0, 0.0)[:3]
    if shape.end is None:
        return body.add_geom(type=kind, size=size, pos=shape.pos, material=shape.colour, mass=0.0)
    ends = (*shape.pos, *shape.end)
    return body.add_geom(type=kind, size=size, fromto=ends, material=shape.colour, mass=0.0)


def _add_hinge(body: mujoco.MjsBody, i: int, unit: float) -> None:
    """``unit``: how many of the spec's angle units a radian is."""
    body.add_joint(
        name=FR3.joints[i],
        type=mujoco.mjtJoint.mjJNT_HINGE,
        axis=(0, 0, 1),
        range=(FR3.lower[i] * unit, FR3.upper[i] * unit),
        armature=0.1,
        damping=1.0,
    )


def _add_tcp(hand: mujoco.MjsBody) -> None:
    hand.add_site(name=FR3.tcp, pos=(0, 0, TCP_OFFSET), size=(0.004, 0, 0), group=4)


def _add_finger(hand: mujoco.MjsBody, link: _Link, joint: str) -> None:
    body = _add_link(hand, link)
    body.add_joint(
        name=joint,
        type=mujoco.mjtJoint.mjJNT_SLIDE,
        axis=(0, 1, 0),
        range=(FR3.aperture[0] / 2, FR3.aperture[1] / 2),
        armature=0.1,
        damping=1.0,
    )
    pad = _add_shape(body, _PAD)
    pad.name = f"{link.name}_pad"
    pad.group, pad.condim, pad.priority = 3, 4, 2
    pad.friction = (1.2, 0.02, 0.0001)
    pad.solref = (0.01, 1.0)
    pad.solimp = (0.99, 0.999, 0.001, 0.5, 2.0)


def _couple_fingers(spec: mujoco.MjSpec) -> None:
    first, second = FR3.finger_joints
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


def _add_servos(spec: mujoco.MjSpec) -> None:
    for i, (name, joint) in enumerate(zip(FR3.actuators, FR3.joints, strict=True)):
        servo = spec.add_actuator(
            name=name,
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            target=joint,
            ctrlrange=(FR3.lower[i], FR3.upper[i]),
            forcerange=(-FR3.torque[i], FR3.torque[i]),
        )
        servo.set_to_position(kp=_KP[i], kv=_KP[i] / 10)


def _add_gripper_servo(spec: mujoco.MjSpec) -> None:
    gripper = spec.add_actuator(
        name=FR3.gripper,
        trntype=mujoco.mjtTrn.mjTRN_TENDON,
        target="finger_tendon",
        ctrlrange=(FR3.aperture[0] / 2, FR3.aperture[1] / 2),
        forcerange=(-80, 80),
    )
    gripper.set_to_position(kp=10000.0, kv=100.0)
