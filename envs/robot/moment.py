"""The present of a run: the world, what is judged of it, and what its robots were told last.

A robot that goes on from it does what the one it was taken of would do. Without the last of the
three it would begin as if told to be where it is measured, and a gripper would cease to press.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from habilis.envs.robot.robot import SimRobot, WorldRobot
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.judging.monitor import Monitor

PREFIX = "robot/"


def present_state(robot: WorldRobot, judge: Monitor, ids: npt.ArrayLike | None = None) -> Snapshot:
    """Whole state of simulations ``ids``, all by default."""
    told = {PREFIX + name: row.copy() for name, row in robot.rows().items()}
    snapshot = Snapshot(judge.save().rows | told)
    return snapshot if ids is None else snapshot.take(ids)


def go_on_from(
    robot: SimRobot, judge: Monitor, state: Snapshot, ids: npt.ArrayLike | None = None
) -> None:
    """Put simulations ``ids`` (k,), all by default, into a state of k simulations, armed.

    What a robot was told last is where it is measured to be where the state does not say, as that
    of a world alone or of a robot that was stopped.
    """
    index = np.arange(robot.n) if ids is None else np.asarray(ids, int)
    judge.restore(state, index)
    robot.arm(index)
    rows = {n: row for n, row in robot.rows().items() if PREFIX + n in state.rows}
    for name, row in rows.items():
        row[index] = state.rows[PREFIX + name]
    if robot.stopped[index].any():
        robot.arm(index[robot.stopped[index]])
