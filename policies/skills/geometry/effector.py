"""What skills must know of the end effector that they command."""

from __future__ import annotations

import functools

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import make_robot
from habilis.assets.robots.spec import Bounds, EndEffector
from habilis.policies.skills.geometry.solids import Solid, solid_box

ROOM = 0.006  # m between an opened finger and the object
ABOVE_TABLE = 0.003  # m of the fingers' ends


@functools.cache
def effector_of(robot: str) -> EndEffector:
    """The only end effector of a robot, by the robot's name."""
    return make_robot(robot)[0].effector


@functools.cache
def _solid(bounds: Bounds) -> Solid:
    return solid_box(*bounds)


class HandRoom:
    """The room that an end effector takes, turned by (3, 3) about its tool centre point.

    Args:
      robot: name of the robot.
      rot: (3, 3) of the tool centre point, world.

    Attributes:
      closed, opened: the fingers, closed, and opened with what lies between, relative to the tool
        centre point along the world's axes.
      palm: the hand behind them.
    """

    def __init__(self, robot: str, rot: Array) -> None:
        outline, nowhere = effector_of(robot).outline, np.zeros(3)
        self.closed = _solid(outline.closed).moved(nowhere, rot)
        self.opened = _solid(outline.opened).moved(nowhere, rot)
        self.palm = _solid(outline.palm).moved(nowhere, rot)
        self._robot, self._rot = robot, rot

    def opened_to(self, opening: float) -> Solid:
        """The fingers opened only so far, m, with what lies between."""
        effector = effector_of(self._robot)
        less = (effector.widest - opening) / 2 * np.array([0.0, 1.0, 0.0])
        if not less.any():
            return self.opened
        low, high = (np.array(corner) for corner in effector.outline.opened)
        return solid_box(low + less, high - less).moved(np.zeros(3), self._rot)


def widest(robot: str) -> float:
    """What an opened end effector takes between its fingers with room on either side, m."""
    return effector_of(robot).widest - 2 * ROOM


def lowest(robot: str) -> float:
    """Least height of the tool centre point above the table that keeps fingers off it, m."""
    return effector_of(robot).outline.pad_reach + ABOVE_TABLE
