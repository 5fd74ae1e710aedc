"""What a robot on legs weighs, and the room that it takes as it stands."""

from __future__ import annotations

import functools

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.outline import outline_of
from habilis.assets.robots.registry import file_stamps, make_robot, robot_spec


def weight(name: str) -> tuple[float, float]:
    """Mass, kg, and height of the trunk above the ground as it stands, m, of a robot on legs."""
    legs = robot_spec(name).legs
    assert legs is not None, f"robot {name!r} has no legs"
    return standing(name)[0], legs.height


def standing(name: str) -> tuple[float, Array]:
    """Mass, kg, and full size (3,) along, across and up, m, at rest; the size not to be changed.

    Args:
      name: of a robot on legs; ValueError if there is none of that name.
    """
    return _standing(name, file_stamps(name))


@functools.lru_cache(maxsize=16)
def _standing(name: str, stamps: tuple[int, ...]) -> tuple[float, Array]:
    robot, spec = make_robot(name)
    model = spec.compile()
    q = model.qpos0.copy()
    for joint, angle in zip(robot.joints, robot.home, strict=True):
        q[model.joint(joint).qposadr[0]] = angle
    room = outline_of(model, (np.zeros(3), np.eye(3)), robot.base.body, q, q)
    low = np.min([room.closed[0], room.palm[0]], axis=0)
    high = np.max([room.closed[1], room.palm[1]], axis=0)
    return float(model.body_mass.sum()), high - low
