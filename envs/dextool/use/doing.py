"""Doing the work of a tool that is in the hand: blows until a nail is in, strokes, sweeps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.dextool.work import FELT, NAIL, NAIL_FREE, POINTS, BoardWork, NailWork, Work
from habilis.envs.dextool.use.edges import into_of
from habilis.envs.dextool.use.guiding import Felt, Guiding
from habilis.envs.dextool.use.ways import DRAW, WIPE, EdgeWay, strike, stroke, strokes_on, sweep
from habilis.envs.world.world import World

BLOWS = 12
"""How often a nail is struck at most."""
_IN = 0.0005  # m: a nail that has so little to go is in
_WRITE, _WIPE = (0.4, 0.0015), (3.0, 0.012)
"""N of pressing, and m off its way at which an edge hardly goes on, see ``Guiding.follow``."""


def do_work(guiding: Guiding, work: Work) -> Iterator[int]:
    """Do the work with tools that are in hands; yields the steps gone so far after each."""
    world, n = guiding.world, guiding.world.n
    if isinstance(work, NailWork):
        for _ in range(BLOWS):
            depth = np.clip(world.opening(NAIL), 0.0, NAIL_FREE)
            if (guiding.over | (depth > NAIL_FREE - _IN)).all():
                return
            yield from guiding.follow(strike(work, depth))
    elif isinstance(work, BoardWork):
        ink = work.deed == "ink"
        way = stroke(strokes_on(work), into_of(work), DRAW if ink else WIPE, n)
        force, slack = _WRITE if ink else _WIPE
        yield from guiding.follow(way, into_of(work), force, felt_on(world), slack)
    else:
        yield from guiding.follow(sweep(work, n))


def first_way(work: Work) -> EdgeWay:
    """Where the edge of one tool goes for a work, before anything is done."""
    if isinstance(work, NailWork):
        return strike(work, np.zeros(1))
    if isinstance(work, BoardWork):
        return stroke(strokes_on(work), into_of(work), WIPE)
    return sweep(work)


def felt_on(world: World) -> Felt:
    """What tells the force with which tools press on a board."""
    columns = world.compiled.index.sensor(FELT)
    felt, sensed = slice(int(columns[0]), int(columns[-1]) + 1), world.sim.bind("sensordata")

    def feel() -> Array:
        rows = sensed[:, felt].reshape(world.n, POINTS, 7)
        out: Array = np.where(rows[..., 0] > 0, np.abs(rows[..., 1]), 0.0).sum(axis=1)
        return out

    return feel
