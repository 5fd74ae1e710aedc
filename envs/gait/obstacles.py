"""Lays the ground of each episode: obstacles across the way, along +x."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.gait.scene import OBSTACLES, SUNK, box_name
from habilis.envs.gait.options import GaitOptions
from habilis.envs.world.world import World

PLANK = (0.01, 0.05)  # m, of the height of a plank
LOW = 0.02  # m: the lowest step, the narrowest gap
DECK = 0.15  # m above the floor: the ground between gaps
_STEP_AT, _STEP_EVERY = 1.3, 2.4  # m to the middle of the first step, and from each to the next
_PLANK_AT, _PLANK_EVERY = 0.6, 0.35  # m
_ASTRAY = {"steps": 0.15, "planks": 0.08}  # m

Rng = np.random.Generator


class Obstacles:
    """The boxes of N simulations.

    Args:
      world: compiled from ``compile_walk``.
      options: of the environment.
    """

    def __init__(self, world: World, options: GaitOptions) -> None:
        self._world, self._options = world, options
        self._pos = world.sim.expand("body_pos")
        self._rows = {
            kind: world.compiled.index.body([box_name(kind, i) for i in range(count)])
            for kind, (count, _) in OBSTACLES.items() if box_name(kind, 0) in world.bodies
        }  # fmt: skip

    def lay(self, sim: int, terrain: str, rng: Rng) -> float:
        """Arrange the boxes of a simulation; returns the height of the ground at the start, m."""
        for kind, rows in self._rows.items():
            self._pos[sim, rows] = (0.0, 0.0, -SUNK - OBSTACLES[kind][1][2] / 2)
        if terrain == "flat":
            return 0.0
        rows = self._rows[terrain]
        at, top = getattr(self, f"_{terrain}")(len(rows), rng)
        self._pos[sim, rows, 0] = at
        self._pos[sim, rows, 2] = top - OBSTACLES[terrain][1][2] / 2
        return DECK if terrain == "gaps" else 0.0

    def _steps(self, count: int, rng: Rng) -> tuple[Array, Array]:
        at = _STEP_AT + _STEP_EVERY * np.arange(count) + _astray("steps", count, rng)
        return at, rng.uniform(LOW, self._options.highest, count)

    def _planks(self, count: int, rng: Rng) -> tuple[Array, Array]:
        at = _PLANK_AT + _PLANK_EVERY * np.arange(count) + _astray("planks", count, rng)
        return at, rng.uniform(*PLANK, count)

    def _gaps(self, count: int, rng: Rng) -> tuple[Array, Array]:
        """The robot starts in the middle of the second deck."""
        every = OBSTACLES["gaps"][1][0] + rng.uniform(LOW, self._options.widest)
        at = np.multiply(float(every), np.arange(count) - 1.0)
        return at, np.full(count, DECK)


def _astray(kind: str, count: int, rng: Rng) -> Array:
    out: Array = _ASTRAY[kind] * rng.uniform(-1, 1, count)
    return out
