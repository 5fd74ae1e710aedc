"""habilis ros stop-test: move one joint or a base slowly, stop halfway, measure the stop."""

from __future__ import annotations

import dataclasses
import math
import threading
import time

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.motion.states import StaleState
from habilis.envs.ros.profiles.spec import BaseAddress, parse_any
from habilis.scripts.ros.motions.base import stop_base
from habilis.scripts.ros.motions.joints import JointMotionOptions, beside, duration, move
from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import show

STANDING = 0.001  # rad around where it ends that count as standing there
STOP_WATCHED = 2.0  # s after a stop
LOOK = 0.005  # s between two looks


@dataclasses.dataclass(frozen=True)
class RosStopTestOptions(JointMotionOptions):
    """Move one joint of a robot, or a base, slowly, stop in the middle, and measure the stop.

    Exit code: 0 done, 1 stopped or not arrived, 2 bad input or no connection, 130 interrupted.
    """

    cease: bool = False
    """Of a base: instead of a stop send nothing more, and see whether the base stops by itself. If
    it does not within a second longer than its profile says, it is stopped."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(RosStopTestOptions, args, prog="habilis ros stop-test")
    spec = parse_any(options.robot)
    if isinstance(spec, BaseAddress):
        return stop_base(options, spec, options.cease)
    if options.cease:
        raise ValueError("--cease is for a base: an arm is always sent where it comes to rest")
    return move(
        options,
        lambda profile, here: [beside(options, profile, here)],
        lambda joints, goals: _stop_test(joints, goals[0], options.speed),
    )


def _stop_test(joints: RosJoints, goal: Array, speed: float) -> int:
    """Stop in the middle of the way and see how long, and how far, it takes to come to rest."""
    start = joints.state().q
    half = duration(joints.profile, start, goal, speed) / 2
    at: list[tuple[float, Array]] = []
    until = joints.now + half

    def stop() -> None:
        while joints.now < until and not joints.stopped:  # its time, which may be a simulation's
            time.sleep(LOOK)
        try:
            at.append((joints.now, joints.state().q))
        except StaleState:
            pass  # which has stopped it already
        joints.stop("stop test")

    halfway = threading.Thread(target=stop)
    halfway.start()
    joints.move_to(goal, speed)
    halfway.join()
    if not at or joints.stopped != "stop test":
        show(f"NOT TESTED: it was stopped before: {joints.stopped}")
        return 1
    asked, where = at[0]
    if np.abs(where - start).max() < STANDING or np.abs(where - goal).max() < STANDING:
        print("NOT TESTED: it was not on its way when it was told to stop; a larger --by?")
        return 1
    try:
        rested = _rest(joints, asked)
    except StaleState as error:
        show(f"FAILED: nobody knows whether it stands: {error}")
        return 1
    way = float(np.abs(joints.state().q - where).max())
    left = float(np.abs(goal - joints.state().q).max())
    if math.isinf(rested):
        print(f"FAILED: it still moves {STOP_WATCHED - 0.5:g} s after the stop")
        return 1
    if left < abs(goal - start).max() * 0.2:
        print("FAILED: it went on to its goal after the stop")
        return 1
    print(f"at rest {rested * 1e3:.0f} ms after the stop, {way:.4f} rad further on; it stays there")
    print("the stop is latched: the next command arms the robot again, from where it stands")
    return 0


def _rest(joints: RosJoints, since: float) -> float:
    """Seconds until it stands where it stands in the end; inf if it does not stand then."""
    times, path = [], []
    while (now := joints.now) - since < STOP_WATCHED:
        times.append(now - since)
        path.append(joints.state().q)
        time.sleep(LOOK)
    off = np.abs(np.array(path) - path[-1]).max(axis=1)
    away = np.flatnonzero(off > STANDING)
    rested = times[away[-1]] if away.size else 0.0
    return rested if rested < STOP_WATCHED - 0.5 else math.inf
