"""Stopping a robot that somebody else commands, from a terminal of one's own."""

from __future__ import annotations

import dataclasses
import threading
import time

import numpy as np

from habilis.envs.ros.messages.motion import JOINT_STATE, STRING, TRIGGER
from habilis.envs.ros.motion.commander import desk, stop_everyone
from habilis.envs.ros.motion.states import States
from habilis.envs.ros.motion.streams import CommandTopic
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Message, Transport, TransportError

AGAIN = 0.02  # s between two asks: a graph that has just got to know this node may miss the first
HOLD = 0.1  # s beyond the longest way to rest after which an arm that still moves is told to hold
STILL = 0.01  # rad/s
GIVE_UP = 3.0  # s


@dataclasses.dataclass(frozen=True)
class StopReport:
    """How a stop went.

    Attributes:
      rest: s until the joints stood still; inf if they did not, nan if nothing was heard of them.
      trouble: what could not be done.
    """

    rest: float
    trouble: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the robot is known to stand still."""
        return bool(np.isfinite(self.rest))


class Stopper:
    """Ready to stop one robot: whatever takes time is done when this is made.

    Args:
      profile: of the robot.
      transport: connected.
    """

    def __init__(self, profile: Profile, transport: Transport) -> None:
        self._profile, self._transport = profile, transport
        self._states = States(profile.joints, profile.states)
        self._last, self._speed = np.full(len(profile.joints), np.nan), np.inf
        self._heard = threading.Event()
        transport.advertise(desk(profile), STRING)
        self._topic = CommandTopic(profile, transport, lambda n: None, lambda who: None)
        transport.subscribe(profile.states, JOINT_STATE, self._hear)

    def stop(self, reason: str = "") -> StopReport:
        """Have all clients stop, cancel all goals, call the stop service; then see that it rests.

        A controller that moves on is sent a way to rest from where it is.
        """
        began, trouble = time.monotonic(), list[str]()
        told = False
        for attempt in range(int(GIVE_UP / AGAIN)):
            trouble += self._ask(reason, attempt)
            time.sleep(AGAIN)
            now = time.monotonic() - began
            if self._heard.is_set() and self._speed < STILL and now > 5 * AGAIN:
                return StopReport(now, tuple(dict.fromkeys(trouble)))
            if now > self._profile.commands.lead + HOLD and self._heard.is_set() and not told:
                told = True
                self._hold()
        rest = np.inf if self._heard.is_set() else np.nan
        return StopReport(rest, tuple(dict.fromkeys(trouble)))

    def _ask(self, reason: str, attempt: int) -> list[str]:
        trouble, commands = [], self._profile.commands
        try:
            stop_everyone(self._profile, self._transport, reason)
            if attempt == 0 and commands.action:
                self._transport.cancel_all(commands.action)
            if attempt == 0 and self._profile.stop:
                self._transport.post(self._profile.stop, TRIGGER, {})
        except TransportError as error:
            trouble.append(str(error))
        return trouble

    def _hold(self) -> None:
        """Send a way to rest, to drivers that lay one; others hold what they were sent last."""
        if self._profile.commands.style == "trajectory":
            sample = self._states.sample(time.monotonic())
            speed = np.zeros_like(sample.q) if sample.qd is None else sample.qd
            lead = self._profile.commands.lead
            self._topic.send(0, sample.q + speed * lead / 3, lead)

    def _hear(self, message: Message) -> None:
        now = time.monotonic()
        if not self._states.take(message, now) or self._states.missing():
            return
        sample = self._states.sample(now)
        if sample.qd is not None:
            self._speed = float(np.abs(sample.qd).max())
        else:
            self._speed = float(np.abs(sample.q - self._last).max()) * self._profile.state_rate
        self._last = sample.q
        if np.isfinite(self._speed):
            self._heard.set()
