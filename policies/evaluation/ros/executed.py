"""What a trajectory controller executes of a stream that comes late, at once, or out of order.

The controller is the model of ros2_control's in ``habilis.envs.ros.serving.controller``, at 1 kHz.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.joint_limiter import JointLimiter
from habilis.envs.ros.messages.motion import read_joint_trajectory
from habilis.envs.ros.motion.sightings import SeenJoints, Sighting
from habilis.envs.ros.motion.streams import CommandTopic, make_limiter, make_motion
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.serving.controller import Tolerances, TrajectoryController
from habilis.envs.ros.serving.outbox import Outbox
from habilis.envs.ros.transports.base import Message, OnMessage
from habilis.envs.ros.transports.local import Bus, LocalTransport

TICK = 0.001  # s of the controller
STATES = 0.01  # s between measured states
TRIP = 0.002  # s that a message takes at least
BEAT = 4  # ticks between two looks of the client at its robot
WAYS = ("client to graph", "graph to controller")


@dataclasses.dataclass(frozen=True)
class Faults:
    """Of one stream's way to its controller.

    Attributes:
      jitter: greatest delay beyond the usual one, s.
      loss: share of the messages that never arrive.
      stall: share of the messages with which a silence of up to ``longest`` s begins; then all that
        was sent meanwhile arrives at once.
      longest: s.
      disorder: whether later messages may overtake.
      way: between which two; beyond the graph, nobody hears of it.
    """

    jitter: float = 0.0
    loss: float = 0.0
    stall: float = 0.0
    longest: float = 0.3
    disorder: bool = False
    way: str = WAYS[0]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Faults:
        """Any of them, in any mixture."""
        return cls(
            float(rng.choice((0.0, 0.005, 0.02))), float(rng.choice((0.0, 0.0, 0.02, 0.1))),
            float(rng.choice((0.0, 0.01, 0.03))), 0.3, bool(rng.random() < 0.5),
            str(rng.choice(WAYS)),
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Executed:
    """What the controller made of one stream.

    Attributes:
      speed, acceleration: the greatest of all joints, as shares of their limits.
      beyond: rad by which a joint left its range; 0 if none did.
      way: mean way of the joints, rad.
      rest: s to rest, from the last message that arrived, or from the stop.
    """

    speed: float
    acceleration: float
    beyond: float
    way: float
    rest: float


class _Wire(LocalTransport):
    """Keeps what is published for the one who delivers it; delivers nothing by itself."""

    def __init__(self) -> None:
        super().__init__(Bus())
        self.connect()
        self.sent: list[Message] = []
        self.back: OnMessage = lambda message: None

    def subscribe(self, topic: str, type: str, told: OnMessage) -> None:
        self.back = told

    def publish(self, topic: str, message: Message) -> None:
        self.sent.append(message)


class Bench:
    """One client's motion, a way that has faults, and a controller.

    Args:
      profile: of style ``trajectory``.
      faults: of the way.
      rng: for all that is random.
      wants: called with the time, s, and the limiter; returns the wanted joints (n,), rad.
      lag: s by which the arm is behind what its controller asks of it.
      reports: whether the controller tells what it asks.
    """

    def __init__(
        self,
        profile: Profile,
        faults: Faults,
        rng: np.random.Generator,
        wants: Callable[[float, JointLimiter], Array],
        lag: float = 0.0,
        reports: bool = False,
    ) -> None:
        rows = np.array([(j.lower, j.upper, j.velocity, j.acceleration) for j in profile.limits])
        self._limits, self._faults, self._rng, self._wants = rows.T, faults, rng, wants
        self._lag, self._reports = round(lag / TICK), reports
        q = np.array(profile.home)
        self._limiter = make_limiter(profile)
        self._limiter.arm(np.zeros(1, int), q[None])
        self._wire, self._heard = _Wire(), list[int]()
        topic = CommandTopic(profile, self._wire, self._heard.append, lambda who: None)
        self._period = 1 / profile.commands.rate
        self.motion = make_motion(profile, self._limiter, topic, self._period, 0.0)
        out = Outbox(self._wire, lambda words: None)
        self._controller = TrajectoryController(profile.joints, q, out, Tolerances())
        self._due: list[tuple[float, int, Message]] = []  # at the controller
        self._back: list[tuple[float, int, Message]] = []  # at the client
        self._free, self._count, self._arrived = 0.0, 0, 0.0
        self._path = [q, q]
        self._wire.close()

    def run(self, seconds: float, stops: bool = False) -> Executed:
        """Stream for so long, then fall silent, or stop, until the arm is at rest."""
        ends, last = round((seconds + 1.0) / TICK), round(seconds / TICK)
        following = 0.0
        for i in range(ends):
            now = i * TICK
            for message in _taken(self._back, now):
                self._wire.back(message)
            while self._heard:
                self.motion.confirm(self._heard.pop(0), now)
            if now < seconds and now >= following:
                following = now + self._period * float(self._rng.choice((1.0, 1.0, 1.0, 1.5)))
                self.motion.send(self._wants(now, self._limiter), now, self._seen(now))
            elif stops and i == last:
                self.motion.stop(now, self._seen(now))
            elif now < seconds or (stops and i % BEAT == 0):
                self.motion.keep(now, self._seen(now) if i % BEAT == 0 else None)
            self._deliver(now)
            for message in _taken(self._due, now):
                self._arrived = now
                taken = read_joint_trajectory(message)
                self._controller.take(taken, now - TICK)
            self._path.append(self._controller.targets([now])[0][0])
        return self._judged(seconds if stops else self._arrived)

    def _seen(self, now: float) -> SeenJoints | None:
        measured = self._sighting(now, self._lag)
        asked = self._sighting(now) if self._reports else None
        return None if measured is None else SeenJoints(measured, asked)

    def _sighting(self, now: float, lag: int = 0) -> Sighting | None:
        """As from states: a little old, of an arm that is some ticks behind."""
        old = round((STATES * self._rng.random() + TRIP) / TICK)
        if len(self._path) < old + lag + 3:
            return None
        q, before = self._path[-1 - old - lag], self._path[-2 - old - lag]
        return Sighting(now - (old + 1) * TICK, q, (q - before) / TICK)

    def _deliver(self, now: float) -> None:
        faults, rng = self._faults, self._rng
        for message in self._wire.sent:
            self._count += 1
            if now >= self._free and rng.random() < faults.stall:
                self._free = now + rng.uniform(0, faults.longest)
            trip = now + TRIP + rng.uniform(0, faults.jitter)
            last = self._due[-1][0] if self._due else 0.0
            late = max(trip, self._free + (rng.uniform(0, 2 * TICK) if faults.disorder else 0.0))
            late = late if faults.disorder else max(late, last)
            lost = rng.random() < faults.loss
            if not lost:
                self._due.append((late, self._count, message))
            back = late if faults.way == WAYS[0] else now + TRIP
            if not (lost and faults.way == WAYS[0]):
                back += TRIP + rng.uniform(0, faults.jitter)
                self._back.append((back, self._count, message))
        self._wire.sent.clear()

    def _judged(self, ended: float) -> Executed:
        lower, upper, velocity, acceleration = self._limits
        path = np.array(self._path)
        speed = np.diff(path, axis=0) / TICK
        change = np.diff(speed, axis=0) / TICK
        moves = np.flatnonzero(np.abs(speed).max(axis=1) > 1e-6)
        last = (moves[-1] - 1) * TICK if moves.size else 0.0
        return Executed(
            float((np.abs(speed) / velocity).max()),
            float((np.abs(change) / acceleration).max()),
            float(max(0.0, (path - upper).max(), (lower - path).max())),
            float(np.abs(np.diff(path, axis=0)).sum(axis=0).mean()),
            float(max(0.0, last - ended)),
        )


def _taken(waiting: list[tuple[float, int, Message]], now: float) -> list[Message]:
    """What is due, in the order in which it arrives; it waits no more."""
    due = sorted((row for row in waiting if row[0] <= now), key=lambda row: row[:2])
    waiting[:] = [row for row in waiting if row[0] > now]
    return [message for *_, message in due]


def restless(
    rng: np.random.Generator, lower: Array, upper: Array
) -> Callable[[float, JointLimiter], Array]:
    """Wants that change their mind every now and then: far targets, speeds, halts, noise."""
    state: dict[str, Any] = {"until": -1.0}

    def want(now: float, limiter: JointLimiter) -> Array:
        n = len(lower)
        if now >= state["until"]:
            state.update(
                until=now + rng.uniform(0.05, 0.6), kind=rng.integers(4),
                far=rng.uniform(lower, upper), speed=rng.uniform(-3, 3, n),
            )  # fmt: skip
        here, kind = limiter.q[0], state["kind"]
        if kind == 0:
            return np.array(state["far"])
        if kind == 1:
            return here + state["speed"] * 0.02
        return here + (0.0 if kind == 2 else 1.0) * rng.uniform(-3, 3, n) * 0.02

    return want


def stream(profile: Profile, seed: int, seconds: float = 2.0) -> tuple[Faults, Executed]:
    """One stream of wild targets over a way with faults, all of that drawn with a seed.

    Every other pair of seeds ends with a stop, the others with silence.
    """
    rng = np.random.default_rng(seed)
    faults = Faults.drawn(rng)
    lower, upper = (np.array([getattr(j, k) for j in profile.limits]) for k in ("lower", "upper"))
    return faults, Bench(profile, faults, rng, restless(rng, lower, upper)).run(
        seconds, seed % 4 > 1
    )


def streams(seeds: Sequence[int], profile: Profile) -> list[list[dict[str, Any]]]:
    """What came of some streams: their faults and what was executed, as plain data."""
    done = (stream(profile, seed) for seed in seeds)
    return [[dataclasses.asdict(faults), dataclasses.asdict(made)] for faults, made in done]


def summary(done: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Rows about many streams of ``streams``: all, and those of each way that was late."""
    made = [(Faults(**faults), Executed(**executed)) for faults, executed in done]
    parts = {"all": made} | {way: [d for d in made if d[0].way == way] for way in WAYS}
    return [_row(what, part) for what, part in parts.items() if part]


def _row(what: str, done: Sequence[tuple[Faults, Executed]]) -> dict[str, Any]:
    row: dict[str, Any] = {"what": what, "streams": len(done)}
    for key in ("speed", "acceleration"):
        values = np.array([getattr(e, key) for _, e in done])
        for name, value in (("p50", np.median(values)), ("p99", np.percentile(values, 99)),
                            ("max", values.max())):  # fmt: skip
            row[f"{key}_{name}"] = round(float(value), 4)
        row[f"{key}_beyond_1.05"] = int((values > 1.05).sum())
    row["beyond_range_max_rad"] = round(max(e.beyond for _, e in done), 6)
    row["rest_max_s"] = round(max(e.rest for _, e in done), 4)
    return row
