"""What a joint trajectory asks for at any time, and which ones a controller refuses.

The rules are those of ros2_control's JointTrajectoryController: from one point to the next straight
where only positions are given, cubic with velocities, quintic with accelerations too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.motion import JointTrajectory

STILL = 1e-3  # rad/s that count as none at the end


@dataclasses.dataclass(frozen=True)
class Knot:
    """Where n joints are to be at a time.

    Attributes:
      time: s.
      q: (n,) rad.
      qd: (n,) rad/s; None if open.
      qdd: (n,) rad/s^2; None if open.
    """

    time: float
    q: Array
    qd: Array | None = None
    qdd: Array | None = None


class Spline:
    """A trajectory from where the joints were to its last point, where it stays.

    Args:
      start: where they were when it came.
      trajectory: its points; its time is 0 for now.
      columns: (n,) place in the trajectory of each joint.

    Attributes:
      begin, end: time of its start and of its last point, s.
    """

    def __init__(self, start: Knot, trajectory: JointTrajectory, columns: Sequence[int]) -> None:
        self.begin = trajectory.time or start.time
        order = list(columns)
        knots = [
            Knot(
                self.begin + point.time,
                point.q[order],
                None if point.qd is None else point.qd[order],
                None if point.qdd is None else point.qdd[order],
            )
            for point in trajectory.points
        ]
        self._knots = [start, *knots] if knots[0].time > start.time else knots
        self._times = np.array([knot.time for knot in self._knots])
        self.end = float(self._times[-1])

    def sample(self, time: float) -> tuple[Array, Array]:
        """Return positions (n,), rad, and speeds (n,), rad/s, of the joints at a time, s."""
        after = int(np.searchsorted(self._times, time, side="right"))
        if after == len(self._times):
            last = self._knots[-1].q
            return last, np.zeros_like(last)
        if after == 0:
            first = self._knots[0].q
            return first, np.zeros_like(first)
        return _between(self._knots[after - 1], self._knots[after], time)

    @property
    def last(self) -> Array:
        """(n,) joint positions at its end, rad."""
        return self._knots[-1].q


def _between(a: Knot, b: Knot, time: float) -> tuple[Array, Array]:
    """Joints and speeds on the polynomial of lowest order that meets both ends."""
    span, t = b.time - a.time, time - a.time
    if a.qd is None or b.qd is None:
        speed = (b.q - a.q) / span
        return a.q + speed * t, speed
    if a.qdd is None or b.qdd is None:
        rows = [a.q, a.qd, *_cubic(a, b, span)]
    else:
        rows = [a.q, a.qd, a.qdd / 2, *_quintic(a, b, span)]
    powers = np.arange(len(rows), dtype=float)
    c = np.stack(rows)
    q: Array = t**powers @ c
    qd: Array = (powers[1:] * t ** powers[:-1]) @ c[1:]
    return q, qd


def _cubic(a: Knot, b: Knot, span: float) -> tuple[Array, Array]:
    assert a.qd is not None and b.qd is not None
    way = b.q - a.q
    second = (3 * way / span - 2 * a.qd - b.qd) / span
    third = (-2 * way / span + a.qd + b.qd) / span**2
    return second, third


def _quintic(a: Knot, b: Knot, span: float) -> tuple[Array, Array, Array]:
    assert a.qd is not None and b.qd is not None and a.qdd is not None and b.qdd is not None
    way, s = b.q - a.q, span
    third = (20 * way - (8 * b.qd + 12 * a.qd) * s - (3 * a.qdd - b.qdd) * s**2) / (2 * s**3)
    fourth = (-30 * way + (14 * b.qd + 16 * a.qd) * s + (3 * a.qdd - 2 * b.qdd) * s**2) / (2 * s**4)
    fifth = (12 * way - 6 * (b.qd + a.qd) * s + (b.qdd - a.qdd) * s**2) / (2 * s**5)
    return third, fourth, fifth


def refusal(trajectory: JointTrajectory, joints: Sequence[str], now: float) -> str:
    """Why a JointTrajectoryController of these joints would not take it; '' if it would.

    Args:
      trajectory: as received.
      joints: of the controller; all of them must be named once, in any order.
      now: s.
    """
    if wrong := _wrong_names(trajectory.joints, joints):
        return wrong
    if not trajectory.points:
        return "the trajectory is empty: it has no points"
    before = -1.0
    for i, point in enumerate(trajectory.points):
        if point.time <= before or point.time < 0:
            return (
                f"times must increase: point {i} is at {point.time:g} s,"
                f" the one before at {before:g} s" if i else f"point 0 is at {point.time:g} s"
            )  # fmt: skip
        before = point.time
        for word, row in (("positions", point.q), ("velocities", point.qd),
                          ("accelerations", point.qdd)):  # fmt: skip
            if row is not None and not np.isfinite(row).all():
                return f"{word} of point {i} must be finite, got {row.tolist()}"
        if point.effort is not None:
            return f"point {i} has efforts, which are not supported"
    final = trajectory.points[-1].qd
    if final is not None and np.abs(final).max() > STILL:
        worst = int(np.abs(final).argmax())
        name = trajectory.joints[worst]
        return f"the velocity of {name} at the last point is not zero: {final[worst]:g}"
    if trajectory.time and trajectory.time + before < now:
        return (
            f"it ends {now - trajectory.time - before:.3f} s ago: starts at {trajectory.time:.3f}"
        )
    return ""


def _wrong_names(got: Sequence[str], joints: Sequence[str]) -> str:
    if not got:
        return "joint names are empty"
    if strange := [name for name in got if name not in joints]:
        return f"joints {', '.join(strange)} are not of this controller: {', '.join(joints)}"
    if twice := sorted({name for name in got if got.count(name) > 1}):
        return f"joints {', '.join(twice)} are named twice"
    if missing := [name for name in joints if name not in got]:
        return f"joints {', '.join(missing)} are missing: all of them must be given"
    return ""
