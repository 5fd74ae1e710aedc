"""A lean seven-joint arm: Franka kinematics, shapes of our own.

The frames, limits and inertias are Franka's, so trajectories carry over to the real arm. The
shapes are primitives: they compile in milliseconds and keep contacts cheap and steady.
"""

from __future__ import annotations

import math

from habilis.assets.robots.arm import Flange, LeanArm
from habilis.assets.robots.arms.fr3_shapes import LINKS, LOOKS, SOLIDS
from habilis.assets.robots.spec import Limb

FR3 = LeanArm(
    limb=Limb(
        name="fr3",
        joints=tuple(f"joint{i}" for i in range(1, 8)),
        actuators=tuple(f"actuator{i}" for i in range(1, 8)),
        lower=(-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973),
        upper=(2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973),
        velocity=(2.175, 2.175, 2.175, 2.175, 2.61, 2.61, 2.61),
        acceleration=(10.0, 7.5, 10.0, 10.0, 10.0, 10.0, 10.0),
        torque=(87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0),
        home=(0.0, 0.1, 0.0, -2.2, 0.0, 2.3, math.pi / 4),
        flange="link7",
    ),
    links=LINKS,
    axes=((0, 0, 1),) * 7,
    stiffness=(4500.0, 4500.0, 3500.0, 3500.0, 2000.0, 2000.0, 2000.0),
    ratio=0.1,
    armature=0.1,
    damping=1.0,
    looks=LOOKS,
    solids=SOLIDS,
    # link0 is fixed to the world, so MuJoCo does not take it for the parent of link1; the real
    # link7 never reaches link5.
    exclude=(("link0", "link1"), ("link5", "link7")),
    flange=Flange("link7", (0, 0, 0.107), (math.cos(math.pi / 8), 0, 0, -math.sin(math.pi / 8))),
    partner="panda_hand",
    source=(
        "Frames, limits and torques as Franka publishes them (velocity and acceleration: the "
        "lower of Panda and FR3; position limits: Panda); inertias and servo gains as in the "
        "MuJoCo Menagerie's franka_emika_panda (Apache-2.0); shapes are our own."
    ),
)
"""The default arm; identical frames for the Panda and the FR3."""
