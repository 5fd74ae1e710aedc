"""Whether measured joints stand still, whatever their driver says of speeds."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array

NOISE = 0.005  # rad that a joint at rest may seem to move
LONG = 0.1  # s for which it must not


class Stillness:
    """Notes since when n joints have been within ``NOISE`` of one pose."""

    def __init__(self, n: int) -> None:
        self._pose, self._since = np.full(n, np.inf), np.inf

    def update(self, q: Array, now: float) -> None:
        """Take a measured pose (n,), rad, of time ``now``, s."""
        if not np.abs(q - self._pose).max() < NOISE:
            self._pose, self._since = q.copy(), now

    def still(self, now: float, seconds: float = LONG) -> bool:
        """Return whether the joints have stood still for so many seconds."""
        return now - self._since >= seconds
