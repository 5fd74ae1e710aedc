"""habilis ros jog, home and stop-test: first motions, slow and behind the limiter."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import threading
import time
from collections.abc import Iterator
from typing import Annotated

import numpy as np
import numpy.typing as npt
import tyro

from habilis.assets.names import did_you_mean
from habilis.envs.control.joint_limiter import JointLimiter
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.motion.moves import straight
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.profiles.spec import RobotSpec, parse
from habilis.envs.ros.robot.dry import PerfectRobot, ToldTransport, patient
from habilis.envs.ros.robot.notes import Notes
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.scripts.confirm import ask
from habilis.scripts.keyboard import HINT, KeyStop

Array = npt.NDArray[np.float64]

FASTEST = 0.5  # of the speed limits, what these commands accept
STANDING = 0.001  # rad around where it ends that count as standing there
STOP_WATCHED = 2.0  # s after a stop


@dataclasses.dataclass(frozen=True)
class Options:
    """Move a robot a little, slowly; any key stops it.

    Exit code: 0 done, 1 stopped or not arrived, 2 bad input or no connection, 130 interrupted.
    """

    robot: Annotated[str, tyro.conf.Positional]
    """PROFILE[@TRANSPORT], e.g. fr3, ur5e@ws://192.168.1.5:9090, fr3@rclpy, my_robot.yaml."""
    joint: str = ""
    """For jog and stop-test: a ROS joint name of the profile; the last one if left out."""
    by: float = 0.1
    """For jog and stop-test: how far, rad; it moves back afterwards."""
    speed: float = 0.1
    """Share of the profile's speed limits, at most 0.5."""
    dry_run: bool = False
    """Print what would be sent; nothing moves. Without a robot it starts from the rest pose."""
    yes: bool = False
    """Do not ask before moving."""


def command(args: list[str]) -> int:
    """Entry of the commands; the first argument is which."""
    kind, rest = args[0], args[1:]
    options = tyro.cli(Options, args=rest, prog=f"habilis ros {kind}")
    if not 0 < options.speed <= FASTEST:
        raise ValueError(
            f"--speed must be above 0, at most {FASTEST} of the limits, got {options.speed:g}"
        )
    spec = parse(options.robot)
    with _joints(spec, options) as joints, KeyStop(joints.stop) as keys:
        here = joints.state().q
        goals = [np.array(spec.profile.home)] if kind == "home" else _there(spec, options, here)
        print("\n".join(_plan_lines(spec.profile, here, goals[0], options.speed)))
        with keys.paused():
            if not (options.dry_run or options.yes or ask("move it?")):
                return 1
        print(HINT)
        joints.arm()
        if kind == "stop-test":
            return _stop_test(joints, goals[0], options.speed)
        return _go(joints, goals, options.speed)


@contextlib.contextmanager
def _joints(spec: RobotSpec, options: Options) -> Iterator[RosJoints]:
    with contextlib.ExitStack() as stack:
        if options.dry_run:
            bus = Bus()
            robot = PerfectRobot(spec.profile, LocalTransport(bus), _standing(spec))
            robot.start()
            stack.callback(robot.close)
            joints = RosJoints(patient(spec.profile), ToldTransport(bus, print))
        else:
            transport = spec.connect()
            stack.callback(transport.close)
            joints = RosJoints(spec.profile, transport)
        joints.events.append(Notes(spec.profile.joints, print))
        joints.connect()
        stack.callback(joints.close)
        yield joints


def _standing(spec: RobotSpec) -> Array:
    """Where the robot really stands; its rest pose if there is no robot to ask."""
    from habilis.envs.ros.motion.states import StaleState
    from habilis.envs.ros.transports.base import TransportError

    try:
        transport = spec.connect(timeout=1.0)
        try:
            joints = RosJoints(spec.profile, transport)
            joints.connect()
            q: Array = joints.state().q
            joints.close()
            return q
        finally:
            transport.close()
    except (TransportError, StaleState) as error:
        print(f"no robot ({error}); from the profile's rest pose")
        return np.array(spec.profile.home)


def _there(spec: RobotSpec, options: Options, here: Array) -> list[Array]:
    profile = spec.profile
    name = options.joint or profile.joints[-1]
    if name not in profile.joints:
        raise ValueError(did_you_mean("joint", name, profile.joints))
    k, there = profile.joints.index(name), here.copy()
    there[k] += options.by
    limits = profile.limits[k]
    if not limits.lower <= there[k] <= limits.upper:
        low, high = limits.lower, limits.upper
        raise ValueError(f"{name} would go to {there[k]:.3f} rad; it has {low:.3f} to {high:.3f}")
    return [there, here.copy()]


def _plan_lines(profile: Profile, here: Array, there: Array, speed: float) -> list[str]:
    rows = zip(profile.joints, here, there, strict=True)
    moved = [f"  {n}: {a:.4f} to {b:.4f} rad" for n, a, b in rows if abs(b - a) > 1e-4]
    if not moved:
        return ["it stands there already"]
    took = _duration(profile, here, there, speed)
    return [f"{profile.name}, at {speed:.0%} of the speed limits, {took:.1f} s:", *moved]


def _duration(profile: Profile, here: Array, there: Array, speed: float) -> float:
    """Of a motion from joints to joints, s."""
    rows = [(j.lower, j.upper, j.velocity, j.acceleration) for j in profile.limits]
    period = 1 / profile.commands.rate
    return len(straight(JointLimiter(*np.array(rows).T), here, there, speed, period)) * period


def _go(joints: RosJoints, goals: list[Array], speed: float) -> int:
    for goal in goals:
        done = joints.move_to(goal, speed)
        off = float(np.abs(joints.state().q - goal).max())
        if not done.ok:
            print(f"STOPPED: {joints.stopped or done.reason}")
            return 1
        print(f"arrived within {off:.4f} rad after {done.seconds:.1f} s")
    return 0


def _stop_test(joints: RosJoints, goal: Array, speed: float) -> int:
    """Stop in the middle of the way and see how long, and how far, it takes to come to rest."""
    start = joints.state().q
    half = _duration(joints.profile, start, goal, speed) / 2
    at: list[tuple[float, Array]] = []

    def stop() -> None:
        at.append((time.monotonic(), joints.state().q))
        joints.stop("stop test")

    timer = threading.Timer(half, stop)
    timer.start()
    joints.move_to(goal, speed)
    timer.join()
    asked, where = at[0]
    rested = _rest(joints, asked)
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
    while time.monotonic() - since < STOP_WATCHED:
        times.append(time.monotonic() - since)
        path.append(joints.state().q)
        time.sleep(0.005)
    off = np.abs(np.array(path) - path[-1]).max(axis=1)
    away = np.flatnonzero(off > STANDING)
    rested = times[away[-1]] if away.size else 0.0
    return rested if rested < STOP_WATCHED - 0.5 else math.inf
