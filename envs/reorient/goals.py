"""The orientation that is wanted, how far off it is, and whether it is reached.

Success is the published one: within the tolerance, and everything still, by five thresholds at
once. TurnGoals that differ by a symmetry of the object are one goal: the nearest counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.reorient.shapes import TurnShape
from habilis.envs.parts import Rows
from habilis.envs.reorient.control import FingerTargets
from habilis.envs.reorient.turning import Turning
from habilis.envs.world.poses import conjugate, multiply

FALLEN = 0.12  # m from the middle of the hand; published: 0.15 or 0.24, for a larger hand's
STOP: Mapping[str, float] = {"joints": 0.25, "linear": 0.04, "angular": 0.5, "action": 1.0}
"""Published, beside the angle of 0.4 rad: norms of the joints' speeds, rad/s; of the object's
velocities, m/s and rad/s; of the action."""


class Symmetries:
    """Which turns leave the objects of N simulations as they are.

    Args:
      shapes: that there are.
    """

    def __init__(self, shapes: Sequence[TurnShape]) -> None:
        most = max(len(shape.symmetry.turns) for shape in shapes)
        self._turns = np.zeros((len(shapes), most, 4))
        self._turns[..., 0] = 1.0
        for k, shape in enumerate(shapes):
            self._turns[k, : len(shape.symmetry.turns)] = shape.symmetry.turns
        self._round = np.array([shape.symmetry.round for shape in shapes])

    def lacking(self, shape: Ids, quat: Array, goal: Array) -> Array:
        """The least turn that is left to a goal, in the frame that orientations are given in.

        Args:
          shape: (k,) indices of shapes.
          quat: (k, 4) orientation of the object.
          goal: (k, 4) orientation that is wanted.

        Returns:
          (k, 3) rotation vectors, rad.
        """
        turns, free = self._turns[shape], self._round[shape]
        ways = multiply(multiply(conjugate(quat), goal)[:, None], turns)  # (k, K, 4)
        # Turned by t about z as well, w becomes w cos(t / 2) - z sin(t / 2).
        near = np.hypot(ways[..., 0], np.where(free[:, None], ways[..., 3], 0.0))
        best, each = near.argmax(axis=1), np.arange(len(shape))
        way = ways[each, best]
        spin = np.zeros_like(way)
        spin[:, 0] = 1.0
        about = np.hypot(way[:, 0], way[:, 3])
        fine = free & (about > 1e-9)
        spin[fine, 0], spin[fine, 3] = (way[fine, k] / about[fine] for k in (0, 3))
        spin[fine, 3] *= -1
        left = multiply(multiply(goal, multiply(turns[each, best], spin)), conjugate(quat))
        return rotation_vectors(left)


class TurnGoals:
    """A ``Judge``: one orientation an episode; an object that fell ends it.

    Args:
      world: physics.
      control: of the fingers.
      tolerance: rad.
      stop: whether everything must be still.

    Attributes:
      goal: (N, 4) orientation that is wanted; the start draws it.
      lacking: (N, 3) the least turn to it, as a rotation vector; angle: (N,) of it, rad.
      before: (N,) angle as of the last step; least: (N,) since the start.
    """

    def __init__(
        self, world: Turning, control: FingerTargets, tolerance: float, stop: bool
    ) -> None:
        self._world, self._control = world, control
        self._tolerance, self._stop = tolerance, stop
        self.symmetries = Symmetries(world.shapes)
        n = world.n
        self.goal, self.lacking = np.zeros((n, 4)), np.zeros((n, 3))
        self.goal[:, 0] = 1.0
        self.angle, self.before, self.least = np.zeros((3, n))
        self.success: Mask = np.zeros(n, bool)
        self.failure = np.full(n, "", dtype=object)

    @property
    def fallen(self) -> Mask:
        """(N,) whose object is out of the hand's reach."""
        return self._world.away > FALLEN

    @property
    def still(self) -> Mask:
        """(N,) whether joints, object and actions are slow enough."""
        world = self._world
        speeds = {
            "joints": world.qd, "linear": world.linear, "angular": world.angular,
            "action": self._control.action,
        }  # fmt: skip
        slow = [np.linalg.norm(speeds[name], axis=1) <= most for name, most in STOP.items()]
        return np.logical_and.reduce(slow)

    def reset(self, ids: Ids) -> None:
        """See ``Judge``."""
        self.success[ids], self.failure[ids] = False, ""
        self._look()
        self.before[ids], self.least[ids] = self.angle[ids], self.angle[ids]

    def begin(self) -> None:
        """See ``Judge``."""
        self.before[:] = self.angle

    def update(self, dt: float) -> None:
        """See ``Judge``."""
        self._look()
        np.minimum(self.least, self.angle, out=self.least)
        lost = self.fallen
        self.failure[lost] = "dropped"
        self.failure[self._world.diverged] = "diverged"
        there = self.angle <= self._tolerance
        self.success = there & ~lost & ~self._world.diverged
        if self._stop:
            self.success &= self.still

    def rows(self) -> Rows:
        """See ``Judge``."""
        return {
            "goal": self.goal, "lacking": self.lacking, "angle": self.angle,
            "before": self.before, "least": self.least, "success": self.success,
            "failure": self.failure,
        }  # fmt: skip

    def told(self) -> Mapping[str, npt.NDArray[Any]]:
        """Shape, the angle that is left, and the least there was, rad."""
        names = np.array([shape.name for shape in self._world.shapes], object)
        return {"shape": names[self._world.shape], "angle": self.angle, "least": self.least}

    def _look(self) -> None:
        world = self._world
        self.lacking[:] = self.symmetries.lacking(world.shape, world.quat, self.goal)
        self.angle[:] = np.linalg.norm(self.lacking, axis=1)


def rotation_vectors(quat: Array) -> Array:
    """(..., 3) rad, at most pi long, of unit quaternions (..., 4)."""
    w, axis = quat[..., :1], quat[..., 1:]
    sign = np.where(w < 0, -1.0, 1.0)
    size = np.linalg.norm(axis, axis=-1, keepdims=True)
    angle = 2 * np.arctan2(size, np.abs(w))
    out: Array = sign * axis * np.where(size > 1e-9, angle / np.maximum(size, 1e-9), 2.0)
    return out
