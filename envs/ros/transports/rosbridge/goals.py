"""Goals of actions over rosbridge: those sent to a robot, and those that a server here works on."""

from __future__ import annotations

import functools
import itertools
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from habilis.envs.ros.transports.base import (
    Disconnected,
    GoalEnd,
    GoalStatus,
    Message,
    OnGoal,
    OnMessage,
)
from habilis.envs.ros.transports.inbox import Inbox, TopicQueue
from habilis.envs.ros.transports.rosbridge import json as wire
from habilis.envs.ros.transports.rosbridge.lines import GoalLine

Send = Callable[..., None]
CANCEL_AGAIN = (0.005, 0.1, 1.0)  # s: after 'not accepted yet'; first, and longest wait for an end
RECOVER_AGAIN = 0.5  # s


class SentGoal:
    """A goal that was sent; see ``habilis.envs.ros.transports.base.Goal``."""

    def __init__(
        self,
        goals: SentGoals,
        action: str,
        feedback: OnMessage | None,
        done: Callable[[GoalEnd], None] | None,
        line: GoalLine,
    ) -> None:
        self.action, self.key, self.line = action, goals.key(), line
        self._goals, self._done = goals, done
        self._feedback = TopicQueue(goals.inbox, feedback) if feedback is not None else None
        self._lock, self._over = threading.Lock(), threading.Event()
        self._status, self._end = GoalStatus.UNKNOWN, GoalEnd(GoalStatus.UNKNOWN)
        self.cancel_at, self._cancel_wait = float("inf"), CANCEL_AGAIN[1]

    @property
    def status(self) -> GoalStatus:
        """The status as far as is known here."""
        return self._status

    def cancel(self) -> None:
        """Ask the server to cancel the goal, again and again until it is over."""
        with self._lock:
            if self._status.over or self._status is GoalStatus.CANCELING:
                return
            self._status = GoalStatus.CANCELING
        self.ask_to_cancel()

    def ask_to_cancel(self) -> None:
        """Ask once and note when to ask again: servers drop what comes before the goal."""
        self.cancel_at = time.monotonic() + self._cancel_wait
        self._cancel_wait = min(2 * self._cancel_wait, CANCEL_AGAIN[2])
        try:
            ask = dict(op="cancel_action_goal", id=self.key, action=self.action)
            self.line.send(wire.encode(self.key, ask))
        except Disconnected:  # then it is lost, and cancelled when the bridge is back
            pass

    def wait(self, timeout: float) -> GoalEnd | None:
        """Wait for the end of the goal; returns None if it is not over after ``timeout`` s."""
        return self._end if self._over.wait(timeout) else None

    def on_feedback(self, message: Message) -> None:
        """Take what the server tells of how far the goal is."""
        with self._lock:
            if self._status is GoalStatus.UNKNOWN:
                self._status = GoalStatus.EXECUTING
        if self._feedback is not None and not self._status.over:
            self._feedback.put(message)

    def on_result(self, status: int, values: Any) -> None:
        """Take the end that the bridge tells: fields of a result, or in words why there is none."""
        if isinstance(values, dict):
            known = GoalStatus(status) if status in (4, 5, 6) else GoalStatus.ABORTED
            self.end(known, values, str(values.get("error_string", "")))
        else:
            started = self._status in (GoalStatus.EXECUTING, GoalStatus.ACCEPTED)
            self.end(GoalStatus.ABORTED if started else GoalStatus.REJECTED, {}, str(values))

    def end(self, status: GoalStatus, result: Message, error: str) -> None:
        """Note that the goal is over."""
        with self._lock:
            if self._status.over:
                return
            self._status, self._end = status, GoalEnd(status, result, error)
        self.line.busy = False
        self._over.set()
        self._goals.forget(self)
        if self._done is not None:
            self._goals.inbox.post(self._done, self._end)


