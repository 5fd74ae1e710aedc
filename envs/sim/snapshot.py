"""Saved simulations."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """Whole state of k simulations: restoring it continues bit for bit.

    Attributes:
      rows: field name to (k, ...) array; ``state`` is the engine's own, ``model/NAME`` a model
        field that differs between simulations.
    """

    rows: dict[str, npt.NDArray[np.generic]]

    def take(self, ids: npt.ArrayLike) -> Snapshot:
        """The rows ``ids``; an id may repeat, to try many futures of one state."""
        index = np.asarray(ids, int)
        return Snapshot({k: v[index].copy() for k, v in self.rows.items()})

    def __len__(self) -> int:
        return len(self.rows["state"])

    def check(self, simulations: int, numbers: int) -> None:
        """ValueError unless it is of so many simulations, with so many numbers each."""
        if len(self) != simulations:
            raise ValueError(f"snapshot of {len(self)} simulations for {simulations}")
        if (width := self.rows["state"].shape[1]) != numbers:
            raise ValueError(
                f"snapshot has {width} numbers a simulation, this world {numbers}: it is of"
                " another scene"
            )
