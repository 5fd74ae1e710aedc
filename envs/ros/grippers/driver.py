"""A gripper behind an action."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.grips import grip_actions, grip_goal, read_grip_result
from habilis.envs.ros.messages.motion import GripperState
from habilis.envs.ros.profiles.profile import Gripper
from habilis.envs.ros.transports.base import Disconnected, Goal, GoalEnd, GoalStatus, Transport

STEP = 0.001  # m of opening below which no new goal is sent
EVERY = 0.1  # s between goals
ASTRAY, SETTLES = 0.01, 1.0  # m, s for which joints may say otherwise than the action

Told = Callable[[GoalStatus], None]


class GripperDriver:
    """Sends goals for the wanted opening, not too small nor too often.

    A stop cancels what is running and leaves the rest to the driver, which holds: something that
    is held stays held. Re-arming sends nothing: what was held is still to be held.

    Args:
      gripper: of the profile.
      transport: connected.
      told: called with the status of each goal that ends, on the transport's thread.

    Attributes:
      aperture: the opening sent last, m; None before the first.
      result: of the last goal that ended with one.
      trouble: why the last goal failed; '' if it did not.
    """

    def __init__(self, gripper: Gripper, transport: Transport, told: Told = lambda _: None) -> None:
        self._gripper, self._transport, self._told = gripper, transport, told
        self._lock = threading.Lock()
        self._wanted: float | None = None
        self._effort, self._pressed = gripper.max_effort, gripper.max_effort
        self._goal: Goal | None = None
        self._astray = math.inf  # since when its joints say otherwise than its action, s
        self._next = 0.0  # from when on the next goal may be sent, s
        self.aperture: float | None = None
        self.result: GripperState | None = None
        self.trouble = ""

    @property
    def stalled(self) -> bool:
        """Whether the last goal ended short of the wanted opening, at something."""
        return self.result is not None and self.result.stalled

    def want(self, aperture: float) -> float:
        """From now on, go to an opening, m; returns the one within the range, which is wanted now.

        ``keep`` sends it.
        """
        low, high = self._gripper.aperture
        wanted = float(min(max(aperture, low), high))
        self._wanted = wanted
        return wanted

    def press(self, force: float) -> None:
        """From now on, ask for no more than this effort, N, nor for more than the profile's."""
        self._effort = min(force, self._gripper.max_effort)

    def forget(self) -> None:
        """Want nothing from now on; the gripper goes on with what it was told last."""
        self._wanted = None

    def keep(self, now: float) -> float | None:
        """Send what is wanted if it is time for that; returns the opening if it was sent, m."""
        with self._lock:
            wanted = self._wanted
            if wanted is None or now < self._next or not self._differs(wanted):
                return None
            self._next = now + EVERY
            closing = wanted < (
                self._gripper.aperture[1] if self.aperture is None else self.aperture
            )
            action, type, goal = grip_goal(self._gripper, wanted, self._effort, closing)
            self.aperture, self.trouble, self._pressed = wanted, "", self._effort
            self._goal = self._transport.send_goal(action, type, goal, done=self._ended)
            return wanted

    def see(self, now: float, opening: float) -> str:
        """Hold the measured opening, m, against what its action says; why they do not agree, or ''.

        Where they do not, nobody knows what it holds, nor how far it is open.
        """
        goal, result = self._goal, self.result
        told = goal is not None and goal.status is GoalStatus.SUCCEEDED and result is not None
        reached = told and result is not None and result.reached and math.isfinite(result.position)
        astray = reached and self.aperture is not None and abs(opening - self.aperture) > ASTRAY
        self._astray = min(self._astray, now) if astray else math.inf
        if now - self._astray < SETTLES:
            return ""
        return (
            f"{self._gripper.action} says that the gripper is where it was sent, at"
            f" {self.aperture:.3f} m, and {', '.join(self._gripper.joints)} that it is open by"
            f" {opening:.3f} m: are offset, scale and position of the profile's gripper right?"
        )

    def stop(self) -> None:
        """Cancel the running goal; nothing is sent until a new opening is wanted."""
        self._wanted, goal = None, self._goal
        try:
            if goal is not None and not goal.status.over:
                goal.cancel()
                self._cancel_all()
        except Disconnected:
            pass  # ``back`` sees to it

    def back(self) -> None:
        """Call this when a lost connection is back: a goal from before may still be running."""
        if self._goal is not None and self._goal.status is GoalStatus.LOST:
            self._cancel_all()
            self._goal = None

    def _cancel_all(self) -> None:
        for action in grip_actions(self._gripper):
            self._transport.cancel_all(action)

    def _differs(self, wanted: float) -> bool:
        if self.aperture is None or self._effort != self._pressed:
            return True
        low, high = self._gripper.aperture
        least = STEP / 10 if wanted in (low, high) else STEP  # all the way, for whoever asks for it
        return abs(wanted - self.aperture) > least

    def _ended(self, end: GoalEnd) -> None:
        try:
            if end.result:
                self.result = read_grip_result(self._gripper, end.result)
        except MessageError as error:
            self.trouble = str(error)
        if end.status in (GoalStatus.REJECTED, GoalStatus.LOST):
            words = end.error or "no reason given"
            self.trouble = f"{self._gripper.action}: {end.status.name.lower()}: {words}"
        self._told(end.status)