class SentGoals:
    """The goals under way, and the actions on which one may still run after a loss.

    Args:
      inbox: calls the callbacks.
      cancel_all: asks an action server to cancel every goal; its second argument is called with
        whether the server answered.
    """

    def __init__(
        self, inbox: Inbox, cancel_all: Callable[[str, Callable[[bool], None]], None]
    ) -> None:
        self.inbox, self._cancel_all = inbox, cancel_all
        self._prefix, self._count = uuid.uuid4().hex[:12], itertools.count()
        self._running: dict[str, SentGoal] = {}
        self._left: dict[str, float] = {}  # action, and when to ask (again) to cancel all of it

    def key(self) -> str:
        """Return a new id, unique among all clients: some servers look goals up across clients."""
        return f"goal:{self._prefix}:{next(self._count)}"

    def add(self, goal: SentGoal) -> None:
        """Note a goal that is about to be sent."""
        self._running[goal.key] = goal

    def forget(self, goal: SentGoal) -> None:
        """Forget a goal that is over."""
        self._running.pop(goal.key, None)

    def get(self, key: object) -> SentGoal | None:
        """Return the goal of an id, or None if it is not under way."""
        return self._running.get(key) if isinstance(key, str) else None

    def running(self) -> list[SentGoal]:
        """Return the goals that are not over."""
        return list(self._running.values())

    def left(self, action: str) -> bool:
        """Return whether a goal from before a lost connection may still run at a server."""
        return action in self._left

    def lose(self, reason: str, line: GoalLine | None = None) -> None:
        """End the goals of a line, or all: it is lost, and their ends will not be heard."""
        for goal in self.running():
            if line in (None, goal.line):
                self.lose_one(goal, reason)

    def lose_one(self, goal: SentGoal, reason: str) -> None:
        """End a goal whose end will not be heard."""
        self._left[goal.action] = 0.0
        goal.end(GoalStatus.LOST, {}, f"it may still be running: {reason}")

    def on_status(self, key: object, text: str) -> bool:
        """Take a complaint of the bridge; returns whether it was about a goal and is dealt with."""
        goal = self.get(key)
        if goal is None:
            return isinstance(key, str) and key.startswith(f"goal:{self._prefix}")
        words = text.lower()
        if "unknown operation" in words:
            old = "this rosbridge has no actions: they came with rosbridge_suite 2.0.0"
            goal.end(GoalStatus.REJECTED, {}, f"{old} ({text})")
        elif "not accepted yet" in words:
            goal.cancel_at = time.monotonic() + CANCEL_AGAIN[0]
        elif "already in progress" not in words:
            return False
        return True

    def tick(self) -> float:
        """Ask again for what is due; returns the seconds until something is."""
        now, due = time.monotonic(), [1.0]
        for goal in self.running():
            if goal.cancel_at <= now:
                goal.ask_to_cancel()
            due.append(goal.cancel_at - now)
        for action, at in list(self._left.items()):
            if at <= now:
                self._left[action] = now + RECOVER_AGAIN
                self._cancel_all(action, functools.partial(self._asked, action))
            due.append(self._left.get(action, at) - now)
        return max(0.0, min(due))

    def _asked(self, action: str, answered: bool) -> None:
        if answered:
            self._left.pop(action, None)


class ServedGoal:
    """A goal that a server here works on; see ``habilis.envs.ros.transports.base.Running``."""

    def __init__(self, action: str, key: str, goal: Message, send: Send) -> None:
        self.goal, self.action, self.key = goal, action, key
        self._send, self._cancelled, self._over = send, False, False
        self._lock = threading.Lock()

    @property
    def cancelled(self) -> bool:
        """Whether the client asked to cancel it, or cannot be reached any more."""
        return self._cancelled

    def cancel(self) -> None:
        """Note that the client asked to cancel the goal, or is lost."""
        self._cancelled = True

    def feedback(self, message: Message) -> None:
        """Tell the client how far the goal is."""
        if not self._over:
            self._tell("action_feedback", values=message)

    def end(self, status: GoalStatus, result: Message) -> None:
        """Finish the goal; what comes after the first end is ignored."""
        with self._lock:
            if self._over:
                return
            self._over = True
        self._tell("action_result", values=result, status=int(status), result=True)

    def refuse(self, reason: str) -> None:
        """Refuse the goal.

        The bridge accepts a goal before it asks, so that the client sees it aborted.
        """
        with self._lock:
            self._over = True
        self._tell("action_result", values={}, status=int(GoalStatus.ABORTED), result=False)

    @property
    def over(self) -> bool:
        """Whether it is finished."""
        return self._over

    def _tell(self, op: str, **fields: Any) -> None:
        try:
            self._send(op=op, id=self.key, action=self.action, **fields)
        except Disconnected:  # and with the connection the client
            pass


class ServedGoals:
    """The actions offered here, and the goals they work on."""

    def __init__(self, inbox: Inbox, send: Send) -> None:
        self._inbox, self._send = inbox, send
        self._takers: dict[str, OnGoal] = {}
        self._running: dict[str, ServedGoal] = {}

    def offer(self, action: str, take: OnGoal) -> None:
        """Have ``take`` called with the goals of an action."""
        self._takers[action] = take

    def on_goal(self, action: str, key: str, goal: Message) -> None:
        """Take a goal that a client sent."""
        self._running = {k: v for k, v in self._running.items() if not v.over}
        served = self._running[key] = ServedGoal(action, key, goal, self._send)
        self._inbox.post(self._take, served)

    def on_cancel(self, key: str) -> None:
        """Take a client's wish to cancel a goal."""
        if key in self._running:
            self._running[key].cancel()

    def lose(self) -> None:
        """Cancel all goals: the connection is lost, and nobody else can cancel them any more."""
        for goal in self._running.values():
            goal.cancel()

    def _take(self, served: ServedGoal) -> None:
        refused = "the action is not offered"
        if served.action in self._takers:
            refused = self._takers[served.action](served)
        if refused:
            served.refuse(refused)
