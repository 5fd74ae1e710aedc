"""The opening of a held tool, told from the joints of the hand alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.assets.grasps import GraspKeyframe
from habilis.envs.aperture.fleet import Fleet
from habilis.envs.control.hand_kinematics import HandKinematics

BY = 0.2  # of the range, to either side of the middle: where the synergy's slope is taken


class Feel:
    """How far the thumb's pad is from the other fingers' pads, in N hands.

    However the tool lies in the hand, this changes with its opening, by as much as the grasp's
    synergy says; in the keyframe the opening is known. What it cannot know is play, and how far
    pads and joints give way.

    Args:
      fleet: the hands.

    Attributes:
      first: (N,) distance in the keyframe, m; slope: (N,) its change over the whole range, m.
      rest: (N,) opening in the keyframe, share of the range.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet, n = fleet, fleet.n
        self._kinematics = HandKinematics(fleet.hand.name, n)
        self._fingers = tuple(fleet.hand.fingers)
        self._weight = np.full((n, len(self._fingers)), 1 / len(self._fingers))
        self.first, self.rest, self.slope = np.zeros(n), np.zeros(n), np.ones(n)

    def take_up(self, ids: Ids, grasps: Sequence[GraspKeyframe], home: Array, rest: Array) -> None:
        """Hands ``ids`` (k,) have these grasps; joints (k, j) and openings (k,) of keyframes."""
        for i, grasp in zip(ids, grasps, strict=True):
            used = np.array([f in grasp.fingers[1:] for f in self._fingers], float)
            self._weight[i] = used / used.sum()
        stroke, joints = self._fleet.stroke, self._fleet.synergies.joints
        wide, narrow = (self._apart(joints((0.5 + by) * stroke)) for by in (BY, -BY))
        at_home = self._fleet.q.copy()
        at_home[ids] = home
        self.first[ids], self.rest[ids] = self._apart(at_home)[ids], rest
        self.slope[ids] = (wide - narrow)[ids] / (2 * BY)

    def opening(self) -> Array:
        """(N,) shares of the range."""
        out: Array = self.rest + (self._apart(self._fleet.q) - self.first) / self.slope
        return out

    def rows(self) -> dict[str, Array]:
        """Live arrays (N, ...) that make up its state, by name."""
        return {
            "first": self.first, "rest": self.rest, "slope": self.slope, "weight": self._weight,
        }  # fmt: skip

    def _apart(self, q: Array) -> Array:
        """(N,) mean distance of the thumb's pad from those of the others that hold, m."""
        tips = self._kinematics.tips(q)
        thumb = tips["thumb"][0]
        away = [np.linalg.norm(tips[f][0] - thumb, axis=1) for f in self._fingers]
        return np.sum(self._weight * np.stack(away, axis=1), axis=1)
