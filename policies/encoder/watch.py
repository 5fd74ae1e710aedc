"""The opening of tools in the hand, seen by a depth camera and told by the encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.envs.aperture.fleet import Fleet
from habilis.envs.hand.tool_cloud import FAST_GROUPS, ToolCamera
from habilis.envs.world.seeing.cloud import Cloud
from habilis.envs.world.seeing.window import NOISY
from habilis.policies.encoder.affordance import Affordance

POINTS = 256


class CameraEstimate:
    """An ``Estimate``: each episode has a camera of its own place, and looks at every step.

    The network's last digits depend on how many clouds it is given at once, so an episode of a
    vector is that of a single environment to rounding only.

    Args:
      fleet: hands and tools.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet, self._affordance = fleet, Affordance.load()
        self._cameras = [ToolCamera(world, groups=FAST_GROUPS) for world in fleet.worlds]
        self._frames = self._cameras[0].frames(np.random.default_rng(0), count=fleet.n)
        self._seeds = np.zeros(fleet.n, int)

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Draw where the cameras stand, and their noise."""
        for i, rng in zip(ids, rngs, strict=True):
            self._frames[i] = self._cameras[self._fleet.cell[i]].frames(rng, count=1)[0]
            self._seeds[i] = rng.integers(2**31)

    def read(self, steps: npt.NDArray[np.int_]) -> Array:
        """See ``Estimate``."""
        fleet = self._fleet
        out = np.zeros(fleet.n)
        for c in np.unique(fleet.cell):
            ids = np.flatnonzero(fleet.cell == c)
            cloud, eyes = self._cameras[c].look(self._frames[ids], ids=ids)
            points = np.empty((len(ids), POINTS, 3))
            for k, i in enumerate(ids):
                one, rng = Cloud(*(row[[k]] for row in cloud)), [self._seeds[i], steps[i]]
                points[k] = NOISY.points(
                    one, one.entity >= 0, eyes[[k]], POINTS, np.random.default_rng(rng)
                )[0]
            out[ids] = self._affordance.opening(points, fleet.cells[c].tool).share
        return out

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Where the cameras stand, and their noise."""
        return {"frames": self._frames, "seeds": self._seeds}
