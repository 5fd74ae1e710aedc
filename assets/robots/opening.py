"""How the opening of an end effector, in metres, maps to its joints and its actuators.

A map is data: a table of rows, in each an opening, the joints that have it and the commands that
lead to it. Between rows, and beyond the ends, it is linear; two rows make an affine map. That is
enough for a parallel jaw, a linkage whose table was measured from its model, one whose command
0 means open, and the synergy of a hand.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array

Table = tuple[tuple[float, ...], ...]


@dataclasses.dataclass(frozen=True)
class Opening:
    """Opening, joints and commands of an end effector with j joints and a actuators, as k rows.

    Attributes:
      widths: (k,) openings, m, ascending.
      joints: (k, j) joint values at each, rad or m.
      commands: (k, a) commands that lead there, in the units of the actuators.
      weights: (j,) of the joints in the one number from which the opening is told; that number
        rises with the opening.
    """

    widths: tuple[float, ...]
    joints: Table
    commands: Table
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.widths) < 2 or not len(self.widths) == len(self.joints) == len(self.commands):
            raise ValueError(
                f"an opening needs as many widths, joints and commands, two at least; got"
                f" {len(self.widths)}, {len(self.joints)} and {len(self.commands)}"
            )
        for name, values in (("widths", self._widths), ("joints", self._drive)):
            if not (np.diff(values) > 0).all():
                shown = ", ".join(f"{value:.5g}" for value in values)
                raise ValueError(f"an opening's {name} must rise from row to row, got {shown}")

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest opening, m."""
        return self.widths[0], self.widths[-1]

    def measure(self, joints: Array) -> Array:
        """Openings (...), m, of joint values (..., j)."""
        return self._width_at(joints @ self._weights)[..., 0]

    def speed(self, joints: Array, speeds: Array) -> Array:
        """Speed of the opening (...), m/s, at joint values and speeds (..., j)."""
        drive = joints @ self._weights
        row = np.clip(np.searchsorted(self._drive, drive) - 1, 0, len(self.widths) - 2)
        slope = (np.diff(self._widths) / np.diff(self._drive))[row]
        out: Array = slope * (speeds @ self._weights)
        return out

    def within(self, low: float, high: float) -> Opening:
        """The same map, not opened less than ``low`` nor more than ``high``, m."""
        low, high = max(low, self.widths[0]), min(high, self.widths[-1])
        if (low, high) == self.range:
            return self
        inner = [width for width in self.widths if low < width < high]
        widths = np.array([low, *inner, high])
        return dataclasses.replace(
            self,
            widths=tuple(widths.tolist()),
            joints=tuple(map(tuple, self.posture(widths).tolist())),
            commands=tuple(map(tuple, self.command(widths).tolist())),
        )

    def posture(self, width: npt.ArrayLike) -> Array:
        """Joint values (..., j) at openings (...), m."""
        return self._joints_at(np.asarray(width, float))

    def command(self, width: npt.ArrayLike) -> Array:
        """Commands (..., a) for openings (...), m."""
        return self._command_at(np.asarray(width, float))

    def commanded(self, commands: Array) -> Array:
        """Openings (...), m, to which commands (..., a) lead: ``command`` the other way round."""
        along = np.array(self.commands[-1], float) - np.array(self.commands[0], float)
        rows = np.array(self.commands, float) @ along
        out: Array = _Lines(rows, self._widths[:, None])(commands @ along)[..., 0]
        return out

    @functools.cached_property
    def _widths(self) -> Array:
        return np.array(self.widths, float)

    @functools.cached_property
    def _weights(self) -> Array:
        return np.array(self.weights, float)

    @functools.cached_property
    def _joints_at(self) -> _Lines:
        return _Lines(self._widths, np.array(self.joints, float))

    @functools.cached_property
    def _command_at(self) -> _Lines:
        return _Lines(self._widths, np.array(self.commands, float))

    @functools.cached_property
    def _width_at(self) -> _Lines:
        return _Lines(self._drive, self._widths[:, None])

    @functools.cached_property
    def _drive(self) -> Array:
        out: Array = np.array(self.joints, float) @ np.array(self.weights, float)
        return out


class NoOpening(Opening):
    """Of a robot without an end effector: no joints, no commands, 0 m."""

    def __init__(self) -> None:
        super().__init__((0.0, 1.0), ((0.0,), (1.0,)), ((0.0,), (1.0,)), (1.0,))
        for name in ("joints", "commands"):
            object.__setattr__(self, name, ((), ()))
        object.__setattr__(self, "weights", ())

    @property
    def range(self) -> tuple[float, float]:
        """Nothing opens."""
        return 0.0, 0.0

    def measure(self, joints: Array) -> Array:
        """See ``Opening``."""
        return np.zeros(joints.shape[:-1])

    def speed(self, joints: Array, speeds: Array) -> Array:
        """See ``Opening``."""
        return np.zeros(joints.shape[:-1])

    def posture(self, width: npt.ArrayLike) -> Array:
        """See ``Opening``."""
        return np.zeros((*np.shape(width), 0))

    def command(self, width: npt.ArrayLike) -> Array:
        """See ``Opening``."""
        return np.zeros((*np.shape(width), 0))


class _Lines:
    """Values (..., c) at x (...), linear between and beyond the rows ``at`` (k,), (k, c)."""

    def __init__(self, at: Array, values: Array) -> None:
        self._at, self._values = at, values
        self._slope = np.diff(values, axis=0) / np.diff(at)[:, None]
        self._first = values[0], at[0], self._slope[0]

    def __call__(self, x: Array) -> Array:
        value, start, slope = self._first
        if len(self._slope) > 1:  # of one line to look for the row would be most of the work
            row = np.searchsorted(self._at, x) - 1
            row = np.minimum(np.maximum(row, 0), len(self._slope) - 1)
            value, start, slope = self._values[row], self._at[row], self._slope[row]
        return value + (x - start)[..., None] * slope
