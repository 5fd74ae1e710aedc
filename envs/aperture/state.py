"""What observation terms read of N tools in N hands, whoever set the goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.grasps import GraspKeyframe
from habilis.envs.aperture.control import SynergyActions
from habilis.envs.aperture.feeling.estimates import Estimate
from habilis.envs.aperture.feeling.feel import Feel
from habilis.envs.aperture.feeling.memory import Memory
from habilis.envs.aperture.groups import Group
from habilis.envs.aperture.pursuit import Pursuit
from habilis.envs.aperture.slip import Slip
from habilis.envs.parts import (
    Generators,
    Rows,
)


class _Stateful(Protocol):
    def rows(self) -> Mapping[str, npt.NDArray[Any]]: ...


class HandState:
    """Hands, tools, commands and goals, and what is remembered of them; a ``Readable``.

    Args:
      control: of the fingers.
      pursuit: the goals.
      groups: observation groups that are shown, by name; of some the past is kept.
      estimate: what looks at the tools, if anything does.

    Attributes:
      fleet: hands and tools.
      home: (N, j) joints in the grasp's keyframe, rad.
      felt_opening: (N,) share of the range as told from the joints, see ``Feel``.
      seen: (N,) opening as a share of the range, as it was last seen; nan where nothing looks.
      slip: how the tool has moved in the palm; memories: of what was observed, by group.
    """

    def __init__(
        self,
        control: SynergyActions,
        pursuit: Pursuit,
        groups: Mapping[str, Group],
        estimate: Estimate | None = None,
    ) -> None:
        self.fleet, self.control, self.pursuit = control.fleet, control, pursuit
        self.n, self.dt, self.estimate = self.fleet.n, self.fleet.dt, estimate
        self.steps = np.zeros(self.n, int)
        self.home = np.zeros((self.n, len(self.fleet.hand.joints)))
        self.felt_opening, self.seen = np.zeros(self.n), np.full(self.n, np.nan)
        self.feel, self.slip = Feel(self.fleet), Slip(self.n)
        self.memories = {
            name: Memory(self, group.recalled, self.n)
            for name, group in groups.items()
            if group.recalled
        }

    @property
    def diverged(self) -> Mask:
        """(N,) which simulations diverged in the last step."""
        return self.fleet.diverged

    @property
    def felt_force(self) -> Array:
        """(N,) tip force as a share of the greatest goal, told from what the fingers feel at the
        moving half, its lever, and a spring that is taken to be the nominal one."""
        fleet = self.fleet
        opening = self.felt_opening * fleet.stroke
        return self.pursuit.levers.tip_force(fleet.cell, fleet.touch_force, opening)

    def reset(self, ids: Ids, rngs: Generators) -> None:
        """See ``Readable``."""
        self.take_up(ids, self.fleet.grasps(ids))
        if self.estimate is not None:
            self.estimate.reset(ids, rngs)

    def take_up(self, ids: Ids, grasps: Sequence[GraspKeyframe]) -> None:
        """Hands ``ids`` (k,) begin with grasps (k of them)."""
        fleet = self.fleet
        held = [fleet.cells[fleet.cell[i]].compiled.in_hand for i in ids]
        self.home[ids] = [g.qpos[c.q] for g, c in zip(grasps, held, strict=True)]
        rest = [g.qpos[c.opening].sum() for g, c in zip(grasps, held, strict=True)]
        self.feel.take_up(ids, grasps, self.home[ids], rest / fleet.stroke[ids])
        self.slip.begin(ids, fleet.tool_in_palm[ids])
        for memory in self.memories.values():
            memory.begin(ids)

    def begin(self) -> None:
        """See ``Readable``."""
        self.slip.note(self.fleet.tool_in_palm)
        for memory in self.memories.values():
            memory.note()

    def refresh(self) -> None:
        """See ``Readable``."""
        if self.estimate is not None:
            self.seen = self.estimate.read(self.steps)
        self.felt_opening = self.feel.opening()

    def rows(self) -> Rows:
        """See ``Readable``."""
        memories: dict[str, _Stateful] = {
            f"memory_{name}": memory for name, memory in self.memories.items()
        }
        parts: dict[str, _Stateful] = {"feel": self.feel, "slip": self.slip, **memories}
        rows = {
            f"{k}_{name}": row for k, part in parts.items() for name, row in part.rows().items()
        }
        seen = {} if self.estimate is None else self.estimate.rows()
        rows["home"] = self.home
        return rows | {f"estimate_{name}": row for name, row in seen.items()}
