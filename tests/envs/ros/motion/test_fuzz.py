"""Whatever is commanded, what is published keeps every limit; told from the messages alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.envs.ros.rig import JOINTS, Rig

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import ARMS
from habilis.envs.control.joint_limiter import JUMP, StoppedError
from habilis.envs.ros.latched import Refused
from habilis.envs.ros.messages.motion import (
    read_float_array,
    read_joint_state,
    read_joint_trajectory,
)
from habilis.envs.ros.motion.course import Course
from habilis.envs.ros.motion.states import StaleState
from habilis.envs.ros.profiles.profile import Style
from habilis.envs.ros.robot.events import RobotEvent

FR3 = ARMS["fr3"]

DT = 0.02
LOW, HIGH = np.array(FR3.limb.lower) - 1e-9, np.array(FR3.limb.upper) + 1e-9
SPEED = np.array(FR3.limb.velocity) * (1 + 1e-6)
CHANGE = np.array(FR3.limb.acceleration) * DT * (1 + 1e-6)


@dataclasses.dataclass
class Judge:
    """Judges messages one by one.

    Attributes:
      at, speed: where the robot was told to be last, and how fast it was told to go there.
      course: what a controller makes of the last trajectory message.
    """

    at: Array
    speed: Array
    course: Course | None = None
    last: float = -1.0
    fresh: bool = True
    stopped: bool = False

    def positions(self, now: float, q: Array) -> None:
        """A bare target: against the one before, a period apart."""
        assert now - self.last >= DT - 1e-6, "sooner than a period after the last"
        step = (q - self.at) / DT
        self.step(q, step, self.speed)
        if self.stopped:
            assert (np.abs(step) <= np.abs(self.speed) + 1e-9).all(), "only braking after a stop"
            assert (step * self.speed >= -1e-12).all(), "it does not turn back"
        self.at, self.speed, self.last, self.fresh = q, step, now, False

    def step(self, q: Array, speed: Array, before: Array) -> None:
        """One period's way to q at a speed, after another."""
        assert (q >= LOW).all() and (q <= HIGH).all(), "range"
        assert (np.abs(speed) <= SPEED).all(), "speed"
        assert (np.abs(speed - before) <= CHANGE).all(), "acceleration"
        if self.fresh:
            assert np.abs(q - self.at).max() <= JUMP + 1e-9, "first target"

    def trajectory(self, now: float, message: dict[str, Any]) -> None:
        """A way to rest: what the controller makes of it keeps all limits to its very end."""
        read = read_joint_trajectory(message)
        assert read.joints == JOINTS and read.time == 0.0 and len(read.points) == 1
        point, before = read.points[0], self.course
        assert point.qd is not None and not point.qd.any()
        q, v = (self.at, np.zeros(7)) if before is None else before.at(now)
        assert (point.q >= np.minimum(LOW, q)).all() and (point.q <= np.maximum(HIGH, q)).all()
        self.course = course = Course(now, q, v, point.q, point.time)
        path = np.array([course.at(now + t) for t in np.linspace(0, point.time, 31)])
        change = np.diff(path[:, 1], axis=0) / (point.time / 30)
        assert (np.abs(path[:, 1]) <= SPEED).all(), "speed"
        assert (np.abs(change) <= np.array(FR3.limb.acceleration)).all(), "acceleration"
        if self.stopped:
            most = np.zeros(7) if before is None else np.abs(before.rest - q)
            most = np.maximum(most, np.abs(v) * point.time / 3)
            assert (np.abs(point.q - q) <= most + 1e-6).all(), "only braking"
        self.last = now

    def begin(self, q: Array) -> None:
        """Armed at q."""
        self.at, self.speed, self.fresh, self.stopped = q, np.zeros(7), True, False


# ---- what is done to it: (what, with what, how often)

