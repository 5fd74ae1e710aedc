"""What other rosbridge servers say than that of the test environment: rosbridge_suite's words."""

from __future__ import annotations

import base64
import json
import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.envs.ros.stack import until
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from habilis.envs.ros.transports.base import Disconnected, GoalStatus, Message, TransportError
from habilis.envs.ros.transports.rosbridge.client import RosbridgeTransport

Said = dict[str, Any]
Replies = Callable[[Said], list[Said | str | bytes]]
TRIGGER, FOLLOW = "std_srvs/srv/Trigger", "control_msgs/action/FollowJointTrajectory"


class Scripted:
    """A server that answers each operation as told, and what was said to it."""

    def __init__(self, replies: Replies) -> None:
        self.heard: list[Said] = []
        self.complaints: list[str] = []
        self._replies = replies
        self.server: Server = serve(self._talk, "127.0.0.1", 0)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        url = f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}"
        self.transport = RosbridgeTransport(
            url, on_status=lambda level, text: self.complaints.append(text)
        )

    def ops(self) -> list[str]:
        return [said["op"] for said in self.heard]

    def close(self) -> None:
        self.transport.close()
        self.server.shutdown()

    def _talk(self, connection: ServerConnection) -> None:
        try:
            for text in connection:
                said = json.loads(text)
                self.heard.append(said)
                for reply in self._replies(said):
                    connection.send(json.dumps(reply) if isinstance(reply, dict) else reply)
        except ConnectionClosed:
            pass


@pytest.fixture
def script() -> Iterator[Callable[[Replies], Scripted]]:
    made: list[Scripted] = []

    def script(replies: Replies) -> Scripted:
        made.append(Scripted(replies))
        made[-1].transport.connect()
        return made[-1]

    yield script
    for server in made:
        server.close()


Script = Callable[[Replies], Scripted]


def test_a_server_without_actions_ends_the_goal_with_what_is_missing(script: Script) -> None:
    server = script(
        lambda said: [
            {"op": "status", "level": "error", "id": said["id"], "msg": f"Unknown operation: {op}."}
            for op in [said["op"]]
        ]
    )
    end = server.transport.send_goal("/arm/follow", FOLLOW, {}).wait(3.0)
    assert end is not None and end.status is GoalStatus.REJECTED
    assert "actions" in end.error and "2.0.0" in end.error
    assert not server.complaints


@pytest.mark.parametrize("words", ["Action goal was rejected", "No action server available"])
def test_a_goal_that_was_not_taken_is_rejected_in_the_servers_words(
    script: Script, words: str
) -> None:
    refusal = {"op": "action_result", "values": words, "status": 0, "result": False}
    server = script(lambda said: [{**refusal, "id": said["id"], "action": said["action"]}])
    end = server.transport.send_goal("/arm/follow", FOLLOW, {}).wait(3.0)
    assert end is not None and (end.status, end.error) == (GoalStatus.REJECTED, words)


def test_a_goal_that_fails_at_work_is_aborted(script: Script) -> None:
    def replies(said: Said) -> list[Said | str | bytes]:
        of = {"id": said["id"], "action": said["action"]}
        result = {"op": "action_result", "values": "broke", "status": 0, "result": False}
        return [{"op": "action_feedback", "values": {}, **of}, {**result, **of}]

    end = script(replies).transport.send_goal("/arm/follow", FOLLOW, {}).wait(3.0)
    assert end is not None and (end.status, end.error) == (GoalStatus.ABORTED, "broke")


def test_a_cancel_that_the_server_dropped_is_repeated(script: Script) -> None:
    cancels: list[Said] = []

    def replies(said: Said) -> list[Said | str | bytes]:
        if said["op"] != "cancel_action_goal":
            return []
        cancels.append(said)
        of = {"id": said["id"], "action": said["action"], "values": {}, "status": 5}
        return [{"op": "action_result", "result": True, **of}] if len(cancels) == 3 else []

    goal = script(replies).transport.send_goal("/arm/follow", FOLLOW, {})
    goal.cancel()
    goal.cancel()
    end = goal.wait(5.0)
    assert end is not None and end.status is GoalStatus.CANCELED and len(cancels) == 3


def test_null_is_nan_and_base64_is_bytes(script: Script) -> None:
    def replies(said: Said) -> list[Said | str | bytes]:
        values: dict[str, Any] = {"position": [None, 1.0], "effort": []}
        if said["topic"] == "/image":
            values = {"data": base64.b64encode(b"abc").decode(), "height": 1}
        return [{"op": "publish", "topic": said["topic"], "msg": values}]

    states: list[Message] = []
    images: list[Message] = []
    server = script(replies)
    server.transport.subscribe("/states", "sensor_msgs/msg/JointState", states.append)
    server.transport.subscribe("/image", "sensor_msgs/msg/Image", images.append)
    until(lambda: states and images, "both")
    assert math.isnan(states[0]["position"][0]) and states[0]["position"][1] == 1.0
    assert images[0] == {"data": b"abc", "height": 1}


def test_what_is_not_understood_is_told_and_the_rest_goes_on(script: Script) -> None:
    def replies(said: Said) -> list[Said | str | bytes]:
        message = {"op": "publish", "topic": "/text", "msg": {"data": "x"}}
        odd: list[Said | str | bytes] = ["no json", "[1]", b"\xff\x00", {"op": "new_thing"}, {}]
        return [*odd, {"op": "publish", "topic": "/text"}, message]

    heard: list[Message] = []
    server = script(replies)
    server.transport.subscribe("/text", "std_msgs/msg/String", heard.append)
    until(lambda: heard, "the message")
    assert heard == [{"data": "x"}] and len(server.complaints) == 6
    assert any("new_thing" in text for text in server.complaints)


def test_calls_end_with_what_the_server_says(script: Script) -> None:
    def replies(said: Said) -> list[Said | str | bytes]:
        of = {"service": said["service"], "id": said["id"]}
        kind = said["service"]
        if kind == "/fails":
            return [{"op": "service_response", "result": False, "values": "no such", **of}]
        if kind == "/complains":
            return [{"op": "status", "level": "error", "msg": "bad type", "id": said["id"]}]
        return []

    transport = script(replies).transport
    for service, words in (("/fails", "no such"), ("/complains", "bad type"), ("/mute", "0.1 s")):
        with pytest.raises(TransportError, match=f"{service}.*{words}"):
            transport.call(service, TRIGGER, {}, 0.1)


def test_a_call_ends_with_the_connection(script: Script) -> None:
    server = script(lambda said: [])
    failures: list[Exception] = []

    def call() -> None:
        try:
            server.transport.call("/mute", TRIGGER, {}, 30.0)
        except TransportError as error:
            failures.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    until(lambda: server.heard, "the call")
    server.server.shutdown()
    server.transport.close()
    thread.join(5.0)
    assert not thread.is_alive() and isinstance(failures[0], Disconnected)


def test_no_web_socket_server_is_named() -> None:
    import http.server

    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Quiet) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        with pytest.raises(Disconnected, match="no WebSocket server"):
            RosbridgeTransport(f"ws://127.0.0.1:{web.server_port}").connect(0.5)
        web.shutdown()
