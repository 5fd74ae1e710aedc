"""How ros2_control's JointTrajectoryController moves joints; no ROS in this module."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

END_VELOCITY = 1e-3  # rad/s that a trajectory may end with


@dataclasses.dataclass(frozen=True)
class Point:
    time: float  # s from the start
    positions: list[float]
    velocities: list[float]  # empty: straight lines


class Refused(ValueError):
    """A trajectory that the controller does not take, and its reason."""


def in_order(joints: Sequence[str], names: Sequence[str], values: Sequence[float]) -> list[float]:
    return [values[names.index(joint)] for joint in joints] if values else []


def check(joints: Sequence[str], names: Sequence[str], points: Sequence[Point]) -> list[Point]:
    """The points with their values in the order of `joints`."""
    if sorted(names) != sorted(joints):
        raise Refused(f"joints {list(names)} are not those of the controller")
    if not points:
        raise Refused("empty trajectory")
    for point in points:
        if len(point.positions) != len(joints):
            raise Refused(f"{len(point.positions)} positions for {len(joints)} joints")
        if len(point.velocities) not in (0, len(joints)):
            raise Refused(f"{len(point.velocities)} velocities for {len(joints)} joints")
    if any(b.time <= a.time for a, b in zip(points, points[1:], strict=False)):
        raise Refused("times do not increase")
    if any(abs(velocity) > END_VELOCITY for velocity in points[-1].velocities):
        raise Refused("the velocity at the end is not zero")
    return [
        Point(p.time, in_order(joints, names, p.positions), in_order(joints, names, p.velocities))
        for p in points
    ]


def sample(start: Point, points: Sequence[Point], time: float) -> tuple[list[float], list[float]]:
    """Positions and velocities `time` s after the start, from the pose at the start."""
    before = start
    for after in points:
        if time < after.time:
            return between(before, after, time)
        before = after
    return list(before.positions), [0.0] * len(before.positions)


def between(a: Point, b: Point, time: float) -> tuple[list[float], list[float]]:
    """Straight lines, or cubic splines where velocities are given."""
    span = max(b.time - a.time, 1e-9)
    s = (time - a.time) / span
    positions, velocities = [], []
    cubic = bool(a.velocities and b.velocities)
    for i, (p, q) in enumerate(zip(a.positions, b.positions, strict=True)):
        v, w = (a.velocities[i] * span, b.velocities[i] * span) if cubic else (q - p, q - p)
        c2, c3 = 3 * (q - p) - 2 * v - w, 2 * (p - q) + v + w
        positions.append(p + s * (v + s * (c2 + s * c3)))
        velocities.append((v + s * (2 * c2 + 3 * s * c3)) / span)
    return positions, velocities
