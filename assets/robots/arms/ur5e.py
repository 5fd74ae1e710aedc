"""A lean UR5e: six joints, published kinematics and inertias, shapes of our own."""

from __future__ import annotations

import math

from habilis.assets.robots.arm import Flange, LeanArm
from habilis.assets.robots.shapes import Quat, RobotLink, Shapes, block, rod, tube
from habilis.assets.robots.spec import Limb

_PI = math.pi
_TURN: Quat = (math.sqrt(0.5), 0, math.sqrt(0.5), 0)
_NAMES = ("shoulder_pan", "shoulder_lift", "elbow", "wrist_1", "wrist_2", "wrist_3")
_LINKS = (
    RobotLink("base", (0, 0, 0), (0, 0, 0, -1), 4.0, (0, 0, 0),
              (0.00443, 0.00443, 0.0072, 0, 0, 0)),
    RobotLink("shoulder_link", (0, 0, 0.163), (1, 0, 0, 0), 3.7, (0, 0, 0),
              (0.0102675, 0.0102675, 0.00666, 0, 0, 0)),
    RobotLink("upper_arm_link", (0, 0.138, 0), _TURN, 8.393, (0, 0, 0.2125),
              (0.133886, 0.133886, 0.0151074, 0, 0, 0)),
    RobotLink("forearm_link", (0, -0.131, 0.425), (1, 0, 0, 0), 2.275, (0, 0, 0.196),
              (0.0311796, 0.0311796, 0.004095, 0, 0, 0)),
    RobotLink("wrist_1_link", (0, 0, 0.392), _TURN, 1.219, (0, 0.127, 0),
              (0.0025599, 0.0025599, 0.0021942, 0, 0, 0)),
    RobotLink("wrist_2_link", (0, 0.127, 0), (1, 0, 0, 0), 1.219, (0, 0, 0.1),
              (0.0025599, 0.0025599, 0.0021942, 0, 0, 0)),
    RobotLink("wrist_3_link", (0, 0, 0.1), (1, 0, 0, 0), 0.1889, (0, 0.0771683, 0),
              (9.90863e-5, 1.32134e-4, 9.90863e-5, 0, 0, 0)),
)  # fmt: skip
_LOOKS: Shapes = {
    "base": (
        tube(0.0755, (0, 0, 0), (0, 0, 0.030), "grey"),
        tube(0.0700, (0, 0, 0.030), (0, 0, 0.085), "grey"),
        tube(0.0580, (0, 0, 0.085), (0, 0, 0.099), "black"),
    ),
    "shoulder_link": (
        tube(0.0580, (0, 0, -0.064), (0, 0, 0.005), "grey"),
        rod(0.0575, (0, 0, 0.0), (0, 0.010, 0.004), "blue"),
        tube(0.0580, (0, 0.0, 0), (0, 0.060, 0), "grey"),
        tube(0.0580, (0, 0.060, 0), (0, 0.0744, 0), "black"),
    ),
    "upper_arm_link": (
        tube(0.0580, (0, -0.064, 0), (0, 0.040, 0), "grey"),
        tube(0.0575, (0, 0.040, 0), (0, 0.062, 0), "blue"),
        tube(0.0490, (0, 0, 0.0), (0, 0, 0.425)),
        tube(0.0545, (0, 0, 0.050), (0, 0, 0.073), "grey"),
        tube(0.0545, (0, 0, 0.351), (0, 0, 0.375), "grey"),
        tube(0.0575, (0, -0.078, 0.425), (0, 0.040, 0.425), "grey"),
        tube(0.0575, (0, 0.040, 0.425), (0, 0.0575, 0.425), "blue"),
    ),
    "forearm_link": (
        tube(0.0560, (0, -0.048, 0), (0, 0.053, 0), "grey"),
        tube(0.0400, (0, 0, 0.0), (0, 0, 0.392)),
        tube(0.0475, (0, 0, 0.050), (0, 0, 0.077), "grey"),
        tube(0.0430, (0, 0, 0.339), (0, 0, 0.352), "grey"),
        tube(0.0390, (0, -0.048, 0.392), (0, 0.053, 0.392), "blue"),
    ),
    "wrist_1_link": (
        tube(0.0385, (0, 0.053, 0), (0, 0.145, 0), "grey"),
        tube(0.0385, (0, 0.145, 0), (0, 0.164, 0), "blue"),
        tube(0.0385, (0, 0.127, -0.056), (0, 0.127, 0.046), "grey"),
        tube(0.0375, (0, 0.127, 0.046), (0, 0.127, 0.0536), "black"),
    ),
    "wrist_2_link": (
        tube(0.0385, (0, 0, 0.0536), (0, 0, 0.120), "grey"),
        tube(0.0385, (0, 0, 0.120), (0, 0, 0.138), "blue"),
        tube(0.0385, (0, -0.0567, 0.1), (0, 0.0456, 0.1), "grey"),
        tube(0.0375, (0, 0.0456, 0.1), (0, 0.0531, 0.1), "black"),
    ),
    "wrist_3_link": (
        tube(0.0375, (0, 0.0531, 0), (0, 0.0985, 0), "grey"),
        block((0.006, 0.010, 0.006), (0, 0.078, 0.038), "black"),
    ),
}
_SOLIDS: Shapes = {
    "base": (tube(0.0755, (0, 0, 0), (0, 0, 0.099)),),
    "shoulder_link": (tube(0.0580, (0, 0, -0.060), (0, 0, 0.058)),),
    "upper_arm_link": (
        tube(0.0580, (0, -0.074, 0), (0, 0.060, 0)),
        rod(0.0520, (0, 0, 0.050), (0, 0, 0.380)),
        tube(0.0570, (0, -0.050, 0.425), (0, 0.057, 0.425)),
    ),
    "forearm_link": (
        tube(0.0550, (0, -0.040, 0), (0, 0.053, 0)),
        rod(0.0430, (0, 0, 0.040), (0, 0, 0.370)),
    ),
    "wrist_1_link": (tube(0.0385, (0, 0.060, 0), (0, 0.164, 0)),),
    "wrist_2_link": (tube(0.0385, (0, 0, 0.060), (0, 0, 0.138)),),
    "wrist_3_link": (tube(0.0375, (0, 0.060, 0), (0, 0.0985, 0)),),
}

