"""Scripted skills; importing this registers them."""

from habilis.policies.skill import SKILLS, make_skill
from habilis.policies.skills.grasping import Grasp, Lift, Place, Pull
from habilis.policies.skills.joining import Join
from habilis.policies.skills.primitives import CloseGripper, MoveToPosition, OpenGripper
from habilis.policies.skills.sweeping import Sweep

__all__ = [
    "SKILLS",
    "make_skill",
    "CloseGripper", "Grasp", "Join", "Lift", "MoveToPosition", "OpenGripper", "Place", "Pull",
    "Sweep",
]  # fmt: skip
