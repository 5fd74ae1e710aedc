"""Who touched whom, since when, how hard, and what was moved by it.

The ledger is fed by the contact sensors that ``habilis.assets.scene.model.compile`` declares.
Success that must be caused by a tool is decided here, from forces, and not from where things ended
up.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Mask
from habilis.assets.names import did_you_mean

FIELDS = ("now", "force", "first", "last", "duration", "peak", "moved")
RECENT = ("whole", "strongest", "latest")


@dataclasses.dataclass(frozen=True)
class Interval:
    """One uninterrupted contact of a pair, for the timeline of one simulation.

    Attributes:
      first: name of one side.
      second: name of the other side.
      start: s.
      end: s.
      peak: largest net force, N.
    """

    first: str
    second: str
    start: float
    end: float
    peak: float


class Ledger:
    """Contact history of every declared pair in N simulations.

    Attributes (each (N, P) for P pairs where not said otherwise):
      now: in contact during the last advance.
      force: net force at its end, N.
      first: time of the first contact, s; inf before.
      last: time of the latest contact, s; -inf before.
      duration: time in contact, s.
      peak: largest force, N.
      moved: (N, P, 2) path of the pair's first and second body while they touched, m.

    With ``recent`` also, of the last advance:
      whole: in contact all the time.
      strongest: largest force, N.
      latest: in contact at its end.

    Args:
      pairs: names of both sides.
      n: number of simulations.
      recent: whether to keep those.
    """

    def __init__(self, pairs: tuple[tuple[str, str], ...], n: int, recent: bool = False) -> None:
        self.pairs, self._recent = pairs, recent
        self._fields = FIELDS + RECENT if recent else FIELDS
        self._column = {p: i for i, p in enumerate(pairs)}
        self._column |= {(b, a): i for i, (a, b) in enumerate(pairs)}
        shape = (n, len(pairs))
        self.now: Mask = np.zeros(shape, bool)
        self.force, self.first, self.last, self.duration, self.peak = (
            np.zeros(shape) for _ in range(5)
        )
        self.moved = np.zeros((*shape, 2))
        self.whole, self.latest = np.zeros((2, *shape), bool)
        self.strongest = np.zeros(shape)
        self.reset(np.arange(n))

    def column(self, first: str, second: str) -> int:
        """Column of a pair, in either order; KeyError names the known ones."""
        key = (first, second)
        if key not in self._column:
            known = [f"{a}-{b}" for a, b in self.pairs]
            raise KeyError(did_you_mean("contact pair", f"{first}-{second}", known))
        return self._column[key]

    def has(self, first: str, second: str) -> bool:
        """Whether the pair is watched."""
        return (first, second) in self._column

    def moved_by(self, name: str, target: str) -> Array:
        """(N,) path of ``target`` while ``name`` touched it, m; 0 for an unwatched pair."""
        if not self.has(name, target):
            return np.zeros(len(self.now))
        column = self.column(name, target)
        return self.moved[:, column, self.pairs[column].index(target)]

    def columns_of(self, name: str, without: tuple[str, ...] = ()) -> list[int]:
        """Columns of all pairs that ``name`` is in, but those with a name in ``without``."""
        return [
            i for i, p in enumerate(self.pairs) if name in p and not any(w in p for w in without)
        ]

    def reset(self, ids: npt.NDArray[np.int_]) -> None:
        """Forget everything about the simulations ``ids`` (k,)."""
        for field in self._fields:
            getattr(self, field)[ids] = 0
        self.first[ids] = np.inf
        self.last[ids] = -np.inf

    def record(self, found: Mask, force: Array, time: Array, dt: float, shift: Array) -> None:
        """Add S substeps.

        Args:
          found: (N, S, P) in contact.
          force: (N, S, P) magnitude of the net force, N.
          time: (N,) time at the end, s.
          dt: length of a substep, s.
          shift: (N, P, 2) planar path of both bodies of each pair over these substeps, m.
        """
        # Substeps first: numpy adds up long rows several times as fast as short ones.
        found = np.ascontiguousarray(found.swapaxes(0, 1))
        force = np.ascontiguousarray(force.swapaxes(0, 1))
        steps = np.add.reduce(found)
        now = self.now = steps > 0
        self.force = force[-1]
        if self._recent:
            self.whole, self.latest = steps == len(found), found[-1]
            self.strongest = np.maximum.reduce(force)
        if not np.count_nonzero(now):
            return
        span, end = steps * dt, time[:, None]
        self.duration += span
        np.maximum(self.peak, np.maximum.reduce(force), out=self.peak)
        np.minimum(self.first, end - span, out=self.first, where=now & (self.last < 0))
        np.copyto(self.last, end, where=now)
        np.add(self.moved, shift, out=self.moved, where=now[..., None])

    def record_some(
        self, ids: npt.NDArray[np.int_], found: Mask, force: Array, time: Array, dt: float,
        shift: Array,
    ) -> None:  # fmt: skip
        """As ``record``, of the simulations ``ids`` (k,) only; the others stay as they are."""
        some = Ledger(self.pairs, len(ids), self._recent)
        some.restore({f: getattr(self, f)[ids] for f in self._fields}, np.arange(len(ids)))
        some.record(found, force, time, dt, shift)
        self.restore(some.save(), ids)

    def save(self) -> dict[str, npt.NDArray[np.generic]]:
        """Copies of all fields."""
        return {f: getattr(self, f).copy() for f in self._fields}

    def restore(self, saved: dict[str, npt.NDArray[np.generic]], ids: npt.NDArray[np.int_]) -> None:
        """Write saved rows (k, ...) into the simulations ``ids`` (k,)."""
        for field in self._fields:
            getattr(self, field)[ids] = saved[field]


class Timeline:
    """Contact intervals of one simulation, kept while it is being filmed or reported."""

    def __init__(self, ledger: Ledger, sim: int = 0) -> None:
        self._ledger, self._sim = ledger, sim
        self._open: dict[int, tuple[float, float]] = {}
        self.intervals: list[Interval] = []

    def update(self, time: float) -> None:
        """Note which pairs touch at ``time``, s."""
        now = self._ledger.now[self._sim]
        force = self._ledger.force[self._sim]
        for i in np.flatnonzero(now):
            start, peak = self._open.get(int(i), (time, 0.0))
            self._open[int(i)] = (start, max(peak, float(force[i])))
        for gone in [k for k in self._open if not now[k]]:
            self._close(gone, time)

    def finish(self, time: float) -> list[Interval]:
        """Close what is still open and return all intervals by start."""
        for column in list(self._open):
            self._close(column, time)
        return sorted(self.intervals, key=lambda i: i.start)

    def _close(self, i: int, time: float) -> None:
        start, peak = self._open.pop(i)
        self.intervals.append(Interval(*self._ledger.pairs[i], start, time, peak))