UR5E = LeanArm(
    limb=Limb(
        name="ur5e",
        joints=tuple(f"{name}_joint" for name in _NAMES),
        actuators=_NAMES,
        lower=(-2 * _PI, -2 * _PI, -_PI, -2 * _PI, -2 * _PI, -2 * _PI),
        upper=(2 * _PI, 2 * _PI, _PI, 2 * _PI, 2 * _PI, 2 * _PI),
        velocity=(_PI,) * 6,
        acceleration=(10.0,) * 6,
        torque=(150.0, 150.0, 150.0, 28.0, 28.0, 28.0),
        home=(2.8703, -1.5786, 1.7675, -1.7596, -1.5708, -1.8421),
        flange="wrist_3_link",
    ),
    links=_LINKS,
    axes=((0, 0, 1), (0, 1, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1), (0, 1, 0)),
    stiffness=(4000.0, 4000.0, 4000.0, 1500.0, 1500.0, 1500.0),
    ratio=0.1,
    armature=0.1,
    damping=1.0,
    looks=_LOOKS,
    solids=_SOLIDS,
    exclude=(("base", "shoulder_link"), ("wrist_1_link", "wrist_3_link")),
    flange=Flange("wrist_3_link", (0, 0.1, 0), (-math.sqrt(0.5), math.sqrt(0.5), 0, 0)),
    partner="robotiq_2f85",
    source=(
        "UR5e: frames, limits and inertias as in the MuJoCo Menagerie's universal_robots_ur5e"
        " (BSD-3-Clause), speed and torque limits as Universal Robots publishes them; acceleration"
        " limits, servo gains and shapes are our own."
    ),
)
"""A six-joint arm of 0.85 m reach."""
