"""What carries ROS messages to and fro, whatever the middleware.

A message is a plain dict of its fields, as the rosbridge protocol writes it: numbers, strings,
lists, nested dicts, and ``bytes`` for ``uint8[]``. Types are ROS 2 names such as
``sensor_msgs/msg/JointState``. Callbacks run on a thread of the transport, one at a time, and must
not block.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from typing import Any, Protocol

CANCEL_GOAL = "action_msgs/srv/CancelGoal"
UNKNOWN_GOAL = 2
"""What an action server answers when it is asked to cancel a goal that it does not know."""
Message = Mapping[str, Any]
OnMessage = Callable[[Message], None]


class TransportError(RuntimeError):
    """Raised when the other side refused, did not answer in time, or cannot do what was asked."""


class Disconnected(TransportError):
    """Raised when there is no connection."""


class GoalStatus(enum.IntEnum):
    """The status of a goal: those of ``action_msgs/msg/GoalStatus``, and two of the way to it."""

    REJECTED = -1  # the server did not take it
    UNKNOWN = 0  # sent, no answer yet
    ACCEPTED = 1
    EXECUTING = 2
    CANCELING = 3
    SUCCEEDED = 4
    CANCELED = 5
    ABORTED = 6
    LOST = 7  # the connection broke while it may have been running

    @property
    def over(self) -> bool:
        """Whether nothing more will be heard of the goal."""
        return self in _OVER


_OVER = frozenset(
    (
        GoalStatus.REJECTED,
        GoalStatus.SUCCEEDED,
        GoalStatus.CANCELED,
        GoalStatus.ABORTED,
        GoalStatus.LOST,
    )
)


@dataclasses.dataclass(frozen=True)
class GoalEnd:
    """How a goal ended.

    Attributes:
      status: that is ``over``.
      result: of the action; empty if there is none.
      error: what the transport or the server said, or ''.
    """

    status: GoalStatus
    result: Message = dataclasses.field(default_factory=dict)
    error: str = ""


class Goal(Protocol):
    """A goal that was sent to an action server."""

    @property
    def status(self) -> GoalStatus:
        """The status as far as is known here."""

    def cancel(self) -> None:
        """Ask the server to cancel it; returns at once. ``wait`` tells whether it did."""

    def wait(self, timeout: float) -> GoalEnd | None:
        """Wait for the end of the goal; returns None if it is not over after ``timeout`` s."""


class Running(Protocol):
    """A goal that a server here works on; its methods may be called from any thread."""

    goal: Message

    @property
    def cancelled(self) -> bool:
        """Whether the client asked to cancel it."""

    def feedback(self, message: Message) -> None:
        """Tell the client how far the goal is."""

    def end(self, status: GoalStatus, result: Message) -> None:
        """Finish the goal as SUCCEEDED, CANCELED or ABORTED."""


OnGoal = Callable[[Running], str]
"""Takes a goal and returns '' at once, or the reason for which it is rejected."""


class Transport(Protocol):
    """One connection to a ROS 2 graph. After a loss it connects again by itself.

    Subscriptions, advertisements and servers are renewed when it is back; goals that were running
    end as LOST.

    Attributes:
      name: for people, e.g. ``rosbridge ws://127.0.0.1:9090``.
    """

    name: str

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""

    def connect(self, timeout: float = 5.0) -> None:
        """Connect.

        Raises:
          Disconnected: it takes longer than ``timeout`` s; says what was tried and what to do.
        """

    def close(self) -> None:
        """Let go of everything; calling it twice does no harm."""

    def watch(self, told: Callable[[bool], None]) -> None:
        """Have ``told`` called with False when the connection is lost, True when it is back."""

    def subscribe(self, topic: str, type: str, told: OnMessage) -> None:
        """Have ``told`` called with each message of a topic, newest kept if it cannot follow."""

    def advertise(self, topic: str, type: str, latched: bool = False) -> None:
        """Announce that messages will be published; ``latched`` keeps the last for latecomers."""

    def publish(self, topic: str, message: Message) -> None:
        """Send a message of an advertised topic.

        Raises:
          Disconnected: there is no connection.
        """

    def call(self, service: str, type: str, request: Message, timeout: float = 2.0) -> Message:
        """Call a service and wait for its answer; not from a thread that callbacks run on.

        Raises:
          TransportError: no answer came within ``timeout`` s, or the call was refused.
        """

    def post(self, service: str, type: str, request: Message) -> None:
        """Call a service without waiting for its answer, from any thread."""

    def send_goal(
        self,
        action: str,
        type: str,
        goal: Message,
        feedback: OnMessage | None = None,
        done: Callable[[GoalEnd], None] | None = None,
    ) -> Goal:
        """Send a goal to an action server; returns at once.

        Raises:
          Disconnected: there is no connection.
        """

    def cancel_all(self, action: str) -> None:
        """Ask an action server to cancel every goal it has, whoever sent it; returns at once."""

    def serve(self, service: str, type: str, answer: Callable[[Message], Message]) -> None:
        """Offer a service."""

    def serve_action(self, action: str, type: str, take: OnGoal) -> None:
        """Offer an action."""
