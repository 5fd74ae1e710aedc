"""What a session has been through, as snapshots that it can go back to."""

from __future__ import annotations

import bisect

from habilis.envs.sim.snapshot import Snapshot

EVERY = 0.1  # s of simulated time between snapshots
MOST = 256e6  # bytes; when they are spent, every other snapshot is forgotten


class History:
    """Snapshots by simulated time.

    Args:
      most: bytes that they may take.
    """

    def __init__(self, most: float = MOST) -> None:
        self._most, self._bytes, self._every = most, 0, EVERY
        self._times: list[float] = []
        self._kept: list[Snapshot] = []

    @property
    def span(self) -> tuple[float, float]:
        """First and last time that one can go back to, s."""
        return (self._times[0], self._times[-1]) if self._times else (0.0, 0.0)

    def due(self, time: float) -> bool:
        """Whether it is time for a snapshot; what lies ahead of a time gone back to is not."""
        k = bisect.bisect_right(self._times, time + 1e-9)
        return k == 0 or k < len(self._times) or time - self._times[k - 1] > self._every - 1e-9

    def keep(self, time: float, snapshot: Snapshot) -> None:
        """Keep the present; whatever was later has not happened."""
        k = bisect.bisect_left(self._times, time - 1e-9)
        self._bytes -= sum(map(_size, self._kept[k:]))
        del self._times[k:], self._kept[k:]
        self._times.append(time)
        self._kept.append(snapshot)
        self._bytes += _size(snapshot)
        if self._bytes > self._most:
            last = len(self._kept) - 1
            some = [i for i in range(last + 1) if i % 2 == 0 or i == last]
            self._times = [self._times[i] for i in some]
            self._kept = [self._kept[i] for i in some]
            self._bytes, self._every = sum(map(_size, self._kept)), 2 * self._every

    def at(self, time: float) -> Snapshot:
        """The snapshot nearest to a time, s; LookupError if there is none at all."""
        if not self._times:
            raise LookupError("nothing has happened yet")
        return self._kept[min(range(len(self._times)), key=lambda i: abs(self._times[i] - time))]


def _size(snapshot: Snapshot) -> int:
    return sum(rows.nbytes for rows in snapshot.rows.values())
