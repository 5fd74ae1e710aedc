"""First motions of a robot, slow and behind the limiter: what jog, home and stop-test share."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Annotated

import numpy as np
import tyro

from habilis.assets.arrays import Array
from habilis.assets.names import check_known
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.motion.moves import straight
from habilis.envs.ros.motion.streams import make_limiter
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.profiles.spec import RobotAddress, parse
from habilis.envs.ros.robot.dry import PerfectRobot, ToldTransport, patient
from habilis.envs.ros.robot.notes import Notes
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.scripts.shared.confirm import ask
from habilis.scripts.shared.keyboard import HINT, KeyStop
from habilis.scripts.shared.results import show

FASTEST = 0.5  # of the speed limits, what these commands accept


@dataclasses.dataclass(frozen=True)
class FirstMotionOptions:
    """What every first motion takes; any key stops the robot."""

    robot: Annotated[str, tyro.conf.Positional]
    """PROFILE[@TRANSPORT], e.g. fr3, ur5e@ws://192.168.1.5:9090, fr3@rclpy, my_robot.yaml."""
    speed: float = 0.1
    """Share of the profile's speed limits, at most 0.5."""
    dry_run: bool = False
    """Print what would be sent; nothing moves. Without a robot it starts from the rest pose."""
    yes: bool = False
    """Do not ask before moving."""


@dataclasses.dataclass(frozen=True)
class JointMotionOptions(FirstMotionOptions):
    """What a motion of one joint takes besides."""

    joint: str = ""
    """A ROS joint name of the profile; the last one if left out. Of a base: forward, left or
    turning; forward if left out."""
    by: float = 0.1
    """How far, rad; of a base that does not turn, m."""


def move(
    options: FirstMotionOptions,
    goals: Callable[[Profile, Array], list[Array]],
    act: Callable[[RosJoints, list[Array]], int],
) -> int:
    """Say what would move, ask, arm the robot and act; returns the exit code.

    Args:
      options: as typed.
      goals: from the profile and the joint positions, rad, where to, one after the other.
      act: moves the armed robot to the goals and returns the exit code.

    Raises:
      ValueError: the speed is out of bounds, or a goal is.
    """
    check_speed(options.speed)
    spec = parse(options.robot)
    with _joints(spec, options.dry_run) as joints, KeyStop(joints.stop) as keys:
        here = joints.state().q
        there = goals(spec.profile, here)
        print("\n".join(_plan_lines(spec.profile, here, there[0], options.speed)))
        with keys.paused():
            if not (options.dry_run or options.yes or ask("move it?")):
                return 1
        print(HINT)
        joints.arm()
        return act(joints, there)


def check_speed(speed: float) -> None:
    """ValueError if it is no share of the limits that a first motion may take."""
    if not 0 < speed <= FASTEST:
        raise ValueError(f"--speed must be above 0, at most {FASTEST} of the limits, got {speed:g}")


def beside(options: JointMotionOptions, profile: Profile, here: Array) -> Array:
    """Joint positions, rad, with the joint of the options moved by what they say.

    Raises:
      ValueError: the profile has no such joint, or it would leave the joint's limits.
    """
    name = options.joint or profile.joints[-1]
    check_known("joint", name, profile.joints)
    k, there = profile.joints.index(name), here.copy()
    there[k] += options.by
    limits = profile.limits[k]
    if not limits.lower <= there[k] <= limits.upper:
        low, high = limits.lower, limits.upper
        raise ValueError(f"{name} would go to {there[k]:.3f} rad; it has {low:.3f} to {high:.3f}")
    return there


def go(joints: RosJoints, goals: list[Array], speed: float) -> int:
    """Move to each goal in turn; the exit code is 1 if one is not reached."""
    for goal in goals:
        done = joints.move_to(goal, speed)
        off = float(np.abs(done.q - goal).max())  # whose state may be too old to ask for by now
        if not done.ok:
            show(f"STOPPED: {joints.stopped or done.reason}")
            return 1
        print(f"arrived within {off:.4f} rad after {done.seconds:.1f} s")
    return 0


def duration(profile: Profile, here: Array, there: Array, speed: float) -> float:
    """How long a motion from joint positions to others takes, s."""
    period = 1 / profile.commands.rate
    return len(straight(make_limiter(profile), here, there, speed, period)) * period


@contextlib.contextmanager
def _joints(spec: RobotAddress, dry_run: bool) -> Iterator[RosJoints]:
    with contextlib.ExitStack() as stack:
        if dry_run:
            bus = Bus()
            robot = PerfectRobot(spec.profile, LocalTransport(bus), _standing(spec))
            robot.start()
            stack.callback(robot.close)
            joints = RosJoints(patient(spec.profile), ToldTransport(bus, show))
        else:
            transport = spec.connect()
            stack.callback(transport.close)
            clock, sleep = spec.time(transport)
            joints = RosJoints(spec.profile, transport, clock=clock, sleep=sleep)
        joints.events.append(Notes(spec.profile.joints, show))
        joints.connect()
        stack.callback(joints.close)
        yield joints


def _standing(spec: RobotAddress) -> Array:
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
        show(f"no robot ({error}); from the profile's rest pose")
        return np.array(spec.profile.home)


def _plan_lines(profile: Profile, here: Array, there: Array, speed: float) -> list[str]:
    rows = zip(profile.joints, here, there, strict=True)
    moved = [f"  {n}: {a:.4f} to {b:.4f} rad" for n, a, b in rows if abs(b - a) > 1e-4]
    if not moved:
        return ["it stands there already"]
    took = duration(profile, here, there, speed)
    return [f"{profile.name}, at {speed:.0%} of the speed limits, {took:.1f} s:", *moved]
