"""Robots: constants for controllers, and builders of their models."""

from habilis.assets.robots.arm import FR3, TCP_OFFSET, add_arm, build_arm
from habilis.assets.robots.spec import RobotSpec

__all__ = ["FR3", "TCP_OFFSET", "RobotSpec", "add_arm", "build_arm"]
