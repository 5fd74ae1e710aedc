"""The opening of tools in the hand, seen by a depth camera and told by the encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.envs.aperture.fleet import Fleet
from habilis.envs.hand.tool_cloud import FAST_GROUPS, ToolCamera
from habilis.envs.window import NOISY
from habilis.envs.world import Ids
from habilis.policies.encoder.affordance import Affordance

Array = npt.NDArray[np.float64]

POINTS = 256


class Watch:
    """An ``Estimate``: each episode has a camera of its own place, and looks at every step.

    Args:
      fleet: hands and tools.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet, self._affordance = fleet, Affordance.load()
        self._cameras = [ToolCamera(world, groups=FAST_GROUPS) for world in fleet.worlds]
        self._frames = np.zeros((fleet.n, 4, 4))
        self._seeds = np.zeros(fleet.n, int)

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Draw where the cameras stand, and their noise."""
        for i, rng in zip(ids, rngs, strict=True):
            self._frames[i] = self._cameras[self._fleet.cell[i]].frames(rng, 1)[0]
            self._seeds[i] = rng.integers(2**31)

    def read(self, steps: npt.NDArray[np.int_]) -> Array:
        """See ``Estimate``."""
        fleet = self._fleet
        out = np.zeros(fleet.n)
        for c in np.unique(fleet.cell):
            ids = np.flatnonzero(fleet.cell == c)
            rngs = [np.random.default_rng([self._seeds[i], steps[i]]) for i in ids]
            cloud, eyes = self._cameras[c].look(self._frames[ids], ids=ids)
            seen = cloud.entity >= 0
            points = np.concatenate(
                [
                    NOISY.points(cloud.take(k), seen[[k]], eyes[[k]], POINTS, rng)
                    for k, rng in enumerate(rngs)
                ]
            )
            out[ids] = self._affordance.opening(points, fleet.cells[c].tool).share
        return out

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Where the cameras stand, and their noise."""
        return {"frames": self._frames, "seeds": self._seeds}
