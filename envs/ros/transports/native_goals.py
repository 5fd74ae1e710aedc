"""Goals of actions over rclpy: those sent to a robot, and those that a server here works on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from habilis.envs.ros.messages.conversion import from_dict, to_dict
from habilis.envs.ros.transports.base import GoalEnd, GoalStatus, Message, OnMessage
from habilis.envs.ros.transports.inbox import LOG


def guarded(told: Callable[..., Any], *args: Any) -> Any:
    """Call back, and log an exception in place of raising it; returns None then.

    Raised, it would end the thread that makes all calls.
    """
    try:
        return told(*args)
    except Exception:
        LOG.exception("a callback failed")
        return None


class NativeGoal:
    """A goal that was sent; see ``habilis.envs.ros.transports.base.Goal``."""

    def __init__(
        self,
        action: str,
        feedback: OnMessage | None,
        done: Callable[[GoalEnd], None] | None,
        forget: Callable[[NativeGoal], None],
    ) -> None:
        self.action, self._feedback, self._done, self._forget = action, feedback, done, forget
        self._lock, self._over = threading.Lock(), threading.Event()
        self._status, self._end = GoalStatus.UNKNOWN, GoalEnd(GoalStatus.UNKNOWN)
        self._handle: Any = None

    @property
    def status(self) -> GoalStatus:
        """The status as far as is known here."""
        return self._status

    def cancel(self) -> None:
        """Ask the server to cancel the goal, as soon as it has it."""
        with self._lock:
            if self._status.over:
                return
            self._status = GoalStatus.CANCELING
            handle = self._handle
        if handle is not None:
            handle.cancel_goal_async()

    def wait(self, timeout: float) -> GoalEnd | None:
        """Wait for the end of the goal; returns None if it is not over after ``timeout`` s."""
        return self._end if self._over.wait(timeout) else None

    def send(self, client: Any, goal: Any) -> None:
        """Send the goal through an action client whose server is there."""
        if self._status is GoalStatus.CANCELING:
            self.end(GoalStatus.CANCELED, {}, "cancelled before it was sent")
            return
        told = self._on_feedback if self._feedback is not None else None
        client.send_goal_async(goal, feedback_callback=told).add_done_callback(self._on_answer)

    def end(self, status: GoalStatus, result: Message, error: str) -> None:
        """Note that the goal is over."""
        with self._lock:
            if self._status.over:
                return
            self._status, self._end = status, GoalEnd(status, result, error)
        self._forget(self)
        self._over.set()
        if self._done is not None:
            guarded(self._done, self._end)

    def _on_feedback(self, message: Any) -> None:
        assert self._feedback is not None
        if not self._status.over:
            guarded(self._feedback, to_dict(message.feedback))

    def _on_answer(self, future: Any) -> None:
        handle = future.result()
        if not handle.accepted:
            self.end(GoalStatus.REJECTED, {}, "goal rejected")
            return
        with self._lock:
            self._handle, cancel = handle, self._status is GoalStatus.CANCELING
            if not cancel:
                self._status = GoalStatus.EXECUTING
        if cancel:
            handle.cancel_goal_async()
        handle.get_result_async().add_done_callback(self._on_result)

    def _on_result(self, future: Any) -> None:
        answer = future.result()
        result = to_dict(answer.result)
        status = GoalStatus(answer.status) if answer.status in (4, 5, 6) else GoalStatus.ABORTED
        self.end(status, result, str(result.get("error_string", "")))


class NativeRunning:
    """A goal that a server here works on; see ``habilis.envs.ros.transports.base.Running``."""

    def __init__(self, goal: Message, kind: Any) -> None:
        self.goal, self._kind = goal, kind
        self._lock = threading.Lock()
        self._handle: Any = None
        self._ended: Any = None  # a future of rclpy, once the goal is at work
        self._executor: Any = None
        self._end: tuple[GoalStatus, Message] | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the client asked to cancel it."""
        return self._handle is not None and bool(self._handle.is_cancel_requested)

    def feedback(self, message: Message) -> None:
        """Tell the client how far it is; what comes before it knows of the goal is not told."""
        if self._handle is not None and self._end is None:
            self._handle.publish_feedback(from_dict(self._kind.Feedback, message))

    def end(self, status: GoalStatus, result: Message) -> None:
        """Finish the goal; what comes after the first end is ignored."""
        with self._lock:
            if self._end is None:
                self._end = status, result
                if self._ended is not None:  # through the executor, which else sleeps on
                    self._executor.create_task(self._ended.set_result, None)

    async def work(self, handle: Any, executor: Any) -> Any:
        """Wait for the end on the executor, without a thread."""
        from rclpy.task import Future

        with self._lock:
            self._handle, self._executor = handle, executor
            self._ended = Future(executor=executor)
            if self._end is not None:
                self._ended.set_result(None)
        await self._ended
        assert self._end is not None
        status, result = self._end
        if status is GoalStatus.SUCCEEDED:
            handle.succeed()
        elif status is GoalStatus.CANCELED and handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        return from_dict(self._kind.Result, result)
