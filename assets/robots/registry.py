"""Robots by the name scenes give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import mujoco

from habilis.assets.robots.arm import FR3, build_arm
from habilis.assets.robots.spec import RobotSpec

ROBOTS: Mapping[str, tuple[RobotSpec, Callable[[], mujoco.MjSpec]]] = {"fr3": (FR3, build_arm)}
"""Constants and builder of each robot."""
