"""A simulated gripper, as gripper_action_controller, franka_gripper or a valve move it."""

from __future__ import annotations

from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.grips import grip_state, read_grip_goal
from habilis.envs.ros.messages.motion import GripperState
from habilis.envs.ros.profiles.profile import Gripper
from habilis.envs.ros.serving.outbox import Outbox
from habilis.envs.ros.transports.base import GoalStatus, Message, Running

REACHED = 0.002  # m of opening that count as there
SLOW = 0.004  # m/s below which it is not moving
STALL_TIME = 0.4  # s without moving after which it is stalled


class Jaw:
    """Moves the jaw to what was last asked for; tells when it is there or stalls.

    A stalled jaw has succeeded, since that is how things are grasped (``allow_stalling``). The
    effort asked for is not applied: the simulated gripper always presses with its own.

    Args:
      gripper: of the profile.
      aperture: m, of now.
      out: for feedback and results.

    Attributes:
      gripper: of the profile.
      target: m.
    """

    def __init__(self, gripper: Gripper, aperture: float, out: Outbox) -> None:
        self.gripper, self._out = gripper, out
        self.target = self._was = aperture
        self._running: Running | None = None
        self._moved, self._homing, self._then = 0.0, False, list[float]()

    def refusal(self, message: Message) -> str:
        """Return why a goal is not taken, or '' if it is."""
        try:
            read_grip_goal(self.gripper, message)
        except MessageError as error:
            return str(error)
        return ""

    def take(self, running: Running, now: float) -> None:
        """Move as a checked goal says, from ``now``, s."""
        low, high = self.gripper.aperture
        target = min(max(read_grip_goal(self.gripper, running.goal), low), high)
        self._begin(running, now, [target])

    def home(self, running: Running, now: float) -> None:
        """Close and open all the way, from ``now``, s, for a goal of ``franka_msgs/Homing``."""
        self._begin(running, now, list(self.gripper.aperture))
        self._homing = True

    def _begin(self, running: Running, now: float, targets: list[float]) -> None:
        """Go to openings, m, one after the other; the goal before is over."""
        self._end(GoalStatus.ABORTED, self._state(self._was, 0.0, False))
        self.target, *self._then = targets
        self._running, self._moved = running, now

    def switch(self, closed: bool) -> None:
        """Close or open, as a gripper that is switched."""
        self.target = self.gripper.aperture[0 if closed else 1]

    def reset(self, aperture: float) -> None:
        """Forget the goal; the jaw stands at ``aperture``, m."""
        self._end(GoalStatus.ABORTED, self._state(aperture, 0.0, False))
        self.target = self._was = aperture

    def watch(self, now: float, dt: float, aperture: float, effort: float, tell: bool) -> None:
        """Look at the measured opening and effort, and tell the client how the goal goes.

        Args:
          now: s.
          dt: time since the last look, s.
          aperture: measured opening, m.
          effort: measured force, N.
          tell: whether to send feedback now.
        """
        if abs(aperture - self._was) > SLOW * dt:
            self._moved = now
        self._was = aperture
        if self._running is None:
            return
        stalled = now - self._moved > STALL_TIME
        state = self._state(aperture, effort, stalled)
        if self._running.cancelled:
            self.target = aperture
            self._end(GoalStatus.CANCELED, state)
        elif (state.reached or stalled) and self._then:
            self.target, self._moved = self._then.pop(0), now
        elif state.reached or stalled:
            self._end(GoalStatus.SUCCEEDED, state)
        elif tell and not self._homing:
            self._out.feedback(self._running, grip_state(self.gripper, state, over=False))

    def _state(self, aperture: float, effort: float, stalled: bool) -> GripperState:
        reached = abs(aperture - self.target) <= REACHED
        position = self.gripper.position_at(aperture)
        return GripperState(position, effort, stalled and not reached, reached)

    def _end(self, status: GoalStatus, state: GripperState) -> None:
        if self._running is not None:
            result = grip_state(self.gripper, state, over=True)
            if self._homing:
                why = "" if state.reached else "the fingers do not open all the way"
                result = {"success": state.reached, "error": why}
            self._out.end(self._running, status, result)
            self._running, self._homing = None, False
