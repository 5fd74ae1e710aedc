"""Robots: base, limbs and end effectors, as constants and models; ``make_robot`` names them."""

from habilis.assets.robots.registry import add_robot, make_robot, robot_names, robot_spec
from habilis.assets.robots.spec import EndEffector, Limb, RobotSpec

__all__ = [
    "EndEffector", "Limb", "RobotSpec", "add_robot", "make_robot", "robot_names", "robot_spec",
]  # fmt: skip
