"""First motions of a base: what jog and stop-test do with one that is commanded by velocity."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.names import check_known
from habilis.envs.ros.base.driver import RosBase
from habilis.envs.ros.base.dry import PerfectBase
from habilis.envs.ros.base.moves import UNITS, WAYS, ShiftResult, shift
from habilis.envs.ros.motion.states import StaleState
from habilis.envs.ros.profiles.spec import BaseAddress
from habilis.envs.ros.robot.dry import ToldTransport
from habilis.envs.ros.robot.notes import Notes
from habilis.envs.ros.transports.base import TransportError
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.scripts.ros.motions.joints import JointMotionOptions, check_speed
from habilis.scripts.shared.confirm import ask
from habilis.scripts.shared.keyboard import HINT, KeyStop
from habilis.scripts.shared.live_robot import UNITS as SPEEDS
from habilis.scripts.shared.live_robot import VELOCITIES
from habilis.scripts.shared.results import show

WATCHED = 1.5  # s after a stop
STANDING = 0.01  # m or rad around where it ends that count as standing there
FARTHEST = 2.0  # m or rad that a first motion may go
STEP = 0.01  # s between two looks


def jog_base(options: JointMotionOptions, spec: BaseAddress) -> int:
    """Move a base a little and back; the exit code is 1 if it does not arrive."""

    def act(base: RosBase, way: str) -> int:
        for by in (options.by, -options.by):
            done = shift(base, way, by, options.speed)
            if not done.ok:
                show(f"STOPPED: {base.stopped or done.reason}")
                return 1
            unit = UNITS[WAYS.index(way)]
            print(f"arrived within {abs(done.left):.3f} {unit} after {done.seconds:.1f} s")
        return 0

    return _move(options, spec, act, "and back")


def stop_base(options: JointMotionOptions, spec: BaseAddress, cease: bool) -> int:
    """Stop a base halfway, or send it nothing more, and see how it comes to rest."""

    def act(base: RosBase, way: str) -> int:
        fastest = options.speed * float(base.profile.limits.speeds[WAYS.index(way)])
        stop = base.cease if cease else lambda: base.stop("stop test")
        timer = threading.Timer(abs(options.by) / fastest / 2, lambda: _quietly(stop))
        timer.start()
        moved = shift(base, way, options.by, options.speed)
        timer.cancel()
        if base.stopped not in ("stop test", "commands cease"):
            show(f"NOT TESTED: it was stopped before: {base.stopped or 'it arrived'}")
            return 1
        watched = WATCHED + (base.profile.commands.timeout if cease else 0.0)
        return _report(base, moved, options.by, watched, cease)

    return _move(options, spec, act, "to be stopped halfway")


def _quietly(stop: Callable[[], None]) -> None:
    with contextlib.suppress(Exception):  # it was stopped before
        stop()


def _report(base: RosBase, moved: ShiftResult, by: float, watched: float, cease: bool) -> int:
    """Watch it, say how long it took, and have a base stand that does not by itself."""
    began, path = base.now, list[Array]()
    while base.now - began < watched:
        with contextlib.suppress(StaleState):
            now = base.state()
            path.append(np.array([base.now - began, *now.pos[:2], now.heading]))
        base.pace(STEP)
    base.stop("stop test")
    rows = np.array(path)
    if not len(rows):
        show("FAILED: nobody knows whether it stands: no odometry came")
        return 1
    away = np.flatnonzero(np.abs(rows[:, 1:] - rows[-1, 1:]).max(axis=1) > STANDING)
    rest = float(rows[away[-1], 0]) if away.size else 0.0
    further = float(np.abs(rows[-1, 1:] - rows[0, 1:]).max())
    if abs(moved.left) > 0.98 * abs(by):
        print("NOT TESTED: it was not on its way when it was told to stop; a larger --by?")
        return 1
    if rest > watched - 0.5:
        what = "commands ceased" if cease else "the stop"
        print(f"FAILED: it still moves {watched - 0.5:.1f} s after {what}")
        return 1
    after = "commands ceased, by itself" if cease else "the stop"
    print(f"at rest {rest * 1e3:.0f} ms after {after}, {further:.3f} m or rad further on")
    return 0


def _move(
    options: JointMotionOptions,
    spec: BaseAddress,
    act: Callable[[RosBase, str], int],
    then: str,
) -> int:
    check_speed(options.speed)
    way = options.joint or WAYS[0]
    check_known("way of a base", way, WAYS)
    if not 0.05 <= abs(options.by) <= FARTHEST:
        raise ValueError(f"--by must be 0.05 to {FARTHEST:g} either way, got {options.by:g}")
    with _base(spec, options.dry_run) as base, KeyStop(base.stop) as keys:
        k = WAYS.index(way)
        fastest = options.speed * float(spec.profile.limits.speeds[k])
        words = f"{way} by {options.by:g} {UNITS[k]}, at {fastest:.3g} {SPEEDS[k]}, {then}"
        print(f"{spec.profile.name}: {words}")
        with keys.paused():
            if not (options.dry_run or options.yes or ask("move it?")):
                return 1
        print(HINT)
        base.arm()
        return act(base, way)


@contextlib.contextmanager
def _base(spec: BaseAddress, dry_run: bool) -> Iterator[RosBase]:
    with contextlib.ExitStack() as stack:
        if dry_run:
            bus = Bus()
            robot = PerfectBase(spec.profile, LocalTransport(bus), _standing(spec))
            robot.start()
            stack.callback(robot.close)
            base = RosBase(spec.profile, ToldTransport(bus, show))
        else:
            transport = spec.connect()
            stack.callback(transport.close)
            clock, sleep = spec.time(transport)
            base = RosBase(spec.profile, transport, clock=clock, sleep=sleep)
        base.events.append(Notes(VELOCITIES, show, SPEEDS))
        base.connect()
        stack.callback(base.close)
        yield base


def _standing(spec: BaseAddress) -> Array:
    """(3,) where the base really stands; the origin if there is none to ask."""
    try:
        transport = spec.connect(timeout=1.0)
        try:
            with RosBase(spec.profile, transport) as base:
                now = base.state()
                return np.array([*now.pos[:2], now.heading])
        finally:
            transport.close()
    except (TransportError, StaleState) as error:
        show(f"no robot ({error}); from the origin")
        return np.zeros(3)
