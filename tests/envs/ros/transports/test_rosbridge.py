"""The rosbridge client against a genuine server, ROS 2 graph and robot, and what goes wrong."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.envs.ros.stack import FOLLOW, FOLLOW_TYPE, JOINTS, Stack, free_port, trajectory, until

from habilis.envs.ros.transports.base import Disconnected, Goal, GoalEnd, GoalStatus, TransportError
from habilis.envs.ros.transports.rosbridge.client import RosbridgeTransport

STATE = "sensor_msgs/msg/JointState"
TEXT = "std_msgs/msg/String"


def wait_for_answer(goal: Goal) -> None:
    until(lambda: goal.status is not GoalStatus.UNKNOWN, "an answer to the goal")


class Wire:
    """A transport, the newest joint state, and all that was told of the connection."""

    def __init__(self, stack: Stack) -> None:
        self.complaints: list[str] = []
        self.seen: list[bool] = []
        self.state: dict[str, Any] = {}
        self.transport = RosbridgeTransport(
            stack.url, ping=0.5, on_status=lambda level, text: self.complaints.append(text)
        )
        self.transport.watch(self.seen.append)
        self.transport.subscribe("/joint_states", STATE, self.on_state)
        self.transport.advertise("/fault", TEXT)
        self.transport.connect()
        until(lambda: self.state, "a joint state")

    def on_state(self, message: Any) -> None:
        self.state = {**message, "at": time.monotonic()}

    def fault(self, text: str) -> None:
        self.transport.publish("/fault", {"data": text})

    def fresh(self) -> dict[str, Any]:
        now = time.monotonic()
        until(lambda: self.state["at"] > now, "a fresh joint state")
        return self.state

    def goal(self, *poses: float, **options: Any) -> Any:
        """Sends one, again until there is a server that hears of it."""
        for _ in range(20):
            try:
                goal = self.transport.send_goal(FOLLOW, FOLLOW_TYPE, trajectory(*poses, **options))
            except TransportError:  # one from before a loss is being cancelled
                time.sleep(0.2)
                continue
            wait_for_answer(goal)
            return goal
        raise AssertionError("no goal was taken")

    def still(self) -> bool:
        before = self.fresh()["position"][0]
        time.sleep(0.2)
        return bool(abs(self.fresh()["position"][0] - before) < 1e-9)


@pytest.fixture
def wire(stack: Stack) -> Iterator[Wire]:
    wire = Wire(stack)
    wire.fault("none")
    yield wire
    if wire.transport.connected:
        wire.fault("none")
    wire.transport.close()


def test_a_server_that_is_not_there_is_named_with_what_starts_one() -> None:
    url = f"ws://127.0.0.1:{free_port()}"
    with pytest.raises(Disconnected, match=f"{url}.*refused.*ros2 launch rosbridge_server"):
        RosbridgeTransport(url).connect(0.3)


@pytest.mark.parametrize("url", ["http://127.0.0.1", "wss://127.0.0.1:9090", "127.0.0.1:9090"])
def test_an_address_that_is_not_spoken_is_named(url: str) -> None:
    with pytest.raises(TransportError, match=url):
        RosbridgeTransport(url)


def test_nan_comes_as_nan_and_is_not_sent(wire: Wire) -> None:
    wire.fault(f"nan {JOINTS[1]}")
    until(lambda: math.isnan(wire.state["position"][1]), "NaN of a joint")
    assert sum(math.isnan(value) for value in wire.state["position"]) == 1
    wire.transport.advertise("/ping", STATE)
    for bad in (math.nan, math.inf):
        with pytest.raises(TransportError, match="/ping.*NaN and infinity"):
            wire.transport.publish("/ping", {"name": ["a"], "position": [bad]})
    assert not wire.complaints


def test_complaints_of_the_server_are_told(wire: Wire) -> None:
    wire.transport.subscribe("/other", "no_such_msgs/msg/Thing", lambda message: None)
    until(lambda: any("/other" in text for text in wire.complaints), "that it lacks the type")
    wire.transport.publish("/fault", {"dota": "x"})
    until(lambda: any("dota" in text for text in wire.complaints), "that there is no such field")
    with pytest.raises(TransportError, match="/nothing"):
        wire.transport.call("/nothing", "std_srvs/srv/Trigger", {}, 0.3)


def test_a_goal_cancelled_before_it_was_accepted_is_cancelled(wire: Wire) -> None:
    goal = wire.transport.send_goal(FOLLOW, FOLLOW_TYPE, trajectory(0.1, seconds=5.0))
    goal.cancel()
    end = goal.wait(3.0)
    assert end is not None and end.status is GoalStatus.CANCELED
    assert not wire.complaints


def test_after_a_killed_bridge_all_is_renewed_and_a_goal_left_running_cancelled(
    wire: Wire, stack: Stack
) -> None:
    ends: list[GoalEnd] = []
    goal = wire.transport.send_goal(
        FOLLOW, FOLLOW_TYPE, trajectory(0.2, seconds=30.0), done=ends.append
    )
    until(lambda: goal.status is GoalStatus.EXECUTING, "feedback")
    stack.bridge.kill()
    end = goal.wait(1.0)
    assert end is not None and end.status is GoalStatus.LOST and "may still be" in end.error
    until(lambda: ends and wire.seen, "what is called back")
    assert ends == [end] and wire.seen == [False]
    with pytest.raises(Disconnected):
        wire.fault("none")
    stack.start_bridge()
    until(lambda: wire.transport.connected, "the connection")
    until(wire.still, "the goal's cancellation")
    assert wire.seen == [False, True]
    again = wire.goal(0.0)
    end = again.wait(3.0)
    assert end is not None and end.status is GoalStatus.SUCCEEDED
    wire.fault("drop fr3_joint3")  # advertised again too
    until(lambda: JOINTS[2] not in wire.state["name"], "the fault")


def test_a_hung_bridge_is_seen(wire: Wire, stack: Stack) -> None:
    os.kill(stack.bridge.popen.pid, signal.SIGSTOP)
    try:
        until(lambda: wire.seen == [False], "the loss", 5.0)
    finally:
        os.kill(stack.bridge.popen.pid, signal.SIGCONT)
    until(lambda: wire.seen == [False, True], "the connection")
    wire.fresh()


def test_a_robot_killed_in_motion_and_started_again_goes_on(wire: Wire, stack: Stack) -> None:
    goal = wire.goal(0.2, seconds=30.0)
    stack.peer.kill()
    last = wire.state["at"]
    time.sleep(0.3)
    assert wire.state["at"] - last < 0.1
    assert goal.wait(0.0) is None  # nobody tells: deadlines are the robot's business
    assert wire.seen == []
    stack.start_peer()
    wire.fresh()
    goal.cancel()
    ends = []
    for _ in range(10):  # the bridge finds the new action server in its own time, goals may wait
        again = wire.transport.send_goal(FOLLOW, FOLLOW_TYPE, trajectory(0.1))
        end = again.wait(1.5)
        ends.append(end and end.status)
        if ends[-1] is GoalStatus.SUCCEEDED:
            break
        again.cancel()
    assert ends[-1] is GoalStatus.SUCCEEDED, ends


def test_closing_cancels_what_runs(stack: Stack, wire: Wire) -> None:
    other = Wire(stack)
    other.goal(0.3, seconds=30.0)
    assert not wire.still()
    other.transport.close()
    other.transport.close()
    until(wire.still, "the end of the motion", 3.0)
    with pytest.raises(Disconnected):
        other.fault("none")


def test_two_clients_at_once(stack: Stack, wire: Wire) -> None:
    other = Wire(stack)
    first = wire.goal(0.3, seconds=30.0)
    second = other.goal(0.0)
    end = first.wait(3.0)
    assert end is not None and end.status is GoalStatus.ABORTED and "replaced" in end.error
    end = second.wait(3.0)
    assert end is not None and end.status is GoalStatus.SUCCEEDED
    assert other.fresh()["position"][0] == pytest.approx(0.0)
    other.transport.close()
    wire.fresh()
