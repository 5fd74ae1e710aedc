"""The opening as told by something that looks at the tool, for the group ``cloud``."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.names import check_known
from habilis.assets.tools.registry import TOOLS
from habilis.envs.aperture.fleet import Fleet

LONGEST = 400  # steps until the noise repeats itself


class Estimate(Protocol):
    """Openings of N tools as they are seen."""

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """New episodes have begun in ``ids`` (k,); draw what is random of each from its own."""

    def read(self, steps: npt.NDArray[np.int_]) -> Array:
        """(N,) shares of the range, ``steps`` (N,) after the reset; the same if asked again."""

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""


class SimulatedEstimate:
    """The truth, wrong by an amount that stays for an episode and another that does not."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._error = np.zeros((fleet.n, LONGEST))

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Draw the errors of an episode."""
        for i, rng in zip(ids, rngs, strict=True):
            lasting, fleeting = TOOLS[self._fleet.cells[self._fleet.cell[i]].tool].misread
            self._error[i] = lasting * rng.normal() + fleeting * rng.normal(size=LONGEST)

    def read(self, steps: npt.NDArray[np.int_]) -> Array:
        """See ``Estimate``."""
        off = self._error[np.arange(self._fleet.n), steps % LONGEST]
        return self._fleet.opening / self._fleet.stroke + off

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """The errors."""
        return {"error": self._error}


ESTIMATES: Mapping[str, str] = {
    "simulated": "habilis.envs.aperture.feeling.estimates:SimulatedEstimate",
    "encoder": "habilis.policies.encoder.watch:CameraEstimate",
}
"""Name to what makes it from a ``Fleet``: the truth with errors, fast enough to train on; or the
point-cloud encoder, which looks at the tool through a depth camera at every step."""


def make_estimate(name: str, fleet: Fleet) -> Estimate:
    """An estimate by name; ValueError for an unknown one."""
    check_known("estimate", name, ESTIMATES)
    # By name, as networks live above environments.
    out: Estimate = pkgutil.resolve_name(ESTIMATES[name])(fleet)
    return out
