"""Measures the bridge against a served simulation: rates, round trips, stops."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from habilis.assets.scene.things import Scene
from habilis.envs.control.limiter import StoppedError
from habilis.envs.ros.messages import motion as messages
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.profiles.spec import RobotAddress
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.ros.transports.base import Message, OnMessage
from habilis.policies.evaluation.statistics import counted

Say = Callable[[str], None]

PING = "/habilis/ping"
JOG = 0.3  # rad that the last joint moves in the stop test
PINGS_HZ = 50.0
STILL = 1e-4  # rad that a joint at rest may seem to move


@contextlib.contextmanager
def served(spec: RobotAddress, scene: Scene, variation: float = 0.0) -> Iterator[SimServer]:
    """Serve a simulated robot while the context is open.

    It has a connection of its own, so that all that is said between it and a client crosses the
    bridge twice.
    """
    transport = spec.connect()
    server = SimServer(spec.profile, transport, scene, variation=variation)
    server.start()
    try:
        yield server
    finally:
        server.close()
        transport.close()


@contextlib.contextmanager
def joined(spec: RobotAddress) -> Iterator[RosJoints]:
    """Connect to a robot's joints and arm them; they are let go of when the context closes."""
    transport = spec.connect()
    try:
        with RosJoints(spec.profile, transport) as joints:
            joints.connect()
            joints.arm()
            yield joints
    finally:
        transport.close()


def spread(what: str, values: Sequence[float], note: str = "") -> dict[str, Any]:
    """Summarise durations as a row of a table: count, median, 99th percentile and greatest.

    Args:
      what: name of the row.
      values: durations in s; the row gives them in ms.
      note: text at its end.
    """
    ms = np.asarray(values) * 1e3
    p50, p99, most = (*np.percentile(ms, (50, 99)), ms.max()) if ms.size else 3 * (np.nan,)
    numbers = {"p50_ms": p50, "p99_ms": p99, "max_ms": most}
    rounded = {k: round(float(v), 3) if ms.size else None for k, v in numbers.items()}
    return {"what": what, "n": int(ms.size), **rounded, "note": note}


# ---- links


def steady(spec: RobotAddress, seconds: float, say: Say) -> dict[str, Any]:
    """Hold an armed robot still for ``seconds`` and measure its states: rate, gaps, false stops."""
    stops: list[str] = []
    with joined(spec) as joints:
        arrivals: list[float] = []
        joints.transport.subscribe(spec.profile.states, messages.JOINT_STATE, _noting(arrivals))
        end, goal = time.monotonic() + seconds, joints.state().q
        while time.monotonic() < end:
            try:
                joints.send(goal)
                joints.pace()
            except StoppedError as error:
                stops.append(str(error))
                say(f"false stop: {error}")
                time.sleep(0.5)
                joints.arm()
    gaps = np.diff(arrivals)
    rate = len(gaps) / (arrivals[-1] - arrivals[0])
    note = f"{rate:.2f} Hz for {seconds:g} s, {len(stops)} false stops"
    return {**spread("time between states", gaps.tolist(), note), "false_stops": stops}


def round_trips(spec: RobotAddress, count: int) -> dict[str, Any]:
    """Measure how long a message takes through the bridge and back to the client that sent it."""
    transport = spec.connect()
    back: list[float] = []
    sent: dict[int, float] = {}

    def heard(message: Message) -> None:
        number = int(message["header"]["stamp"]["sec"])
        if number in sent:
            back.append(time.monotonic() - sent.pop(number))

    try:
        transport.advertise(PING, messages.JOINT_STATE)
        transport.subscribe(PING, messages.JOINT_STATE, heard)
        time.sleep(1.0)  # until publisher and subscriber have found each other
        for number in range(count):
            sent[number] = time.monotonic()
            transport.publish(PING, messages.joint_state((), np.zeros(0), time=float(number)))
            time.sleep(1 / PINGS_HZ)
        time.sleep(0.2)
    finally:
        transport.close()
    return spread("round trip of a topic", back, f"{len(sent)} lost")


def stops(spec: RobotAddress, count: int, say: Say) -> list[dict[str, Any]]:
    """From ``stop()`` to the braking path, as a second client hears it, and to rest.

    A second client hears the command topic as the robot does, one bridge further on, so that the
    time to the braking path is an upper bound.
    """
    braked, rested = [], []
    ear = spec.connect()
    came: list[float] = []
    ear.subscribe(spec.profile.commands.topic, messages.JOINT_TRAJECTORY, _noting(came))
    for k in range(count):
        with joined(spec) as joints:
            time.sleep(0.5)  # until the second client hears the first
            braked += _stop_of_stream(joints, (-1) ** k * JOG, came)
            joints.arm()
            rested += _stop_of_motion(joints, (-1) ** k * JOG)
        say(f"stop {k + 1} of {count}")
    ear.close()
    return [
        spread("stop of a stream: braking path at the robot's side", braked),
        spread("stop of a long motion: at rest", rested),
    ]


def _stop_of_stream(joints: RosJoints, by: float, came: list[float]) -> list[float]:
    """s from the stop to the next message, if there was one."""
    start, ticks = joints.state().q, 25
    for k in range(1, ticks + 1):
        q = start.copy()
        q[-1] += by * k / ticks
        joints.send(q)
    time.sleep(0.5 * joints.period)  # what was sent has arrived
    came.clear()
    asked = _now()
    joints.stop("benchmark")
    time.sleep(0.3)
    return [came[0] - asked] if came else []


def _stop_of_motion(joints: RosJoints, by: float) -> list[float]:
    """s from the stop until the joints stand still, if they do."""
    goal = joints.state().q
    goal[-1] += by
    mover = threading.Thread(target=joints.move_to, args=(goal, 0.1))
    mover.start()
    time.sleep(0.5)
    asked = _now()
    joints.stop("benchmark")
    mover.join(5.0)
    last, since = joints.state().q, _now()
    while _now() - asked < 2.0:
        time.sleep(0.002)
        q = joints.state().q
        if np.abs(q - last).max() > STILL:
            last, since = q, _now()
    return [since - asked] if _now() - since > 0.5 else []


def dead_robot(spec: RobotAddress, scene: Scene, count: int) -> dict[str, Any]:
    """Measure how long after its deadline a dead robot is noticed and the stop latched."""
    late, reasons = [], set()
    for _ in range(count):
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(served(spec, scene))
            joints = stack.enter_context(joined(spec))
            last: list[float] = []
            joints.transport.subscribe(spec.profile.states, messages.JOINT_STATE, _noting(last))
            time.sleep(1.0)
            server.close()
            while not joints.stopped and _now() - last[-1] < 5.0:
                time.sleep(0.0005)
            late.append(_now() - last[-1] - spec.profile.watch.state_age)
            reasons.add(joints.stopped)
    note = "; ".join(sorted(reasons))
    return spread("dead robot noticed, after its deadline", late, note)


def _now() -> float:
    return time.monotonic()


def _noting(times: list[float]) -> OnMessage:
    return lambda _: times.append(_now())


def summary(what: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Summarise episodes as a row: success rate with interval, which layouts failed, and why."""
    good = sum(bool(r["success"]) for r in rows)
    failed = [f"{r['seed']}: {r['reason']}" for r in rows if not r["success"]]
    return {"what": what, **counted(good, len(rows)), "failed": "; ".join(failed)}
