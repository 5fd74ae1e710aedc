"""N simulations of several models, as one batch: which is where, and their states side by side."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Ids
from habilis.envs.sim.snapshot import Snapshot


class Saved(Protocol):
    """What groups are made of: simulations of one model, or whatever there is on top of them."""

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot: ...
    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None: ...


M = TypeVar("M", bound=Saved)


@dataclasses.dataclass(frozen=True)
class Member(Generic[M]):
    """Those of k simulations that are in one group.

    Attributes:
      member: the group.
      index: its place among the groups.
      inside: (j,) which of the group's own simulations they are.
      rows: (j,) which of the k.
    """

    member: M
    index: int
    inside: Ids
    rows: Ids


class Groups(Generic[M]):
    """Where each of N simulations is; nothing here loops over simulations, only over groups.

    Args:
      members: the groups, each of one model.
      of: (N,) index of the group of each simulation; may be written.
      inside: (N,) which of the group's own simulations it is; ascending within a group.
    """

    def __init__(self, members: Sequence[M], of: Ids, inside: Ids) -> None:
        self.members, self.of, self.inside = tuple(members), of, inside
        self._all: Ids = np.arange(len(of))

    def parts(self, ids: Ids | None = None) -> Iterator[Member[M]]:
        """Simulations ``ids`` (k,), ascending, all by default, group by group."""
        which = self._all if ids is None else ids
        mine = self.of[which]
        for index, member in enumerate(self.members):
            rows = np.flatnonzero(mine == index)
            if len(rows):
                yield Member(member, index, self.inside[which[rows]], rows)

    def save(self, ids: Ids | None = None) -> Snapshot:
        """States of k simulations: each row is as wide as the widest, filled up with zeros."""
        count = len(self._all if ids is None else ids)
        found = [(part, part.member.save(part.inside).rows) for part in self.parts(ids)]
        out: dict[str, npt.NDArray[Any]] = {}
        for name in dict.fromkeys(name for _, rows in found for name in rows):
            blocks = [(p.rows, _flat(rows[name])) for p, rows in found if name in rows]
            kind = np.result_type(*(block.dtype for _, block in blocks))
            out[name] = np.zeros((count, self._width(name)), kind)
            for rows, block in blocks:
                out[name][rows, : block.shape[1]] = block
        return Snapshot(out)

    def restore(self, snapshot: Snapshot, ids: Ids) -> None:
        """Write a snapshot of k simulations into ``ids`` (k,), which are in the same groups.

        Raises:
          ValueError: of another number of simulations, or of other models.
        """
        snapshot.check(len(ids), self._width("state"))
        for part in self.parts(ids):
            own: dict[str, npt.NDArray[Any]] = {}
            for name, like in self._likes[part.index].items():
                block = snapshot.rows[name][part.rows, : like[0:1].size]
                own[name] = block.reshape(len(block), *like.shape[1:]).astype(like.dtype)
            part.member.restore(Snapshot(own), part.inside)

    def _width(self, name: str) -> int:
        return max(rows[name].size for rows in self._likes if name in rows)

    @functools.cached_property
    def _likes(self) -> list[dict[str, npt.NDArray[Any]]]:
        """One saved simulation of each group."""
        return [member.save([0]).rows for member in self.members]


def _flat(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values.reshape(len(values), -1)
