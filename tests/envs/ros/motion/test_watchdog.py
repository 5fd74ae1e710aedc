"""Each thing that can go wrong with a robot stops it, in time and by its name."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.rig import Direct, Rig

from habilis.assets.robots.registry import ARMS
from habilis.envs.control.joint_limiter import StoppedError
from habilis.envs.ros.messages.motion import joint_state
from habilis.envs.ros.motion.watchdog import Beat
from habilis.envs.ros.profiles.profile import WatchdogLimits
from habilis.envs.ros.transports.base import TransportError
from habilis.envs.ros.transports.local import Bus

FR3 = ARMS["fr3"]

Message = dict[str, Any]
HOME = np.array(FR3.limb.home)
PERIOD = 0.02


@pytest.fixture
def rig(no_thread: None) -> Rig:
    rig = Rig().armed()
    rig.swing(0.3, 0.2)
    return rig


def going_on(rig: Rig, seconds: float) -> float:
    """Goes on moving until it is stopped; how long that took, s."""
    began = rig.clock()
    try:
        rig.swing(seconds, 0.2)
    except StoppedError:
        pass
    return rig.clock() - began


def drop(joint: str) -> Callable[[Message], Message]:
    def mangle(message: Message) -> Message:
        keep = [i for i, name in enumerate(message["name"]) if name != joint]
        return {k: [v[i] for i in keep] if isinstance(v, list) else v for k, v in message.items()}

    return mangle


def set_stamp(change: Callable[[float], float]) -> Callable[[Message], Message]:
    def mangle(message: Message) -> Message:
        stamp = message["header"]["stamp"]
        time = change(stamp["sec"] + stamp["nanosec"] * 1e-9)
        return joint_state(
            message["name"], message["position"], message["velocity"], message["effort"], time
        )

    return mangle


def frozen() -> Callable[[Message], Message]:
    first: list[float] = []

    def hold(time: float) -> float:
        first.append(time)
        return first[0]

    return set_stamp(hold)


def delayed(seconds: float) -> Callable[[Message], Message | None]:
    waiting: list[Message] = []

    def mangle(message: Message) -> Message | None:
        waiting.append(message)
        return waiting.pop(0) if len(waiting) > seconds * 100 else None

    return mangle


AT_ONCE = 0.0
STATE_AGE = WatchdogLimits().state_age


@pytest.mark.parametrize(
    ("mangle", "deadline", "words"),
    [
        (lambda m: None, STATE_AGE, "nothing comes on /joint_states"),
        (lambda m: m | {"position": [np.nan] * 9}, AT_ONCE, "position of fr3_joint1, fr3_joint2"),
        (lambda m: m | {"position": m["position"][:-1]}, AT_ONCE, "expected 9 numbers, got 8"),
        (lambda m: m | {"name": 7}, AT_ONCE, "JointState.name: expected a list"),
        (drop("fr3_joint5"), STATE_AGE, "fr3_joint5 not in what comes on /joint_states"),
        (frozen(), STATE_AGE, "frozen: the stamp of what comes stays"),
        (set_stamp(lambda t: t - 60), AT_ONCE, "stamps jump"),
        (set_stamp(lambda t: t + 60), AT_ONCE, "stamps jump 60."),
        (delayed(0.3), STATE_AGE, "on /joint_states"),
    ],
    ids=["dead", "nan", "lengths", "unreadable", "missing", "frozen", "back", "ahead", "late"],
)
def test_a_fault_of_the_state_stops_within_two_periods_of_its_deadline(
    rig: Rig, mangle: Callable[[Message], Message | None], deadline: float, words: str
) -> None:
    rig.arm.mangle = mangle
    took = going_on(rig, 1.0)
    assert words in rig.joints.stopped
    assert took <= deadline + 0.01 + 2 * PERIOD + 1e-6, "states come every 10 ms"
    rig.clock.sleep(0.5)
    assert np.abs(rig.arm.qd).max() == 0


def test_wrong_order_and_joints_of_others_are_no_fault(rig: Rig) -> None:
    def shuffled(message: Message) -> Message:
        order = np.random.default_rng(0).permutation(9)
        out = {k: [v[i] for i in order] if isinstance(v, list) else v for k, v in message.items()}
        return out | {
            "name": [*out["name"], "wheel"], "position": [*out["position"], np.nan],
            "velocity": [*out["velocity"], 0.0], "effort": [*out["effort"], 0.0],
        }  # fmt: skip

    rig.arm.mangle = shuffled
    going_on(rig, 0.5)
    assert rig.joints.stopped == ""


def test_a_robot_that_does_not_follow(rig: Rig) -> None:
    rig.arm.stuck = True
    began = rig.clock()
    going_on(rig, 3.0)
    assert "fr3_joint1 is 0.1" in rig.joints.stopped, "its target has waited for it"
    assert "from where it was sent, for more than 0.5 s" in rig.joints.stopped
    assert rig.clock() - began < 0.2 / 0.2 + 0.5 + 0.1


def test_a_robot_that_somebody_moves_while_it_stands(rig: Rig) -> None:
    for _ in range(20):
        rig.joints.send(rig.joints.limiter.q[0])
    rig.clock.sleep(1.0)
    rig.arm.stuck = True
    for _ in range(25):
        rig.arm.q = rig.arm.q + (0, 0, 0.01, 0, 0, 0, 0)
        rig.clock.sleep(0.01)
    rig.clock.sleep(0.4)
    assert rig.joints.stopped == ""
    rig.clock.sleep(0.2)
    assert "fr3_joint3 is 0.250 rad from where it was sent" in rig.joints.stopped


def test_too_much_effort(rig: Rig) -> None:
    limits = [dataclasses.replace(j, effort=40.0) for j in rig.profile.limits]
    hard = Rig(limits=tuple(limits)).armed()
    hard.arm.effort[1] = -39.0
    hard.clock.sleep(0.1)
    assert hard.joints.stopped == ""
    hard.arm.effort[1] = -41.0
    hard.clock.sleep(0.02)
    assert hard.joints.stopped == "effort of fr3_joint2 is -41.0 N m, more than 40"


@pytest.mark.parametrize("other", [np.nan, np.inf, -np.inf])
def test_an_effort_that_is_no_number_does_not_switch_off_the_check_of_others(other: float) -> None:
    limits = [dataclasses.replace(j, effort=40.0) for j in Rig().profile.limits]
    limits[0] = dataclasses.replace(limits[0], effort=None)
    rig = Rig(limits=tuple(limits)).armed()
    rig.arm.effort[0], rig.arm.effort[4] = other, 60.0
    rig.clock.sleep(0.02)
    assert rig.joints.stopped == "effort of fr3_joint5 is 60.0 N m, more than 40"


def test_an_effort_that_is_watched_must_go_on_being_reported() -> None:
    limits = [dataclasses.replace(j, effort=40.0) for j in Rig().profile.limits]
    rig = Rig(limits=tuple(limits)).armed()
    rig.clock.sleep(0.05)
    rig.arm.effort[2] = np.nan
    rig.clock.sleep(0.02)
    assert "effort of fr3_joint3 is not reported any more" in rig.joints.stopped


def test_a_second_publisher_that_says_other_things_stops_the_robot(rig: Rig) -> None:
    def zeros() -> None:
        rig.arm.transport.publish(
            rig.profile.states,
            joint_state(rig.profile.joints, np.zeros(7), np.zeros(7), time=1.7e9 + rig.clock()),
        )

    rig.clock.each.append(zeros)
    took = going_on(rig, 1.0)
    assert "leapt" in rig.joints.stopped and "to 0.000 rad" in rig.joints.stopped
    assert took <= 2 * PERIOD


def test_ten_minutes_of_ordinary_jitter_stop_nothing(rig: Rig) -> None:
    """States at 25 Hz, up to 60 ms late, one in a hundred lost."""
    rng = np.random.default_rng(3)
    pending: list[tuple[float, Message]] = []
    for _ in range(15_000):
        now = rig.clock.time = rig.clock.time + 0.04
        stamp = joint_state(rig.profile.joints, rig.arm.q, time=1.7e9 + now)
        if rng.random() > 0.01:
            pending.append((now + 0.06 * rng.random() ** 4, stamp))
        for due, message in [p for p in pending if p[0] <= now + 0.02]:
            rig.joints.states.take(message, due)
            pending.remove((due, message))
        assert rig.joints.states.fault == ""
        assert rig.joints.states.why_old(now + 0.02, 0.15) == ""


def test_a_pause_of_this_process_is_not_held_against_the_robot(rig: Rig) -> None:
    """Nobody looked for a second: what waits in the buffers is read before anything is old."""
    for _ in range(10):
        rig.joints.send(rig.joints.limiter.q[0])
    rig.clock.time += 1.0
    rig.joints.look()
    assert rig.joints.stopped == ""
    rig.arm.publish()
    rig.clock.sleep(0.2)
    assert rig.joints.stopped == ""
    rig.clock.time += 1.0
    rig.joints.look()
    rig.arm.mangle = lambda m: None
    rig.clock.sleep(0.05)
    assert "nothing comes" in rig.joints.stopped


def test_a_lost_connection_that_nobody_tells_of_is_seen(rig: Rig) -> None:
    rig.transport._up = False
    rig.joints.look()
    assert rig.joints.stopped == "connection lost"


def test_the_thread_looks_and_tells_if_it_fails() -> None:
    """With real threads and time, but no deadline: until it happened."""
    looked, failed = threading.Event(), threading.Event()
    words: list[str] = []

    def look() -> None:
        if looked.is_set():
            raise RuntimeError("oh")
        looked.set()

    def tell(reason: str) -> None:
        words.append(reason)
        failed.set()

    beat = Beat(look, tell)
    assert looked.wait(10) and failed.wait(10)
    beat.close()
    assert words[0] == "the watchdog failed: RuntimeError('oh')"


def test_messages_of_another_type_are_refused() -> None:
    bus = Bus()
    Direct(bus).advertise("/joint_states", "std_msgs/msg/String")
    with pytest.raises(TransportError, match="is of type std_msgs/msg/String"):
        Direct(bus).subscribe("/joint_states", "sensor_msgs/msg/JointState", lambda m: None)
