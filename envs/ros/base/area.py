"""Where a base may be: how fast it may go towards an edge, and whether it is beyond one."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.profiles.base_profile import BaseProfile

BEYOND = 0.05  # m outside at which a base is stopped
LATENCY = 0.15  # s for which it may go on as it does before it brakes
_GENTLE = 0.4  # share of the braking that is counted on


class Area:
    """The rectangle that a base never leaves, and those that it never enters.

    Args:
      profile: of the base.
      within: (2, 2) lower and upper corner, m, of what else it must not leave; None without.
    """

    def __init__(self, profile: BaseProfile, within: Array | None = None) -> None:
        self._low, self._high = (np.array(side) for side in profile.area)
        if within is not None:
            self._low, self._high = (
                np.maximum(self._low, within[0]),
                np.minimum(self._high, within[1]),
            )
        self._keep_out = [(np.array(low), np.array(high)) for low, high in profile.keep_out]
        self._braking = _GENTLE * profile.limits.braking

    def trouble(self, at: Array) -> str:
        """What is wrong with being at (2,), m; '' if nothing."""
        far = np.maximum(self._low - at, at - self._high)
        k = int(far.argmax())
        if far[k] > BEYOND:
            return (
                f"it is at {'xy'[k]} {at[k]:.2f} m, outside its area, {self._low[k]:g} to"
                f" {self._high[k]:g} m"
            )
        for low, high in self._keep_out:
            if (np.minimum(at - low, high - at) > BEYOND).all():
                x, y = at
                return (
                    f"it is at ({x:.2f}, {y:.2f}) m, where it must not be: ({low[0]:g},"
                    f" {low[1]:g}) to ({high[0]:g}, {high[1]:g})"
                )
        return ""

    def allowed(self, at: Array, way: Array) -> float:
        """m/s at most from (2,) in a direction (2,) of length 1, to stop before an edge."""
        room = self._out(at, way, (self._low, self._high))
        for low, high in self._keep_out:
            room = min(room, self._into(at, way, low, high))
        braking = self._braking
        # v with v * LATENCY + v^2 / (2 braking) = room
        late = braking * LATENCY
        return float(np.sqrt(late * late + 2 * braking * max(room, 0.0)) - late)

    def _out(self, at: Array, way: Array, box: tuple[Array, Array]) -> float:
        """m to the first side that is left on this way; inf if none is."""
        inside = np.clip(at, *box)
        sides = np.where(way > 0, box[1] - inside, inside - box[0])
        moving = np.abs(way) > 1e-9
        return float(np.min(sides[moving] / np.abs(way[moving]), initial=np.inf))

    def _into(self, at: Array, way: Array, low: Array, high: Array) -> float:
        """m to a rectangle on this way; inf if it is not met, or the way leads out of it."""
        if ((at > low) & (at < high)).all():
            return np.inf if self._out(at, way, (low, high)) < 2 * BEYOND else 0.0
        slow = np.abs(way) < 1e-9
        if (slow & ((at <= low) | (at >= high))).any():
            return np.inf
        safe = np.where(slow, 1.0, way)
        first = np.where(slow, -np.inf, np.minimum((low - at) / safe, (high - at) / safe))
        last = np.where(slow, np.inf, np.maximum((low - at) / safe, (high - at) / safe))
        near, far = float(first.max()), float(last.min())
        return max(near, 0.0) if near < far and far > 0 else np.inf
