"""Scripted skills; importing this registers them, and those of other packages.

Those are named as ``habilis.assets.extensions`` says.
"""

from habilis.assets.extensions import extensions
from habilis.policies.skills.grasping import Grasp, Lift, Place, Pull
from habilis.policies.skills.joining import Join
from habilis.policies.skills.primitives import CloseGripper, MoveToPosition, OpenGripper
from habilis.policies.skills.skill import SKILLS, make_skill
from habilis.policies.skills.sweeping import Sweep

# After the others, as prompts list skills in the order of registration.
# isort: split
from habilis.policies.skills.hand_tools.clipping import ClipWithTool
from habilis.policies.skills.hand_tools.cutting import CutWithTool
from habilis.policies.skills.held_tool import PickWithTool, SetAperture
from habilis.policies.skills.taking import TakeTool
from habilis.policies.skills.tool_placing import PlaceWithTool
from habilis.policies.skills.turning import MoveFrame, Pour, Turn

# isort: split
from habilis.policies.skills.legs.walking import ClimbToPosition, WalkToPosition

# isort: split
from habilis.policies.skills.legs.pushing import PushToPosition

# isort: split
from habilis.policies.skills.joints.opening import MoveJoint

__all__ = [
    "SKILLS",
    "make_skill",
    "ClimbToPosition", "ClipWithTool", "CloseGripper", "CutWithTool", "Grasp", "Join", "Lift",
    "MoveFrame", "MoveJoint", "MoveToPosition", "OpenGripper", "PickWithTool", "Place",
    "PlaceWithTool", "Pour", "Pull", "PushToPosition", "SetAperture", "Sweep", "TakeTool", "Turn",
    "WalkToPosition",
]  # fmt: skip

extensions("skills")
