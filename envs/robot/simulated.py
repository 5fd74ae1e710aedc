"""The robots of a simulated world, whatever they are."""

from __future__ import annotations

from habilis.envs.legged.robot import LeggedRobot
from habilis.envs.robot.robot import SimRobot
from habilis.envs.world.world import World


def simulated(world: World) -> SimRobot:
    """The robots of a world: with arms, or with legs."""
    return (SimRobot if world.robot.legs is None else LeggedRobot)(world)
