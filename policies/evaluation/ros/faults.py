"""How soon a moving arm is at rest after something has gone wrong, over many faults of each kind.

The arm is simulated and served by a process of its own, which also keeps where the joints really
were; another process drives it, and this one does the harm.
"""

from __future__ import annotations

import dataclasses
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.messages import motion as messages
from habilis.envs.ros.profiles.spec import RobotAddress, parse
from habilis.envs.ros.robot.stopping import Stopper
from habilis.envs.ros.transports.base import Transport
from habilis.policies.evaluation.ros.apart import ServedApart
from habilis.policies.evaluation.ros.driver import Driver
from habilis.policies.evaluation.ros.proxy import Proxy

DEADLY = {"kill -9": "SIGKILL", "frozen": "SIGSTOP"}
"""Faults after which the client has to be started anew, and their signals."""
LINKS = ("link dropped", "stalled towards the robot", "stalled from the robot")
OTHERS = ("hung up", "foreign command", "stop from a second terminal")
SHARE = 0.85  # of the greatest speed that was seen, from which on harm is done
MIDDLE = 0.5  # rad to either side within which it is
WATCHED, CALM = 1.2, 0.3  # s after the fault; s at the end of them in which nothing may move
STILL = 0.02  # rad/s
PATIENCE = 60.0  # s until the arm must move
Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class FaultTrial:
    """What came of one fault.

    Attributes:
      speed: when it happened, rad/s.
      rest: s until the arm stood still; inf if it did not.
      known: s until the client was stopped; inf if it never was, as one that is dead. Both are s of
        the simulation.
      why: as the client said.
    """

    speed: float
    rest: float
    known: float
    why: str


def faults(
    robot: str, task: str, count: int, say: Say, speed: float, options: dict[str, str]
) -> list[dict[str, Any]]:
    """Rows about each kind of fault that the transport can have.

    Args:
      robot: ``PROFILE[@TRANSPORT]``; the transport leads to a running bridge.
      task: id of the task whose scene is served.
      count: of each kind.
      say: told a line for each.
      speed: simulated s per s.
      options: of the task.
    """
    spec = parse(robot)
    with _Arena(spec, robot, task, options, speed) as arena:
        rows = []
        for kind in arena.kinds:
            trials = [arena.trial(kind, k, count, say) for k in range(count)]
            rows.append(row(kind, trials, spec.profile.limits[0].acceleration))
        return rows


