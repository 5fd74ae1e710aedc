"""Multi-fingered hands: constants for controllers, and builders of their models."""

from habilis.assets.hands.arm_hand import ArmHandSpec, add_arm_hand, build_arm_hand
from habilis.assets.hands.leap import LEAP, build_leap
from habilis.assets.hands.registry import HANDS, make_hand
from habilis.assets.hands.spec import HandSpec, Tip

__all__ = [
    "HANDS",
    "LEAP",
    "ArmHandSpec",
    "HandSpec",
    "Tip",
    "add_arm_hand",
    "build_arm_hand",
    "build_leap",
    "make_hand",
]