angle = st.one_of(
    st.floats(-4, 4), st.floats(-0.1, 0.1), st.sampled_from([1e300, -1e300, np.nan, np.inf, 0.0])
)
wild = st.tuples(st.just("send"), st.lists(angle, min_size=7, max_size=7), st.integers(1, 12))
tame = st.tuples(
    st.just("move"), st.lists(st.floats(-2.5, 2.5), min_size=7, max_size=7), st.integers(5, 40)
)
other = st.one_of(
    st.tuples(st.just("wait"), st.floats(0.0, 0.35), st.just(1)),
    st.tuples(st.just("old"), st.floats(0.0, 0.5), st.just(1)),
    st.tuples(st.sampled_from(["stop", "arm", "mute", "nan", "lose"]), st.none(), st.just(1)),
)
streams = st.lists(st.one_of(wild, tame, tame, other), min_size=2, max_size=10)


class Trial:
    """A rig whose messages are judged as they come."""

    def __init__(self, style: Style) -> None:
        self.rig = Rig(style, robot="").armed()  # no links, that nothing else ends a stream
        self.judge = Judge(self.rig.joints.limiter.q[0].copy(), np.zeros(7))
        self.style = style
        self.rig.joints.events.append(self.note)
        self.rig.transport.subscribe(
            self.rig.profile.commands.topic, self.kind(), lambda m: self.hear(dict(m))
        )

    def kind(self) -> str:
        return self.rig.bus.topics[self.rig.profile.commands.topic]

    def note(self, event: RobotEvent) -> None:
        if event.kind == "armed":
            self.judge.begin(self.rig.joints.state().q)
        if event.kind == "stopped":
            self.judge.stopped = True

    def hear(self, message: dict[str, Any]) -> None:
        now = self.rig.clock()
        if self.style == "trajectory":
            self.judge.trajectory(now, message)
        elif self.style == "joint_state":
            self.judge.positions(now, read_joint_state(message).q)
        else:
            self.judge.positions(now, read_float_array(message, 7))

    def do(self, what: str, value: Any, times: int) -> None:
        rig, joints = self.rig, self.rig.joints
        if what == "wait":
            rig.clock.sleep(value)
        elif what == "stop":
            joints.stop("fuzz")
        elif what == "arm":
            joints.arm()
        elif what == "mute":
            rig.arm.mangle = lambda m: None
            rig.clock.sleep(0.15)
            rig.arm.mangle = lambda m: m
        elif what == "nan":
            rig.arm.mangle = lambda m: m | {"position": [np.nan] * len(m["position"])}
            rig.clock.sleep(0.02)
            rig.arm.mangle = lambda m: m
        elif what == "lose":
            rig.transport.lose()
            rig.transport.lose(back=True)
        for _ in range(times):
            if what == "send":
                joints.send(value)
            elif what == "move":
                joints.send(joints.limiter.q[0] + np.array(value) * DT)
            elif what == "old":
                joints.send(joints.limiter.q[0], value)


@pytest.mark.slow
@pytest.mark.usefixtures("no_thread")
@pytest.mark.parametrize("style", ["trajectory", "joint_state", "float_array"])
@settings(
    max_examples=340, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(stream=streams)
@example([  # two joints come to rest within a microsecond
    ("send", [0.0] * 7, 1),
    ("move", [0.0, 0.0, 1.192092896e-07, 0.0, 0.0, 0.0, 0.0], 5),
    ("move", [0.99999, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0], 5),
])  # fmt: skip
def test_no_stream_of_commands_gets_past_the_limits(
    style: Style, stream: list[tuple[str, Any, int]]
) -> None:
    trial = Trial(style)
    for what, value, times in stream:
        try:
            trial.do(what, value, times)
        except ValueError as error:
            assert "must be finite" in str(error) and not np.isfinite(value).all()
        except StoppedError as error:
            assert trial.rig.joints.stopped and trial.rig.joints.stopped in str(error)
        except (Refused, StaleState):
            assert what == "arm"
    trial.rig.joints.stop("the end")
    trial.rig.clock.sleep(0.5)
    if style != "trajectory":
        assert not trial.judge.speed.any(), "it was braked to rest"
    heard = len(trial.rig.arm.heard)
    trial.rig.clock.sleep(0.5)
    trial.rig.joints.stop("again")
    assert len(trial.rig.arm.heard) == heard
