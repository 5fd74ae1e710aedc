"""A bus inside this process: the same ``Transport``, without ROS. For dry runs and for tests."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from habilis.envs.ros.transports.base import (
    CANCEL_GOAL,
    UNKNOWN_GOAL,
    Disconnected,
    GoalEnd,
    GoalStatus,
    Message,
    OnGoal,
    OnMessage,
    TransportError,
)
from habilis.envs.ros.transports.inbox import Inbox


class Bus:
    """What the transports of one process share: who listens to what, and who serves what."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.topics: dict[str, str] = {}
        self.listeners: dict[str, list[tuple[LocalTransport, OnMessage]]] = {}
        self.kept: dict[str, Message] = {}
        self.services: dict[str, tuple[LocalTransport, Callable[[Message], Message]]] = {}
        self.actions: dict[str, tuple[LocalTransport, OnGoal]] = {}
        self.goals: dict[str, list[LocalGoal]] = {}


class LocalGoal:
    """A goal on a bus: what its client holds and what its server works on."""

    def __init__(
        self,
        client: LocalTransport,
        goal: Message,
        feedback: OnMessage | None,
        done: Callable[[GoalEnd], None] | None,
    ) -> None:
        self.goal, self._client = goal, client
        self._feedback, self._done = feedback, done
        self._status, self._over = GoalStatus.UNKNOWN, threading.Event()
        self._end: GoalEnd | None = None
        self.cancelled = False

    @property
    def status(self) -> GoalStatus:
        """The status as far as is known here."""
        return self._status

    def cancel(self) -> None:
        """Ask the server to cancel the goal."""
        if not self._status.over:
            self.cancelled = True

    def wait(self, timeout: float) -> GoalEnd | None:
        """Wait for the end of the goal; returns None if it is not over after ``timeout`` s."""
        self._over.wait(timeout)
        return self._end

    def feedback(self, message: Message) -> None:
        """Tell the client how far the goal is."""
        if self._feedback is not None and not self._status.over:
            self._client.post_here(self._feedback, message)

    def end(self, status: GoalStatus, result: Message, error: str = "") -> None:
        """Finish the goal; what comes after the first end is ignored."""
        if self._status.over:
            return
        self._status, self._end = status, GoalEnd(status, result, error)
        self._over.set()
        if self._done is not None:
            self._client.post_here(self._done, self._end)

    def taken(self) -> None:
        """Note that the server accepted the goal."""
        if not self._status.over:
            self._status = GoalStatus.EXECUTING


class LocalTransport:
    """One participant of a bus; see ``habilis.envs.ros.transports.base.Transport``.

    Args:
      bus: shared with the other participants.
      name: for people.
    """

    def __init__(self, bus: Bus, name: str = "in this process") -> None:
        self.name, self._bus = name, bus
        self._inbox = Inbox(name)
        self._told: list[Callable[[bool], None]] = []
        self._latched: set[str] = set()
        self._up = False

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self._up

    def connect(self, timeout: float = 5.0) -> None:
        """Start delivering."""
        self._up = True

    def close(self) -> None:
        """Stop delivering and leave the bus."""
        self._up = False
        with self._bus.lock:
            for listeners in self._bus.listeners.values():
                listeners[:] = [entry for entry in listeners if entry[0] is not self]
            self._bus.services = {k: v for k, v in self._bus.services.items() if v[0] is not self}
            self._bus.actions = {k: v for k, v in self._bus.actions.items() if v[0] is not self}
        self._inbox.close()

    def watch(self, told: Callable[[bool], None]) -> None:
        """Have ``told`` called when the connection is lost and when it is back."""
        self._told.append(told)

    def lose(self, back: bool = False) -> None:
        """Pretend that the connection is lost, or back: for rehearsals of that."""
        self._up = back
        for told in self._told:
            self.post_here(told, back)

    def subscribe(self, topic: str, type: str, told: OnMessage) -> None:
        """Have ``told`` called with each message of a topic."""
        with self._bus.lock:
            self._check_type(topic, type)
            self._bus.listeners.setdefault(topic, []).append((self, told))
            if topic in self._bus.kept:
                self.post_here(told, self._bus.kept[topic])

    def advertise(self, topic: str, type: str, latched: bool = False) -> None:
        """Announce that messages will be published."""
        with self._bus.lock:
            self._check_type(topic, type)
            if latched:
                self._latched.add(topic)

    def publish(self, topic: str, message: Message) -> None:
        """Send a message of an advertised topic."""
        self._check_up()
        with self._bus.lock:
            if topic not in self._bus.topics:
                raise TransportError(f"{topic} was not advertised")
            if topic in self._latched:
                self._bus.kept[topic] = message
            for transport, told in self._bus.listeners.get(topic, ()):
                if transport.connected:
                    transport.post_here(told, message)

    def call(self, service: str, type: str, request: Message, timeout: float = 2.0) -> Message:
        """Call a service and wait for its answer."""
        answers: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._ask(service, request, answers.put)
        try:
            return answers.get(timeout=timeout)
        except queue.Empty:
            raise TransportError(f"{service} did not answer within {timeout:g} s") from None

    def post(self, service: str, type: str, request: Message) -> None:
        """Call a service without waiting for its answer."""
        self._ask(service, request, lambda _: None)

    def send_goal(
        self,
        action: str,
        type: str,
        goal: Message,
        feedback: OnMessage | None = None,
        done: Callable[[GoalEnd], None] | None = None,
    ) -> LocalGoal:
        """Send a goal to an action server."""
        self._check_up()
        sent = LocalGoal(self, goal, feedback, done)
        with self._bus.lock:
            if action not in self._bus.actions:
                return sent  # as in ROS: nobody answers
            server, take = self._bus.actions[action]
            self._bus.goals.setdefault(action, []).append(sent)

        def offer() -> None:
            refused = take(sent)
            if refused:
                sent.end(GoalStatus.REJECTED, {}, refused)
            else:
                sent.taken()

        server.post_here(offer)
        return sent

    def cancel_all(self, action: str) -> None:
        """Ask an action server to cancel every goal it has."""
        with self._bus.lock:
            for goal in self._bus.goals.get(action, ()):
                goal.cancel()

    def serve(self, service: str, type: str, answer: Callable[[Message], Message]) -> None:
        """Offer a service."""
        with self._bus.lock:
            self._bus.services[service] = (self, answer)

    def serve_action(self, action: str, type: str, take: OnGoal) -> None:
        """Offer an action."""
        with self._bus.lock:
            self._bus.actions[action] = (self, take)
        self.serve(f"{action}/_action/cancel_goal", CANCEL_GOAL, self._cancel_one)

    def _cancel_one(self, request: Message) -> Message:
        """As action servers answer of a goal that they do not know."""
        return {"return_code": UNKNOWN_GOAL, "goals_canceling": []}

    def post_here(self, told: Callable[..., Any], *args: Any) -> None:
        """Have a callback called on this transport's thread."""
        self._inbox.post(told, *args)

    def _ask(self, service: str, request: Message, answered: Callable[[Message], None]) -> None:
        self._check_up()
        with self._bus.lock:
            if service not in self._bus.services:
                raise TransportError(f"nobody offers the service {service}")
            server, answer = self._bus.services[service]
        server.post_here(lambda: answered(answer(request)))

    def _check_type(self, topic: str, type: str) -> None:
        known = self._bus.topics.setdefault(topic, type)
        if known != type:
            raise TransportError(f"{topic} is of type {known}, not {type}")

    def _check_up(self) -> None:
        if not self._up:
            raise Disconnected(f"{self.name}: not connected")
