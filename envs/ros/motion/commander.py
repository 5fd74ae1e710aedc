"""Who commands a robot: one client at a time, and any terminal may stop it.

Clients of habilis agree on a topic beside the command topic; other nodes do not know of it, and are
found out by what they send: messages on the command topic, goals of the action.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from habilis.assets.names import visible
from habilis.envs.ros.messages.motion import STRING
from habilis.envs.ros.transports.base import Message, Transport, TransportError

EVERY = 0.1  # s between two claims of who is armed
RECENT = 0.5  # s for which what was heard of others counts
LISTEN = 0.3  # s that a client claims a robot before it arms it
STATUS = "action_msgs/msg/GoalStatusArray"
LONGEST = 100  # characters that are told of what others say
RUNNING = (1, 2, 3)  # accepted, executing, canceling

Stopped = Callable[[str], None]


class CommandNames(Protocol):
    """The names under which commands are given."""

    @property
    def topic(self) -> str:
        """On which they are streamed."""

    @property
    def action(self) -> str:
        """Of the same controller; '' if there is none."""


class CommandedProfile(Protocol):
    """The profile of a robot, of joints or of a base, as far as a commander needs it."""

    @property
    def commands(self) -> CommandNames:
        """How it is commanded."""


def desk(profile: CommandedProfile) -> str:
    """The topic on which clients of habilis say who commands a robot, and stop it."""
    return f"{profile.commands.topic}/habilis"


def stop_everyone(profile: CommandedProfile, transport: Transport, reason: str) -> None:
    """Have every client of habilis stop this robot; the topic must be advertised."""
    transport.publish(desk(profile), {"data": f"stop {reason}"})


class Commander:
    """One client's claim to a robot, and what it hears of other commanders.

    Args:
      profile: of the robot.
      transport: to it.
      name: of this client, unique.
      stop: called with a reason when the robot must be stopped; must not block.
      clock: s.
    """

    def __init__(
        self,
        profile: CommandedProfile,
        transport: Transport,
        name: str,
        stop: Stopped,
        clock: Callable[[], float],
    ) -> None:
        self._profile, self._transport, self._name = profile, transport, name
        self._stop, self._clock, self._lock = stop, clock, threading.Lock()
        self._heard: dict[str, float] = {}  # what counts against this client, and when it was heard
        self._claimed = self._asked = self._next = -float("inf")
        self.armed = False
        self._goals = 0
        transport.advertise(desk(profile), STRING)
        transport.subscribe(desk(profile), STRING, self._hear)
        if profile.commands.action:
            transport.subscribe(f"{profile.commands.action}/_action/status", STATUS, self._goals_of)

    def claim(self, now: float) -> str:
        """Ask for the robot; returns why it may not be armed now, or '' if it may."""
        if now - self._asked > RECENT:
            self._claimed = now
        self._asked = now
        self._say("claims", now)
        if other := self._others(now):
            return other
        return "claiming it" if now - self._claimed < LISTEN else ""

    def arm(self, now: float) -> None:
        """Take the robot."""
        self.armed, self._next = True, now
        self.keep(now)

    def release(self) -> None:
        """Let others have it."""
        self.armed = False

    def keep(self, now: float) -> None:
        """Say again that the robot is taken; call this often."""
        if self.armed:
            self._say("armed", now)

    def _say(self, word: str, now: float) -> None:
        if now < self._next:
            return
        self._next = now + EVERY
        try:
            self._transport.publish(desk(self._profile), {"data": f"{word} {self._name}"})
        except TransportError:
            pass  # the watchdog sees to it

    def foreign(self, who: str) -> None:
        """Note a command on the command topic that is not this client's."""
        self._against(f"{who} sends commands on {self._profile.commands.topic}")

    def _others(self, now: float) -> str:
        if self._goals:
            return f"a goal of another node runs on {self._profile.commands.action}"
        with self._lock:
            recent = [what for what, when in self._heard.items() if now - when < RECENT]
        return recent[0] if recent else ""

    def _hear(self, message: Message) -> None:
        word, _, rest = str(message.get("data", "")).partition(" ")
        if word == "stop":
            why = rest and f": {visible(rest, LONGEST)}"
            self._stop(f"stopped from another terminal{why}")
        elif (word == "armed" and rest != self._name) or (
            word == "claims" and rest < self._name and not self.armed  # who of two goes first
        ):
            self._against(f"another habilis ({visible(rest, LONGEST)}) commands this robot")

    def _goals_of(self, message: Message) -> None:
        try:
            running = sum(int(s["status"]) in RUNNING for s in message["status_list"])
        except (KeyError, TypeError, ValueError):  # of no ROS: nobody knows what runs there
            running = self._goals + 1
        more, self._goals = running > self._goals, running
        if more:
            self._against(f"another node sent a goal to {self._profile.commands.action}")

    def _against(self, what: str) -> None:
        with self._lock:
            self._heard[what] = self._clock()
        if self.armed:
            self._stop(what)