class _Arena:
    """The arm, who drives it, and who does harm."""

    def __init__(
        self, spec: RobotAddress, robot: str, task: str, options: dict[str, str], pace: float
    ) -> None:
        self._spec, self._task, self._robot, self._pace = spec, task, robot, pace
        self._options = options
        self._proxy: Proxy | None = None
        self._driver: Driver | None = None
        scheme, _, place = spec.transport.partition("://")
        if scheme == "ws":
            host, _, port = place.strip("/").partition(":")
            self._proxy = Proxy(host, int(port or 9090))
            self._driven = f"{robot.partition('@')[0]}@ws://127.0.0.1:{self._proxy.port}"
        else:
            self._driven = robot
        self.kinds = (*DEADLY, *OTHERS, *(LINKS if self._proxy else ()))

    def __enter__(self) -> _Arena:
        self._served = ServedApart(self._robot, self._task, self._options, 0.0, self._pace)
        self._harm: Transport = self._spec.connect()
        self._harm.advertise(self._spec.profile.commands.topic, messages.JOINT_TRAJECTORY)
        self._stopper = Stopper(self._spec.profile, self._harm)
        return self

    def __exit__(self, *_: object) -> None:
        if self._driver is not None:
            self._driver.close()
        if self._proxy is not None:
            self._proxy.close()
        self._harm.close()
        self._served.close()

    def trial(self, kind: str, k: int, count: int, say: Say) -> FaultTrial:
        """One fault, once the arm moves fast."""
        if self._driver is None:
            self._driver = Driver(self._driven)
        self._driver.go()
        speed, began = self._moving(self._driver)
        asked = time.monotonic()
        self._do(kind, self._driver)
        time.sleep(max(0.0, asked + WATCHED / self._pace - time.monotonic()))
        known, why = (np.inf, "") if kind in DEADLY else self._driver.stopped(5.0)
        trial = FaultTrial(
            speed, time_to_rest(*self._served.path(began), began), (known - asked) * self._pace, why
        )
        if kind in DEADLY:
            self._driver.close()
            self._driver = None
        if self._proxy is not None:
            self._proxy.restore()
        say(f"{kind} {k + 1} of {count}: {speed:.2f} rad/s, at rest after {trial.rest:.3f} s {why}")
        return trial

    def _moving(self, driver: Driver) -> tuple[float, float]:
        """Wait for the arm to be fast in the middle of its way; rad/s, and the simulated time."""
        until, most, turned = time.monotonic() + PATIENCE / self._pace, 0.5, False
        while time.monotonic() < until:
            if np.isfinite(driver.stopped(0.0)[0]):  # on a machine that is too busy
                driver.go()
            times, q = self._served.path(-0.1)
            if len(times) > 2:
                speed = abs(q[-1, 0] - q[0, 0]) / (times[-1] - times[0])
                most = max(most, speed)
                turned |= abs(q[-1, 0]) > 2 * MIDDLE  # on its first way it has not got fast yet
                if turned and speed > SHARE * most and abs(q[-1, 0]) < MIDDLE:
                    return float(speed), float(times[-1])
            time.sleep(0.01)
        raise RuntimeError(f"the arm was not moved within {PATIENCE:g} s")

    def _do(self, kind: str, driver: Driver) -> None:
        if kind in DEADLY:
            driver.signal(getattr(signal, DEADLY[kind]))
        elif kind == "hung up":
            driver.signal(signal.SIGHUP)
        elif kind == "foreign command":
            self._command()
        elif kind == "stop from a second terminal":
            self._stopper.stop()
        elif self._proxy is not None and kind == LINKS[0]:
            self._proxy.drop()
        elif self._proxy is not None:
            self._proxy.stall("out" if kind == LINKS[1] else "back")

    def _command(self) -> None:
        """As another node might: to where the arm is, slowly."""
        profile = self._spec.profile
        _, q = self._served.path(-0.1)
        told = messages.joint_trajectory(profile.joints, [0.3], q[-1], np.zeros(len(q[-1])))
        self._harm.publish(profile.commands.topic, told)


def time_to_rest(times: Array, q: Array, began: float) -> float:
    """How long after a fault the last joint stood still, s; inf if one moved to the end.

    Args:
      times: (k,) s.
      q: (k, n) rad.
      began: of the fault, s.
    """
    fast = np.abs(np.diff(q, axis=0)).max(axis=1) / np.diff(times) > STILL
    if not fast.any():
        return 0.0
    last = float(times[1:][fast][-1])
    return last - began if last < times[-1] - CALM else np.inf


def row(kind: str, trials: Sequence[FaultTrial], acceleration: float) -> dict[str, Any]:
    """Summarise the trials of one kind of fault; times are those that were finite.

    Args:
      kind: of the fault.
      trials: of it.
      acceleration: that the joint which was moved may have, rad/s^2: what its speeds are divided by
        is the least time in which it can be at rest.
    """
    rest = np.array([t.rest for t in trials])
    known = np.array([t.known for t in trials])
    out: dict[str, Any] = {"what": kind, "n": len(trials)}
    out["speed_mean"] = round(float(np.mean([t.speed for t in trials])), 3)
    out["braking_s"] = round(float(np.mean([t.speed for t in trials])) / acceleration, 3)
    out["not_at_rest"] = int((~np.isfinite(rest)).sum())
    for name, values in (("rest", rest), ("known", known)):
        real = values[np.isfinite(values)]
        for word, share in (("p50", 50), ("p99", 99), ("max", 100)):
            told = round(float(np.percentile(real, share)), 3) if len(real) else None
            out[f"{name}_{word}_s"] = told
    out["reasons"] = sorted({t.why.partition(" (")[0] for t in trials if t.why})[:5]
    return out
