"""A lean KUKA LBR iiwa 14: seven joints, published kinematics and inertias, our own shapes."""

from __future__ import annotations

import math

from habilis.assets.robots.arm import Flange, LeanArm
from habilis.assets.robots.shapes import Quat, RobotLink, Shapes, block, rod, tube
from habilis.assets.robots.spec import Limb

_R = math.sqrt(0.5)
_FLIP: Quat = (0, 0, _R, _R)
_TILT: Quat = (_R, _R, 0, 0)
_LINKS = (
    RobotLink("base", (0, 0, 0), (1, 0, 0, 0), 5.0, (-0.1, 0, 0.07), (0.05, 0.06, 0.03, 0, 0, 0)),
    RobotLink("link1", (0, 0, 0.1575), (1, 0, 0, 0), 5.76, (0, -0.03, 0.12),
              (0.0333, 0.033, 0.0123, 0, 0, 0)),
    RobotLink("link2", (0, 0, 0.2025), _FLIP, 6.35, (0.0003, 0.059, 0.042),
              (0.0305, 0.011, 0.0304, 0, 0, 0)),
    RobotLink("link3", (0, 0.2045, 0), _FLIP, 3.5, (0, 0.03, 0.13),
              (0.025, 0.0238, 0.0076, 0, 0, 0)),
    RobotLink("link4", (0, 0, 0.2155), _TILT, 3.5, (0, 0.067, 0.034),
              (0.017, 0.006, 0.0164, 0, 0, 0)),
    RobotLink("link5", (0, 0.1845, 0), _FLIP, 3.5, (0.0001, 0.021, 0.076),
              (0.01, 0.0087, 0.00449, 0, 0, 0)),
    RobotLink("link6", (0, 0, 0.2155), _TILT, 1.8, (0, 0.0006, 0.0004),
              (0.0049, 0.0036, 0.0047, 0, 0, 0)),
    RobotLink("link7", (0, 0.081, 0), _FLIP, 1.2, (0, 0, 0.02), (0.001, 0.001, 0.001, 0, 0, 0)),
)  # fmt: skip
_LOOKS: Shapes = {
    "base": (
        tube(0.1200, (0, 0, 0), (0, 0, 0.020), "grey"),
        tube(0.0950, (0, 0, 0.020), (0, 0, 0.157), "grey"),
        block((0.055, 0.075, 0.040), (-0.080, 0, 0.050), "grey"),
    ),
    "link1": (
        tube(0.0855, (0, 0, -0.010), (0, 0, 0.090), "white"),
        rod(0.0700, (0, -0.005, 0.090), (0, -0.045, 0.180), "white"),
        tube(0.0750, (0, -0.115, 0.2025), (0, -0.060, 0.2025), "grey"),
    ),
    "link2": (
        tube(0.0850, (0, 0, -0.060), (0, 0, 0.080), "white"),
        rod(0.0700, (0, 0.010, 0.060), (0, 0.130, 0.020), "white"),
        tube(0.0720, (0, 0.110, 0), (0, 0.204, 0), "grey"),
    ),
    "link3": (
        tube(0.0680, (0, 0, 0.0), (0, 0, 0.033), "black"),
        tube(0.0670, (0, 0, 0.033), (0, 0, 0.070), "white"),
        rod(0.0580, (0, 0.010, 0.080), (0, 0.055, 0.200), "white"),
        tube(0.0660, (0, 0.045, 0.2155), (0, 0.114, 0.2155), "grey"),
    ),
    "link4": (
        tube(0.0680, (0, 0, -0.060), (0, 0, 0.080), "white"),
        rod(0.0600, (0, 0.010, 0.050), (0, 0.120, 0.020), "white"),
        tube(0.0660, (0, 0.100, 0), (0, 0.184, 0), "grey"),
    ),
    "link5": (
        tube(0.0680, (0, 0, 0.0), (0, 0, 0.033), "black"),
        tube(0.0660, (0, 0, 0.033), (0, 0, 0.060), "white"),
        rod(0.0460, (0, 0.020, 0.070), (0, 0.062, 0.170), "white"),
        rod(0.0340, (0, 0.065, 0.170), (0, 0.065, 0.225), "white"),
    ),
    "link6": (
        tube(0.0650, (0, 0, -0.065), (0, 0, 0.060), "white"),
        tube(0.0560, (0, 0, 0), (0, 0.080, 0), "grey"),
    ),
    "link7": (
        tube(0.0515, (0, 0, -0.009), (0, 0, 0.030), "grey"),
        tube(0.0500, (0, 0, 0.030), (0, 0, 0.045), "black"),
    ),
}
_SOLIDS: Shapes = {
    "base": (
        tube(0.1150, (0, 0, 0), (0, 0, 0.157)),
        block((0.055, 0.075, 0.040), (-0.080, 0, 0.050)),
    ),
    "link1": (rod(0.0750, (0, 0, 0.070), (0, -0.040, 0.170)),),
    "link2": (rod(0.0800, (0, 0, 0.020), (0, 0.020, 0.040)), rod(0.0680, (0, 0.06, 0.035),
              (0, 0.130, 0.015))),
    "link3": (rod(0.0620, (0, 0.005, 0.060), (0, 0.050, 0.190)),),
    "link4": (rod(0.0660, (0, 0.0, 0.010), (0, 0.040, 0.045)), rod(0.0620, (0, 0.07, 0.035),
              (0, 0.120, 0.015))),
    "link5": (rod(0.0520, (0, 0.010, 0.050), (0, 0.050, 0.140)),
              rod(0.0340, (0, 0.065, 0.150), (0, 0.065, 0.200))),
    "link6": (tube(0.0650, (0, 0, -0.060), (0, 0, 0.060)), tube(0.0560, (0, 0, 0), (0, 0.070, 0))),
    "link7": (tube(0.0510, (0, 0, 0.005), (0, 0, 0.045)),),
}  # fmt: skip

IIWA14 = LeanArm(
    limb=Limb(
        name="iiwa14",
        joints=tuple(f"joint{i}" for i in range(1, 8)),
        actuators=tuple(f"actuator{i}" for i in range(1, 8)),
        lower=(-2.96706, -2.0944, -2.96706, -2.0944, -2.96706, -2.0944, -3.05433),
        upper=(2.96706, 2.0944, 2.96706, 2.0944, 2.96706, 2.0944, 3.05433),
        velocity=(1.4835, 1.4835, 1.7453, 1.3090, 2.2689, 2.3562, 2.3562),
        acceleration=(10.0,) * 7,
        torque=(320.0, 320.0, 176.0, 176.0, 110.0, 40.0, 40.0),
        home=(0.0, 0.4285, 0.0, -1.6705, 0.0, 1.0426, 0.0),
        flange="link7",
    ),
    links=_LINKS,
    axes=((0, 0, 1),) * 7,
    stiffness=(6000.0, 6000.0, 4000.0, 4000.0, 3000.0, 2000.0, 2000.0),
    ratio=0.1,
    armature=0.1,
    damping=1.0,
    looks=_LOOKS,
    solids=_SOLIDS,
    exclude=(("base", "link1"), ("link5", "link7")),
    flange=Flange("link7", (0, 0, 0.045), (0, 0, 0, 1)),
    partner="robotiq_2f85",
    source=(
        "iiwa 14: frames, limits and inertias as in the MuJoCo Menagerie's kuka_iiwa_14"
        " (BSD-3-Clause), speed and torque limits as KUKA publishes them; acceleration limits,"
        " servo gains and shapes are our own."
    ),
)
"""A seven-joint arm of 0.82 m reach."""
