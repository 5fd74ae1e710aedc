"""What skills must know of the end effector that they command."""

from __future__ import annotations

import functools

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import file_stamps, make_robot, robot_spec
from habilis.assets.robots.spec import Bounds, EndEffector
from habilis.policies.skills.geometry.solids import Solid, solid_box

ROOM = 0.006  # m between an opened finger and the object
ABOVE_TABLE = 0.003  # m of the fingers' ends


def effector_of(robot: str) -> EndEffector:
    """The only end effector of a robot, by the robot's name."""
    return robot_spec(robot).effector


@functools.cache
def _solid(bounds: Bounds, slim: float = 0.0) -> Solid:
    low, high = (np.array(corner) for corner in bounds)
    less = np.minimum((high - low) / 2, np.array([slim, slim, 0.0]))
    return solid_box(low + less, high - less)


class HandRoom:
    """The room that an end effector takes, turned by (3, 3) about its tool centre point.

    Args:
      robot: name of the robot.
      rot: (3, 3) of the tool centre point, world.
      slim: m by which it is taken smaller on each side, for what is surely within the boxes.

    Attributes:
      closed, opened: the fingers, closed, and opened with what lies between, relative to the tool
        centre point along the world's axes.
      palm: the hand behind them.
    """

    def __init__(self, robot: str, rot: Array, slim: float = 0.0) -> None:
        outline, nowhere = effector_of(robot).outline, np.zeros(3)
        self.closed, self.opened, self.palm = (
            _solid(bounds, slim).moved(nowhere, rot)
            for bounds in (outline.closed, outline.opened, outline.palm)
        )
        self._robot, self._rot, self._slim = robot, rot, slim

    def opened_to(self, opening: float) -> Solid:
        """The fingers opened only so far, m, with what lies between."""
        effector = effector_of(self._robot)
        less = float(effector.widest - opening) / 2
        if not less:
            return self.opened
        (a, b, c), (x, y, z) = effector.outline.opened
        bounds = (a, b + less, c), (x, y - less, z)
        return _solid(bounds, self._slim).moved(np.zeros(3), self._rot)


def carried(robot: str) -> float:
    """What the arm of a robot is rated to carry in its hand, kg; inf where nobody says."""
    return _carried(robot, file_stamps(robot))


@functools.lru_cache(maxsize=64)
def _carried(robot: str, stamps: tuple[int, ...]) -> float:
    found, spec = make_robot(robot)
    if not found.limbs or np.isinf(found.arm.payload):
        return np.inf
    model, hand = spec.compile(), found.effector.body
    weight = float(model.body(hand).subtreemass[0])
    if hand == found.arm.flange:  # a link of the arm, on which fingers are
        weight -= float(model.body(hand).mass[0])
    return max(0.0, found.arm.payload - weight)


def widest(robot: str) -> float:
    """What an opened end effector takes between its fingers with room on either side, m."""
    return effector_of(robot).widest - 2 * ROOM


def lowest(robot: str) -> float:
    """Least height of the tool centre point above the table that keeps fingers off it, m."""
    return effector_of(robot).outline.pad_reach + ABOVE_TABLE
