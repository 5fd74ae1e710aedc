"""What measures each kind of work."""

from __future__ import annotations

from typing import Protocol

from habilis.assets.arrays import Array, Mask
from habilis.assets.dextool.work import BoardWork, NailWork, Work
from habilis.envs.dextool.effects.beads import BeadsEffect
from habilis.envs.dextool.effects.board import BoardEffect
from habilis.envs.dextool.effects.nail import NailEffect
from habilis.envs.world.world import World


class Effect(Protocol):
    """What tools did in N episodes."""

    def note(self, tool: Array, over: Mask) -> None:
        """Look at the world after a control step.

        Args:
          tool: (N, 7) poses.
          over: (N,) which episodes are over; what happens in them counts no more.
        """

    def scores(self) -> dict[str, Array]:
        """By name, (N,) each; ``score`` is between 0 and 1."""


def make_effect(world: World, work: Work, dt: float) -> Effect:
    """What measures a kind of work, every ``dt`` s."""
    if isinstance(work, NailWork):
        return NailEffect(world, work, dt)
    if isinstance(work, BoardWork):
        return BoardEffect(world, work)
    return BeadsEffect(world, work)
