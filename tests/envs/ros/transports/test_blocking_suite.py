"""rosbridge_suite with ``send_action_goals_in_new_thread`` at its default, which is false.

No suite runs here. ``BlockingSuite`` is a double that keeps the one habit of it that matters: of a
connection on which a goal was sent it reads nothing more until that goal is over, and of a goal
that is rejected it never says a word.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.envs.ros.stack import until
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from habilis.envs.ros.grippers.driver import GripperDriver
from habilis.envs.ros.messages.motion import GRIPPER
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.robot.survey import survey
from habilis.envs.ros.transports.base import GoalStatus
from habilis.envs.ros.transports.rosbridge.client import RosbridgeTransport


class BlockingSuite:
    """A double of the suite's blocking; see the docstring of the module."""

    def __init__(self, reject: bool = False) -> None:
        self.heard: list[dict[str, Any]] = []
        self.cancelled, self._reject = threading.Event(), reject
        self.server: Server = serve(self._talk, "127.0.0.1", 0)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}"

    def _talk(self, connection: ServerConnection) -> None:
        try:
            for text in connection:
                said = json.loads(text)
                self.heard.append(said)
                if said["op"] == "send_action_goal" and not self._reject:
                    self.cancelled.wait(20.0)
                    of = {"id": said["id"], "action": said["action"], "values": {}, "status": 5}
                    connection.send(json.dumps({"op": "action_result", "result": True, **of}))
                elif said["op"] == "call_service" and "cancel_goal" in said["service"]:
                    one = bool(said["args"].get("goal_info"))  # that of nobody, or all
                    if not one:
                        self.cancelled.set()
                    values: dict[str, Any] = {"return_code": 2 if one else 0, "goals_canceling": []}
                    of = {"id": said["id"], "service": said["service"], "result": True}
                    connection.send(json.dumps({"op": "service_response", "values": values, **of}))
        except ConnectionClosed:
            pass

    def count(self, op: str) -> int:
        return sum(said["op"] == op for said in self.heard)


@pytest.fixture
def suite() -> Iterator[BlockingSuite]:
    suite = BlockingSuite()
    yield suite
    suite.cancelled.set()
    suite.server.shutdown()


def test_a_running_goal_keeps_neither_commands_nor_a_stop_waiting(suite: BlockingSuite) -> None:
    transport = RosbridgeTransport(suite.url)
    transport.advertise("/command", "std_msgs/msg/String")
    transport.connect()
    gripper = GripperDriver(load_profile("fr3").gripper, transport)  # type: ignore[arg-type]
    gripper.want(0.02)
    gripper.keep(0.0)
    until(lambda: suite.count("send_action_goal") == 1, "the goal")
    before = suite.count("publish")
    transport.publish("/command", {"data": "go on"})
    until(lambda: suite.count("publish") == before + 1, "a command beside the goal", 3.0)
    gripper.stop()
    assert suite.cancelled.wait(3.0), "the stop reached the server"
    transport.close()


def test_a_second_goal_does_not_wait_for_the_first(suite: BlockingSuite) -> None:
    transport = RosbridgeTransport(suite.url)
    transport.connect()
    goals = [transport.send_goal("/gripper", GRIPPER, {}) for _ in range(2)]
    until(lambda: suite.count("send_action_goal") == 2, "both", 3.0)
    transport.cancel_all("/gripper")
    for goal in goals:
        end = goal.wait(3.0)
        assert end is not None and end.status is GoalStatus.CANCELED
    transport.close()


def test_check_needs_no_goal_to_know_that_the_controller_answers(suite: BlockingSuite) -> None:
    transport = RosbridgeTransport(suite.url)
    transport.connect()
    assert survey(load_profile("ur5e"), transport, 0.5).action == ""
    assert suite.count("send_action_goal") == 0
    transport.close()
