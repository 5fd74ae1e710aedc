"""ROS messages through a rosbridge server: JSON over a WebSocket, no ROS needed on this side.

Works with rosbridge_suite (actions from 2.0.0 on) and compatible servers; see the protocol at
https://github.com/RobotWebTools/rosbridge_suite/blob/ros2/ROSBRIDGE_PROTOCOL.md.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any

from habilis.envs.ros.transports.base import (
    CANCEL_GOAL,
    Disconnected,
    GoalEnd,
    Message,
    OnGoal,
    OnMessage,
    TransportError,
)
from habilis.envs.ros.transports.inbox import LOG, Inbox, TopicQueue
from habilis.envs.ros.transports.rosbridge import json as wire
from habilis.envs.ros.transports.rosbridge.calls import Answered, Calls
from habilis.envs.ros.transports.rosbridge.connection import Connection
from habilis.envs.ros.transports.rosbridge.goals import SentGoal, SentGoals, ServedGoals
from habilis.envs.ros.transports.rosbridge.lines import GoalLine, GoalLines

URL = "ws://127.0.0.1:9090"
ASKED = 10  # times, each for 0.5 s, that a server is asked to cancel all its goals

OnStatus = Callable[[str, str], None]


class RosbridgeTransport:
    """See ``habilis.envs.ros.transports.base.Transport``.

    Args:
      url: of the server.
      ping: s of silence, in spite of a ping, after which the server counts as hung.
      on_status: called with the level (``error``, ``warning``, ...) and the text of what the server
        complains about without anybody here waiting for it; logged otherwise.

    Raises:
      TransportError: ``url`` is not one.
    """

    def __init__(
        self, url: str = URL, *, ping: float = 1.0, on_status: OnStatus | None = None
    ) -> None:
        self.name = f"rosbridge {url}"
        self._on_status = on_status or _Log()
        self._watchers: list[Callable[[bool], None]] = []
        self._slots: dict[str, list[TopicQueue]] = {}
        self._topics: dict[str, str] = {}  # type of every topic named here
        self._promises: dict[str, dict[str, Any]] = {}  # what is sent again after a loss
        self._answers: dict[str, Callable[[Message], Message]] = {}
        self._calls = Calls()
        self._inbox = Inbox(self.name)
        # Goals have connections of their own: a server may read nothing more of one until its goal
        # is over, as rosbridge_suite does with ``send_action_goals_in_new_thread`` at its default.
        self._lines = GoalLines(url, ping, self._on_text, self._on_line)
        self._goals = SentGoals(self._inbox, self._recover)
        self._served = ServedGoals(self._inbox, self._send)
        self._connection = Connection(
            url, ping, self._hello, self._on_text, self._on_change, self._goals.tick
        )

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self._connection.up

    def connect(self, timeout: float = 5.0) -> None:
        """Connect; Disconnected, saying what was tried and what to do, if that takes longer."""
        try:
            self._connection.open(timeout)
            self._lines.open(timeout)
        except Disconnected:
            self.close()
            raise

    def close(self) -> None:
        """Cancel the goals under way and let go of everything; may be called twice."""
        if not self._connection.closed:
            for goal in self._goals.running():
                goal.cancel()
            self._lines.close()
            self._connection.close()
            self._inbox.close()

    def watch(self, told: Callable[[bool], None]) -> None:
        """Have ``told`` called with False when the connection is lost, True when it is back."""
        self._watchers.append(told)

    def subscribe(self, topic: str, type: str, told: OnMessage) -> None:
        """Have ``told`` called with each message of a topic, newest kept if it cannot follow."""
        self._check_type(topic, type)
        with self._connection.lock:
            self._slots.setdefault(topic, []).append(TopicQueue(self._inbox, told))
            self._promise("subscribe", topic=topic, type=type)

    def advertise(self, topic: str, type: str, latched: bool = False) -> None:
        """Announce that messages will be published; ``latched`` keeps the last for latecomers."""
        self._check_type(topic, type)
        self._promise("advertise", topic=topic, type=type, latch=latched, queue_size=1)

    def publish(self, topic: str, message: Message) -> None:
        """Send a message of an advertised topic; Disconnected if there is no connection."""
        if f"advertise:{topic}" not in self._promises:
            raise TransportError(f"{topic} was not advertised")
        self._send(op="publish", id=f"publish:{topic}", topic=topic, msg=message)

    def call(self, service: str, type: str, request: Message, timeout: float = 2.0) -> Message:
        """Call a service from any thread but a callback's; TransportError without an answer."""
        answers: queue.SimpleQueue[tuple[Message, TransportError | None]] = queue.SimpleQueue()
        key = self._call(service, type, request, timeout, lambda *answer: answers.put(answer))
        try:  # a little longer: at the end comes the server's own word on what is missing
            values, error = answers.get(timeout=timeout + 0.05)
        except queue.Empty:
            self._calls.drop(key)
            raise TransportError(f"{service} did not answer within {timeout:g} s") from None
        if error is not None:
            raise error
        return values

    def post(self, service: str, type: str, request: Message) -> None:
        """Call a service without waiting for its answer, from any thread."""

        def answered(values: Message, error: TransportError | None) -> None:
            if error is not None:
                self._say("error", str(error))

        self._call(service, type, request, 2.0, answered)

    def send_goal(
        self,
        action: str,
        type: str,
        goal: Message,
        feedback: OnMessage | None = None,
        done: Callable[[GoalEnd], None] | None = None,
    ) -> SentGoal:
        """Send a goal to an action server; returns at once. Disconnected without a connection.

        Raises:
          TransportError: a goal from before a loss may still run there and is being cancelled.
        """
        if self._goals.left(action):
            raise TransportError(f"{action}: a goal from before a loss is still being cancelled")
        self._connection.link()
        fields = dict(action=action, action_type=type, args=goal, feedback=True)
        line = self._lines.free()
        sent = SentGoal(self._goals, action, feedback, done, line)
        text = wire.encode(action, dict(op="send_action_goal", id=sent.key, **fields))
        self._goals.add(sent)
        try:
            line.send(text)
        except Disconnected as error:
            self._goals.lose_one(sent, str(error))
            raise
        return sent

    def cancel_all(self, action: str) -> None:
        """Ask an action server to cancel every goal it has, whoever sent it; returns at once."""
        self._ask_to_cancel(action, ASKED)

    def serve(self, service: str, type: str, answer: Callable[[Message], Message]) -> None:
        """Offer a service."""
        self._answers[service] = answer
        self._promise("advertise_service", service=service, type=type)

    def serve_action(self, action: str, type: str, take: OnGoal) -> None:
        """Offer an action. Whatever ``take`` refuses its client sees accepted, then aborted."""
        self._served.offer(action, take)
        self._promise("advertise_action", action=action, type=type)

    def _promise(self, op: str, **fields: Any) -> None:
        """Send what holds until the end, now and after every loss."""
        name = fields.get("topic") or fields.get("service") or fields["action"]
        key = f"{op}:{name}"
        with self._connection.lock:
            known = key in self._promises
            self._promises[key] = dict(op=op, id=key, **fields)
            if self.connected and not (known and op == "subscribe"):
                self._send(**self._promises[key])

    def _check_type(self, topic: str, type: str) -> None:
        known = self._topics.setdefault(topic, type)
        if known != type:
            raise TransportError(f"{topic} is of type {known}, not {type}")

    def _send(self, **fields: Any) -> None:
        text = wire.encode(str(fields.get("id", fields["op"])), fields)
        self._connection.link().send(text)

    def _call(
        self, service: str, type: str, request: Message, timeout: float, answered: Answered
    ) -> str:
        key = self._calls.add(service, answered)
        try:
            fields = dict(service=service, type=type, args=request, timeout=timeout)
            self._send(op="call_service", id=key, **fields)
        except TransportError:
            self._calls.drop(key)
            raise
        return key

    def _ask_to_cancel(self, action: str, times: int) -> None:
        """A server that the bridge has just discovered may miss the first."""

        def answered(values: Message, error: TransportError | None) -> None:
            if error is None or isinstance(error, Disconnected):
                return
            try:
                if times > 1:
                    self._ask_to_cancel(action, times - 1)
                    return
            except Disconnected:
                pass
            self._say("error", str(error))

        self._call(f"{action}/_action/cancel_goal", CANCEL_GOAL, {}, 0.5, answered)

    def _recover(self, action: str, told: Callable[[bool], None]) -> None:
        """Cancel what may still run from before a loss; ``told`` hears whether the server did."""

        def answered(values: Message, error: TransportError | None) -> None:
            told(error is None)

        try:
            service = f"{action}/_action/cancel_goal"
            self._call(service, CANCEL_GOAL, {}, 1.0, answered)
        except TransportError:
            pass  # lost again; asked again

    # On the thread that reads.

    def _hello(self) -> list[str]:
        return [wire.encode(key, promise) for key, promise in self._promises.items()]

    def _on_change(self, lost: str) -> None:
        if lost:
            self._calls.lose(lost)
            self._goals.lose(lost)
            self._served.lose()
        if not self._connection.closed:
            for told in self._watchers:
                self._inbox.post(told, not lost)

    def _on_line(self, line: GoalLine, lost: str) -> None:
        if lost:
            self._goals.lose(lost, line)

    def _say(self, level: str, text: str) -> None:
        self._inbox.post(self._on_status, level, text)

    def _on_text(self, text: bytes) -> None:
        try:
            message = wire.decode(text)
            self._handle(message)
        except Exception as error:  # whatever a server may send, the connection goes on
            self._say("error", f"not understood ({error}): {text[:200]!r}")

    def _handle(self, message: dict[str, Any]) -> None:
        op, key = message.get("op"), message.get("id")
        if op == "publish":
            topic = message["topic"]
            values = wire.unpack(self._topics.get(topic, ""), message["msg"])
            for slot in self._slots.get(topic, ()):
                slot.put(values)
        elif op in ("action_feedback", "action_result"):
            goal = self._goals.get(key)
            if goal is not None and op == "action_feedback":
                goal.on_feedback(message["values"])
            elif goal is not None:
                goal.on_result(message.get("status", 0), message.get("values"))
        elif op == "service_response":
            self._calls.on_answer(key, message.get("result", True), message.get("values"))
        elif op == "call_service":
            self._inbox.post(self._answer, message["service"], key, message.get("args", {}))
        elif op == "send_action_goal":
            self._served.on_goal(message["action"], str(key), message.get("args", {}))
        elif op == "cancel_action_goal":
            self._served.on_cancel(str(key))
        elif op == "status":
            self._on_complaint(key, message)
        else:
            self._say("warning", f"unknown operation of the server: {message!r:.200}")

    def _on_complaint(self, key: object, message: dict[str, Any]) -> None:
        level, text = str(message.get("level", "error")), str(message.get("msg", message))
        if self._goals.on_status(key, text):
            return
        if level == "error" and self._calls.on_answer(key, False, text):
            return
        self._say(level, f"{key}: {text}" if key else text)

    def _answer(self, service: str, key: object, request: Message) -> None:
        values, result = {}, True
        try:
            values = dict(self._answers[service](request))
        except Exception as error:
            self._say("error", f"answering {service}: {error!r}")
            result = False
        self._send(op="service_response", id=key, service=service, values=values, result=result)


class _Log:
    """Logs what the server says, the same words once: it repeats them with every message."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(self, level: str, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            (LOG.error if level == "error" else LOG.warning)("rosbridge: %s", text)
