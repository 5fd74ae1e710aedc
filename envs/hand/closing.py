"""Closing hands around tools: hold the tool still, close, let go, then turn on gravity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.grasps import GraspKeyframe
from habilis.envs.hand.holding import Holding
from habilis.envs.hand.synergy import Synergies

REACH_S, PRESS_S, SETTLE_S, RELEASE_S = 0.35, 0.35, 0.4, 0.5  # s, of the parts of closing
RAMP_S = 0.3  # s, over which gravity is turned on


def close(
    world: Holding, grasps: Sequence[GraspKeyframe], hold: npt.ArrayLike | None = None
) -> None:
    """Close all N hands around their tools (N grasps), from nothing: the same bits every time.

    The tool is welded to the world, without gravity, while the fingers go from off it to the
    command; then it is let go. Afterwards the hands are at rest without gravity, with the
    properties that each simulation was given; drift is measured from there.

    Args:
      world: all of its simulations are reset.
      grasps: one for each.
      hold: joint values (N,) to command; by default each grasp's own. A tool without a spring is
        held only while it is pressed to the end of its range: give ``limits[1]``.
    """
    ids = np.arange(world.n)
    if len(grasps) != world.n:
        raise ValueError(f"{len(grasps)} grasps for {world.n} simulations")
    synergies = Synergies(grasps)
    values = synergies.hold if hold is None else np.asarray(hold, float)
    if values.shape != (world.n,):
        raise ValueError(f"hold has shape {values.shape}, want {(world.n,)}")
    command = world.held.hand.command
    pre = np.array([grasp.pre for grasp in grasps])
    world.start(ids)
    world.pose(ids, pre, np.array([grasp.tool_pose for grasp in grasps]))
    world.weld(ids, on=True)
    gravity = world.gravity.copy()
    world.gravity[:] = 0.0
    touch = command(np.array([grasp.table[0] for grasp in grasps]))
    press = command(synergies.joints(values))
    glide(world, command(pre), touch, REACH_S)
    glide(world, touch, press, PRESS_S)
    glide(world, press, press, SETTLE_S)
    world.weld(ids, on=False)
    glide(world, press, press, RELEASE_S)
    world.gravity[:] = gravity
    world.mark(ids)


def glide(world: Holding, start: Array, end: Array, seconds: float) -> None:
    """Move the commands (N, a) evenly from start to end."""
    steps = round(seconds / world.dt)
    for part in np.arange(1, steps + 1) / steps:
        world.step(start + part * (end - start))


def load(world: Holding, gravity: Array, seconds: float = RAMP_S) -> None:
    """Turn gravity up to (N, 3) m/s^2, the commands staying as they are."""
    targets = world.ctrl.copy()
    steps = round(seconds / world.dt)
    for part in np.arange(1, steps + 1) / steps:
        world.gravity[:] = part * gravity
        world.step(targets)
