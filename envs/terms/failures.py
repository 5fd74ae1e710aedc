"""Failure terms: (N,) booleans; where true the task can no longer be solved.

Lost targets (off the table, tipped over) and divergence are seen to by
``habilis.envs.world.judging.monitor``.
"""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Mask
from habilis.envs.world.judging.monitor import FALLEN
from habilis.envs.world.state import State


def off_table(state: State, body: str) -> Mask:
    """The body's origin is more than 5 cm below the table top."""
    out: Mask = state.world.pos[:, state.world.index(body), 2] < FALLEN
    return out


def touched(state: State, pairs: tuple[tuple[str, str], ...]) -> Mask:
    """Any of the pairs has been in contact since reset."""
    duration = state.world.ledger.duration[:, state.columns(pairs)]
    out: Mask = np.logical_or.reduce(duration > 0, axis=1)
    return out
