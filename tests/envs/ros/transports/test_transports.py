"""What every transport promises, between two participants of one graph."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.envs.ros.stack import FOLLOW_TYPE, trajectory, until

from habilis.envs.ros.transports.base import (
    Disconnected,
    GoalEnd,
    GoalStatus,
    Message,
    Running,
    TransportError,
)
from habilis.envs.ros.transports.names import make_transport

STATE, TEXT = "sensor_msgs/msg/JointState", "std_msgs/msg/String"
TRIGGER = "std_srvs/srv/Trigger"
Make = Callable[[], Any]


def test_transports_are_found_by_name() -> None:
    assert make_transport("rosbridge").name == "rosbridge ws://127.0.0.1:9090"
    assert make_transport("ws://robot:1").name == "rosbridge ws://robot:1"
    assert "rclpy" in make_transport("rclpy").name
    with pytest.raises(TransportError, match="did you mean 'rosbridge'.*ws://host:port"):
        make_transport("rosbrige")


def test_rclpy_without_a_ros_is_refused_with_what_to_do() -> None:
    transport = make_transport("rclpy")
    try:
        import rclpy  # noqa: F401
    except ImportError:
        with pytest.raises(Disconnected, match="source /opt/ros.*or go through rosbridge"):
            transport.connect()
    else:
        pytest.skip("there is one here")


def test_messages_arrive_as_they_were_sent(make: Make) -> None:
    here, there = make(), make()
    heard: list[Message] = []
    seen: list[Message] = []
    topic, camera = "/battery/states", "/battery/image"
    here.subscribe(topic, STATE, heard.append)
    here.connect()
    here.subscribe(camera, "sensor_msgs/msg/Image", seen.append)
    there.connect()
    there.advertise(topic, STATE)
    there.advertise(camera, "sensor_msgs/msg/Image")
    state = {
        "header": {"stamp": {"sec": 12, "nanosec": 345678901}, "frame_id": "base"},
        "name": ["a", "b"],
        "position": [0.1, -2.5e-7],
        "velocity": [1.0, 0.0],
        "effort": [],
    }
    image = {"height": 1, "width": 2, "encoding": "rgb8", "step": 6, "data": bytes(range(250, 256))}

    def arrives() -> bool:
        there.publish(topic, state)
        there.publish(camera, image)
        time.sleep(0.02)
        return bool(heard and seen)

    until(arrives, "a state and an image")
    assert heard[-1] == state
    assert {key: seen[-1][key] for key in image} == image


def test_the_last_of_a_latched_topic_is_told_to_who_comes_later(make: Make) -> None:
    there, here = make(), make()
    there.connect()
    there.advertise("/battery/latched", TEXT, latched=True)
    there.publish("/battery/latched", {"data": "old"})
    there.publish("/battery/latched", {"data": "new"})
    here.connect()
    time.sleep(0.5)  # rosbridge and rclpy ask the graph what the topic offers
    heard: list[Message] = []
    here.subscribe("/battery/latched", TEXT, heard.append)
    until(lambda: heard, "what was latched")
    assert heard[-1] == {"data": "new"}


def test_what_cannot_be_sent_is_refused(make: Make) -> None:
    transport = make()
    transport.advertise("/battery/text", TEXT)
    with pytest.raises(Disconnected):
        transport.publish("/battery/text", {"data": "x"})
    transport.connect()
    with pytest.raises(TransportError, match="/battery/other was not advertised"):
        transport.publish("/battery/other", {"data": "x"})
    with pytest.raises(TransportError, match=f"/battery/text is of type {TEXT}, not {STATE}"):
        transport.subscribe("/battery/text", STATE, lambda message: None)


def test_services_answer(make: Make) -> None:
    here, there = make(), make()
    there.connect()
    there.serve("/battery/reset", TRIGGER, lambda request: {"success": True, "message": "done"})
    here.connect()
    answer = here.call("/battery/reset", TRIGGER, {}, 10.0)
    assert answer == {"success": True, "message": "done"}
    with pytest.raises(TransportError, match="/battery/nothing"):
        here.call("/battery/nothing", TRIGGER, {}, 0.2)


class Counting:
    """An action server that gives feedback until its time is over or it is cancelled."""

    def __init__(self, transport: Any) -> None:
        self.taken: list[Running] = []
        self.threads: list[threading.Thread] = []
        transport.serve_action("/battery/follow", FOLLOW_TYPE, self.take)

    def take(self, running: Running) -> str:
        if running.goal["trajectory"]["joint_names"] == ["wrong"]:
            return "wrong joints"
        self.taken.append(running)
        self.threads.append(threading.Thread(target=self.work, args=(running,), daemon=True))
        self.threads[-1].start()
        return ""

    def work(self, running: Running) -> None:
        time_ = running.goal["trajectory"]["points"][-1]["time_from_start"]
        end = time.monotonic() + time_["sec"] + time_["nanosec"] * 1e-9
        while time.monotonic() < end:
            if running.cancelled:
                running.end(GoalStatus.CANCELED, {"error_string": "holding"})
                return
            running.feedback({"joint_names": ["a"]})
            time.sleep(0.02)
        fine = running.goal["trajectory"]["joint_names"] == ["a"]
        code, text = (0, "reached") if fine else (-4, "too far off")
        result = {"error_code": code, "error_string": text}
        running.end(GoalStatus.SUCCEEDED if fine else GoalStatus.ABORTED, result)


@pytest.fixture
def client(make: Make) -> Any:
    """Of a counting server that answers."""
    there, here = make(), make()
    there.connect()
    server = Counting(there)
    here.connect()
    here.server = server
    for _ in range(40):  # until the graph knows of the server
        goal = here.send_goal("/battery/follow", FOLLOW_TYPE, goal_of("a", 0.01))
        if goal.wait(0.5) is not None:
            return here
    raise AssertionError("no action server")


def goal_of(joint: str, seconds: float) -> dict[str, Any]:
    return trajectory(0.0, seconds=seconds, joints=[joint])


def executing(goal: Any) -> bool:
    return goal.status is GoalStatus.EXECUTING


def send(client: Any, joint: str, seconds: float, **options: Any) -> Any:
    return client.send_goal("/battery/follow", FOLLOW_TYPE, goal_of(joint, seconds), **options)


def test_a_goal_succeeds_with_feedback(client: Any) -> None:
    told: list[Message] = []
    ends: list[GoalEnd] = []
    goal = send(client, "a", 0.5, feedback=told.append, done=ends.append)
    until(lambda: executing(goal), "feedback")
    assert goal.wait(0.0) is None
    end = goal.wait(5.0)
    assert end is not None
    assert (end.status, end.result["error_string"]) == (GoalStatus.SUCCEEDED, "reached")
    until(lambda: ends, "the callback")
    assert ends == [end] and goal.status.over
    assert len(told) >= 5 and told[-1]["joint_names"] == ["a"]


def test_a_goal_aborts(client: Any) -> None:
    end = send(client, "b", 0.1).wait(5.0)
    assert end is not None and end.status is GoalStatus.ABORTED
    assert end.result["error_code"] == -4 and end.result["error_string"] == "too far off"


def test_a_goal_is_refused(client: Any, medium: str) -> None:
    end = send(client, "wrong", 0.1).wait(5.0)
    # A rosbridge accepts before it asks.
    refused = GoalStatus.ABORTED if medium == "rosbridge" else GoalStatus.REJECTED
    assert end is not None and end.status is refused


def test_a_goal_is_cancelled(client: Any) -> None:
    goal = send(client, "a", 30.0)
    until(lambda: executing(goal), "acceptance")
    goal.cancel()
    end = goal.wait(5.0)
    assert end is not None
    assert (end.status, end.result["error_string"]) == (GoalStatus.CANCELED, "holding")
    goal.cancel()


def test_all_goals_are_cancelled_whoever_sent_them(client: Any, make: Make) -> None:
    goals = [send(client, "a", 30.0), send(client, "a", 30.0)]
    other = make()
    other.connect()
    for goal in goals:
        until(functools.partial(executing, goal), "acceptance")
    other.cancel_all("/battery/follow")
    for goal in goals:
        end = goal.wait(10.0)
        assert end is not None and end.status is GoalStatus.CANCELED


def test_a_callback_that_fails_does_not_end_the_others(make: Make) -> None:
    here, there = make(), make()
    heard: list[Message] = []

    def fail(message: Message) -> None:
        raise RuntimeError("of a test")

    here.subscribe("/battery/fails", TEXT, fail)
    here.subscribe("/battery/fails", TEXT, heard.append)
    here.connect()
    there.connect()
    there.advertise("/battery/fails", TEXT)

    def arrives() -> bool:
        there.publish("/battery/fails", {"data": "x"})
        time.sleep(0.02)
        return len(heard) > 2

    until(arrives, "messages")


def test_closing_twice_is_fine_and_ends_it(make: Make) -> None:
    transport = make()
    transport.advertise("/battery/text", TEXT)
    transport.connect()
    transport.publish("/battery/text", {"data": "x"})
    transport.close()
    transport.close()
    assert not transport.connected
    with pytest.raises(Disconnected):
        transport.publish("/battery/text", {"data": "x"})
