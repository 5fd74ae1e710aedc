"""The robots of a simulated world, whatever they are."""

from __future__ import annotations

from collections.abc import Callable

from habilis.envs.legged.robot import LeggedRobot
from habilis.envs.robot.robot import SimRobot
from habilis.envs.world.world import World


def simulated(world: World, on_tick: Callable[[], None] | None = None) -> SimRobot:
    """Robots with arms, or with legs, by the world's.

    Args:
      world: what they act in.
      on_tick: called after every control period.
    """
    kind = SimRobot if world.robot.legs is None else LeggedRobot
    return kind(world, on_tick)
