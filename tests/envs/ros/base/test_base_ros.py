"""A base of genuine ROS 2 is driven, stopped, and left alone by a client that dies or freezes."""

from __future__ import annotations

import dataclasses
import functools
import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from tests.envs.ros.stack import Process, Stack, until

from habilis.envs.control.joint_limiter import StoppedError
from habilis.envs.ros.base.driver import RosBase
from habilis.envs.ros.base.moves import shift
from habilis.envs.ros.base.stopping import BaseStopper
from habilis.envs.ros.latched import Refused
from habilis.envs.ros.messages.velocity import ODOMETRY, OdometryMessage, read_odometry
from habilis.envs.ros.motion.states import StaleState
from habilis.envs.ros.profiles import load_any_profile
from habilis.envs.ros.profiles.base_profile import BaseProfile, BaseWatch
from habilis.envs.ros.transports.base import Message
from habilis.envs.ros.transports.names import make_transport

# Deadlines that a machine which runs other tests keeps.
WATCH = BaseWatch(odometry_age=0.5, odometry_delay=0.5, command_age=0.5, overspeed=1.0)
BUSY = 1.0  # s that a message may take there
STOOD = 0.6  # s without motion that count as standing
SLOW = 0.15  # m/s, half of the greatest speed


def patient() -> BaseProfile:
    """The profile of wheels, on a machine that is busy."""
    wheels = load_any_profile("wheels")
    assert isinstance(wheels, BaseProfile)
    return dataclasses.replace(wheels, watch=WATCH)


def armed(base: RosBase) -> bool:
    try:
        base.arm()
    except (Refused, StaleState):
        return False
    return True


class Watcher:
    """Hears the odometry, and commands nothing."""

    def __init__(self, stack: Stack) -> None:
        self.transport = make_transport(stack.url)
        self.transport.connect()
        self.told: list[OdometryMessage] = []
        self.transport.subscribe("/odom", ODOMETRY, self._hear)

    def _hear(self, message: Message) -> None:
        self.told.append(read_odometry(message))

    @property
    def speed(self) -> float:
        return abs(float(self.told[-1].velocity[0])) if self.told else 0.0

    def rest(self, began: float) -> float:
        """s from a time of the machine's clock until the base stood for good."""
        until(lambda: self.told[-1].time > began + BUSY and self._stood() > STOOD, "that it stands")
        moved = [t.time for t in self.told if t.velocity.any()]
        return max(0.0, moved[-1] - began)

    def _stood(self) -> float:
        moved = [t.time for t in self.told if t.velocity.any()]
        return self.told[-1].time - moved[-1]


@pytest.fixture(scope="module")
def node(whole_stack: Stack) -> Iterator[Process]:
    whole_stack.mend()
    process = whole_stack.python("base.py")
    until(lambda: "base ready" in process.text or not process.alive, "the base")
    assert process.alive, process.text
    yield process
    process.kill()


@pytest.fixture(scope="module")
def watcher(node: Process, whole_stack: Stack) -> Iterator[Watcher]:
    made = Watcher(whole_stack)
    until(lambda: made.told, "odometry")
    yield made
    made.transport.close()


def test_it_is_driven_by_a_profile_and_stopped_from_a_second_terminal(
    watcher: Watcher, stack: Stack
) -> None:
    with RosBase(patient(), make_transport(stack.url)) as base:
        until(lambda: armed(base), "that it can be armed", 20.0)
        done = shift(base, "forward", 0.2, 1.0)
        assert done.ok and abs(float(base.state().pos[0]) - 0.2) < 0.05, done.reason
        stopper, began = BaseStopper(patient(), watcher.transport), list[float]()

        def stop() -> None:
            began.append(time.time())
            stopper._ask("by hand", 0)

        timer = threading.Timer(1.0, stop)
        timer.start()
        done = shift(base, "forward", -1.0, 1.0)
        timer.join()
        assert not done.ok and "stopped from another terminal: by hand" in done.reason
        assert watcher.rest(began[0]) < 0.35 + BUSY
        assert -0.7 < watcher.told[-1].pos[0], "not where it was to go"
        with pytest.raises(StoppedError, match="by hand"):
            base.drive([0.1, 0, 0])


CLIENT = """
from habilis.envs.ros.base.driver import RosBase
from habilis.envs.ros.transports.names import make_transport
from tests.envs.ros.base.test_base_ros import armed, patient
with RosBase(patient(), make_transport(sys.argv[1])) as base:
    while True:
        if base.stopped:
            armed(base)
        else:
            x = float(base.state().pos[0])
            way = -1 if x > 0.5 else 1 if x < -0.5 else way
            base.drive([way * 0.3, 0, 0])
        base.pace(0.02)
"""


@pytest.mark.parametrize("via", ["rosbridge", "rclpy"])
@pytest.mark.parametrize("how", ["SIGKILL", "SIGSTOP"])
def test_a_client_that_dies_or_freezes_leaves_it_at_rest(
    watcher: Watcher, stack: Stack, how: str, via: str
) -> None:
    if via == "rclpy" and sys.version_info[:2] != (3, 11):
        pytest.skip("the ROS wheels are for Python 3.11")
    with stack.ours("way = 1" + CLIENT, via) as client:
        try:
            until(functools.partial(_fast, watcher), "that it moves", 60.0)
            client.send_signal(getattr(signal, how))
            began = time.time()
            rest = watcher.rest(began)
        finally:
            client.kill()
    print(f"{how} of a client over {via}: at rest after {rest:.3f} s")
    assert rest < 0.25 + BUSY


def _fast(watcher: Watcher) -> bool:
    return watcher.speed > SLOW
